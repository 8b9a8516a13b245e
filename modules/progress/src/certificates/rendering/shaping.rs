//! The fonts of certificates, and texts as glyphs of them.

use rustybuzz::ttf_parser::{GlyphId, OutlineBuilder};
use rustybuzz::{Direction, Face, UnicodeBuffer};

use super::sheet::{Glyph, Typeface};

/// EB Garamond, under the SIL Open Font License; see `fonts/OFL.txt`.
pub(super) const ROMAN: &[u8] = include_bytes!("fonts/EBGaramond-Regular.ttf");
pub(super) const ITALIC: &[u8] = include_bytes!("fonts/EBGaramond-Italic.ttf");

/// The fonts of certificates, read.
pub(super) struct Fonts {
    roman: Face<'static>,
    italic: Face<'static>,
}

impl Fonts {
    pub(super) fn read() -> Option<Self> {
        Some(Self {
            roman: Face::from_slice(ROMAN, 0)?,
            italic: Face::from_slice(ITALIC, 0)?,
        })
    }

    fn face(&self, typeface: Typeface) -> &Face<'static> {
        match typeface {
            Typeface::Roman => &self.roman,
            Typeface::Italic => &self.italic,
        }
    }

    /// The glyphs of a text, with `tracking` between them in parts of their size; none when the font lacks one, or
    /// when the text does not run from left to right.
    pub(super) fn shape(
        &self,
        typeface: Typeface,
        text: &str,
        tracking: f32,
    ) -> Option<Vec<Glyph>> {
        let face = self.face(typeface);
        let per_em = units(face);
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(text);
        buffer.guess_segment_properties();
        if buffer.direction() != Direction::LeftToRight {
            return None;
        }
        let shaped = rustybuzz::shape(face, &[], buffer);
        let (infos, positions) = (shaped.glyph_infos(), shaped.glyph_positions());
        let starts: Vec<usize> = infos.iter().map(|info| info.cluster as usize).collect();
        let glyphs = infos.iter().zip(positions).map(|(info, position)| {
            let id = u16::try_from(info.glyph_id).ok().filter(|id| *id > 0)?;
            let start = info.cluster as usize;
            let next = starts.iter().copied().find(|other| *other > start);
            Some(Glyph {
                id,
                advance: scaled(position.x_advance, per_em) + tracking,
                x_offset: scaled(position.x_offset, per_em),
                y_offset: scaled(position.y_offset, per_em),
                bytes: start..next.unwrap_or(text.len()),
            })
        });
        glyphs.collect()
    }

    /// Draws the outline of a glyph into `builder`, in units of the font.
    pub(super) fn outline(
        &self,
        typeface: Typeface,
        glyph: &Glyph,
        builder: &mut impl OutlineBuilder,
    ) {
        self.face(typeface)
            .outline_glyph(GlyphId(glyph.id), builder);
    }

    /// How many units of the font its size has.
    pub(super) fn units(&self, typeface: Typeface) -> f32 {
        units(self.face(typeface))
    }
}

/// How wide glyphs are, in parts of their size.
pub(super) fn width(glyphs: &[Glyph]) -> f32 {
    glyphs.iter().map(|glyph| glyph.advance).sum()
}

fn units(face: &Face<'_>) -> f32 {
    // Never 0 in a font that was read.
    u16::try_from(face.units_per_em()).map_or(1000.0, f32::from)
}

fn scaled(value: i32, per_em: f32) -> f32 {
    i16::try_from(value).map_or(0.0, f32::from) / per_em
}

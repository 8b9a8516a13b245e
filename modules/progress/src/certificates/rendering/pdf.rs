//! The sheet as PDF, with its fonts and a layer of text.

use krilla::color::rgb;
use krilla::geom::{Path, PathBuilder, Point};
use krilla::metadata::Metadata;
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::{Fill, FillRule, LineCap, LineJoin, Stroke};
use krilla::surface::Surface;
use krilla::text::{Font, GlyphId, KrillaGlyph};
use krilla::{Data, Document, SerializeSettings};

use super::facts::Facts;
use super::shaping::{ITALIC, ROMAN};
use super::sheet::{HEIGHT, Ink, Line, Mark, Shape, Sheet, Step, Typeface, WIDTH};
use crate::error::Error;

pub(super) fn write(sheet: &Sheet, facts: &Facts) -> Result<Vec<u8>, Error> {
    write_as(sheet, facts, SerializeSettings::default())
}

pub(super) fn write_as(
    sheet: &Sheet,
    facts: &Facts,
    settings: SerializeSettings,
) -> Result<Vec<u8>, Error> {
    let font = |bytes: &'static [u8]| {
        let font = Font::new(Data::from(bytes), 0);
        font.ok_or_else(Error::fonts_unreadable)
    };
    let (roman, italic) = (font(ROMAN)?, font(ITALIC)?);
    let mut document = Document::new_with(settings);
    let title = format!("Certificate {}", facts.code);
    document.set_metadata(
        Metadata::new()
            .title(title)
            .description(facts.sentence())
            .authors(vec![facts.issuer.clone()])
            .creator("GO-PRO".to_owned())
            .language("en".to_owned()),
    );
    let size = PageSettings::from_wh(WIDTH, HEIGHT);
    let size = size.ok_or_else(|| Error::Drawing("the page has no size".to_owned()))?;
    let mut page = document.start_page_with(size);
    let mut surface = page.surface();
    for mark in &sheet.0 {
        match mark {
            Mark::Shape(shape) => draw_shape(&mut surface, shape),
            Mark::Text(line) => {
                let font = match line.typeface {
                    Typeface::Roman => &roman,
                    Typeface::Italic => &italic,
                };
                draw_line(&mut surface, line, font);
            }
        }
    }
    surface.finish();
    page.finish();
    let written = document.finish();
    written.map_err(|error| Error::Drawing(format!("{error:?}")))
}

fn draw_shape(surface: &mut Surface<'_>, shape: &Shape) {
    let Some(outline) = outline(shape) else {
        return;
    };
    surface.set_fill(shape.fill.map(fill));
    surface.set_stroke(shape.stroke.map(|(ink, width)| Stroke {
        paint: color(ink).into(),
        width,
        line_cap: LineCap::Round,
        line_join: LineJoin::Round,
        ..Stroke::default()
    }));
    surface.draw_path(&outline);
}

fn outline(shape: &Shape) -> Option<Path> {
    let mut builder = PathBuilder::new();
    for step in &shape.steps {
        match step {
            Step::Move(x, y) => builder.move_to(*x, *y),
            Step::Line(x, y) => builder.line_to(*x, *y),
            Step::Close => builder.close(),
        }
    }
    builder.finish()
}

fn draw_line(surface: &mut Surface<'_>, line: &Line, font: &Font) {
    let Some(glyphs) = &line.glyphs else {
        return;
    };
    let glyphs = glyphs.iter().map(|glyph| {
        KrillaGlyph::new(
            GlyphId::new(u32::from(glyph.id)),
            glyph.advance,
            glyph.x_offset,
            glyph.y_offset,
            0.0,
            glyph.bytes.clone(),
            None,
        )
    });
    let glyphs: Vec<KrillaGlyph> = glyphs.collect();
    surface.set_fill(Some(fill(line.ink)));
    surface.set_stroke(None);
    let start = Point::from_xy(line.left, line.baseline);
    surface.draw_glyphs(start, &glyphs, font.clone(), &line.text, line.size, false);
}

fn color(Ink(red, green, blue): Ink) -> rgb::Color {
    rgb::Color::new(red, green, blue)
}

fn fill(ink: Ink) -> Fill {
    Fill {
        paint: color(ink).into(),
        opacity: NormalizedF32::ONE,
        rule: FillRule::NonZero,
    }
}

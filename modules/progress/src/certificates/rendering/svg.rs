//! The sheet as SVG. Texts are outlines, so that they look the same wherever the picture is shown.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use rustybuzz::ttf_parser::OutlineBuilder;

use super::facts::Facts;
use super::shaping::Fonts;
use super::sheet::{HEIGHT, Ink, Line, Mark, Shape, Sheet, Step, Typeface, WIDTH};
use crate::certificates::page::escaped;

pub(super) fn write(sheet: &Sheet, facts: &Facts) -> String {
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" role=\"img\" aria-labelledby=\"title description\">\n<title id=\"title\">Certificate {}</title>\n<desc id=\"description\">{}</desc>\n",
        escaped(&facts.code),
        escaped(&facts.sentence()),
    );
    let fonts = Fonts::read();
    let mut known = BTreeSet::new();
    for mark in &sheet.0 {
        match mark {
            Mark::Shape(shape) => write_shape(&mut out, shape),
            Mark::Text(line) => write_line(&mut out, fonts.as_ref(), &mut known, line),
        }
    }
    out.push_str("</svg>\n");
    out
}

fn write_shape(out: &mut String, shape: &Shape) {
    out.push_str("<path d=\"");
    for step in &shape.steps {
        let _ = match step {
            Step::Move(x, y) => write!(out, "M{} {}", short(*x), short(*y)),
            Step::Line(x, y) => write!(out, "L{} {}", short(*x), short(*y)),
            Step::Close => write!(out, "Z"),
        };
    }
    let fill = shape.fill.map_or_else(|| "none".to_owned(), hex);
    let _ = write!(out, "\" fill=\"{fill}\"");
    if let Some((ink, width)) = shape.stroke {
        let ink = hex(ink);
        let _ = write!(
            out,
            " stroke=\"{ink}\" stroke-width=\"{}\" stroke-linejoin=\"round\" stroke-linecap=\"round\"",
            short(width)
        );
    }
    out.push_str("/>\n");
}

/// Each glyph is written where it is first used, and referred to from there on.
fn write_line(out: &mut String, fonts: Option<&Fonts>, known: &mut BTreeSet<String>, line: &Line) {
    let (Some(glyphs), Some(fonts)) = (&line.glyphs, fonts) else {
        let style = match line.typeface {
            Typeface::Roman => "normal",
            Typeface::Italic => "italic",
        };
        let _ = writeln!(
            out,
            "<text x=\"{}\" y=\"{}\" font-family=\"'EB Garamond', 'Noto Serif', serif\" font-size=\"{}\" font-style=\"{style}\" text-anchor=\"middle\" fill=\"{}\">{}</text>",
            short(line.middle),
            short(line.baseline),
            short(line.size),
            hex(line.ink),
            escaped(&line.text),
        );
        return;
    };
    let per_em = fonts.units(line.typeface);
    let scale = line.size / per_em;
    let _ = writeln!(
        out,
        "<g transform=\"translate({} {}) scale({scale:.5} -{scale:.5})\" fill=\"{}\">",
        short(line.left),
        short(line.baseline),
        hex(line.ink),
    );
    let mut across = 0.0;
    for glyph in glyphs {
        let name = format!("{}{}", letter_of(line.typeface), glyph.id);
        let x = (across + glyph.x_offset) * per_em;
        let y = glyph.y_offset * per_em;
        across += glyph.advance;
        if known.contains(&name) {
            let _ = writeln!(out, "<use href=\"#{name}\" x=\"{x:.0}\" y=\"{y:.0}\"/>");
            continue;
        }
        let mut outline = Outline::default();
        fonts.outline(line.typeface, glyph, &mut outline);
        if outline.0.is_empty() {
            continue;
        }
        let _ = writeln!(
            out,
            "<g transform=\"translate({x:.0} {y:.0})\"><path id=\"{name}\" d=\"{}\"/></g>",
            outline.0
        );
        known.insert(name);
    }
    out.push_str("</g>\n");
}

fn letter_of(typeface: Typeface) -> char {
    match typeface {
        Typeface::Roman => 'r',
        Typeface::Italic => 'i',
    }
}

/// The data of a path, in units of the font.
#[derive(Default)]
struct Outline(String);

impl Outline {
    fn step(&mut self, letter: char, points: &[(f32, f32)]) {
        self.0.push(letter);
        for (place, (x, y)) in points.iter().enumerate() {
            let before = if place == 0 { "" } else { " " };
            let _ = write!(self.0, "{before}{x:.0} {y:.0}");
        }
    }
}

impl OutlineBuilder for Outline {
    fn move_to(&mut self, x: f32, y: f32) {
        self.step('M', &[(x, y)]);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.step('L', &[(x, y)]);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        self.step('Q', &[(x1, y1), (x, y)]);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        self.step('C', &[(x1, y1), (x2, y2), (x, y)]);
    }

    fn close(&mut self) {
        self.0.push('Z');
    }
}

fn hex(Ink(red, green, blue): Ink) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// A length with at most two decimals.
fn short(value: f32) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    text.to_owned()
}

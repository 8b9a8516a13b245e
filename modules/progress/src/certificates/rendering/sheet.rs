//! A sheet with marks on it, in points from its upper left corner: what both formats are written from.

/// A4 across.
pub(super) const WIDTH: f32 = 842.0;
pub(super) const HEIGHT: f32 = 595.0;

/// A color as red, green and blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ink(pub(super) u8, pub(super) u8, pub(super) u8);

pub(super) const PAPER: Ink = Ink(255, 253, 247);
pub(super) const GREEN: Ink = Ink(11, 90, 78);
pub(super) const GOLD: Ink = Ink(176, 138, 62);
pub(super) const DARK: Ink = Ink(36, 42, 48);
pub(super) const GRAY: Ink = Ink(92, 98, 104);
pub(super) const RED: Ink = Ink(163, 29, 29);
pub(super) const WHITE: Ink = Ink(255, 255, 255);

/// Which of the fonts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Typeface {
    Roman,
    Italic,
}

/// One glyph of a text, in parts of its size.
#[derive(Debug, Clone)]
pub(super) struct Glyph {
    pub(super) id: u16,
    pub(super) advance: f32,
    pub(super) x_offset: f32,
    pub(super) y_offset: f32,
    /// The bytes of the text that it shows.
    pub(super) bytes: std::ops::Range<usize>,
}

/// A text on one line.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) text: String,
    pub(super) typeface: Typeface,
    pub(super) size: f32,
    pub(super) ink: Ink,
    /// The middle of the line, for viewers that choose a font themselves.
    pub(super) middle: f32,
    pub(super) left: f32,
    pub(super) baseline: f32,
    /// None where the fonts cannot show it.
    pub(super) glyphs: Option<Vec<Glyph>>,
}

/// A step of an outline.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    Move(f32, f32),
    Line(f32, f32),
    Close,
}

/// An outline that is filled or stroked.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    pub(super) steps: Vec<Step>,
    pub(super) fill: Option<Ink>,
    pub(super) stroke: Option<(Ink, f32)>,
}

impl Shape {
    /// A closed polygon.
    pub(super) fn polygon(corners: &[(f32, f32)]) -> Self {
        let mut steps = polyline(corners);
        steps.push(Step::Close);
        Self {
            steps,
            fill: None,
            stroke: None,
        }
    }

    /// An open line through some points.
    pub(super) fn line(points: &[(f32, f32)], ink: Ink, width: f32) -> Self {
        Self {
            steps: polyline(points),
            fill: None,
            stroke: Some((ink, width)),
        }
    }

    pub(super) fn rectangle(x: f32, y: f32, width: f32, height: f32) -> Self {
        let (right, bottom) = (x + width, y + height);
        Self::polygon(&[(x, y), (right, y), (right, bottom), (x, bottom)])
    }

    #[must_use]
    pub(super) fn filled(mut self, ink: Ink) -> Self {
        self.fill = Some(ink);
        self
    }

    #[must_use]
    pub(super) fn stroked(mut self, ink: Ink, width: f32) -> Self {
        self.stroke = Some((ink, width));
        self
    }
}

fn polyline(points: &[(f32, f32)]) -> Vec<Step> {
    let points = points.iter().enumerate();
    let steps = points.map(|(place, (x, y))| match place {
        0 => Step::Move(*x, *y),
        _ => Step::Line(*x, *y),
    });
    steps.collect()
}

/// Something on the sheet.
#[derive(Debug, Clone)]
pub(super) enum Mark {
    Shape(Shape),
    Text(Line),
}

/// All that is on the sheet, the lowest first.
#[derive(Debug, Clone, Default)]
pub(super) struct Sheet(pub(super) Vec<Mark>);

impl Sheet {
    pub(super) fn shape(&mut self, shape: Shape) {
        self.0.push(Mark::Shape(shape));
    }

    pub(super) fn text(&mut self, line: Line) {
        self.0.push(Mark::Text(line));
    }
}

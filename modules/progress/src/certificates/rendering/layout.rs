//! Where everything stands on a certificate.

use super::facts::Facts;
use super::ornaments;
use super::shaping::{Fonts, width};
use super::sheet::{DARK, GOLD, GRAY, GREEN, Ink, Line, RED, Shape, Sheet, Typeface, WHITE, WIDTH};

const MIDDLE: f32 = WIDTH / 2.0;
/// How wide a line of text may be.
const WIDEST: f32 = 640.0;
/// No text is smaller than this part of the size that it should have.
const SMALLEST: f32 = 0.4;

/// Where a certificate is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Medium {
    /// A viewer has fonts of its own for what ours cannot show.
    Screen,
    /// Nothing but our fonts.
    Paper,
}

/// How a text looks.
#[derive(Clone, Copy)]
struct Style {
    typeface: Typeface,
    size: f32,
    tracking: f32,
    ink: Ink,
}

const fn roman(size: f32, ink: Ink) -> Style {
    Style {
        typeface: Typeface::Roman,
        size,
        tracking: 0.0,
        ink,
    }
}

const fn italic(size: f32, ink: Ink) -> Style {
    Style {
        typeface: Typeface::Italic,
        ..roman(size, ink)
    }
}

const fn spaced(size: f32, tracking: f32, ink: Ink) -> Style {
    Style {
        tracking,
        ..roman(size, ink)
    }
}

/// Where the x of a text is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Anchor {
    Left,
    Middle,
}

struct Composer {
    fonts: Fonts,
    medium: Medium,
    sheet: Sheet,
}

/// The sheet of a certificate; none when the fonts cannot be read.
pub(super) fn compose(facts: &Facts, medium: Medium) -> Option<Sheet> {
    let mut composer = Composer {
        fonts: Fonts::read()?,
        medium,
        sheet: Sheet::default(),
    };
    let frame = if facts.revoked_on.is_some() {
        RED
    } else {
        GREEN
    };
    ornaments::frame(&mut composer.sheet, frame);
    composer.heading(facts);
    composer.statement(facts);
    composer.foot(facts);
    Some(composer.sheet)
}

impl Composer {
    fn heading(&mut self, facts: &Facts) {
        let issuer = facts.issuer.to_uppercase();
        self.given(&issuer, "", spaced(13.0, 0.3, GREEN), 84.0, WIDEST);
        self.centered("CERTIFICATE", spaced(49.0, 0.12, GREEN), 142.0);
        self.centered("of completion", italic(22.0, GOLD), 172.0);
        ornaments::rule(&mut self.sheet, 190.0, 110.0);
    }

    fn statement(&mut self, facts: &Facts) {
        self.centered("This is to certify that", italic(16.0, GRAY), 224.0);
        let elsewhere = "the person named on the page below";
        self.given(&facts.name, elsewhere, roman(42.0, DARK), 272.0, WIDEST);
        let underline = [(MIDDLE - 200.0, 288.0), (MIDDLE + 200.0, 288.0)];
        self.sheet.shape(Shape::line(&underline, GOLD, 0.6));
        self.centered("has completed the course", italic(16.0, GRAY), 316.0);
        let style = roman(29.0, GREEN);
        let mut lines = self.broken(&facts.course, style);
        let elsewhere = "that the page below names";
        let second = (lines.len() > 1).then(|| lines.pop()).flatten();
        let first = lines.pop().unwrap_or_default();
        match second {
            None => self.given(&first, elsewhere, style, 354.0, WIDEST),
            Some(second) => {
                let style = roman(24.0, GREEN);
                self.given(&first, elsewhere, style, 345.0, WIDEST);
                self.given(&second, "", style, 373.0, WIDEST);
            }
        }
        let day = format!("on {}", facts.completed_on);
        self.centered(&day, roman(16.0, DARK), 402.0);
        let version = format!("version {} of the course", facts.version);
        self.centered(&version, italic(11.5, GRAY), 419.0);
    }

    fn foot(&mut self, facts: &Facts) {
        match &facts.revoked_on {
            None => ornaments::seal(&mut self.sheet, MIDDLE, 472.0, 36.0),
            Some(day) => {
                let band = Shape::rectangle(36.0, 436.0, WIDTH - 72.0, 34.0);
                self.sheet.shape(band.filled(RED));
                let text = format!("REVOKED ON {} · NOT VALID", day.to_uppercase());
                self.centered(&text, spaced(17.0, 0.14, WHITE), 459.0);
            }
        }
        let left = 84.0;
        self.starting("Certificate number", italic(11.0, GRAY), left, 488.0);
        self.starting(&facts.code, spaced(15.0, 0.03, DARK), left, 506.0);
        self.starting("Issued by", italic(11.0, GRAY), left, 526.0);
        let issuer = match facts.issuer.as_str() {
            "" => facts.host.clone(),
            name => format!("{name}, {}", facts.host),
        };
        self.fitted(
            &issuer,
            roman(12.5, DARK),
            (Anchor::Left, left, 541.0),
            250.0,
        );
        let (side, right) = (80.0, WIDTH - 84.0);
        let (x, y) = (right - side, 466.0);
        ornaments::qr_code(&mut self.sheet, &facts.url, x, y, side, DARK);
        let middle = x - 12.0;
        let lines = ["Scan to check", "this certificate"];
        for (line, baseline) in lines.into_iter().zip([526.0, 541.0]) {
            let style = italic(11.0, GRAY);
            let wide = self.fonts.shape(style.typeface, line, 0.0);
            let wide = wide.map_or(0.0, |glyphs| width(&glyphs) * style.size);
            self.starting(line, style, middle - wide, baseline);
        }
    }

    fn centered(&mut self, text: &str, style: Style, baseline: f32) {
        self.fitted(text, style, (Anchor::Middle, MIDDLE, baseline), WIDEST);
    }

    fn starting(&mut self, text: &str, style: Style, left: f32, baseline: f32) {
        self.fitted(text, style, (Anchor::Left, left, baseline), WIDEST);
    }

    /// A text of somebody, in the middle; where it cannot be shown on paper, `elsewhere` stands for it.
    fn given(&mut self, text: &str, elsewhere: &str, style: Style, baseline: f32, widest: f32) {
        let shows = self.fonts.shape(style.typeface, text, 0.0).is_some();
        if shows || self.medium == Medium::Screen {
            self.fitted(text, style, (Anchor::Middle, MIDDLE, baseline), widest);
            return;
        }
        let style = italic(style.size * 0.6, style.ink);
        self.fitted(elsewhere, style, (Anchor::Middle, MIDDLE, baseline), widest);
    }

    /// A text, as small as it must be for its room.
    fn fitted(&mut self, text: &str, style: Style, at: (Anchor, f32, f32), widest: f32) {
        let (anchor, x, baseline) = at;
        let glyphs = self.fonts.shape(style.typeface, text, style.tracking);
        // Without glyphs, the widest letters of most scripts are a square.
        let letters = u16::try_from(text.chars().count()).map_or(f32::MAX, f32::from);
        let wide = glyphs.as_ref().map_or(letters, |glyphs| width(glyphs));
        let room = widest / wide.max(0.1);
        let size = style.size.min(room).max(style.size * SMALLEST);
        // The space behind the last letter is no part of the line.
        let wide = (wide - style.tracking).max(0.0) * size;
        let left = match anchor {
            Anchor::Left => x,
            Anchor::Middle => x - wide / 2.0,
        };
        self.sheet.text(Line {
            text: text.to_owned(),
            typeface: style.typeface,
            size,
            ink: style.ink,
            middle: left + wide / 2.0,
            left,
            baseline,
            glyphs,
        });
    }

    /// The text in one line, or in two of about the same length when it is too long.
    fn broken(&self, text: &str, style: Style) -> Vec<String> {
        let wide = self.fonts.shape(style.typeface, text, 0.0);
        let wide = wide.map_or(0.0, |glyphs| width(&glyphs) * style.size);
        if wide <= WIDEST {
            return vec![text.to_owned()];
        }
        let half = text.len() / 2;
        let spaces = text.match_indices(' ').map(|(place, _)| place);
        match spaces.min_by_key(|place| place.abs_diff(half)) {
            Some(place) => {
                let (first, second) = text.split_at(place);
                vec![first.to_owned(), second.trim_start().to_owned()]
            }
            None => vec![text.to_owned()],
        }
    }
}

//! What makes the sheet look like a certificate: frame, rules, seal, and the QR code.

use std::f32::consts::PI;

use qrcode::{Color, EcLevel, QrCode};

use super::sheet::{GOLD, GREEN, HEIGHT, Ink, PAPER, Shape, Sheet, Step, WHITE, WIDTH};

/// The paper with its frame.
pub(super) fn frame(sheet: &mut Sheet, ink: Ink) {
    sheet.shape(Shape::rectangle(0.0, 0.0, WIDTH, HEIGHT).filled(PAPER));
    inset(sheet, 20.0, ink, 3.0);
    inset(sheet, 26.5, GOLD, 0.7);
    // Inner frame with its corners cut out in quarter circles around a diamond.
    let (near, cut) = (36.0, 26.0);
    let (right, bottom) = (WIDTH - near, HEIGHT - near);
    let corners = [
        (near, near, 1.0, 1.0),
        (right, near, -1.0, 1.0),
        (right, bottom, -1.0, -1.0),
        (near, bottom, 1.0, -1.0),
    ];
    let mut outline = Vec::new();
    for (place, (x, y, across, down)) in corners.into_iter().enumerate() {
        let mut arc = arc((x, y), cut, across, down);
        if place % 2 == 0 {
            arc.reverse();
        }
        outline.extend(arc);
        diamond(sheet, x + across * 7.0, y + down * 7.0, 5.0, GOLD);
    }
    sheet.shape(Shape::polygon(&outline).stroked(GOLD, 0.7));
}

fn inset(sheet: &mut Sheet, by: f32, ink: Ink, width: f32) {
    let frame = Shape::rectangle(by, by, WIDTH - 2.0 * by, HEIGHT - 2.0 * by);
    sheet.shape(frame.stroked(ink, width));
}

/// A quarter circle from the point across of the middle to the one below or above it.
fn arc((x, y): (f32, f32), radius: f32, across: f32, down: f32) -> Vec<(f32, f32)> {
    let points = (0..=12_u8).map(|step| {
        let angle = f32::from(step) / 12.0 * PI / 2.0;
        (
            x + across * radius * angle.cos(),
            y + down * radius * angle.sin(),
        )
    });
    points.collect()
}

pub(super) fn diamond(sheet: &mut Sheet, x: f32, y: f32, radius: f32, ink: Ink) {
    let corners = [
        (x, y - radius),
        (x + radius, y),
        (x, y + radius),
        (x - radius, y),
    ];
    sheet.shape(Shape::polygon(&corners).filled(ink));
}

/// A rule with a diamond in its middle.
pub(super) fn rule(sheet: &mut Sheet, y: f32, half: f32) {
    let middle = WIDTH / 2.0;
    for side in [-1.0, 1.0] {
        let points = [(middle + side * 9.0, y), (middle + side * half, y)];
        sheet.shape(Shape::line(&points, GOLD, 0.8));
    }
    diamond(sheet, middle, y, 3.6, GOLD);
}

/// A seal with ribbons.
pub(super) fn seal(sheet: &mut Sheet, x: f32, y: f32, radius: f32) {
    for side in [-1.0, 1.0] {
        let at = |across: f32, down: f32| (x + side * across * radius, y + down * radius);
        let ribbon = [
            at(0.05, 0.5),
            at(0.62, 0.45),
            at(0.86, 1.62),
            at(0.56, 1.47),
            at(0.36, 1.72),
        ];
        sheet.shape(Shape::polygon(&ribbon).filled(GREEN));
    }
    sheet.shape(star(x, y, radius, radius * 0.9, 28).filled(GOLD));
    sheet.shape(star(x, y, radius * 0.76, radius * 0.76, 40).stroked(PAPER, 1.2));
    sheet.shape(star(x, y, radius * 0.7, radius * 0.7, 40).stroked(PAPER, 0.5));
    let check = [
        (x - 0.3 * radius, y + 0.02 * radius),
        (x - 0.08 * radius, y + 0.26 * radius),
        (x + 0.34 * radius, y - 0.26 * radius),
    ];
    sheet.shape(Shape::line(&check, PAPER, radius * 0.12));
}

/// A star; with equal radii, a circle.
fn star(x: f32, y: f32, outer: f32, inner: f32, points: u8) -> Shape {
    let corners = (0..points * 2).map(|corner| {
        let angle = f32::from(corner) * PI / f32::from(points);
        let radius = if corner % 2 == 0 { outer } else { inner };
        (x + radius * angle.sin(), y - radius * angle.cos())
    });
    Shape::polygon(&corners.collect::<Vec<_>>())
}

/// A QR code of `text` in a square; none when the text is too long for one.
pub(super) fn qr_code(sheet: &mut Sheet, text: &str, x: f32, y: f32, side: f32, ink: Ink) {
    let Ok(code) = QrCode::with_error_correction_level(text, EcLevel::M) else {
        return;
    };
    let modules = u16::try_from(code.width()).unwrap_or(u16::MAX);
    // Two modules of quiet zone, and the light paper around it.
    let module = side / f32::from(modules + 4);
    sheet.shape(Shape::rectangle(x, y, side, side).filled(WHITE));
    let mut steps = Vec::new();
    for (place, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Light {
            continue;
        }
        let place = u16::try_from(place).unwrap_or_default();
        let (column, row) = (place % modules, place / modules);
        let left = x + f32::from(column + 2) * module;
        let top = y + f32::from(row + 2) * module;
        let (right, bottom) = (left + module, top + module);
        steps.extend([
            Step::Move(left, top),
            Step::Line(right, top),
            Step::Line(right, bottom),
            Step::Line(left, bottom),
            Step::Close,
        ]);
    }
    sheet.shape(Shape {
        steps,
        fill: Some(ink),
        stroke: None,
    });
}

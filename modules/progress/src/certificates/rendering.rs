//! Drawing a certificate: one layout, written as SVG and as PDF.
//!
//! Texts are shaped with the fonts that are compiled in. A text that these cannot show is never drawn as boxes: the
//! SVG leaves it to the fonts of its viewer, and the PDF says where it can be read.

mod facts;
mod layout;
mod ornaments;
mod pdf;
mod shaping;
mod sheet;
mod svg;
#[cfg(test)]
mod tests;

pub(super) use facts::Facts;
use layout::Medium;

use crate::error::Error;

/// The certificate as an SVG picture.
pub(super) fn draw_svg(facts: &Facts) -> Result<String, Error> {
    let drawn = layout::compose(facts, Medium::Screen).map(|sheet| svg::write(&sheet, facts));
    drawn.ok_or_else(Error::fonts_unreadable)
}

/// The certificate as a PDF document of one page, A4 across.
pub(super) fn draw_pdf(facts: &Facts) -> Result<Vec<u8>, Error> {
    let drawn = layout::compose(facts, Medium::Paper);
    pdf::write(&drawn.ok_or_else(Error::fonts_unreadable)?, facts)
}

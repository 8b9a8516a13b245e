//! XLSX: one sheet, whose rows lie in a file until the workbook is packed.

use std::io::{self, Write};
use std::path::Path;

use rust_xlsxwriter::{ExcelDateTime, Format, Worksheet, XlsxError};

use super::super::table::{Column, Field, Row};

/// How many rows a sheet has below its headings.
pub(crate) const MAX_ROWS: i64 = 1_048_575;
/// How many cells a workbook may have: its sheet takes about 50 bytes of the disk for each until it is packed.
pub(crate) const MAX_CELLS: i64 = 30_000_000;
/// What a cell can have at most, in characters.
const MAX_TEXT: usize = 32_767;
/// A width at which names and moments can be read, in characters.
const WIDTH: f64 = 18.0;

pub(super) struct Workbook {
    book: rust_xlsxwriter::Workbook,
    moment: Format,
    next_row: u32,
}

impl Workbook {
    pub(super) fn new(columns: &[Column], scratch: &Path) -> io::Result<Self> {
        let mut book = rust_xlsxwriter::Workbook::new();
        book.set_tempdir(scratch).map_err(broken)?;
        let heading = Format::new().set_bold();
        let sheet = book.add_worksheet_with_constant_memory().map_err(broken)?;
        sheet.set_name("Report").map_err(broken)?;
        sheet.set_freeze_panes(1, 0).map_err(broken)?;
        for (place, column) in (0_u16..).zip(columns) {
            sheet.set_column_width(place, WIDTH).map_err(broken)?;
            let text = cut(&column.heading);
            let written = sheet.write_string_with_format(0, place, text, &heading);
            written.map_err(broken)?;
        }
        Ok(Self {
            book,
            moment: Format::new().set_num_format("yyyy-mm-dd hh:mm"),
            next_row: 1,
        })
    }

    pub(super) fn write(&mut self, rows: &[Row]) -> io::Result<()> {
        let sheet = self.book.worksheet_from_index(0).map_err(broken)?;
        for row in rows {
            for (place, field) in (0_u16..).zip(row) {
                write(sheet, (self.next_row, place), field, &self.moment).map_err(broken)?;
            }
            self.next_row += 1;
        }
        Ok(())
    }

    pub(super) fn finish(mut self, rest: &mut (impl Write + Send)) -> io::Result<()> {
        self.book.save_to_writer(rest).map_err(broken)
    }
}

/// A text is written as a text, which no spreadsheet takes for a formula.
fn write(
    sheet: &mut Worksheet,
    (row, place): (u32, u16),
    field: &Field,
    moment: &Format,
) -> Result<(), XlsxError> {
    match field {
        Field::Empty => return Ok(()),
        Field::Text(text) => sheet.write_string(row, place, cut(text)),
        Field::Word(word) => sheet.write_string(row, place, *word),
        Field::Id(id) => sheet.write_string(row, place, id.to_string()),
        Field::Int(number) => sheet.write_number(row, place, exact(*number)),
        Field::Number(number) => sheet.write_number(row, place, *number),
        Field::Flag(flag) => sheet.write_boolean(row, place, *flag),
        Field::Time(time) => {
            let time = ExcelDateTime::from_timestamp(time.timestamp())?;
            sheet.write_datetime_with_format(row, place, time, moment)
        }
    }?;
    Ok(())
}

/// Spreadsheets know no other numbers.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts and points are far below the integers that are not exact"
)]
fn exact(number: i64) -> f64 {
    number as f64
}

fn cut(text: &str) -> &str {
    let end = text.char_indices().nth(MAX_TEXT / 2);
    end.map_or(text, |(end, _)| &text[..end])
}

fn broken(error: XlsxError) -> io::Error {
    io::Error::other(error)
}

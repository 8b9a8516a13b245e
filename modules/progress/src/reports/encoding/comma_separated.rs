//! CSV (RFC 4180) in UTF-8 with a byte order mark, without which Excel takes it for another encoding.

use std::io;

use chrono::SecondsFormat;

use super::super::table::{Column, Field, Row};

const BYTE_ORDER_MARK: &str = "\u{FEFF}";

/// What begins a formula in a spreadsheet, or brings one to the beginning of a cell (OWASP, CSV Injection).
const OF_FORMULAS: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '＠'];

pub(super) struct CommaSeparated {
    /// What stands before the first row, until that is written.
    head: Vec<u8>,
}

impl CommaSeparated {
    pub(super) fn new(columns: &[Column]) -> io::Result<Self> {
        let headings = columns.iter().map(|column| defused(&column.heading));
        let head = records(BYTE_ORDER_MARK.as_bytes().to_vec(), [headings])?;
        Ok(Self { head })
    }

    pub(super) fn write(&mut self, rows: &[Row]) -> io::Result<Vec<u8>> {
        let head = std::mem::take(&mut self.head);
        records(head, rows.iter().map(|row| row.iter().map(text)))
    }

    /// A report without rows has headings.
    pub(super) fn finish(self) -> Vec<u8> {
        self.head
    }
}

/// Records behind what was written before.
fn records(
    written: Vec<u8>,
    records: impl IntoIterator<Item = impl Iterator<Item = String>>,
) -> io::Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(written);
    for record in records {
        writer.write_record(record)?;
    }
    let written = writer.into_inner();
    written.map_err(|error| io::Error::other(error.to_string()))
}

/// Texts are defused; numbers are not, so that a negative one stays a number.
fn text(field: &Field) -> String {
    match field {
        Field::Empty => String::new(),
        Field::Text(text) => defused(text),
        Field::Word(word) => (*word).to_owned(),
        Field::Id(id) => id.to_string(),
        Field::Int(number) => number.to_string(),
        Field::Number(number) => number.to_string(),
        Field::Flag(flag) => flag.to_string(),
        Field::Time(time) => time.to_rfc3339_opts(SecondsFormat::Secs, true),
    }
}

/// A text that no spreadsheet takes for a formula: an apostrophe before it says that it is text.
fn defused(text: &str) -> String {
    match text.starts_with(OF_FORMULAS) {
        true => format!("'{text}"),
        false => text.to_owned(),
    }
}

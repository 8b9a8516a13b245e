//! Writing rows in a format, to whatever takes bytes.

mod comma_separated;
mod lines;
mod workbook;

use std::io::{self, Write};
use std::path::Path;

use super::table::{Column, Row};
use crate::domain::ReportFormat;
use comma_separated::CommaSeparated;
use lines::Lines;
use workbook::Workbook;

pub(super) use workbook::{MAX_CELLS, MAX_ROWS};

/// A file that is being written. It keeps no row that was written to it.
pub(super) struct Encoder(Form);

enum Form {
    Csv(CommaSeparated),
    Json(Lines),
    Xlsx(Box<Workbook>),
}

impl Encoder {
    /// A workbook keeps its sheet in the folder `scratch` until it is finished.
    pub(super) fn new(
        format: ReportFormat,
        columns: Vec<Column>,
        scratch: &Path,
    ) -> io::Result<Self> {
        let form = match format {
            ReportFormat::Csv => Form::Csv(CommaSeparated::new(&columns)?),
            ReportFormat::Json => Form::Json(Lines::new(columns)),
            ReportFormat::Xlsx => Form::Xlsx(Box::new(Workbook::new(&columns, scratch)?)),
        };
        Ok(Self(form))
    }

    /// Writes rows, and gives the bytes that are ready.
    pub(super) fn write(&mut self, rows: &[Row]) -> io::Result<Vec<u8>> {
        match &mut self.0 {
            Form::Csv(file) => file.write(rows),
            Form::Json(file) => file.write(rows),
            Form::Xlsx(file) => file.write(rows).map(|()| Vec::new()),
        }
    }

    /// Writes what is left.
    pub(super) fn finish(self, rest: &mut (impl Write + Send)) -> io::Result<()> {
        match self.0 {
            Form::Csv(file) => rest.write_all(&file.finish()),
            Form::Json(file) => rest.write_all(&file.finish()),
            Form::Xlsx(file) => file.finish(rest),
        }
    }
}

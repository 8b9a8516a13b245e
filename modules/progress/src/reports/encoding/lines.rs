//! JSON: one list, with an object for each row on a line of its own.

use chrono::SecondsFormat;
use serde::Serializer;
use serde_json::Value;

use super::super::table::{Column, Field, Row};

pub(super) struct Lines {
    columns: Vec<Column>,
    is_begun: bool,
}

impl Lines {
    pub(super) fn new(columns: Vec<Column>) -> Self {
        Self {
            columns,
            is_begun: false,
        }
    }

    pub(super) fn write(&mut self, rows: &[Row]) -> std::io::Result<Vec<u8>> {
        let mut written = Vec::new();
        for row in rows {
            written.extend_from_slice(self.separator());
            let fields = self.columns.iter().zip(row);
            // What is absent is left out.
            let fields = fields.filter_map(|(column, field)| Some((&column.key, value(field)?)));
            // In the order of the columns, which an object of values would not keep.
            serde_json::Serializer::new(&mut written).collect_map(fields)?;
        }
        Ok(written)
    }

    pub(super) fn finish(mut self) -> Vec<u8> {
        match self.is_begun {
            true => b"\n]\n".to_vec(),
            false => [self.separator(), b"]\n"].concat(),
        }
    }

    fn separator(&mut self) -> &'static [u8] {
        match std::mem::replace(&mut self.is_begun, true) {
            true => b",\n",
            false => b"[\n",
        }
    }
}

fn value(field: &Field) -> Option<Value> {
    Some(match field {
        Field::Empty => return None,
        Field::Text(text) => text.as_str().into(),
        Field::Word(word) => (*word).into(),
        Field::Id(id) => id.to_string().into(),
        Field::Int(number) => (*number).into(),
        Field::Number(number) => (*number).into(),
        Field::Flag(flag) => (*flag).into(),
        Field::Time(time) => time.to_rfc3339_opts(SecondsFormat::AutoSi, true).into(),
    })
}

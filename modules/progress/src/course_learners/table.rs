//! Reading the names of learners out of CSV.

use kernel::FieldFault;

use crate::error::Error;

/// How many learners one request names at most: each costs a transaction of its own.
pub(super) const MAX_NAMES: usize = 100;
/// How long a name is at most.
const MAX_NAME: usize = 320;

/// The names in the column `learner`, or else in the first one, each with its row below the heading as a spreadsheet
/// counts: a row without a name is left out, and an empty line is a row.
///
/// # Errors
/// The rows that cannot be read.
pub(super) fn names(text: &str) -> Result<Vec<(usize, String)>, Error> {
    // Spreadsheets mark UTF-8 with a byte order mark.
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::Headers)
        .from_reader(text.as_bytes());
    let heading = reader
        .headers()
        .map_err(|error| invalid(&error.to_string()))?;
    let is_learner = |name: &str| name.eq_ignore_ascii_case("learner");
    let column = heading.iter().position(is_learner).unwrap_or(0);
    let (mut names, mut rows) = (Vec::new(), Rows::after(text, heading));
    for row in reader.records() {
        let row = row.map_err(|error| invalid(&error.to_string()))?;
        let number = rows.next(&row);
        let name = row.get(column).map(str::trim);
        let Some(name) = name.filter(|name| !name.is_empty()) else {
            continue;
        };
        if name.chars().count() > MAX_NAME {
            return Err(invalid(&format!(
                "a name has more than {MAX_NAME} characters"
            )));
        }
        if names.len() == MAX_NAMES {
            return Err(invalid(&format!(
                "there are more than {MAX_NAMES} rows; send them in several requests"
            )));
        }
        names.push((number, name.to_owned()));
    }
    Ok(names)
}

/// Counts rows as a spreadsheet does: the reader passes over empty lines, which are rows, and a line break inside of a
/// field begins none.
struct Rows<'t> {
    text: &'t str,
    /// Up to where lines were counted.
    place: usize,
    lines: i64,
}

impl<'t> Rows<'t> {
    fn after(text: &'t str, heading: &csv::StringRecord) -> Self {
        let mut rows = Self {
            text,
            place: 0,
            lines: 0,
        };
        let above = rows.next(heading);
        rows.lines -= i64::try_from(above).unwrap_or(0);
        rows
    }

    /// The number of the row that is read next, below the heading.
    fn next(&mut self, row: &csv::StringRecord) -> usize {
        let begun = row.position().map_or(0, csv::Position::byte);
        let rest = usize::try_from(begun)
            .ok()
            .and_then(|begun| self.text.get(begun..));
        // The reader begins a row with what is left of the line breaks before it.
        let rest = rest.unwrap_or_default().trim_start_matches(['\r', '\n']);
        let place = self.text.len() - rest.len();
        let passed = self.text.get(self.place..place).unwrap_or_default();
        self.lines += breaks_of(passed);
        self.place = place;
        let number = self.lines;
        self.lines -= row.iter().map(breaks_of).sum::<i64>();
        usize::try_from(number).unwrap_or(0)
    }
}

fn breaks_of(text: &str) -> i64 {
    let text = text.replace("\r\n", "\n");
    i64::try_from(text.matches(['\r', '\n']).count()).unwrap_or(i64::MAX)
}

fn invalid(message: &str) -> Error {
    let fault = FieldFault::new("/csv", "csv", message);
    Error::LearnersInvalid(vec![fault])
}

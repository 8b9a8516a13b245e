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
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let heading = reader
        .headers()
        .map_err(|error| invalid(&error.to_string()))?;
    let is_learner = |name: &str| name.eq_ignore_ascii_case("learner");
    let column = heading.iter().position(is_learner).unwrap_or(0);
    // A line break inside of a field begins no row.
    let inner = |record: &csv::StringRecord| record.as_slice().matches('\n').count();
    let (mut names, mut inner_lines) = (Vec::new(), inner(heading));
    for row in reader.records() {
        let row = row.map_err(|error| invalid(&error.to_string()))?;
        let line = row.position().map_or(0, csv::Position::line);
        let lines_before = usize::try_from(line).unwrap_or(0).saturating_sub(1);
        let number = lines_before.saturating_sub(inner_lines);
        inner_lines += inner(&row);
        let Some(name) = row.get(column).filter(|name| !name.is_empty()) else {
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

fn invalid(message: &str) -> Error {
    let fault = FieldFault::new("/csv", "csv", message);
    Error::LearnersInvalid(vec![fault])
}

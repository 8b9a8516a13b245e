//! Reading the files of a course and finding every fault in them.

mod assets;
mod course;
mod lesson;
mod links;
mod reader;
mod samples;
mod sizes;

use reader::Reader;

use super::{CourseFiles, ImportFault, ParsedCourse};

impl CourseFiles {
    /// Everything that is wrong with the files, in the order of files and lines.
    pub fn check(&self) -> Vec<ImportFault> {
        parse(self).err().unwrap_or_default()
    }

    /// What of files without a fault is hardly meant: an objective that no exercise tests, an asset that is not in the
    /// folder.
    pub fn warnings(&self) -> Vec<ImportFault> {
        let mut reader = Reader::new(self);
        reader.course();
        let mut warnings = reader.warnings;
        warnings.sort();
        warnings.dedup();
        warnings
    }
}

/// Reads all files.
///
/// # Errors
/// Every fault of every file, in the order of files and lines.
pub(crate) fn parse(files: &CourseFiles) -> Result<ParsedCourse, Vec<ImportFault>> {
    let mut reader = Reader::new(files);
    let course = reader.course();
    match course {
        Some(course) if reader.faults.is_empty() => Ok(course),
        _ => {
            reader.faults.sort();
            reader.faults.dedup();
            Err(reader.faults)
        }
    }
}

#[cfg(test)]
mod tests;

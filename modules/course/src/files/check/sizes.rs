//! How large the texts of a course are together, by its files.

use std::collections::BTreeMap;

use crate::domain::bounds::MAX_COURSE_BYTES;
use crate::files::ImportFault;

/// What each file brings to the size of the course.
#[derive(Debug, Default)]
pub(super) struct Sizes(BTreeMap<String, u64>);

impl Sizes {
    pub(super) fn add(&mut self, file: &str, bytes: usize) {
        let size = self.0.entry(file.to_owned()).or_default();
        *size = size.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
    }

    /// That the course is too large, with the file that has most of it.
    pub(super) fn fault(&self) -> Option<ImportFault> {
        let total: u64 = self.0.values().sum();
        if total <= MAX_COURSE_BYTES {
            return None;
        }
        let (largest, bytes) = self.0.iter().max_by_key(|(_, bytes)| **bytes)?;
        Some(ImportFault {
            file: "course.yaml".to_owned(),
            line: 1,
            message: format!(
                "the texts of the course have {total} bytes, and {MAX_COURSE_BYTES} are the most; shorten them, or split the course into several: the largest file is {largest} with {bytes} bytes"
            ),
        })
    }
}

//! What is wrong with the files of a course, and what came of reading or writing them.

use kernel::{CourseId, Failure, Fault};

use crate::error::Error;

/// One thing that is wrong with the files of a course.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ImportFault {
    /// The path of the file within the course.
    pub file: String,
    /// The line, from 1.
    pub line: u64,
    /// What is wrong and what to do.
    pub message: String,
}

impl std::fmt::Display for ImportFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.message)
    }
}

/// What an import has done, or would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportReport {
    /// The course.
    pub course_id: CourseId,
    /// Its word in addresses.
    pub slug: String,
    /// Whether the course is new.
    pub created: bool,
    /// How many sections, lessons, exercises and assets are new.
    pub added: usize,
    /// How many of them say something else than before; the course itself counts as one.
    pub changed: usize,
    /// How many of them are gone.
    pub removed: usize,
    /// The version that was published, if one was.
    pub published: Option<i64>,
    /// The content that assets of the draft had before.
    pub(crate) former: Vec<String>,
}

impl ImportReport {
    /// Whether the files said nothing new.
    pub fn unchanged(&self) -> bool {
        !self.created && self.published.is_none() && self.added + self.changed + self.removed == 0
    }
}

/// Why a course could not be read from files or written to them.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The files have faults; nothing was changed.
    #[error("the files have {} faults; mend them and try again", .0.len())]
    Files(Vec<ImportFault>),
    /// The change was refused or the storage failed; nothing was changed.
    #[error(transparent)]
    Refused(#[from] Failure),
    /// The files could not be read or written.
    #[error("the files cannot be read or written: {0}")]
    Disk(#[from] std::io::Error),
}

impl ImportError {
    /// What is wrong at which place, each in one line.
    pub fn places(&self) -> Vec<String> {
        match self {
            Self::Files(faults) => faults
                .iter()
                .map(|fault| format!("{}:{}: {}", fault.file, fault.line, fault.message))
                .collect(),
            Self::Refused(failure) => failure
                .fields()
                .iter()
                .map(|fault| format!("{}: {}", fault.pointer, fault.message))
                .collect(),
            Self::Disk(_) => Vec::new(),
        }
    }
}

impl From<Error> for ImportError {
    fn from(error: Error) -> Self {
        Self::Refused(Failure::of(&error))
    }
}

//! A course as a folder of Markdown and YAML: reading it, checking it, writing it.

mod check;
mod shape;
mod yaml;

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use rust_embed::RustEmbed;

pub(crate) use check::{ParsedCourse, ParsedLesson, ParsedSection, parse};
pub(crate) use shape::{CourseFile, ExerciseFile, LessonFile, SectionFile, folder_key, to_yaml};

/// A file that is larger is refused unread.
const MAX_BYTES: u64 = 1024 * 1024;
/// A folder with more files than this is no course.
const MAX_FILES: usize = 5000;

/// The files of a course by their paths, with `/` between the parts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CourseFiles {
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    /// What a course cannot have, found while the folder was read.
    pub(crate) strange: Vec<ImportFault>,
}

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

#[derive(RustEmbed)]
#[folder = "../../content"]
struct Demo;

impl CourseFiles {
    /// The course that comes with the product.
    pub fn demo() -> Self {
        Self::embedded("go-from-zero/")
    }

    /// The draft that comes with the product, for authors to play with.
    pub fn demo_draft() -> Self {
        Self::embedded("go-in-parallel/")
    }

    fn embedded(folder: &str) -> Self {
        let files = Demo::iter().filter_map(|path| {
            let file = Demo::get(&path)?;
            let path = path.replace('\\', "/");
            let inner = path.strip_prefix(folder)?;
            Some((inner.to_owned(), file.data.into_owned()))
        });
        Self {
            files: files.collect(),
            strange: Vec::new(),
        }
    }

    /// The files under `folder`. Hidden ones are passed over; links, which might lead anywhere, and
    /// whatever else no course has are told with the faults of the files.
    ///
    /// # Errors
    /// When the folder cannot be read or has too many files.
    pub fn from_folder(folder: &Path) -> io::Result<Self> {
        let mut files = Self::default();
        files.read(folder, "", 0)?;
        Ok(files)
    }

    fn read(&mut self, folder: &Path, prefix: &str, depth: usize) -> io::Result<()> {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let kind = entry.file_type()?;
            if name.starts_with('.') {
                continue;
            }
            let path = format!("{prefix}{name}");
            if kind.is_symlink() {
                self.refuse(
                    path,
                    "is a link, which a course cannot have; put the file itself there",
                );
            } else if kind.is_dir() && depth < 4 {
                let found = |files: &Self| files.files.len() + files.strange.len();
                let before = found(self);
                self.read(&entry.path(), &format!("{path}/"), depth + 1)?;
                if found(self) == before {
                    self.refuse(path, "is an empty folder; fill it or take it away");
                }
            } else if kind.is_dir() {
                let message = "lies too deep; a course has sections, and lessons in them";
                self.refuse(path, message);
            } else if kind.is_file() {
                // What is too large is kept as its first bytes, so that the check can say so.
                let file = std::fs::File::open(entry.path())?;
                let mut bytes = Vec::new();
                io::Read::read_to_end(&mut io::Read::take(file, MAX_BYTES + 1), &mut bytes)?;
                self.files.insert(path, bytes);
            } else {
                self.refuse(path, "is no file; take it away");
            }
            if self.files.len() > MAX_FILES {
                return Err(io::Error::other("more than 5000 files: this is no course"));
            }
        }
        Ok(())
    }

    fn refuse(&mut self, file: String, message: &str) {
        self.strange.push(ImportFault {
            file,
            line: 1,
            message: message.to_owned(),
        });
    }

    /// Writes the files under `folder`, which is made when it is missing.
    ///
    /// # Errors
    /// When something cannot be written, or the folder has files already.
    pub fn write_to(&self, folder: &Path) -> io::Result<()> {
        std::fs::create_dir_all(folder)?;
        if std::fs::read_dir(folder)?.next().is_some() {
            return Err(io::Error::other(
                "the folder is not empty; name a new one, so that nothing is overwritten",
            ));
        }
        for (path, bytes) in &self.files {
            let target = folder.join(path);
            if let Some(parent) = target.parent() {
                std::fs::create_dir_all(parent)?;
            }
            std::fs::write(target, bytes)?;
        }
        Ok(())
    }

    /// Everything that is wrong with the files, in the order of files and lines.
    pub fn check(&self) -> Vec<ImportFault> {
        parse(self).err().unwrap_or_default()
    }
}

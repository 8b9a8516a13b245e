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
        }
    }

    /// The files under `folder`. Hidden ones are passed over.
    ///
    /// # Errors
    /// When the folder cannot be read, has too many files, or has links, which might lead anywhere.
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
                return Err(io::Error::other(format!(
                    "{path} is a link, which a course cannot have; put the file itself there"
                )));
            }
            if kind.is_dir() && depth < 4 {
                let before = self.files.len();
                self.read(&entry.path(), &format!("{path}/"), depth + 1)?;
                if self.files.len() == before {
                    return Err(io::Error::other(format!(
                        "the folder {path} is empty; fill it or take it away"
                    )));
                }
            } else if kind.is_dir() {
                return Err(io::Error::other(format!(
                    "the folder {path} lies too deep; a course has sections, and lessons in them"
                )));
            } else if kind.is_file() {
                // What is too large is kept as its first bytes, so that the check can say so.
                let file = std::fs::File::open(entry.path())?;
                let mut bytes = Vec::new();
                io::Read::read_to_end(&mut io::Read::take(file, MAX_BYTES + 1), &mut bytes)?;
                self.files.insert(path, bytes);
            }
            if self.files.len() > MAX_FILES {
                return Err(io::Error::other("more than 5000 files: this is no course"));
            }
        }
        Ok(())
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

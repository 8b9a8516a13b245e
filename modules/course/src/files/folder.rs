//! The files of a course, on the disk and in memory.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::Path;

use bytes::Bytes;
use rust_embed::RustEmbed;

use super::ImportFault;
use crate::authoring::slug_of;
use crate::domain::bounds::{MAX_FILE_BYTES, MAX_FILES, MAX_FOLDER_BYTES};

/// The folder of the assets.
pub(super) const ASSETS: &str = "assets/";

/// The files of a course by their paths, with `/` between the parts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CourseFiles {
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    /// Those in the folder of assets, by their names in it.
    pub(crate) assets: BTreeMap<String, Bytes>,
    /// What a course cannot have, found while the folder was read.
    pub(crate) strange: Vec<ImportFault>,
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

    /// A course with a lesson and an exercise of each kind, for authors to begin with. Its slug is made of the title,
    /// or of `tail` where a title has nothing for one: two courses must not be one by chance.
    pub fn template(title: &str, tail: &str) -> Self {
        let mut files = Self::embedded("new-course/");
        if let Some(course) = files.files.get_mut("course.yaml") {
            let text = String::from_utf8_lossy(course);
            let quoted = serde_json::Value::from(title).to_string();
            let made = match slug_of(title) {
                made if made == "course" => format!("course-{tail}"),
                made => made,
            };
            let text = text
                .replace("slug: new-course", &format!("slug: {made}"))
                .replace("title: New course", &format!("title: {quoted}"));
            *course = text.into_bytes();
        }
        files
    }

    fn embedded(folder: &str) -> Self {
        let files = Demo::iter().filter_map(|path| {
            let file = Demo::get(&path)?;
            let path = path.replace('\\', "/");
            let inner = path.strip_prefix(folder)?;
            Some((inner.to_owned(), file.data.into_owned()))
        });
        let mut embedded = Self {
            files: files.collect(),
            ..Self::default()
        };
        embedded.set_assets_apart();
        embedded
    }

    /// The files under `folder`. Hidden ones are passed over; links, which might lead anywhere, and
    /// whatever else no course has are reported with the faults of the files.
    ///
    /// # Errors
    /// When the folder cannot be read or has too many files.
    pub fn from_folder(folder: &Path) -> io::Result<Self> {
        let mut files = Self::default();
        let mut room = Room {
            texts: MAX_FILE_BYTES,
            assets: MAX_FOLDER_BYTES,
        };
        files.read(folder, "", 0, &mut room)?;
        files.set_assets_apart();
        Ok(files)
    }

    /// Takes the assets out of the other files.
    pub(super) fn set_assets_apart(&mut self) {
        let (assets, files) = std::mem::take(&mut self.files)
            .into_iter()
            .partition::<Vec<_>, _>(|(path, _)| path.starts_with(ASSETS));
        self.files = files.into_iter().collect();
        let assets = assets.into_iter();
        let assets = assets.map(|(path, bytes)| (path[ASSETS.len()..].to_owned(), bytes.into()));
        self.assets = assets.collect();
    }

    /// Reads a folder as long as there is `room`, in bytes.
    fn read(
        &mut self,
        folder: &Path,
        prefix: &str,
        depth: usize,
        room: &mut Room,
    ) -> io::Result<()> {
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
                self.read(&entry.path(), &format!("{path}/"), depth + 1, room)?;
                if found(self) == before {
                    self.refuse(path, "is an empty folder; fill it or take it away");
                }
            } else if kind.is_dir() {
                let message = "lies too deep; a course has sections, and lessons in them";
                self.refuse(path, message);
            } else if kind.is_file() {
                let file = std::fs::File::open(entry.path())?;
                let mut bytes = Vec::new();
                let (room, too_large) = room.of(&path);
                let read = io::Read::take(file, *room + 1).read_to_end(&mut bytes)?;
                match room.checked_sub(u64::try_from(read).unwrap_or(u64::MAX)) {
                    Some(left) => {
                        *room = left;
                        self.files.insert(path, bytes);
                    }
                    None => self.refuse(path, too_large),
                }
            } else {
                self.refuse(path, "is no file; take it away");
            }
            if self.files.len() > MAX_FILES {
                return Err(io::Error::other("more than 5000 files: this is no course"));
            }
        }
        Ok(())
    }

    pub(super) fn refuse(&mut self, file: String, message: &str) {
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
            write(&folder.join(path), bytes)?;
        }
        for (name, bytes) in &self.assets {
            write(&folder.join(ASSETS).join(name), bytes)?;
        }
        Ok(())
    }
}

/// Writes a file, and the folder around it.
pub(super) fn write(target: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(parent) = target.parent() {
        std::fs::create_dir_all(parent)?;
    }
    std::fs::write(target, bytes)
}

/// How many bytes more the files of a folder may have.
struct Room {
    texts: u64,
    assets: u64,
}

impl Room {
    /// For a file at `path`, and what to say when there is none.
    fn of(&mut self, path: &str) -> (&mut u64, &'static str) {
        match path.starts_with(ASSETS) {
            true => (
                &mut self.assets,
                "brings the assets of the course to more than 1 GiB; take some away",
            ),
            false => (
                &mut self.texts,
                "brings the files of the course to more than 16 MiB; make it smaller, or split the course into several",
            ),
        }
    }
}

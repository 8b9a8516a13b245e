//! The files of a course as a ZIP archive.

use std::io::{self, Cursor, Read, Seek, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::folder::ASSETS;
use super::{CourseFiles, ImportFault};
use crate::domain::bounds::{MAX_FILE_BYTES, MAX_FILES};

impl CourseFiles {
    /// The files of an archive. Hidden ones are passed over, and so is a folder around all of them, which is how
    /// most programs pack one; links, and more than a course can have, are reported with the faults of the files.
    ///
    /// # Errors
    /// What keeps it from being read as an archive.
    pub(crate) fn from_zip(bytes: &[u8]) -> Result<Self, String> {
        let unreadable = |error| format!("is no ZIP archive that can be read: {error}");
        let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(unreadable)?;
        if archive.len() > MAX_FILES {
            return Err(format!(
                "has more than {MAX_FILES} files: this is no course"
            ));
        }
        let mut files = Self::default();
        let mut room = MAX_FILE_BYTES;
        for index in 0..archive.len() {
            let entry = archive.by_index(index).map_err(unreadable)?;
            let path = entry.name().map_err(unreadable)?.replace('\\', "/");
            let hidden = path
                .split('/')
                .any(|part| part.starts_with('.') && part != "..");
            if entry.is_dir() || hidden || path.starts_with("__MACOSX/") {
                continue;
            }
            if entry.is_symlink() {
                let message = "is a link, which a course cannot have; put the file itself there";
                files.refuse(path, message);
                continue;
            }
            let mut content = Vec::new();
            let read = entry.take(room + 1).read_to_end(&mut content);
            let read = read.map_err(|error| format!("has a broken file, {path}: {error}"))?;
            match room.checked_sub(u64::try_from(read).unwrap_or(u64::MAX)) {
                Some(left) => room = left,
                None => return Err("has more than 16 MiB of files; split the course".to_owned()),
            }
            if files.files.insert(path.clone(), content).is_some() {
                return Err(format!("has the file {path} twice"));
            }
        }
        files.leave_folder();
        files.set_assets_apart();
        Ok(files)
    }

    /// Takes away the folder that all files have in common.
    fn leave_folder(&mut self) {
        if self.files.contains_key("course.yaml") {
            return;
        }
        let first = self.files.keys().next();
        let Some((folder, _)) = first.and_then(|path| path.split_once('/')) else {
            return;
        };
        let prefix = format!("{folder}/");
        if !self.files.keys().all(|path| path.starts_with(&prefix)) {
            return;
        }
        let files = std::mem::take(&mut self.files).into_iter();
        let inner = files.map(|(path, bytes)| (path[prefix.len()..].to_owned(), bytes));
        self.files = inner.collect();
        for fault in &mut self.strange {
            let ImportFault { file, .. } = fault;
            *file = file.strip_prefix(&prefix).unwrap_or(file).to_owned();
        }
    }

    /// Begins an archive with all files but the assets.
    ///
    /// # Errors
    /// When the archive cannot be written.
    pub(crate) fn pack<W: Write + Seek>(&self, archive: W) -> io::Result<Packing<W>> {
        let mut packing = Packing(Box::new(ZipWriter::new(archive)));
        for (path, bytes) in &self.files {
            packing.add(path, bytes, CompressionMethod::Deflated)?;
        }
        Ok(packing)
    }
}

/// An archive that is written file by file.
pub(crate) struct Packing<W: Write + Seek>(Box<ZipWriter<W>>);

impl<W: Write + Seek> Packing<W> {
    fn add(&mut self, path: &str, bytes: &[u8], method: CompressionMethod) -> io::Result<()> {
        let options = SimpleFileOptions::default().compression_method(method);
        self.0.start_file(path, options)?;
        self.0.write_all(bytes)
    }

    /// Adds an asset as it is, because most are compressed already.
    ///
    /// # Errors
    /// When the archive cannot be written.
    pub(crate) fn add_asset(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let path = format!("{ASSETS}{name}");
        self.add(&path, bytes, CompressionMethod::Stored)
    }

    /// # Errors
    /// When the archive cannot be written.
    pub(crate) fn finish(self) -> io::Result<W> {
        Ok(self.0.finish()?)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use crate::files::CourseFiles;

    impl CourseFiles {
        pub(crate) fn to_zip(&self) -> Vec<u8> {
            let mut packing = self.pack(Cursor::new(Vec::new())).unwrap();
            for (name, bytes) in &self.assets {
                packing.add_asset(name, bytes).unwrap();
            }
            packing.finish().unwrap().into_inner()
        }
    }

    fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (path, bytes) in files {
            zip.start_file(*path, SimpleFileOptions::default()).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    #[test]
    fn an_archive_has_the_files_that_were_put_into_it() {
        let demo = CourseFiles::demo();
        let read = CourseFiles::from_zip(&demo.to_zip()).unwrap();
        assert_eq!(read, demo);
        let wrapped: Vec<(String, &[u8])> = demo
            .files
            .iter()
            .map(|(path, bytes)| (format!("go/{path}"), bytes.as_slice()))
            .collect();
        let mut wrapped: Vec<(&str, &[u8])> =
            wrapped.iter().map(|(p, b)| (p.as_str(), *b)).collect();
        wrapped.push(("go/assets/cover.svg", &demo.assets["cover.svg"]));
        wrapped.push(("__MACOSX/go/._course.yaml", b"x"));
        wrapped.push(("go/.git/config", b"x"));
        assert_eq!(CourseFiles::from_zip(&zipped(&wrapped)).unwrap(), demo);
    }

    #[test]
    fn what_is_no_archive_of_a_course_is_refused() {
        let bomb = vec![0; 17 * 1024 * 1024];
        for (bytes, told) in [
            (b"PK no".to_vec(), "no ZIP archive"),
            (Vec::new(), "no ZIP archive"),
            (zipped(&[("course.yaml", &bomb)]), "more than 16 MiB"),
        ] {
            let error = CourseFiles::from_zip(&bytes).unwrap_err();
            assert!(error.contains(told), "{error}");
        }
        let mut link = ZipWriter::new(Cursor::new(Vec::new()));
        link.add_symlink("course.yaml", "/etc/passwd", SimpleFileOptions::default())
            .unwrap();
        let link = link.finish().unwrap().into_inner();
        let read = CourseFiles::from_zip(&link).unwrap();
        assert_eq!(read.strange[0].file, "course.yaml");
        // A path that leads out of the folder is no file of a course.
        let out =
            CourseFiles::from_zip(&zipped(&[("../course.yaml", b"x"), ("a/b", b"")])).unwrap();
        assert!(
            out.check()
                .iter()
                .any(|fault| fault.file == "../course.yaml")
        );
    }
}

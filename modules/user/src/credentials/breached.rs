//! The operator's file of passwords that are known to attackers.
//!
//! Lines of a SHA-1 hash in upper-case hexadecimal, sorted, with or without `:count` behind it: the
//! form in which such lists are published. The file may have any size; a look-up reads a few lines.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use kernel::{ExposeSecret, FieldFault, SecretString};

use crate::error::Error;

/// Refuses a password that stands in the operator's file, if there is one.
pub(super) async fn refuse_breached(
    file: Option<&Path>,
    pointer: &str,
    password: &SecretString,
) -> Result<(), Error> {
    let Some(path) = file.map(Path::to_owned) else {
        return Ok(());
    };
    let wanted = sha1_hex(password.expose_secret().as_bytes());
    let found = tokio::task::spawn_blocking(move || contains(&path, &wanted)).await;
    let found = found.map_err(Error::internal)?.map_err(|error| {
        Error::internal(format!(
            "auth.breached_passwords_file cannot be read: {error}"
        ))
    })?;
    if !found {
        return Ok(());
    }
    let message = "is on a list of passwords that attackers try first; choose another one";
    let fault = FieldFault::new(pointer, "password_breached", message);
    Err(Error::Invalid(vec![fault]))
}

/// Files up to this size are checked as a whole, in bytes; larger ones at so many places.
const CHECKED_WHOLE: u64 = 4 * 1024 * 1024;
const PLACES: u64 = 2000;
/// The end of a file, where somebody may have added lines, is checked for so many bytes.
const END: u64 = 64 * 1024;

/// Whether a file can be used as the list: it has lines of hashes, which are sorted, as far as that is seen
/// without reading all of a large one. In a file that is not sorted, nothing would be found.
///
/// # Errors
/// Why not.
pub fn check_breached_passwords(path: &Path) -> std::io::Result<()> {
    let mut file = BufReader::new(File::open(path)?);
    let size = file.get_ref().metadata()?.len();
    if size == 0 {
        return Err(std::io::Error::other("it is empty"));
    }
    let mut last = String::new();
    if size <= CHECKED_WHOLE {
        return check_run(&mut file, &mut last, u64::MAX);
    }
    for place in 0..PLACES {
        line_start(&mut file, (size - END) / PLACES * place)?;
        check_run(&mut file, &mut last, 256)?;
    }
    line_start(&mut file, size - END)?;
    check_run(&mut file, &mut last, u64::MAX)
}

/// Checks the next lines, about so many bytes of them, and that none comes before `last`.
fn check_run(file: &mut BufReader<File>, last: &mut String, mut bytes: u64) -> std::io::Result<()> {
    let mut line = String::new();
    while bytes > 0 {
        line.clear();
        let length = file.by_ref().take(1000).read_line(&mut line)?;
        let hash = line.trim_end().split(':').next().unwrap_or_default();
        if length == 0 {
            break;
        }
        let hex = |byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F');
        if hash.len() != 40 || !hash.bytes().all(hex) {
            return Err(std::io::Error::other("a line of it is no such hash"));
        }
        if hash < last.as_str() {
            return Err(std::io::Error::other(
                "its lines are not sorted by the hash",
            ));
        }
        hash.clone_into(last);
        bytes = bytes.saturating_sub(u64::try_from(length).unwrap_or(u64::MAX));
    }
    Ok(())
}

fn sha1_hex(bytes: &[u8]) -> String {
    let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, bytes);
    hash.as_ref()
        .iter()
        .map(|byte| format!("{byte:02X}"))
        .collect()
}

/// Halves the file until the line is found or cannot be there.
fn contains(path: &Path, wanted: &str) -> std::io::Result<bool> {
    let mut file = BufReader::new(File::open(path)?);
    let (mut low, mut high) = (0, file.get_ref().metadata()?.len());
    let mut line = String::new();
    while low < high {
        let middle = low + (high - low) / 2;
        let start = line_start(&mut file, middle)?;
        line.clear();
        let length = file.read_line(&mut line)?;
        let end = start + u64::try_from(length).unwrap_or(0);
        let hash = line.trim_end().split(':').next().unwrap_or_default();
        match hash.to_ascii_uppercase().as_str().cmp(wanted) {
            std::cmp::Ordering::Equal => return Ok(true),
            std::cmp::Ordering::Less => low = end.max(middle + 1),
            std::cmp::Ordering::Greater => high = start,
        }
    }
    Ok(false)
}

/// Puts the reader at the beginning of the line that holds the byte `at`.
fn line_start(file: &mut BufReader<File>, at: u64) -> std::io::Result<u64> {
    const STEP: u64 = 64;
    let mut from = at;
    loop {
        let begin = from.saturating_sub(STEP);
        file.seek(SeekFrom::Start(begin))?;
        let mut window = vec![0; usize::try_from(from - begin).unwrap_or(0)];
        std::io::Read::read_exact(file, &mut window)?;
        if let Some(place) = window.iter().rposition(|byte| *byte == b'\n') {
            let start = begin + u64::try_from(place).unwrap_or(0) + 1;
            file.seek(SeekFrom::Start(start))?;
            return Ok(start);
        }
        if begin == 0 {
            file.seek(SeekFrom::Start(0))?;
            return Ok(0);
        }
        from = begin;
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::{check_breached_passwords, contains, sha1_hex};

    fn check(lines: &[String]) -> Result<(), String> {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(lines.concat().as_bytes()).expect("lines");
        check_breached_passwords(file.path()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_file_in_which_nothing_would_be_found_is_refused() {
        for count in [300, 200_000] {
            let hashes = (0..count).map(|number: u64| sha1_hex(&number.to_be_bytes()));
            let unsorted: Vec<String> = hashes.map(|hash| format!("{hash}:1\n")).collect();
            let mut sorted = unsorted.clone();
            sorted.sort();
            assert_eq!(check(&sorted), Ok(()), "{count}");
            assert_eq!(check(&sorted[..1]), Ok(()));
            let fault = check(&unsorted).expect_err("not sorted");
            assert!(fault.contains("not sorted"), "{fault}");
            let longer = [&sorted[..], &unsorted[..3]].concat();
            let fault = check(&longer).expect_err("lines were added");
            assert!(fault.contains("not sorted"), "{fault}");
        }
        assert!(check(&[]).expect_err("empty").contains("empty"));
        let words = ["password\n".to_owned()];
        assert!(check(&words).expect_err("words").contains("no such hash"));
    }

    #[test]
    fn every_line_of_the_file_is_found_and_nothing_else() {
        let words: Vec<String> = (0..500)
            .map(|number| format!("password {number}"))
            .collect();
        let mut hashes: Vec<String> = words.iter().map(|word| sha1_hex(word.as_bytes())).collect();
        hashes.sort();
        for count in [0, 1, 2, 3, 500] {
            let mut file = tempfile::NamedTempFile::new().expect("a file");
            for (number, hash) in hashes.iter().take(count).enumerate() {
                let tail = if number % 2 == 0 {
                    format!(":{number}")
                } else {
                    String::new()
                };
                writeln!(file, "{hash}{tail}").expect("a line");
            }
            file.flush().expect("written");
            for (number, hash) in hashes.iter().enumerate() {
                let found = contains(file.path(), hash).expect("the file is read");
                assert_eq!(found, number < count, "line {number} of {count}");
            }
        }
    }
}

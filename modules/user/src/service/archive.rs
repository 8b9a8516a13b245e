//! The archive of an export: a text that explains it, and a JSON file per module.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::sealing::broken;
use crate::Error;

const README: &str = "\
This archive holds what the platform knows of you, one JSON file per part of the platform:

user.json          your account, your logins, your tokens without their secrets, and security events
course.json        your answers to exercises, and the courses that you work on
progress.json      your enrolments, all that you did, your points and achievements
notification.json  your inbox, where it writes to you, and what became of its messages

Times are in UTC. Nobody's passwords or secrets are in here.
";

/// A zip archive of these parts, each a name and JSON.
pub(super) fn pack(parts: &[(String, serde_json::Value)]) -> Result<Vec<u8>, Error> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    archive.start_file("README.txt", options).map_err(broken)?;
    archive.write_all(README.as_bytes()).map_err(broken)?;
    for (name, part) in parts {
        let text = serde_json::to_string_pretty(part).map_err(broken)?;
        archive
            .start_file(format!("{name}.json"), options)
            .map_err(broken)?;
        archive.write_all(text.as_bytes()).map_err(broken)?;
    }
    Ok(archive.finish().map_err(broken)?.into_inner())
}

//! What editors need to complete and check the files of a course while they are written.

use std::io;
use std::path::Path;

use serde_json::{Value, json};

use super::folder::write;
use super::{CourseFile, ExerciseFile, LessonHead, SectionFile};

/// The folder of the schemas, which an import passes over because it is hidden.
const FOLDER: &str = ".gopro";

/// Writes the JSON schemas of `course.yaml`, `section.yaml`, `exercises.yaml`, and the head of `lesson.md` to
/// the folder `.gopro` of a course.
///
/// # Errors
/// When a file cannot be written.
pub fn write_schemas(course: &Path) -> io::Result<()> {
    let schemas = [
        ("course.json", rest::schema_of::<CourseFile>()),
        ("section.json", rest::schema_of::<SectionFile>()),
        ("lesson.json", rest::schema_of::<LessonHead>()),
        ("exercises.json", list_of(rest::schema_of::<ExerciseFile>())),
    ];
    for (name, schema) in schemas {
        let text = format!("{schema:#}\n");
        write(&course.join(FOLDER).join(name), text.as_bytes())?;
    }
    Ok(())
}

fn list_of(item: Value) -> Value {
    json!({
        "$schema": item["$schema"],
        "type": "array",
        "items": { "$ref": item["$ref"] },
        "components": item["components"],
    })
}

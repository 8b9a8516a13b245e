use std::collections::BTreeMap;

use crate::files::CourseFiles;

fn files(entries: &[(&str, &str)]) -> CourseFiles {
    let files: BTreeMap<_, _> = entries
        .iter()
        .map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()))
        .collect();
    CourseFiles {
        files,
        ..CourseFiles::default()
    }
}

const COURSE: &str = "format: 1\nslug: abc\ntitle: A\ndifficulty: beginner\n";
const LESSON: &str = "---\ntitle: L\nminutes: 5\ncompletion: read\n---\n\nText.\n";

fn faults(entries: &[(&str, &str)]) -> Vec<String> {
    let mut all = vec![("course.yaml", COURSE), ("01-s/section.yaml", "title: S\n")];
    all.retain(|(path, _)| !entries.iter().any(|(other, _)| other == path));
    all.extend(entries);
    let faults = files(&all).check();
    faults.iter().map(ToString::to_string).collect()
}

#[test]
fn the_demo_course_has_no_fault() {
    assert_eq!(CourseFiles::demo().check(), []);
}

#[test]
fn every_fault_is_told_with_its_file_and_line() {
    let found = faults(&[
        (
            "01-s/01-l/lesson.md",
            "---\ntitle: L\nminutes: 5000\ncompletion: soon\nauthor: me\n---\nText",
        ),
        (
            "01-s/01-l/exercises.yaml",
            "- key: one\n  title: T\n  prompt: P\n  points: 1\n  question:\n    kind: single_choice\n    options:\n      - text: a\n      - text: a\n- key: one\n  title: T\n  prompt: P\n  points: 1\n  question:\n    kind: true_false\n    correct: true\n    correct: false\n",
        ),
        ("01-s/section.yaml", "title: [S\n"),
        ("notes.txt", "?"),
    ]);
    let starts = [
        "01-s/01-l/exercises.yaml:7: question.options exactly one",
        "01-s/01-l/exercises.yaml:9: question.options.1.text must differ",
        "01-s/01-l/exercises.yaml:10: the key one is used twice",
        "01-s/01-l/exercises.yaml:17: correct stands here twice",
        "01-s/01-l/lesson.md:3: minutes must be at most 600",
        "01-s/01-l/lesson.md:4: completion must be one of",
        "01-s/01-l/lesson.md:5: author is not known here",
        "01-s/section.yaml:",
        "notes.txt:1: is no file of a course",
    ];
    for start in starts {
        assert!(
            found.iter().any(|fault| fault.starts_with(start)),
            "{start}\n{found:#?}"
        );
    }
    assert_eq!(found.len(), starts.len(), "{found:#?}");
}

#[test]
fn missing_files_doubled_ids_and_bad_bytes_are_found() {
    let id = "id: 01940000-0000-7000-8000-000000000001\n";
    let with_id = format!("{COURSE}{id}");
    let section = format!("title: S\n{id}");
    let found = faults(&[
        ("course.yaml", &with_id),
        ("01-s/section.yaml", &section),
        ("02-t/01-l/lesson.md", LESSON),
        ("02-t/02-l/lesson.md", LESSON),
        ("02-t/Bad Name/lesson.md", LESSON),
    ]);
    for part in [
        "01-s/section.yaml:2: the id",
        "02-t/section.yaml:1: is missing",
        "02-t/02-l:1: another folder",
        "02-t/Bad Name:1: a folder is named",
    ] {
        assert!(
            found.iter().any(|fault| fault.starts_with(part)),
            "{part}\n{found:#?}"
        );
    }
    let mut bytes = files(&[("course.yaml", COURSE)]);
    bytes.files.insert(
        "course.yaml".to_owned(),
        b"format: 1\ntitle: \xff\n".to_vec(),
    );
    assert_eq!(bytes.check()[0].line, 2);
    bytes
        .files
        .insert("course.yaml".to_owned(), vec![b' '; 1024 * 1024 + 1]);
    assert!(bytes.check()[0].message.contains("1 MiB"));
}

#[test]
fn paths_that_lead_elsewhere_are_refused() {
    let found = faults(&[("../x/lesson.md", LESSON)]);
    assert!(
        found
            .iter()
            .any(|fault| fault.starts_with("../x/lesson.md:1: is no file")),
        "{found:#?}"
    );
}

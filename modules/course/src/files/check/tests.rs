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
    for files in [CourseFiles::demo(), CourseFiles::template("Go", "1f")] {
        assert_eq!(files.check(), []);
        assert_eq!(files.warnings(), []);
    }
}

#[test]
fn every_fault_is_reported_with_its_file_and_line() {
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
        "01-s/01-l/exercises.yaml:9: question.options.1.text looks like one before it",
        "01-s/01-l/exercises.yaml:10: the key one is used twice",
        "01-s/01-l/exercises.yaml:17: correct stands here twice",
        "01-s/01-l/lesson.md:3: minutes must be at most 600",
        "01-s/01-l/lesson.md:4: completion must be one of",
        "01-s/01-l/lesson.md:5: author is not a known field",
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
fn markdown_that_nests_too_deep_is_reported_with_its_line() {
    let lesson = format!("{LESSON}\n{} deep\n", ">".repeat(50_000));
    let exercises = format!(
        "- key: one\n  title: T\n  points: 1\n  prompt: \"{}\"\n  question:\n    kind: true_false\n    correct: true\n",
        "> ".repeat(500)
    );
    let found = faults(&[
        ("01-s/01-l/lesson.md", &lesson),
        ("01-s/01-l/exercises.yaml", &exercises),
    ]);
    assert_eq!(found.len(), 2, "{found:#?}");
    let starts = [
        "01-s/01-l/exercises.yaml:4: prompt must not nest",
        "01-s/01-l/lesson.md:9: the text must not nest",
    ];
    for (fault, start) in found.iter().zip(starts) {
        assert!(fault.starts_with(start), "{fault}");
    }
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
}

#[test]
fn a_course_is_as_large_as_its_parts_are_kept_and_the_largest_file_is_named() {
    let exercise = |letters: usize| {
        format!(
            "- key: one\n  title: T\n  points: 1\n  prompt: {}\n  question:\n    kind: true_false\n    correct: true\n",
            "e".repeat(letters)
        )
    };
    let mut entries = vec![("01-s/00-first/exercises.yaml".to_owned(), exercise(20_000))];
    for number in 0..42 {
        let text = LESSON.replace("Text.", &"a".repeat(99_999));
        entries.push((format!("01-s/{number:02}-l{number}/lesson.md"), text));
    }
    entries.push(("01-s/00-first/lesson.md".to_owned(), LESSON.to_owned()));
    let told = |entries: &[(String, String)]| {
        let entries: Vec<_> = entries
            .iter()
            .map(|(a, b)| (a.as_str(), b.as_str()))
            .collect();
        faults(&entries)
    };
    let found = told(&entries);
    assert_eq!(found.len(), 1, "{found:#?}");
    let start = "course.yaml:1: the texts of the course have 42";
    assert!(found[0].starts_with(start), "{found:#?}");
    assert!(found[0].contains("4194304 are the most"), "{found:#?}");
    assert!(found[0].contains("lesson.md with 100"), "{found:#?}");
    entries.remove(1);
    assert_eq!(told(&entries), [] as [String; 0]);
}

#[test]
fn a_folder_is_read_as_long_as_it_can_be_a_course() {
    let folder = tempfile::tempdir().unwrap();
    let large = vec![b' '; 9 * 1024 * 1024];
    std::fs::write(folder.path().join("README.md"), &large).unwrap();
    assert!(
        CourseFiles::from_folder(folder.path())
            .unwrap()
            .strange
            .is_empty()
    );
    std::fs::write(folder.path().join("course.yaml"), &large).unwrap();
    let read = CourseFiles::from_folder(folder.path()).unwrap();
    assert_eq!(read.files.len(), 1);
    assert!(read.strange[0].message.contains("16 MiB"), "{read:?}");
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

#[test]
fn a_file_is_read_within_bounds_of_names_values_and_faults() {
    let names = format!("{COURSE}? {}\n: [1, 2]\n", "k".repeat(20_000));
    let found = faults(&[("course.yaml", &names)]);
    assert!(
        found
            .iter()
            .any(|fault| fault.starts_with("course.yaml:5: has a name of more than 100 bytes")),
        "{found:#?}"
    );
    assert!(found.iter().all(|fault| fault.len() < 300), "{found:#?}");

    let values = format!("{COURSE}key: [{}1]\n", "1,".repeat(200_000));
    let found = faults(&[("course.yaml", &values)]);
    assert!(
        found
            .iter()
            .any(|fault| fault.starts_with("course.yaml:5: is not YAML: ")),
        "{found:#?}"
    );

    for wrong in ["- {}\n", "- a: 1\n  a: 2\n"] {
        let exercises = wrong.repeat(2_000);
        let found = faults(&[
            ("01-s/01-l/lesson.md", LESSON),
            ("01-s/01-l/exercises.yaml", &exercises),
        ]);
        assert_eq!(found.len(), 101, "{found:#?}");
        assert!(found.iter().any(|fault| {
            fault.ends_with("has more faults; they are reported when these are fixed")
        }));
    }
}

#[test]
fn what_is_more_than_a_course_can_have_is_not_read_to_its_end() {
    let long = "-\n".repeat(49_000);
    let mut many = vec![("course.yaml".to_owned(), "slug: x\n".to_owned())];
    many.extend((1..=99).map(|n| (format!("s{n}/section.yaml"), long.clone())));
    let many: Vec<_> = many.iter().map(|(p, t)| (p.as_str(), t.as_str())).collect();
    let told = faults(&many);
    let unread = |fault: &&String| fault.contains("was not read, because");
    assert_eq!(told.iter().filter(unread).count(), 1, "{told:?}");
    let read = told.iter().filter(|fault| fault.contains("/section.yaml"));
    assert!(read.count() <= 7, "no more than five are read: {told:?}");
    for depth in [17, 60, 5000] {
        for (open, close) in [("[", "]"), ("{a: ", "}")] {
            let deep = format!("x: {}{}", open.repeat(depth), close.repeat(depth));
            let told = faults(&[("course.yaml", &deep)]);
            assert!(told[0].contains("is not YAML"), "{told:?}");
        }
    }
}

#[test]
fn the_line_of_a_part_is_found_through_lists_and_names_with_slashes() {
    let located = crate::files::yaml::read("a/b:\n  - x\n  - y~: 1\n    z: 2\n").unwrap();
    for (pointer, line) in [
        ("", 1),
        ("/a~1b", 1),
        ("/a~1b/0", 2),
        ("/a~1b/1/y~0", 3),
        ("/a~1b/1/z", 4),
        ("/a~1b/1/z/none", 4),
        ("/none", 1),
    ] {
        assert_eq!(located.line(pointer), line, "{pointer}");
    }
}

const EXERCISE: &str = "- key: one\n  title: T\n  prompt: P\n  points: 1\n  question:\n    kind: true_false\n    correct: true\n";

#[test]
fn a_program_may_lie_in_a_file_that_has_to_be_there_and_to_be_named() {
    let lesson = |samples: &str| {
        LESSON.replace(
            "completion: read\n",
            &format!("completion: read\ncode_samples:\n{samples}"),
        )
    };
    let named = lesson(
        "  - title: A\n    language: go\n    file: a.go\n    output_file: a.txt\n  - title: B\n    language: go\n    code: x\n    output: why\n",
    );
    let whole = [
        ("course.yaml", COURSE),
        ("01-s/section.yaml", "title: S\n"),
        ("01-s/01-l/lesson.md", named.as_str()),
        ("01-s/01-l/code/a.go", "package main\n"),
        ("01-s/01-l/code/a.txt", ""),
    ];
    let parsed = crate::files::check::parse(&files(&whole)).unwrap();
    let samples = &parsed.sections[0].lessons[0].file.code_samples;
    let read: Vec<_> = samples
        .iter()
        .map(|sample| (sample.code.as_str(), sample.output.as_deref()))
        .collect();
    assert_eq!(read, [("package main\n", Some("")), ("x", Some("why"))]);

    let wrong = lesson(
        "  - title: A\n    language: go\n    file: a.go\n    code: x\n  - title: B\n    language: go\n    file: b.go\n  - title: C\n    language: go\n  - title: D\n    language: go\n    file: ../x.go\n",
    );
    let found = faults(&[
        ("01-s/01-l/lesson.md", &wrong),
        ("01-s/01-l/code/a.go", "package main\n"),
        ("01-s/01-l/code/c.go", "package main\n"),
    ]);
    assert_eq!(found.len(), 1, "its head is no head: {found:#?}");
    assert!(found[0].starts_with("01-s/01-l/lesson.md:17: code_samples.3.file"));
    let wrong = wrong.replace("  - title: D\n    language: go\n    file: ../x.go\n", "");
    let found = faults(&[
        ("01-s/01-l/lesson.md", &wrong),
        ("01-s/01-l/code/a.go", "package main\n"),
        ("01-s/01-l/code/c.go", "package main\n"),
    ]);
    for start in [
        "01-s/01-l/code/b.go:1: is missing: the code sample on line 10 of lesson.md names it",
        "01-s/01-l/code/c.go:1: is named by no code sample",
        "01-s/01-l/lesson.md:6: has both code and file",
        "01-s/01-l/lesson.md:13: must have its program in code",
    ] {
        assert!(
            found.iter().any(|fault| fault.starts_with(start)),
            "{start}\n{found:#?}"
        );
    }
    assert_eq!(found.len(), 4, "{found:#?}");
}

#[test]
fn objectives_without_an_exercise_are_told_and_unknown_ones_refused() {
    let lesson = LESSON.replace(
        "completion: read\n",
        "completion: read\nobjectives: [Read, Write]\n",
    );
    let exercise = |numbers: &str| {
        EXERCISE.replace("points: 1", &format!("points: 1\n  objectives: {numbers}"))
    };
    let course = |exercises: &str| {
        files(&[
            ("course.yaml", COURSE),
            ("01-s/section.yaml", "title: S\n"),
            ("01-s/01-l/lesson.md", &lesson),
            ("01-s/01-l/exercises.yaml", exercises),
        ])
    };
    let told = |files: &CourseFiles| -> Vec<String> {
        files.warnings().iter().map(ToString::to_string).collect()
    };
    let half = course(&exercise("[1]"));
    assert_eq!(half.check(), []);
    let warnings = told(&half);
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    let start = "01-s/01-l/lesson.md:1: objective 2 is tested by no exercise: “Write”";
    assert!(warnings[0].starts_with(start), "{warnings:?}");
    assert_eq!(told(&course(&exercise("[2, 1]"))), [] as [String; 0]);
    let unknown = course(&exercise("[1, 3]")).check();
    assert_eq!(unknown.len(), 1, "{unknown:?}");
    let fault = unknown[0].to_string();
    let start = "01-s/01-l/exercises.yaml:5: objectives.1 is 3, but the lesson has 2 objectives";
    assert!(fault.starts_with(start), "{fault}");
}

#[test]
fn links_lead_to_lessons_and_references_to_assets_of_the_folder() {
    let lesson = format!(
        "{LESSON}\n[a](../02-m/lesson.md#x) [b](https://example.org/x.md)\n\n[c](../03-n/lesson.md)\n\n![d](assets/d.png) ![e](assets/E.png)\n"
    );
    let mut course = files(&[
        ("course.yaml", COURSE),
        ("01-s/section.yaml", "title: S\n"),
        ("01-s/01-l/lesson.md", &lesson),
        ("01-s/02-m/lesson.md", LESSON),
    ]);
    let asset = bytes::Bytes::from_static(b"\x89PNG\r\n\x1a\n");
    course.assets.insert("e.png".to_owned(), asset);
    let found: Vec<String> = course.check().iter().map(ToString::to_string).collect();
    assert_eq!(found.len(), 1, "{found:?}");
    let start = "01-s/01-l/lesson.md:11: links to “../03-n/lesson.md”, which is no lesson";
    assert!(found[0].starts_with(start), "{found:?}");
    let warnings: Vec<String> = course.warnings().iter().map(ToString::to_string).collect();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    let start = "01-s/01-l/lesson.md:13: refers to assets/d.png, which is not in the folder";
    assert!(warnings[0].starts_with(start), "{warnings:?}");
}

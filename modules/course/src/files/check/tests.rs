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

//! The programs that a lesson shows, and the files in which they may lie.

use std::collections::BTreeSet;

use super::reader::Reader;
use crate::domain::CodeSample;
use crate::files::CodeSampleFile;
use crate::files::head::has_control;
use crate::files::yaml::Located;

/// The most characters of a program and of what it prints.
const MOST: usize = 20_000;

impl Reader<'_> {
    /// The programs of a lesson, whose head is in `file`.
    pub(super) fn samples(
        &mut self,
        folder: &str,
        located: &Located,
        samples: Vec<CodeSampleFile>,
    ) -> Vec<CodeSample> {
        let file = format!("{folder}/lesson.md");
        let mut named = BTreeSet::new();
        let mut read = Vec::new();
        for (index, sample) in samples.into_iter().enumerate() {
            // The head begins on the second line.
            let line = located.line(&format!("/code_samples/{index}")) + 1;
            let code = (sample.code, sample.file);
            let output = (sample.output, sample.output_file);
            for name in code.1.iter().chain(&output.1) {
                named.insert(format!("{folder}/code/{name}"));
            }
            let code = self.here_or_in(folder, line, code, ["code", "file"]);
            let output = self.here_or_in(folder, line, output, ["output", "output_file"]);
            let Some(code) = code else {
                self.fault(&file, line, "must have its program in code, or name a file");
                continue;
            };
            if code.is_empty() {
                self.fault(&file, line, "must not have an empty program");
            }
            read.push(CodeSample {
                title: sample.title,
                language: sample.language,
                code,
                output,
            });
        }
        let prefix = format!("{folder}/code/");
        let all = self.files.keys().filter(|path| path.starts_with(&prefix));
        let unnamed: Vec<String> = all.filter(|path| !named.contains(*path)).cloned().collect();
        for path in unnamed {
            let message =
                "is named by no code sample of its lesson; name it in lesson.md, or take it away";
            self.fault(&path, 1, message);
        }
        read
    }

    /// A text that stands in the head, or in a file that it names.
    fn here_or_in(
        &mut self,
        folder: &str,
        line: u64,
        (text, name): (Option<String>, Option<String>),
        [here, there]: [&str; 2],
    ) -> Option<String> {
        let Some(name) = name else {
            return text;
        };
        let head = format!("{folder}/lesson.md");
        if text.is_some() {
            let message = format!("has both {here} and {there}; take one of them away");
            self.fault(&head, line, message);
            return text;
        }
        let file = format!("{folder}/code/{name}");
        let missing = format!("the code sample on line {line} of lesson.md names it");
        // A missing file is told where it is missing; the program is not missed once more.
        let text = self.text(&file, &missing).unwrap_or_else(|| " ".to_owned());
        if text.chars().count() > MOST {
            self.fault(&file, 1, format!("must have at most {MOST} characters"));
        }
        if let Some((line, _)) = (1..).zip(text.lines()).find(|(_, line)| has_control(line)) {
            self.fault(&file, line, "must not contain control characters");
        }
        Some(text)
    }
}

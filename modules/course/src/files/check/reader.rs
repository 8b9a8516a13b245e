//! Reading one file after another, with all faults by their file and line.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bytes::Bytes;
use kernel::FieldFault;
use serde::Serialize;
use serde::de::DeserializeOwned;
use utoipa::ToSchema;
use uuid::Uuid;

use super::sizes::Sizes;
use crate::domain::Checked;
use crate::domain::bounds::{MAX_COURSE_BYTES, MAX_FILE_FAULTS, MAX_YAML_NODES_OF_COURSE};
use crate::domain::content::kept_bytes;
use crate::files::shape::folder_key;
use crate::files::yaml::{self, Located};
use crate::files::{CourseFiles, ImportFault};

pub(super) struct Reader<'f> {
    pub(super) files: &'f BTreeMap<String, Vec<u8>>,
    pub(super) assets: &'f BTreeMap<String, Bytes>,
    pub(super) faults: Vec<ImportFault>,
    /// What is no fault, but hardly meant.
    pub(super) warnings: Vec<ImportFault>,
    /// How many faults each file has.
    counts: HashMap<String, usize>,
    /// Where each id was seen first.
    ids: HashMap<Uuid, String>,
    pub(super) sizes: Sizes,
    /// How many values were read in all files.
    nodes: usize,
    is_too_much: bool,
    /// How many bytes of Markdown were looked at.
    markdown: u64,
}

impl<'f> Reader<'f> {
    pub(super) fn new(files: &'f CourseFiles) -> Self {
        Self {
            files: &files.files,
            assets: &files.assets,
            faults: files.strange.clone(),
            warnings: Vec::new(),
            counts: HashMap::new(),
            ids: HashMap::new(),
            sizes: Sizes::default(),
            nodes: 0,
            is_too_much: false,
            markdown: 0,
        }
    }

    pub(super) fn fault(&mut self, file: &str, line: u64, message: impl Into<String>) {
        let count = self.counts.entry(file.to_owned()).or_default();
        *count += 1;
        let message = match *count {
            ..=MAX_FILE_FAULTS => message.into(),
            n if n == MAX_FILE_FAULTS + 1 => {
                "has more faults; they are reported when these are fixed".to_owned()
            }
            _ => return,
        };
        self.faults.push(ImportFault {
            file: file.to_owned(),
            line,
            message,
        });
    }

    pub(super) fn warn(&mut self, file: &str, line: u64, message: String) {
        self.warnings.push(ImportFault {
            file: file.to_owned(),
            line,
            message,
        });
    }

    pub(super) fn has_enough(&self, file: &str) -> bool {
        let count = self.counts.get(file);
        count.is_some_and(|count| *count > MAX_FILE_FAULTS)
    }

    /// What is wrong with a part of the course, which is weighed as it will be kept.
    pub(super) fn checked<T: Checked + Serialize>(
        &mut self,
        file: &str,
        mut body: T,
    ) -> Vec<FieldFault> {
        let faults = body.clean_and_check();
        self.sizes.add(file, kept_bytes(&body));
        faults
    }

    pub(super) fn limit(&mut self, file: &str, count: usize, limit: usize, what: &str) {
        if count > limit {
            self.fault(file, 1, format!("a course can have at most {limit} {what}"));
        }
    }

    /// Whether Markdown of so many bytes is still looked at: more than a course can have is refused anyway.
    pub(super) fn affords(&mut self, bytes: usize) -> bool {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        self.markdown = self.markdown.saturating_add(bytes);
        self.markdown <= MAX_COURSE_BYTES
    }

    /// The folders right under `prefix` in order, with the keys that their names stand for.
    pub(super) fn folders(&mut self, prefix: &str) -> Vec<(String, Option<String>)> {
        let names: BTreeSet<&str> = self
            .files
            .keys()
            .filter_map(|path| path.strip_prefix(prefix)?.split_once('/'))
            .map(|(name, _)| name)
            .collect();
        let mut keys = BTreeSet::new();
        let mut folders = Vec::new();
        for name in names {
            let folder = format!("{prefix}{name}");
            let key = folder_key(name);
            if key.is_none() {
                self.fault(
                    &folder,
                    1,
                    "a folder is named like 01-first-steps: lower-case letters, digits and hyphens",
                );
            } else if !keys.insert(key) {
                self.fault(
                    &folder,
                    1,
                    "another folder here has the same name after its number",
                );
            }
            folders.push((folder, key.map(str::to_owned)));
        }
        folders
    }

    pub(super) fn text(&mut self, file: &str, missing: &str) -> Option<String> {
        let Some(bytes) = self.files.get(file) else {
            self.fault(file, 1, format!("is missing: {missing}"));
            return None;
        };
        match std::str::from_utf8(bytes) {
            Ok(text) => Some(text.strip_prefix('\u{feff}').unwrap_or(text).to_owned()),
            Err(error) => {
                let before = &bytes[..error.valid_up_to()];
                let line = before.split(|byte| *byte == b'\n').count();
                let line = u64::try_from(line).unwrap_or(1);
                self.fault(file, line, "is not UTF-8 here; save the file as UTF-8");
                None
            }
        }
    }

    pub(super) fn yaml(&mut self, file: &str, missing: &str) -> Option<Located> {
        let text = self.text(file, missing)?;
        self.located(file, &text, 0)
    }

    pub(super) fn located(&mut self, file: &str, text: &str, offset: u64) -> Option<Located> {
        if self.nodes > MAX_YAML_NODES_OF_COURSE {
            if !std::mem::replace(&mut self.is_too_much, true) {
                self.fault(
                    file,
                    1,
                    format!("was not read, because the files before it have more than {MAX_YAML_NODES_OF_COURSE} values together, which is more than a course can have"),
                );
            }
            return None;
        }
        let read = yaml::read(text);
        self.nodes += match &read {
            Ok(located) => located.nodes,
            Err(_) => yaml::most_nodes(text),
        };
        match read {
            Ok(located) => {
                for (line, message) in &located.faults {
                    self.fault(file, line + offset, message.as_str());
                }
                Some(located)
            }
            Err((line, message)) => {
                self.fault(file, line + offset, message);
                None
            }
        }
    }

    pub(super) fn typed<T: DeserializeOwned + ToSchema + 'static>(
        &mut self,
        file: &str,
        located: &Located,
        offset: u64,
    ) -> Option<T> {
        self.part(file, located, &located.value, "", offset)
    }

    pub(super) fn part<T: DeserializeOwned + ToSchema + 'static>(
        &mut self,
        file: &str,
        located: &Located,
        value: &serde_json::Value,
        at: &str,
        offset: u64,
    ) -> Option<T> {
        let faults = rest::schema_faults::<T>(value);
        let clean = faults.is_empty();
        self.rules(file, located, at, offset, faults);
        if !clean {
            return None;
        }
        match serde_json::from_value(value.clone()) {
            Ok(typed) => Some(typed),
            Err(error) => {
                self.fault(file, located.line(at) + offset, error.to_string());
                None
            }
        }
    }

    pub(super) fn rules(
        &mut self,
        file: &str,
        located: &Located,
        at: &str,
        offset: u64,
        faults: Vec<FieldFault>,
    ) {
        for fault in faults {
            let pointer = format!("{at}{}", fault.pointer);
            let line = located.line(&pointer) + offset;
            let name = match fault.pointer.trim_start_matches('/') {
                "" => "the file".to_owned(),
                name => name.replace('/', "."),
            };
            let message = fault.message.replace("of this request", "of this file");
            self.fault(file, line, format!("{name} {message}"));
        }
    }

    pub(super) fn id(
        &mut self,
        file: &str,
        located: &Located,
        id: Option<Uuid>,
        at: &str,
        offset: u64,
    ) {
        let Some(id) = id else {
            return;
        };
        if let Some(first) = self.ids.insert(id, file.to_owned()) {
            let line = located.line(at) + offset;
            self.fault(
                file,
                line,
                format!("the id {id} is used in {first} already"),
            );
        }
    }
}

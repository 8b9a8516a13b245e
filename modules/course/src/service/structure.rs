//! Rules that hold for drafts however they are written: through the API or from files.

use kernel::text::{clean, slug};
use kernel::{FieldFault, Key};

use crate::Error;
use crate::content::{CourseBody, ExerciseBody, LessonBody, SectionBody};
use crate::question;

pub(crate) const MAX_SECTIONS: usize = 100;
pub(crate) const MAX_LESSONS: usize = 500;
pub(crate) const MAX_EXERCISES: usize = 100;

/// A part of a draft as it is checked: its text is cleaned first.
pub(crate) trait Checked: Sized {
    /// Cleans what people type and collects the rules that are broken.
    fn clean_and_check(&mut self) -> Vec<FieldFault>;

    /// The part when it keeps every rule.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every broken rule.
    fn checked(mut self) -> Result<Self, Error> {
        let faults = self.clean_and_check();
        if faults.is_empty() {
            Ok(self)
        } else {
            Err(Error::Invalid("course.invalid", faults))
        }
    }
}

impl Checked for CourseBody {
    fn clean_and_check(&mut self) -> Vec<FieldFault> {
        let mut faults = clean_title(&mut self.title);
        self.summary = clean(&self.summary);
        self.category = self.category.take().map(|category| clean(&category));
        if self.category.as_deref() == Some("") {
            self.category = None;
        }
        for (index, tag) in self.tags.iter().enumerate() {
            if self.tags[..index].contains(tag) {
                faults.push(FieldFault::new(
                    format!("/tags/{index}"),
                    "doubled",
                    "must differ from the others",
                ));
            }
        }
        faults
    }
}

impl Checked for SectionBody {
    fn clean_and_check(&mut self) -> Vec<FieldFault> {
        self.summary = clean(&self.summary);
        clean_title(&mut self.title)
    }
}

impl Checked for LessonBody {
    fn clean_and_check(&mut self) -> Vec<FieldFault> {
        clean_title(&mut self.title)
    }
}

impl Checked for ExerciseBody {
    fn clean_and_check(&mut self) -> Vec<FieldFault> {
        let mut faults = clean_title(&mut self.title);
        faults.extend(question::faults(&self.question, "/question"));
        faults
    }
}

fn clean_title(title: &mut String) -> Vec<FieldFault> {
    *title = clean(title);
    if title.is_empty() {
        vec![FieldFault::new(
            "/title",
            "blank",
            "must have a character that is no blank",
        )]
    } else {
        Vec::new()
    }
}

/// A name in files made of `title`, different from all that are `taken`.
pub(crate) fn free_key<'k>(
    title: &str,
    fallback: &str,
    taken: impl Iterator<Item = &'k str> + Clone,
) -> String {
    let base = match slug(title, 60) {
        empty if empty.is_empty() => fallback.to_owned(),
        base => base,
    };
    let free = |key: &String| !taken.clone().any(|other| other == key);
    let numbered = (2..).map(|number| format!("{base}-{number}"));
    std::iter::once(base.clone())
        .chain(numbered)
        .find(free)
        .unwrap_or(base)
}

/// The position after the last of `positions`.
pub(crate) fn next_position(positions: impl Iterator<Item = i32>) -> i32 {
    positions.max().unwrap_or(0) + 1
}

/// The items with the one at `from` moved so that it comes `position`th, counted from 1.
pub(crate) fn moved<T>(mut items: Vec<T>, from: usize, position: i32) -> Vec<T> {
    if from < items.len() {
        let item = items.remove(from);
        let to = usize::try_from(position - 1).unwrap_or(0);
        items.insert(to.min(items.len()), item);
    }
    items
}

/// The keys by which a list of parts is walked.
pub(crate) fn walk(outer: i32, position: i32, id: uuid::Uuid) -> Vec<Key> {
    vec![
        Key::Int(i64::from(outer)),
        Key::Int(i64::from(position)),
        Key::Id(id),
    ]
}

#[cfg(test)]
mod tests {
    use super::{free_key, moved};

    #[test]
    fn a_key_is_the_title_in_plain_letters_and_never_taken() {
        let taken = ["for-loops", "for-loops-2"];
        assert_eq!(
            free_key("For loops!", "lesson", taken.iter().copied()),
            "for-loops-3"
        );
        assert_eq!(free_key("…", "lesson", taken.iter().copied()), "lesson");
    }

    #[test]
    fn moving_shifts_the_others() {
        assert_eq!(moved(vec!['a', 'b', 'c'], 0, 3), ['b', 'c', 'a']);
        assert_eq!(moved(vec!['a', 'b', 'c'], 2, 1), ['c', 'a', 'b']);
        assert_eq!(moved(vec!['a', 'b', 'c'], 1, 99), ['a', 'c', 'b']);
    }
}

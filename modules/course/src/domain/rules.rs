//! Rules that hold for drafts however they are written: through the API or from files.

use contracts::course_ref::CourseRef;
use kernel::FieldFault;
use kernel::text::clean;

use super::asset::AssetName;
use super::content::{CourseBody, ExerciseBody, LessonBody, SectionBody};
use super::question;

/// A part of a draft as it is checked: its text is cleaned first.
pub(crate) trait Checked: Sized {
    /// Cleans what users type and collects the rules that are broken.
    fn clean_and_check(&mut self) -> Vec<FieldFault>;

    /// The part when it keeps every rule.
    ///
    /// # Errors
    /// Every broken rule.
    fn checked(mut self) -> Result<Self, Vec<FieldFault>> {
        none_of(self.clean_and_check())?;
        Ok(self)
    }
}

/// # Errors
/// The faults, if there are any.
pub(crate) fn none_of(faults: Vec<FieldFault>) -> Result<(), Vec<FieldFault>> {
    match faults.is_empty() {
        true => Ok(()),
        false => Err(faults),
    }
}

/// A slug in the form of an id would name the course with that id instead.
pub(crate) fn slug_faults(slug: &str) -> Vec<FieldFault> {
    match CourseRef::parse(slug) {
        Some(CourseRef::Id(_)) => vec![FieldFault::new(
            "/slug",
            "looks_like_id",
            "must not have the form of an ID; choose words that say what the course is about",
        )],
        _ => Vec::new(),
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
        if let Some(cover) = &self.cover {
            faults.extend(AssetName::parse(cover, "/cover").err());
        }
        for (index, tag) in self.tags.iter().enumerate() {
            if self.tags[..index].contains(tag) {
                faults.push(FieldFault::new(
                    format!("/tags/{index}"),
                    "duplicate",
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
        faults.extend(question::rubric_faults(
            &self.question,
            self.points,
            "/question",
        ));
        faults
    }
}

fn clean_title(title: &mut String) -> Vec<FieldFault> {
    *title = clean(title);
    if title.is_empty() {
        vec![FieldFault::new(
            "/title",
            "blank",
            "must contain at least one visible character",
        )]
    } else {
        Vec::new()
    }
}

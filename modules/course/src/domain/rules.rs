//! Rules that hold for drafts however they are written: through the API or from files.

use std::collections::BTreeSet;

use contracts::course_ref::CourseRef;
use kernel::FieldFault;
use kernel::text::clean;

use super::asset::AssetName;
use super::content::{CourseBody, ExerciseBody, LessonBody, SectionBody};
use super::language::canonical;
use super::question::{self, Question};

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
        match canonical(&self.language) {
            Some(language) => self.language = language,
            None => faults.push(FieldFault::new(
                "/language",
                "language_unknown",
                "must be a BCP 47 language tag with registered subtags, such as en, de-CH, or zh-Hant",
            )),
        }
        if let Some(cover) = &self.cover {
            faults.extend(AssetName::parse(cover, "/cover").err());
        }
        self.license = self.license.take().map(|license| clean(&license));
        for name in &mut self.author_names {
            *name = clean(name);
        }
        faults.extend(duplicates("/author_names", &self.author_names));
        faults.extend(duplicates("/tags", &self.tags));
        faults
    }
}

fn duplicates<'t>(at: &'t str, texts: &'t [String]) -> impl Iterator<Item = FieldFault> + 't {
    let again = texts.iter().enumerate();
    again
        .filter(|(index, text)| texts[..*index].contains(text))
        .map(move |(index, _)| {
            let at = format!("{at}/{index}");
            FieldFault::new(at, "duplicate", "must differ from the others")
        })
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
        let of = |question: &Question, prompt: &str, at: &str| {
            question::faults(question, prompt, self.points, at)
        };
        faults.extend(of(&self.question, &self.prompt, "/question"));
        for (index, variant) in self.variants.iter().enumerate() {
            let at = format!("/variants/{index}/question");
            faults.extend(of(&variant.question, &variant.prompt, &at));
        }
        faults.extend(self.shared_placeholders());
        self.objectives.sort_unstable();
        self.objectives.dedup();
        faults
    }
}

impl ExerciseBody {
    /// What is said whichever variant is drawn must not show a parameter that some of them do not have.
    fn shared_placeholders(&self) -> Vec<FieldFault> {
        let variants = self.variants.iter().map(|variant| &variant.question);
        let questions: Vec<&Question> = variants.chain([&self.question]).collect();
        let names: BTreeSet<&str> = questions.iter().flat_map(|one| one.parameters()).collect();
        let hints = self.hints.iter().enumerate();
        let texts = hints.map(|(index, hint)| (format!("/hints/{index}"), hint));
        let explanation = self.explanation.iter();
        let texts = texts.chain(explanation.map(|text| ("/explanation".to_owned(), text)));
        if names.is_empty() {
            return Vec::new();
        }
        let mut faults = Vec::new();
        for (at, text) in texts {
            let lacks = |shown: &&str| {
                let mut questions = questions.iter();
                questions.any(|one| !one.parameters().any(|own| own == *shown))
            };
            if let Some(shown) = question::placeholders(text).find(lacks) {
                let message = format!(
                    "shows {{{{{shown}}}}}, which not every question of the exercise has as a parameter; leave it out here, or add it to all of them"
                );
                faults.push(FieldFault::new(at, "not_in_variant", message));
            }
        }
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

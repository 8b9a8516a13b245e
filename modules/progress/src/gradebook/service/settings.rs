//! How a course is graded.

use std::collections::HashSet;
use std::sync::Arc;

use contracts::course::OutlineView;
use contracts::course_ref::CourseRef;
use kernel::{Caller, CourseId, ExerciseId, Expected, FieldFault, text};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::LockType;

use super::super::request::ReplaceGradebookSettings;
use super::super::store::settings;
use super::super::view::GradebookSettings;
use super::Service;
use super::grading::exercises_of;
use crate::domain::{ALL_WEIGHTS, Category, Grading};
use crate::error::Error;
use crate::outlines;

impl Service {
    /// How a course is graded, and the revision of that.
    pub(crate) async fn settings(
        &self,
        caller: &Caller,
        course: &CourseRef,
    ) -> Result<(i64, GradebookSettings), Error> {
        let db = self.database.read();
        let found = self.outlines.find_for_editor(db, caller, course);
        let course = found.await?;
        let (revision, grading) = self.grading(db, course).await?;
        let view = GradebookSettings::of(course, revision > 0, grading);
        Ok((revision, view))
    }

    pub(crate) async fn replace_settings(
        &self,
        caller: &Caller,
        course: &CourseRef,
        expected: &Expected,
        request: ReplaceGradebookSettings,
    ) -> Result<(i64, GradebookSettings), Error> {
        let db = self.database.read();
        let found = self.outlines.find_for_editor(db, caller, course);
        let course = found.await?;
        let newest = self.newest(db, course).await?;
        let faults = faults_of(&request, &newest);
        if !faults.is_empty() {
            return Err(Error::GradebookInvalid(faults));
        }
        let categories = request.categories.into_iter().map(|category| Category {
            name: text::clean(&category.name),
            weight: category.weight,
            drop_lowest: category.drop_lowest,
            exercises: category.exercises,
        });
        let grading = Grading {
            categories: categories.collect(),
            missing_as_zero: request.missing_as_zero,
        };
        let txn = self.database.begin_private().await?;
        outlines::lock(&txn, course, LockType::NoKeyUpdate).await?;
        let known = settings::find(&txn, course).await?;
        let revision = known.map_or(0, |(revision, _)| revision);
        expected.check(revision)?;
        let (revision, now) = (revision + 1, self.env.now());
        settings::upsert(&txn, course, revision, &grading, now).await?;
        txn.commit().await?;
        Ok((revision, GradebookSettings::of(course, true, grading)))
    }

    /// The grading of a course; where nobody has set one, all exercises of its newest version are one category.
    pub(super) async fn grading(
        &self,
        db: &impl ConnectionTrait,
        course: CourseId,
    ) -> Result<(i64, Grading), Error> {
        if let Some(known) = settings::find(db, course).await? {
            return Ok(known);
        }
        let newest = self.newest(db, course).await?;
        let lessons = newest.sections.iter().flat_map(|section| &section.lessons);
        let exercises = lessons.flat_map(|lesson| &lesson.exercises);
        let all = Category {
            name: "Exercises".to_owned(),
            weight: ALL_WEIGHTS,
            drop_lowest: 0,
            exercises: exercises.map(|exercise| exercise.id).collect(),
        };
        let grading = Grading {
            categories: vec![all],
            missing_as_zero: false,
        };
        Ok((0, grading))
    }

    pub(super) async fn newest(
        &self,
        db: &impl ConnectionTrait,
        course: CourseId,
    ) -> Result<Arc<OutlineView>, Error> {
        let known = outlines::find_course(db, course).await?;
        let known = known.ok_or(Error::CourseNotFound)?;
        self.outlines.get(db, course, known.newest).await
    }
}

fn faults_of(request: &ReplaceGradebookSettings, newest: &OutlineView) -> Vec<FieldFault> {
    let known = exercises_of(newest);
    let mut faults = Vec::new();
    let sum: i32 = request.categories.iter().map(|one| one.weight).sum();
    if sum != ALL_WEIGHTS {
        let message = format!("the weights must add up to {ALL_WEIGHTS}; they add up to {sum}");
        faults.push(FieldFault::new("/categories", "weights", message));
    }
    let mut names = HashSet::new();
    let mut taken: HashSet<ExerciseId> = HashSet::new();
    for (place, category) in request.categories.iter().enumerate() {
        let name = text::clean(&category.name);
        let pointer = format!("/categories/{place}");
        if name.is_empty() || !names.insert(name.to_lowercase()) {
            let message = "must be a name that no other category has";
            faults.push(FieldFault::new(
                format!("{pointer}/name"),
                "unique",
                message,
            ));
        }
        for (number, exercise) in category.exercises.iter().enumerate() {
            let pointer = format!("{pointer}/exercises/{number}");
            if !known.contains_key(exercise) {
                let message = "must be an exercise of the newest version of the course";
                faults.push(FieldFault::new(pointer, "unknown_id", message));
            } else if !taken.insert(*exercise) {
                let message = "must not be in two categories, or twice in one";
                faults.push(FieldFault::new(pointer, "unique", message));
            }
        }
    }
    faults.truncate(100);
    faults
}

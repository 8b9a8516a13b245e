//! Drafts that say what another draft or a published version says.

use std::collections::HashMap;

use contracts::course_ref::CourseRef;
use database::idempotency;
use kernel::{Caller, Expected, Operation, Outcome};
use sea_orm::ConnectionTrait;

use super::{Importer, Service};
use crate::authoring::{
    CourseDetail, CourseRecord, ExerciseRecord, LessonRecord, SectionRecord, exercises, lessons,
    sections,
};
use crate::domain::{Need, none_of, slug_faults};
use crate::error::Error;
use crate::files::export::course_file;
use crate::files::request::CloneCourse;
use crate::files::tree::{CourseTree, keys};
use crate::files::{ParsedAssets, ParsedCourse};
use crate::publishing::{VersionRecord, parts};

/// How often a version is read again when somebody else has changed the draft meanwhile.
const RACES: usize = 3;

impl Service {
    pub(crate) async fn clone_course(
        &self,
        caller: &Caller,
        operation: &Operation,
        course: &CourseRef,
        new: CloneCourse,
    ) -> Result<Outcome<CourseDetail>, Error> {
        let mut tree = self.export_tree(caller, course).await?;
        let source = tree.course.id.ok_or(Error::NotFound("course"))?;
        tree = tree.without_ids();
        if let Some(title) = new.title {
            tree.course.title = title;
        }
        let slugs = match new.slug {
            Some(slug) => {
                none_of(slug_faults(&slug))?;
                vec![slug]
            }
            None => self.authoring.slugs(&tree.course.title),
        };
        let mut parsed = self.lane.run(move || tree.parsed()).await??;
        parsed.assets = ParsedAssets::OfDraft(source);
        let mut refused = Error::NotFound("course");
        for slug in slugs {
            parsed.file.slug = slug;
            match self.create_of(caller, operation, &parsed).await {
                Err(taken @ Error::SlugTaken(_)) => refused = taken,
                done => return done,
            }
        }
        Err(refused)
    }

    async fn create_of(
        &self,
        caller: &Caller,
        operation: &Operation,
        parsed: &ParsedCourse,
    ) -> Result<Outcome<CourseDetail>, Error> {
        let _place = self.drafts.enter().await?;
        let txn = self.database.begin().await?;
        let now = self.env.now();
        if let Some(first) = idempotency::replay(&txn, now, operation).await? {
            drop(txn);
            return Ok(self.authoring.named_outcome(first).await);
        }
        let by = Importer::Creator(caller);
        let (course, _) = self.import_in(&txn, parsed, by, operation, None).await?;
        let detail = self.authoring.detail(&txn, course).await?;
        let kept = idempotency::keep(&txn, operation, detail).await?;
        txn.commit().await?;
        Ok(self.authoring.named_outcome(kept).await)
    }

    pub(crate) async fn restore_version(
        &self,
        caller: &Caller,
        operation: &Operation,
        course: &CourseRef,
        number: i64,
        expected: &Expected,
    ) -> Result<CourseDetail, Error> {
        for _ in 0..RACES {
            let db = self.database.read();
            let seen = self.authoring.find(db, course).await?;
            self.authoring
                .require(db, caller, &seen, Need::Edit)
                .await?;
            expected.check(seen.version)?;
            let version = self.publishing.version(seen.id, number).await?;
            let before = seen.version;
            let tree = tree_of(db, seen, &version).await?;
            let mut parsed = self.lane.run(move || tree.parsed()).await??;
            parsed.assets = ParsedAssets::OfVersion(number);
            let _place = self.drafts.enter().await?;
            let txn = self.database.begin().await?;
            let opened = self.authoring.open(&txn, caller, course, Need::Edit);
            // What was read outside the transaction still has to be so.
            if opened.await?.version != before {
                continue;
            }
            let by = Importer::Instructor(caller);
            let (course, report) = self.import_in(&txn, &parsed, by, operation, None).await?;
            let detail = self.authoring.detail(&txn, course).await?;
            txn.commit().await?;
            self.assets.release(Vec::new(), report.former).await;
            return Ok(self.authoring.named(detail).await);
        }
        Err(Error::Busy)
    }
}

/// A version in one piece. A version has no keys: what the draft still has keeps its own, and the rest gets new ones.
async fn tree_of(
    db: &impl ConnectionTrait,
    mut course: CourseRecord,
    version: &VersionRecord,
) -> Result<CourseTree, Error> {
    let (id, number) = (course.id, version.number);
    course.body = version.meta.course.clone();
    let known = sections::list(db, id).await?.into_iter();
    let known: HashMap<_, _> = known.map(|section| (section.id, section.key)).collect();
    let parts = version.meta.sections.iter();
    let made = parts.map(|part| (known.get(&part.id).cloned(), part.body.title.as_str()));
    let made = keys(unique(made), "section");
    let places = (1..).zip(version.meta.sections.iter().zip(made));
    let sections: Vec<SectionRecord> = places
        .map(|(position, (part, key))| SectionRecord {
            id: part.id,
            course_id: id,
            position,
            key,
            body: part.body.clone(),
            version: 1,
        })
        .collect();
    let known = lessons::list(db, id).await?.into_iter();
    let known: HashMap<_, _> = known.map(|lesson| (lesson.id, lesson.key)).collect();
    let published = parts::lessons(db, id, number).await?;
    let mut lessons = Vec::new();
    for section in &sections {
        let own = published
            .iter()
            .filter(|lesson| lesson.section_id == section.id);
        let made = own.clone().map(|lesson| {
            (
                known.get(&lesson.lesson_id).cloned(),
                lesson.body.title.as_str(),
            )
        });
        let made = keys(unique(made), "lesson");
        lessons.extend(own.zip(made).map(|(lesson, key)| LessonRecord {
            id: lesson.lesson_id,
            course_id: id,
            section_id: lesson.section_id,
            position: lesson.position,
            key,
            body: lesson.body.clone(),
            version: 1,
        }));
    }
    let known = exercises::list(db, id).await?.into_iter();
    let known: HashMap<_, _> = known.map(|exercise| (exercise.id, exercise.key)).collect();
    let published = parts::all_exercises(db, id, number).await?;
    let mut exercises = Vec::new();
    for lesson in &lessons {
        let own = published
            .iter()
            .filter(|exercise| exercise.lesson_id == lesson.id);
        let made = own.clone().map(|exercise| {
            (
                known.get(&exercise.exercise_id).cloned(),
                exercise.body.title.as_str(),
            )
        });
        let made = keys(unique(made), "exercise");
        exercises.extend(own.zip(made).map(|(exercise, key)| ExerciseRecord {
            id: exercise.exercise_id,
            course_id: id,
            lesson_id: exercise.lesson_id,
            position: exercise.position,
            key,
            body: exercise.body.clone(),
            version: 1,
        }));
    }
    let course = course_file(db, course).await?;
    Ok(CourseTree::of_draft(course, sections, &lessons, &exercises))
}

/// The parts, the second of two with the same key without it: they may come from different parents.
fn unique<'t>(
    parts: impl Iterator<Item = (Option<String>, &'t str)>,
) -> impl Iterator<Item = (Option<String>, &'t str)> {
    let mut seen = std::collections::HashSet::new();
    parts.map(move |(key, title)| (key.filter(|key| seen.insert(key.clone())), title))
}

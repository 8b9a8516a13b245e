//! Taking the files of a course into its draft; the same files again change nothing.

mod console;
mod copies;
mod named;
mod parts;
mod prepare;
mod uploads;

use std::time::Duration;

use contracts::course_ref::CourseRef;
use database::{Database, Transaction};
use kernel::{Caller, CourseId, Env, Operation, UserId};

use rest::Lane;

use super::matching::{Before, Matched};
use super::{ImportReport, ParsedAssets, ParsedCourse};
use crate::authoring::{CourseRecord, Requiring, courses, exercises, lessons, sections, staff};
use crate::catalogue::listings;
use crate::domain::{Checked, Need};
use crate::error::Error;
use crate::markdown::Pages;
use crate::publishing::{Prepared, Publishing, parts as published};
use crate::{assets, authoring, publishing};

/// Longer than reading the largest archive takes behind some others.
const DEADLINE: Duration = Duration::from_secs(20);

/// Who brings a course.
#[derive(Clone, Copy)]
pub(super) enum Importer<'c> {
    /// Somebody at the console, for this owner of what is new, who is on the staff of what is not.
    Operator(UserId),
    /// An instructor, who may change only courses that they may edit.
    Instructor(&'c Caller),
    /// An instructor who makes a new course.
    Creator(&'c Caller),
}

impl<'c> Importer<'c> {
    fn owner(self) -> UserId {
        match self {
            Self::Operator(owner) => owner,
            Self::Instructor(caller) | Self::Creator(caller) => caller.user_id,
        }
    }

    /// Who has to be allowed to know of what the files name.
    fn caller(self) -> Option<&'c Caller> {
        match self {
            Self::Operator(_) => None,
            Self::Instructor(caller) | Self::Creator(caller) => Some(caller),
        }
    }
}

/// Takes files into drafts.
#[derive(Clone)]
pub(crate) struct Service {
    database: Database,
    env: Env,
    authoring: authoring::Service,
    publishing: publishing::Service,
    assets: assets::Service,
    pages: Pages,
    lane: Lane,
    /// Whoever writes a whole draft waits here, and not with a connection that others need.
    drafts: Lane,
}

impl Service {
    pub(crate) fn new(
        database: Database,
        env: Env,
        authoring: authoring::Service,
        publishing: publishing::Service,
        assets: assets::Service,
        pages: Pages,
        drafts: Lane,
    ) -> Self {
        Self {
            database,
            env,
            authoring,
            publishing,
            assets,
            pages,
            lane: Lane::beside_requests(DEADLINE),
            drafts,
        }
    }

    async fn import_in(
        &self,
        txn: &Transaction,
        parsed: &ParsedCourse,
        by: Importer<'_>,
        operation: &Operation,
        publish: Option<Prepared>,
    ) -> Result<(CourseRecord, ImportReport), Error> {
        let (mut course, mut report) = self.take_course(txn, parsed, by, operation).await?;
        let mut before = Before {
            sections: sections::list(txn, course.id).await?,
            lessons: lessons::list(txn, course.id).await?,
            exercises: exercises::list(txn, course.id).await?,
        };
        let matched = before.match_with(parsed);
        refuse_foreign(txn, &course, &matched).await?;
        self.remove_rest(txn, operation, before, &mut report)
            .await?;
        release_keys(txn, &matched).await?;
        let mut sections_changed = false;
        for (position, part) in (1..).zip(matched) {
            let (section, new) = self
                .take_section(txn, &course, position, &part, &mut report)
                .await?;
            sections_changed |= new;
            for (position, part) in (1..).zip(part.lessons) {
                let lesson = self
                    .take_lesson(txn, operation, &section, position, &part, &mut report)
                    .await?;
                for (position, (file, known)) in (1..).zip(part.exercises) {
                    self.take_exercise(txn, operation, &lesson, position, file, known, &mut report)
                        .await?;
                }
            }
        }
        self.authoring.check_size(txn, course.id).await?;
        self.take_assets(txn, &course, &parsed.assets, &mut report)
            .await?;
        if !report.created && report.added + report.changed + report.removed > 0 {
            course.version += 1;
            course.updated_at = self.env.now();
            courses::save(txn, &course).await?;
        }
        if sections_changed && !report.created {
            self.authoring
                .publish_update(txn, operation, &course)
                .await?;
        }
        if let Some(prepared) = publish {
            let new = Publishing {
                notes: String::new(),
                publisher: by.owner(),
                prepared,
            };
            let done = self
                .publishing
                .publish_draft(txn, operation, &mut course, new);
            match done.await {
                Ok(()) => report.published = Some(course.published_version),
                Err(Error::Unchanged(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok((course, report))
    }

    async fn take_course(
        &self,
        txn: &Transaction,
        parsed: &ParsedCourse,
        by: Importer<'_>,
        operation: &Operation,
    ) -> Result<(CourseRecord, ImportReport), Error> {
        let file = &parsed.file;
        let mut body = file.body().checked()?;
        let known = self.known_course(txn, parsed, by).await?;
        let required = file.prerequisites.iter().cloned();
        let required: Vec<CourseRef> = required.map(CourseRef::Slug).collect();
        let already = self.required_before(txn, parsed, known.as_ref()).await?;
        let requiring = Requiring {
            id: known.as_ref().map(|known| known.id),
            visibility: body.visibility,
            already: &already,
        };
        let found = self
            .authoring
            .find_prerequisites(txn, by.caller(), &required, requiring);
        body.prerequisites = found.await?;
        if let Some(known) = &known {
            let required = &body.prerequisites;
            self.authoring
                .require_no_cycle(txn, known, required)
                .await?;
        }
        let created = known.is_none();
        let mut changed = 0;
        let course = match known {
            None => {
                let slug = file.slug.clone();
                // Operators fill a catalogue in the name of one owner.
                if by.caller().is_some() {
                    let room = self.authoring.check_room_for_course(txn, by.owner());
                    room.await?;
                }
                self.authoring
                    .insert_course(txn, operation, file.id, slug, body, by.owner())
                    .await?
            }
            Some(mut course) => {
                if course.body != body || course.slug != file.slug {
                    course.body = body;
                    course.slug = file.slug.clone();
                    listings::rename(txn, course.id, &course.slug).await?;
                    self.authoring
                        .save_course(txn, operation, &mut course)
                        .await?;
                    changed = 1;
                }
                course
            }
        };
        let report = ImportReport {
            course_id: course.id,
            slug: course.slug.clone(),
            created,
            added: 0,
            changed,
            removed: 0,
            published: None,
            former: Vec::new(),
        };
        Ok((course, report))
    }

    /// The course that the files name, if it is there, for who may change it.
    async fn known_course(
        &self,
        txn: &Transaction,
        parsed: &ParsedCourse,
        by: Importer<'_>,
    ) -> Result<Option<CourseRecord>, Error> {
        let file = &parsed.file;
        let slug = CourseRef::Slug(file.slug.clone());
        let mut known = courses::find_for_change(txn, &slug).await?;
        if let (Some(_), Importer::Creator(_)) = (&known, by) {
            return Err(Error::SlugTaken(file.slug.clone()));
        }
        let mut refusal = Error::SlugTaken(file.slug.clone());
        if let (None, Some(id)) = (&known, file.id) {
            known = courses::find_for_change(txn, &id.into()).await?;
            refusal = Error::IdTaken(id.uuid());
        }
        if known
            .as_ref()
            .is_some_and(|known| file.id.is_some_and(|id| id != known.id))
        {
            return Err(Error::FilesOfAnother(file.slug.clone()));
        }
        if let (Some(known), Importer::Operator(owner)) = (&known, by) {
            let member = staff::find(txn, known.id, owner).await?;
            member.ok_or(Error::NotOfOwner(known.slug.clone()))?;
        }
        if let (Some(known), Importer::Instructor(caller)) = (&known, by) {
            let may = self.authoring.require(txn, caller, known, Need::Edit).await;
            // Whose course it is is nobody's business.
            may.map_err(|_| refusal)?;
        }
        Ok(known)
    }

    /// What the draft requires, and what the version or the other draft requires that is taken into it: a copy does not
    /// fail for what became of a prerequisite since.
    async fn required_before(
        &self,
        txn: &Transaction,
        parsed: &ParsedCourse,
        known: Option<&CourseRecord>,
    ) -> Result<Vec<CourseId>, Error> {
        let mut all = known.map_or_else(Vec::new, |known| known.body.prerequisites.clone());
        match (&parsed.assets, known) {
            (ParsedAssets::OfVersion(number), Some(known)) => {
                let version = self.publishing.version(known.id, *number).await?;
                all.extend(&version.meta.course.prerequisites);
            }
            (ParsedAssets::OfDraft(source), _) => {
                let source = courses::find(txn, &(*source).into()).await?;
                all.extend(
                    source
                        .into_iter()
                        .flat_map(|source| source.body.prerequisites),
                );
            }
            _ => {}
        }
        Ok(all)
    }

    /// Deletes what the files no longer have.
    async fn remove_rest(
        &self,
        txn: &Transaction,
        operation: &Operation,
        rest: Before,
        report: &mut ImportReport,
    ) -> Result<(), Error> {
        report.removed = rest.sections.len() + rest.lessons.len() + rest.exercises.len();
        for exercise in &rest.exercises {
            let removed = self.authoring.remove_exercise(txn, operation, exercise);
            removed.await?;
        }
        for lesson in &rest.lessons {
            let removed = self.authoring.remove_lesson(txn, operation, lesson);
            removed.await?;
        }
        for section in &rest.sections {
            sections::delete(txn, section.id).await?;
        }
        Ok(())
    }
}

/// Refuses ids under which another course was published: whoever has them would get what is asked for there.
async fn refuse_foreign(
    txn: &Transaction,
    course: &CourseRecord,
    matched: &[Matched<'_>],
) -> Result<(), Error> {
    let lessons = matched.iter().flat_map(|section| &section.lessons);
    let new = lessons.clone().filter(|part| part.known.is_none());
    let ids: Vec<_> = new.filter_map(|part| part.lesson.file.id).collect();
    if let Some(id) = published::lesson_of_another(txn, course.id, &ids).await? {
        return Err(Error::IdTaken(id.uuid()));
    }
    let exercises = lessons.flat_map(|part| &part.exercises);
    let new = exercises.filter(|(_, known)| known.is_none());
    let ids: Vec<_> = new.filter_map(|(file, _)| file.id).collect();
    match published::exercise_of_another(txn, course.id, &ids).await? {
        Some(id) => Err(Error::IdTaken(id.uuid())),
        None => Ok(()),
    }
}

/// Makes the keys free of all parts that get another one or another parent.
async fn release_keys(txn: &Transaction, matched: &[Matched<'_>]) -> Result<(), Error> {
    let renamed = matched.iter().filter_map(|part| {
        let known = part.known.as_ref()?;
        (known.key != part.section.key).then_some(known.id)
    });
    sections::release_keys(txn, renamed).await?;
    let moved = matched.iter().flat_map(|section| {
        let parent = section.known.as_ref().map(|known| known.id);
        section.lessons.iter().filter_map(move |part| {
            let known = part.known.as_ref()?;
            let same = known.key == part.lesson.key && Some(known.section_id) == parent;
            (!same).then_some(known.id)
        })
    });
    lessons::release_keys(txn, moved).await?;
    let all = matched.iter().flat_map(|section| &section.lessons);
    let renamed = all.flat_map(|lesson| &lesson.exercises);
    let renamed = renamed.filter_map(|(file, known)| {
        let known = known.as_ref()?;
        (known.key != file.key).then_some(known.id)
    });
    exercises::release_keys(txn, renamed).await
}

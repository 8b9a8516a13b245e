//! The lessons of a draft, and reading them in every edition.

use std::collections::{HashMap, HashSet};

use contracts::course::{LessonCreated, LessonDeleted, LessonUpdated};
use database::idempotency;
use kernel::{CourseId, Expected, FieldFault, LessonId, Operation, Outcome, SectionId};
use rest::Caller;
use sea_orm::ConnectionTrait;

use super::reading::Edition;
use super::structure::{Checked, MAX_LESSONS, free_key, next_position};
use super::{MODULE, Need, Service, sections};
use crate::Error;
use crate::command::{ChangeLesson, CreateLesson, EditionQuery, OrderLessons, ReadLesson};
use crate::content::LessonBody;
use crate::markdown;
use crate::reference::CourseRef;
use crate::store;
use crate::store::courses::CourseRecord;
use crate::store::lessons::LessonRecord;
use crate::view::LessonDetail;

impl Service {
    pub(crate) async fn add_lesson(
        &self,
        caller: &Caller,
        operation: &Operation,
        course: &CourseRef,
        new: CreateLesson,
    ) -> Result<Outcome<LessonDetail>, Error> {
        let txn = self.database.begin().await?;
        let now = self.ambient.now();
        if let Some(first) = idempotency::replay(&*txn, now, operation).await? {
            return Ok(first);
        }
        let course = self.open(&*txn, caller, course, Need::Edit).await?;
        let (section, body) = new.into_parts();
        let section = store::sections::find(&*txn, section).await?;
        let section = section
            .filter(|section| section.course_id == course.id)
            .ok_or_else(no_section)?;
        let lesson = self
            .insert_lesson(
                &*txn,
                operation,
                &course,
                section.id,
                None,
                None,
                body.checked()?,
            )
            .await?;
        let kept = idempotency::keep(&*txn, operation, draft(lesson)).await?;
        txn.commit().await?;
        Ok(kept)
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "the import gives id and key, the API neither; a struct would only rename them"
    )]
    pub(super) async fn insert_lesson(
        &self,
        txn: &impl ConnectionTrait,
        operation: &Operation,
        course: &CourseRecord,
        section: SectionId,
        id: Option<LessonId>,
        key: Option<String>,
        body: LessonBody,
    ) -> Result<LessonRecord, Error> {
        let all = store::lessons::list_of(txn, course.id).await?;
        if all.len() >= MAX_LESSONS {
            return Err(Error::TooMany("lessons", MAX_LESSONS));
        }
        let others = || all.iter().filter(|other| other.section_id == section);
        let taken = others().map(|other| other.key.as_str());
        let lesson = LessonRecord {
            id: id.unwrap_or_else(|| self.ambient.id()),
            course_id: course.id,
            section_id: section,
            position: next_position(others().map(|other| other.position)),
            key: key.unwrap_or_else(|| free_key(&body.title, "lesson", taken)),
            body,
            version: 1,
        };
        store::lessons::insert(txn, &lesson).await?;
        let event = LessonCreated {
            lesson_id: lesson.id,
            course_id: course.id,
            title: lesson.body.title.clone(),
        };
        bus::append(txn, &self.ambient, operation, MODULE, &event).await?;
        Ok(lesson)
    }

    pub(crate) async fn lesson(
        &self,
        caller: &Caller,
        lesson: LessonId,
        query: &ReadLesson,
    ) -> Result<LessonDetail, Error> {
        let edition = EditionQuery {
            version: query.version,
            draft: query.draft,
        };
        let course = self.course_of_lesson(lesson).await?;
        let read = self.reading(caller, &course, &edition).await;
        let (course, edition) = read.map_err(|error| hidden(error, "lesson"))?;
        let db = self.database.read();
        let detail = match edition {
            Edition::Draft => store::lessons::find(db, lesson).await?.map(draft),
            Edition::Published(version) => {
                let number = version.number;
                let found = store::versions::find_lesson(db, course.id, number, lesson).await?;
                found.map(|found| {
                    let place = Place {
                        id: lesson,
                        course_id: course.id,
                        section_id: found.section_id,
                        position: found.position,
                        draft: false,
                        version: number,
                    };
                    detail(place, found.body)
                })
            }
        };
        let mut detail = detail.ok_or(Error::NotFound("lesson"))?;
        if query.format.as_deref() == Some("html") {
            detail.content_html = detail.content.take().map(|text| markdown::to_html(&text));
        }
        Ok(detail)
    }

    pub(crate) async fn change_lesson(
        &self,
        caller: &Caller,
        operation: &Operation,
        lesson: LessonId,
        expected: &Expected,
        change: ChangeLesson,
    ) -> Result<LessonDetail, Error> {
        let course = self.course_of_lesson(lesson).await?;
        let txn = self.database.begin().await?;
        let course = self.open(&*txn, caller, &course, Need::Edit).await;
        let course = course.map_err(|error| hidden(error, "lesson"))?;
        let found = store::lessons::find(&*txn, lesson).await?;
        let mut lesson = found.ok_or(Error::NotFound("lesson"))?;
        expected.check(lesson.version)?;
        let before = (lesson.section_id, lesson.body.clone());
        if let Some(section) = change.section_id.filter(|id| *id != lesson.section_id) {
            sections::find_in(&*txn, &course, section)
                .await
                .map_err(|_| no_section())?;
            move_to(&*txn, &mut lesson, section).await?;
        }
        change.apply(&mut lesson.body);
        lesson.body = lesson.body.checked()?;
        if before != (lesson.section_id, lesson.body.clone()) {
            self.save_lesson(&*txn, operation, &mut lesson).await?;
        }
        txn.commit().await?;
        Ok(draft(lesson))
    }

    pub(super) async fn save_lesson(
        &self,
        txn: &impl ConnectionTrait,
        operation: &Operation,
        lesson: &mut LessonRecord,
    ) -> Result<(), Error> {
        lesson.version += 1;
        store::lessons::save(txn, lesson).await?;
        let event = LessonUpdated {
            lesson_id: lesson.id,
            course_id: lesson.course_id,
            title: lesson.body.title.clone(),
        };
        bus::append(txn, &self.ambient, operation, MODULE, &event).await?;
        Ok(())
    }

    pub(crate) async fn remove_lesson(
        &self,
        caller: &Caller,
        operation: &Operation,
        lesson: LessonId,
        expected: &Expected,
    ) -> Result<(), Error> {
        let course = self.course_of_lesson(lesson).await?;
        let txn = self.database.begin().await?;
        let course = self.open(&*txn, caller, &course, Need::Edit).await;
        let course = course.map_err(|error| hidden(error, "lesson"))?;
        let found = store::lessons::find(&*txn, lesson).await?;
        let lesson = found.ok_or(Error::NotFound("lesson"))?;
        expected.check(lesson.version)?;
        self.delete_lesson(&*txn, operation, course.id, lesson.id)
            .await?;
        Ok(txn.commit().await?)
    }

    pub(super) async fn delete_lesson(
        &self,
        txn: &impl ConnectionTrait,
        operation: &Operation,
        course_id: CourseId,
        lesson_id: LessonId,
    ) -> Result<(), Error> {
        store::lessons::delete(txn, lesson_id).await?;
        let event = LessonDeleted {
            lesson_id,
            course_id,
        };
        bus::append(txn, &self.ambient, operation, MODULE, &event).await?;
        Ok(())
    }

    pub(crate) async fn order_lessons(
        &self,
        caller: &Caller,
        operation: &Operation,
        course: &CourseRef,
        expected: &Expected,
        order: OrderLessons,
    ) -> Result<i64, Error> {
        let txn = self.database.begin().await?;
        let mut course = self.open(&*txn, caller, course, Need::Edit).await?;
        expected.check(course.version)?;
        let mut sections = store::sections::list_of(&*txn, course.id).await?;
        let lessons = store::lessons::list_of(&*txn, course.id).await?;
        let known_sections: Vec<_> = sections.iter().map(|section| section.id).collect();
        let known_lessons: Vec<_> = lessons.iter().map(|lesson| lesson.id).collect();
        check_order(&order, &known_sections, &known_lessons)?;
        let mut lessons: HashMap<_, _> = lessons.into_iter().map(|l| (l.id, l)).collect();
        for (place, named) in (1..).zip(&order.sections) {
            let section = sections.iter_mut().find(|s| s.id == named.section_id);
            if let Some(section) = section.filter(|section| section.position != place) {
                section.position = place;
                section.version += 1;
                store::sections::save(&*txn, section).await?;
            }
            for (position, id) in (1..).zip(&named.lessons) {
                let Some(mut lesson) = lessons.remove(id) else {
                    continue;
                };
                let same = lesson.section_id == named.section_id;
                if same && lesson.position == position {
                    continue;
                }
                if !same {
                    move_to(&*txn, &mut lesson, named.section_id).await?;
                }
                lesson.position = position;
                lesson.version += 1;
                store::lessons::save(&*txn, &lesson).await?;
            }
        }
        self.save_course(&*txn, operation, &mut course).await?;
        txn.commit().await?;
        Ok(course.version)
    }
}

/// Puts a lesson at the end of another section, under a key that is free there.
async fn move_to(
    txn: &impl ConnectionTrait,
    lesson: &mut LessonRecord,
    section: SectionId,
) -> Result<(), Error> {
    let others = store::lessons::list_in(txn, section).await?;
    let taken = others.iter().map(|other| other.key.as_str());
    if taken.clone().any(|key| key == lesson.key) {
        lesson.key = free_key(&lesson.key, "lesson", taken);
    }
    lesson.section_id = section;
    lesson.position = next_position(others.iter().map(|other| other.position));
    Ok(())
}

/// Every section and every lesson must be named exactly once.
fn check_order(
    order: &OrderLessons,
    sections: &[SectionId],
    lessons: &[LessonId],
) -> Result<(), Error> {
    let mut faults = Vec::new();
    let mut fault = |at: String, code: &str, message: &str| {
        faults.push(FieldFault::new(at, code, message));
    };
    let (mut seen_sections, mut seen_lessons) = (HashSet::new(), HashSet::new());
    for (index, named) in order.sections.iter().enumerate() {
        let at = format!("/sections/{index}/section_id");
        if !sections.contains(&named.section_id) {
            fault(at, "unknown_id", "is no section of this course");
        } else if !seen_sections.insert(named.section_id) {
            fault(at, "doubled", "must be named once");
        }
        for (place, lesson) in named.lessons.iter().enumerate() {
            let at = format!("/sections/{index}/lessons/{place}");
            if !lessons.contains(lesson) {
                fault(at, "unknown_id", "is no lesson of this course");
            } else if !seen_lessons.insert(*lesson) {
                fault(at, "doubled", "must be named once");
            }
        }
    }
    for section in sections.iter().filter(|id| !seen_sections.contains(id)) {
        let message = format!("must name the section {section} too");
        fault("/sections".to_owned(), "missing", &message);
    }
    for lesson in lessons.iter().filter(|id| !seen_lessons.contains(id)) {
        let message = format!("must name the lesson {lesson} too");
        fault("/sections".to_owned(), "missing", &message);
    }
    if faults.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid("course.invalid", faults))
    }
}

fn no_section() -> Error {
    Error::field(
        "/section_id",
        "unknown_id",
        "must be the id of a section of this course; create the section first",
    )
}

/// Who may not know of the course learns of its parts no more than that they do not exist.
pub(super) fn hidden(error: Error, part: &'static str) -> Error {
    match error {
        Error::NotFound(_) => Error::NotFound(part),
        other => other,
    }
}

struct Place {
    id: LessonId,
    course_id: CourseId,
    section_id: SectionId,
    position: i32,
    draft: bool,
    version: i64,
}

fn draft(lesson: LessonRecord) -> LessonDetail {
    let place = Place {
        id: lesson.id,
        course_id: lesson.course_id,
        section_id: lesson.section_id,
        position: lesson.position,
        draft: true,
        version: lesson.version,
    };
    detail(place, lesson.body)
}

fn detail(place: Place, body: LessonBody) -> LessonDetail {
    LessonDetail {
        id: place.id,
        course_id: place.course_id,
        section_id: place.section_id,
        position: place.position,
        title: body.title,
        minutes: body.minutes,
        completion: body.completion,
        objectives: body.objectives,
        key_points: body.key_points,
        code_samples: body.code_samples,
        content: Some(body.content),
        content_html: None,
        draft: place.draft,
        version: place.version,
    }
}

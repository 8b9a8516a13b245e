//! The order of all sections and lessons of a draft.

use std::collections::{HashMap, HashSet};

use contracts::course_ref::CourseRef;
use kernel::{Caller, Expected, FieldFault, LessonId, Operation, SectionId};

use super::Service;
use crate::authoring::request::OrderLessons;
use crate::authoring::store::{self, LessonHead};
use crate::domain::{Need, free_key, next_position, none_of};
use crate::error::Error;

impl Service {
    pub(crate) async fn reorder_lessons(
        &self,
        caller: &Caller,
        operation: &Operation,
        course: &CourseRef,
        expected: &Expected,
        order: OrderLessons,
    ) -> Result<i64, Error> {
        let txn = self.database.begin().await?;
        let mut course = self.open(&txn, caller, course, Need::Edit).await?;
        expected.check(course.version)?;
        let mut sections = store::sections::list(&txn, course.id).await?;
        let mut lessons = store::lessons::heads(&txn, course.id).await?;
        let known_sections: Vec<_> = sections.iter().map(|section| section.id).collect();
        let known_lessons: Vec<_> = lessons.iter().map(|lesson| lesson.id).collect();
        check_order(&order, &known_sections, &known_lessons)?;
        let places: HashMap<_, _> = (0..)
            .zip(&known_lessons)
            .map(|(at, id)| (*id, at))
            .collect();
        let mut moved = Vec::new();
        for (place, named) in (1..).zip(&order.sections) {
            let section = sections.iter_mut().find(|s| s.id == named.section_id);
            if let Some(section) = section.filter(|section| section.position != place) {
                section.position = place;
                section.version += 1;
                store::sections::save(&txn, section).await?;
            }
            for (position, id) in (1..).zip(&named.lessons) {
                let Some(at) = places.get(id).copied() else {
                    continue;
                };
                let mut lesson: LessonHead = lessons[at].clone();
                let same = lesson.section_id == named.section_id;
                if same && lesson.position == position {
                    continue;
                }
                if !same {
                    let others = lessons.iter().filter(|l| l.section_id == named.section_id);
                    (lesson.key, _) = end_of(others, &lesson.key);
                    lesson.section_id = named.section_id;
                }
                lesson.position = position;
                lesson.version += 1;
                lessons[at] = lesson;
                moved.push(at);
            }
        }
        let moved: Vec<_> = moved.into_iter().map(|at| lessons[at].clone()).collect();
        store::lessons::place(&txn, &moved).await?;
        self.save_course(&txn, operation, &mut course).await?;
        txn.commit().await?;
        Ok(course.version)
    }
}

/// A key that is free among the lessons of another section, and the position after them.
pub(super) fn end_of<'l>(
    others: impl Iterator<Item = &'l LessonHead> + Clone,
    key: &str,
) -> (String, i32) {
    let taken: HashSet<&str> = others.clone().map(|other| other.key.as_str()).collect();
    let key = match taken.contains(key) {
        true => free_key(key, "lesson", &taken),
        false => key.to_owned(),
    };
    (key, next_position(others.map(|other| other.position)))
}

/// Every section and every lesson must be named exactly once.
fn check_order(
    order: &OrderLessons,
    sections: &[SectionId],
    lessons: &[LessonId],
) -> Result<(), Vec<FieldFault>> {
    let mut faults = Vec::new();
    let mut fault = |at: String, code: &str, message: &str| {
        faults.push(FieldFault::new(at, code, message));
    };
    let (mut seen_sections, mut seen_lessons) = (HashSet::new(), HashSet::new());
    for (index, named) in order.sections.iter().enumerate() {
        let at = format!("/sections/{index}/section_id");
        if !sections.contains(&named.section_id) {
            fault(at, "unknown_id", "is not a section of this course");
        } else if !seen_sections.insert(named.section_id) {
            fault(at, "duplicate", "must be named once");
        }
        for (place, lesson) in named.lessons.iter().enumerate() {
            let at = format!("/sections/{index}/lessons/{place}");
            if !lessons.contains(lesson) {
                fault(at, "unknown_id", "is not a lesson of this course");
            } else if !seen_lessons.insert(*lesson) {
                fault(at, "duplicate", "must be named once");
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
    none_of(faults)
}

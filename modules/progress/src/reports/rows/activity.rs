//! A row for each fact of the log.

use std::collections::{BTreeSet, HashMap};

use contracts::course::OutlineView;
use kernel::UserId;
use uuid::Uuid;

use super::super::table::{Column, Field, Row};
use super::walk::{Page, ROWS_AT_ONCE, Walk};
use crate::domain::Fact;
use crate::error::Error;
use crate::learners;
use crate::recording::course_activity;

pub(super) fn columns() -> Vec<Column> {
    [
        ("learner_id", "Learner ID"),
        ("display_name", "Name"),
        ("number", "Number"),
        ("type", "Fact"),
        ("occurred_at", "Happened (UTC)"),
        ("course_version", "Version"),
        ("lesson_id", "Lesson ID"),
        ("exercise_id", "Exercise ID"),
        ("title", "Lesson or exercise"),
        ("percent", "Read %"),
        ("seconds", "Seconds"),
        ("attempt", "Attempt"),
        ("score", "Points"),
        ("max_score", "Points possible"),
        ("passed", "Passed"),
    ]
    .map(|(key, heading)| Column::new(key, heading))
    .into()
}

pub(super) async fn read(walk: &Walk<'_>) -> Result<Page, Error> {
    let db = walk.from.database.read();
    let facts = course_activity::list_after(db, walk.selection, walk.last, ROWS_AT_ONCE).await?;
    let ids: BTreeSet<UserId> = facts.iter().map(|fact| fact.learner).collect();
    let ids: Vec<UserId> = ids.into_iter().collect();
    let known = learners::list(db, &ids).await?.into_iter();
    let names: HashMap<UserId, Option<String>> =
        known.map(|one| (one.id, one.display_name)).collect();
    let titles = titles_of(&walk.newest);
    let last = facts.last().map(|fact| (fact.stream, fact.version));
    let page = facts.into_iter().map(|fact| {
        let mut row: Row = vec![
            fact.learner.into(),
            names.get(&fact.learner).cloned().flatten().into(),
            fact.version.into(),
        ];
        let (word, rest) = told(&fact.occurrence.fact, &titles);
        row.extend([Field::Word(word), fact.occurrence.at.into()]);
        row.extend(rest);
        row
    });
    Ok((page.collect(), last))
}

/// The titles of lessons and exercises as the newest version has them.
fn titles_of(outline: &OutlineView) -> HashMap<Uuid, &str> {
    let mut titles = HashMap::new();
    for lesson in outline.sections.iter().flat_map(|section| &section.lessons) {
        titles.insert(lesson.id.uuid(), lesson.title.as_str());
        let exercises = lesson.exercises.iter();
        titles.extend(exercises.map(|one| (one.id.uuid(), one.title.as_str())));
    }
    titles
}

/// The word for a fact, and its columns from the version on.
fn told(fact: &Fact, titles: &HashMap<Uuid, &str>) -> (&'static str, [Field; 10]) {
    let mut columns = [const { Field::Empty }; 10];
    let title = |id: Uuid| Field::from(titles.get(&id).map(|title| (*title).to_owned()));
    let word = match fact {
        Fact::Enrolled { version } => {
            columns[0] = (*version).into();
            "enrolled"
        }
        Fact::Upgraded { version } => {
            columns[0] = (*version).into();
            "upgraded"
        }
        Fact::LessonStarted { lesson } => {
            (columns[1], columns[3]) = ((*lesson).into(), title(lesson.uuid()));
            "lesson_started"
        }
        Fact::LessonProgressed {
            lesson,
            percent,
            seconds,
        } => {
            (columns[1], columns[3]) = ((*lesson).into(), title(lesson.uuid()));
            (columns[4], columns[5]) = ((*percent).into(), (*seconds).into());
            "lesson_progressed"
        }
        Fact::LessonCompleted { lesson } => {
            (columns[1], columns[3]) = ((*lesson).into(), title(lesson.uuid()));
            "lesson_completed"
        }
        Fact::ExerciseSubmitted {
            exercise, attempt, ..
        } => {
            (columns[2], columns[3]) = ((*exercise).into(), title(exercise.uuid()));
            columns[6] = (*attempt).into();
            "exercise_submitted"
        }
        Fact::ExerciseGraded(grade) => {
            (columns[2], columns[3]) = (grade.exercise.into(), title(grade.exercise.uuid()));
            columns[6] = grade.attempt.into();
            (columns[7], columns[8]) = (grade.score.into(), grade.max_score.into());
            columns[9] = grade.passed.into();
            "exercise_graded"
        }
        Fact::CourseCompleted {} => "course_completed",
        Fact::Unenrolled {} => "unenrolled",
        Fact::Removed {} => "removed",
        Fact::AccessSet { .. } => "access_set",
        Fact::Expired {} => "expired",
    };
    (word, columns)
}

//! What to do next: courses that go on, exercises that were not passed, and courses that follow.

use std::collections::{BTreeMap, HashMap};

use contracts::course::{OutlineLesson, OutlineView};
use database::Database;
use kernel::{CourseId, EnrollmentId, Env, ExerciseId, LessonId, UserId};

use super::store;
use super::view::{Reason, Recommendation, Recommendations};
use crate::domain::{Enrollment, LessonState};
use crate::error::Error;
use crate::recording::{enrollments, projections};
use crate::rewards::StreakView;
use crate::{learners, outlines};

/// How many courses that go on are looked at, the ones that were touched last.
const ACTIVE: usize = 10;
/// How many exercises to try again, and courses that follow, are named.
const RETRIES: usize = 5;
const FOLLOW_UPS: usize = 5;
/// How many courses are looked at for those that follow, so many at once: of the first ones, each may require something
/// that is not completed.
const LOOKED_AT: usize = 200;
const LOOKED_AT_ONCE: usize = 20;

/// Recommends what to do next.
#[derive(Clone)]
pub(crate) struct Service {
    database: Database,
    env: Env,
    outlines: outlines::Service,
}

impl Service {
    pub(crate) fn new(database: Database, env: Env, outlines: outlines::Service) -> Self {
        Self {
            database,
            env,
            outlines,
        }
    }

    pub(crate) async fn list(&self, learner: UserId) -> Result<Recommendations, Error> {
        let db = self.database.read();
        let known = learners::find_or_new(db, learner).await?;
        let latest = enrollments::list_latest(db, learner).await?;
        let (active, rest): (Vec<Enrollment>, Vec<Enrollment>) =
            latest.into_iter().partition(Enrollment::is_active);
        let open = active.iter().filter(|one| one.completed_at.is_none());
        let open: Vec<&Enrollment> = open.take(ACTIVE).collect();
        let ids: Vec<EnrollmentId> = open.iter().map(|one| one.id).collect();
        let lessons = projections::list_lessons(db, &ids).await?;
        let failed = projections::list_failed(db, &ids).await?;
        let mut going = Vec::new();
        let mut retries = Vec::new();
        for enrollment in open {
            let (course, version) = (enrollment.course, enrollment.version);
            let outline = self.outlines.get(db, course, version).await?;
            going.extend(go_on(enrollment, &outline, lessons.get(&enrollment.id)));
            let failed = failed.get(&enrollment.id).map_or(&[][..], Vec::as_slice);
            retries.extend(try_again(enrollment, &outline, failed));
        }
        retries.truncate(RETRIES);
        // A lesson that was begun comes before one that was not.
        going.sort_by_key(|one| one.reason == Reason::NextLesson);
        let streak = StreakView::of(&known, self.env.now());
        let now = self.env.now();
        if known.streak.ends_today(now, &known.time_zone)
            && let Some(first) = going.first_mut()
        {
            first.reason = Reason::StreakEnds;
            first.text = format!(
                "Your streak of {} ends today unless you learn: go on with “{}”.",
                days(streak.days),
                first.lesson_title.as_deref().unwrap_or_default()
            );
        }
        let completed = active.iter().chain(&rest);
        let completed = completed.filter(|one| one.completed_at.is_some());
        let completed: HashMap<CourseId, &str> = completed
            .map(|one| (one.course, one.title.as_str()))
            .collect();
        let follow_ups = self.follow_ups(learner, &completed).await?;
        let mut items = going;
        items.extend(retries);
        items.extend(follow_ups);
        Ok(Recommendations { items })
    }

    /// Courses by the tags of those that are completed, of which nothing else has to be completed first.
    async fn follow_ups(
        &self,
        learner: UserId,
        completed: &HashMap<CourseId, &str>,
    ) -> Result<Vec<Recommendation>, Error> {
        if completed.is_empty() {
            return Ok(Vec::new());
        }
        let db = self.database.read();
        let mut found = Vec::new();
        for skipped in (0..LOOKED_AT).step_by(LOOKED_AT_ONCE) {
            let some = store::list_follow_ups(db, learner, skipped, LOOKED_AT_ONCE).await?;
            let is_last = some.len() < LOOKED_AT_ONCE;
            for (course, version) in some {
                let outline = self.outlines.get(db, course, version).await?;
                found.extend(follow_up(course, &outline, completed));
                if found.len() == FOLLOW_UPS {
                    return Ok(found);
                }
            }
            if is_last {
                break;
            }
        }
        Ok(found)
    }
}

/// A course that follows, unless it requires something that is not completed.
fn follow_up(
    course: CourseId,
    outline: &OutlineView,
    completed: &HashMap<CourseId, &str>,
) -> Option<Recommendation> {
    let required = &outline.prerequisites;
    if !required
        .iter()
        .all(|one| completed.contains_key(&one.course_id))
    {
        return None;
    }
    let text = match required.first() {
        Some(one) => format!(
            "It follows on “{}”, which it requires and you have completed.",
            one.title
        ),
        None => "It has a subject in common with a course that you have completed.".to_owned(),
    };
    Some(Recommendation {
        text,
        course_title: outline.title.clone(),
        ..of_course(Reason::FollowUpCourse, course)
    })
}

/// The lesson of a course that comes next.
fn go_on(
    enrollment: &Enrollment,
    outline: &OutlineView,
    lessons: Option<&BTreeMap<LessonId, LessonState>>,
) -> Option<Recommendation> {
    let state = |lesson: &OutlineLesson| lessons.and_then(|lessons| lessons.get(&lesson.id));
    let is_open =
        |lesson: &OutlineLesson| state(lesson).is_none_or(|state| state.completed_at.is_none());
    let mut all = outline.sections.iter().flat_map(|section| &section.lessons);
    // Whoever has begun a later lesson goes on there.
    let begun = all.clone().filter(|lesson| is_open(lesson));
    let begun = begun.filter_map(|lesson| Some((state(lesson)?.reported_at, lesson)));
    let begun = begun.max_by_key(|(at, _)| *at).map(|(_, lesson)| lesson);
    let lesson = begun.or_else(|| all.find(|lesson| is_open(lesson)))?;
    let percent = state(lesson).map_or(0, |state| state.percent);
    let (reason, text) = match begun {
        Some(_) => (
            Reason::ContinueLesson,
            format!(
                "Continue where you left off: “{}” is {percent}% complete.",
                lesson.title
            ),
        ),
        None => (
            Reason::NextLesson,
            format!("“{}” is the next lesson of this course.", lesson.title),
        ),
    };
    Some(Recommendation {
        text,
        course_title: enrollment.title.clone(),
        lesson_id: Some(lesson.id),
        lesson_title: Some(lesson.title.clone()),
        percent: Some(percent),
        ..of_course(reason, enrollment.course)
    })
}

/// The exercises of a course that were answered and not passed.
fn try_again(
    enrollment: &Enrollment,
    outline: &OutlineView,
    failed: &[ExerciseId],
) -> Vec<Recommendation> {
    let mut found = Vec::new();
    for lesson in outline.sections.iter().flat_map(|section| &section.lessons) {
        let exercises = lesson.exercises.iter();
        for exercise in exercises.filter(|one| failed.contains(&one.id)) {
            found.push(Recommendation {
                text: format!(
                    "You have not passed “{}” yet: look at “{}” again and try once more.",
                    exercise.title, lesson.title
                ),
                course_title: enrollment.title.clone(),
                lesson_id: Some(lesson.id),
                lesson_title: Some(lesson.title.clone()),
                exercise_id: Some(exercise.id),
                exercise_title: Some(exercise.title.clone()),
                ..of_course(Reason::RetryExercise, enrollment.course)
            });
        }
    }
    found
}

fn of_course(reason: Reason, course: CourseId) -> Recommendation {
    Recommendation {
        reason,
        text: String::new(),
        course_id: course,
        course_title: String::new(),
        lesson_id: None,
        lesson_title: None,
        percent: None,
        exercise_id: None,
        exercise_title: None,
    }
}

fn days(count: i32) -> String {
    match count {
        1 => "1 day".to_owned(),
        _ => format!("{count} days"),
    }
}

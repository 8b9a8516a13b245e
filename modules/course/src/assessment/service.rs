//! Answers and the attempts that an exercise allows.

mod submit;

use std::collections::HashMap;

use database::Database;
use kernel::{Caller, CourseId, Env, ExerciseId, Page, PageRequest, SubmissionId, UserId};
use sea_orm::ConnectionTrait;

use super::request::ListSubmissions;
use super::store;
use super::store::Tried;
use super::view::{Standing, SubmissionSummary, SubmissionView};
use crate::authoring::CourseRecord;
use crate::domain::ExerciseBody;
use crate::error::Error;
use crate::publishing::{EditionQuery, VersionExercise, parts};
use crate::{authoring, enrollments, publishing};

/// Grades answers and shows what came of them.
#[derive(Clone)]
pub(crate) struct Service {
    database: Database,
    env: Env,
    authoring: authoring::Service,
    publishing: publishing::Service,
}

impl Service {
    pub(crate) fn new(
        database: Database,
        env: Env,
        authoring: authoring::Service,
        publishing: publishing::Service,
    ) -> Self {
        Self {
            database,
            env,
            authoring,
            publishing,
        }
    }

    /// One's own answers to an exercise; the staff gets those of all, or of the one they name. A page
    /// of whole answers could be larger than a client wants, so it says only what came of them.
    pub(crate) async fn list(
        &self,
        caller: &Caller,
        exercise: ExerciseId,
        query: &ListSubmissions,
        page_request: &PageRequest,
    ) -> Result<Page<SubmissionSummary>, Error> {
        let newest = EditionQuery::default();
        let read = self
            .publishing
            .edition_of_exercise(caller, exercise, &newest);
        let (course, _) = read.await?;
        let db = self.database.read();
        let role = self.authoring.role_of(db, caller, course.id).await?;
        let whose = match role.is_staff() {
            true => query.learner,
            false => Some(caller.user_id),
        };
        let page = store::list(db, exercise, whose, page_request).await?;
        Ok(page.map(SubmissionSummary::from))
    }

    pub(crate) async fn find(
        &self,
        caller: &Caller,
        id: SubmissionId,
    ) -> Result<SubmissionView, Error> {
        let db = self.database.read();
        let found = store::find(db, id).await?;
        let found = found.ok_or(Error::NotFound("submission"))?;
        if found.learner_id != caller.user_id {
            let role = self.authoring.role_of(db, caller, found.course_id).await?;
            if !role.is_staff() {
                return Err(Error::NotFound("submission"));
            }
        }
        let (course, exercise) = (found.course_id, found.exercise_id);
        let content = self.publishing.content();
        let asked = content.exercise(course, found.number, exercise).await?;
        let tried = store::tried(db, exercise, found.learner_id).await?;
        let body = asked.map(|asked| asked.body.clone());
        let own = enrollments::version_of(db, course, found.learner_id).await?;
        let limits = match &body {
            Some(body) => limits(db, (course, own), exercise, body).await?,
            None => Limits::default(),
        };
        Ok(SubmissionView::new(
            found,
            body.as_ref(),
            limits.standing(tried),
        ))
    }

    /// How often a learner may still answer each exercise; those without a limit are left out.
    pub(crate) async fn attempts_left(
        &self,
        learner: UserId,
        course: &CourseRecord,
        number: i64,
        exercises: &[VersionExercise],
    ) -> Result<HashMap<ExerciseId, i32>, Error> {
        let db = self.database.read();
        let ids: Vec<ExerciseId> = exercises.iter().map(|one| one.exercise_id).collect();
        let mut binding = HashMap::new();
        if course.published_version > 1 {
            let own = enrollments::version_of(db, course.id, learner).await?;
            if own.unwrap_or(course.published_version) != number {
                binding = binding_exercises(db, (course.id, own), &ids).await?;
            }
        }
        let limited =
            |one: &VersionExercise| Limits::of(&one.body, binding.get(&one.exercise_id)).answers;
        if exercises.iter().all(|one| limited(one).is_none()) {
            return Ok(HashMap::new());
        }
        let used = store::last_attempts(db, &ids, learner).await?;
        let left = exercises.iter().filter_map(|exercise| {
            let id = exercise.exercise_id;
            let used = used.get(&id).copied().unwrap_or(0);
            let left = left(limited(exercise), used)?;
            Some((id, left))
        });
        Ok(left.collect())
    }
}

/// How often a learner may answer an exercise.
#[derive(Debug, Clone, Copy, Default)]
struct Limits {
    /// In all: another version may be answered, but its limit must not be a way around the one that binds.
    answers: Option<i32>,
    /// Of the version that binds the learner, which alone opens the explanation: a stricter version must not
    /// show it before the others are answered.
    binding: Option<i32>,
}

impl Limits {
    fn of(asked: &ExerciseBody, binding: Option<&VersionExercise>) -> Self {
        let binding = binding.map_or(asked.attempts, |binding| binding.body.attempts);
        Self {
            answers: asked.attempts.into_iter().chain(binding).min(),
            binding,
        }
    }

    fn standing(self, tried: Tried) -> Standing {
        let used_up = self.binding.is_some_and(|limit| tried.attempts >= limit);
        Standing {
            attempts_left: left(self.answers, tried.attempts),
            is_over: tried.passed || used_up,
        }
    }
}

/// The limits of an exercise of a version for a learner, who is enrolled in the version `own`.
async fn limits(
    db: &impl ConnectionTrait,
    (course, own): (CourseId, Option<i64>),
    exercise: ExerciseId,
    asked: &ExerciseBody,
) -> Result<Limits, Error> {
    let binding = binding_exercises(db, (course, own), &[exercise]).await?;
    Ok(Limits::of(asked, binding.get(&exercise)))
}

/// The exercises whose limits bind a learner whatever version they answer: those of the version in which they
/// are enrolled, or of the newest that has each.
async fn binding_exercises(
    db: &impl ConnectionTrait,
    (course, own): (CourseId, Option<i64>),
    ids: &[ExerciseId],
) -> Result<HashMap<ExerciseId, VersionExercise>, Error> {
    match own {
        Some(own) => parts::find_exercises(db, course, own, ids).await,
        None => parts::newest(db, course, ids).await,
    }
}

fn left(limit: Option<i32>, used: i32) -> Option<i32> {
    limit.map(|allowed| (allowed - used).max(0))
}

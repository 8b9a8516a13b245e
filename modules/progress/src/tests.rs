//! The rules of this module on a real database, without HTTP.

mod bus_and_crowds;
mod document;
mod edge;
mod journey;
mod users;

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::{DateTime, Duration, Utc};
use contracts::course::{
    Admission, CompletionRule, CourseApi, CoursePublished, ExerciseSubmissionGraded,
    ExerciseSubmissionQueued, OutlineExercise, OutlineLesson, OutlineSection, OutlineView,
};
use contracts::user::{UserCreated, UserUpdated};
use database::{Database, outbox};
use kernel::{
    CourseId, Env, Envelope, Event, ExerciseId, Failure, IdempotencyKey, LessonId, Operation, Role,
    Roles, SubmissionId, UserId,
};
use sea_orm::{ConnectionTrait, DatabaseBackend, EntityTrait, QueryOrder};
use testkit::{FixedClock, TestDatabase};
use uuid::Uuid;

use crate::enrollment::{Enroll, Enrolled, EnrollmentView};
use crate::error::Error;
use crate::learning::CourseProgress;
use crate::{CertificateSettings, Progress};

const LEARNER: u128 = 0xa01;

/// A course module that answers with one outline, with nothing, or not at all.
#[derive(Default)]
pub(crate) struct Courses {
    pub(crate) outline: Mutex<Option<OutlineView>>,
    pub(crate) away: Mutex<bool>,
    /// What everybody is to the courses.
    pub(crate) admission: Mutex<Admission>,
}

#[async_trait]
impl CourseApi for Courses {
    async fn outline(&self, course: CourseId) -> Result<Option<OutlineView>, Failure> {
        if *self.away.lock().unwrap() {
            let storage = Error::from(sea_orm::DbErr::Custom("away".to_owned()));
            return Err(Failure::of(&storage));
        }
        let outline = self.outline.lock().unwrap().clone();
        Ok(outline.filter(|outline| outline.course_id == course))
    }

    async fn admit(&self, _: CourseId, _: UserId, _: Option<&str>) -> Result<Admission, Failure> {
        Ok(*self.admission.lock().unwrap())
    }
}

/// The module on a database of its own, with a fixed clock and courses that it can request.
pub(crate) struct ModuleTest {
    pub(crate) database: TestDatabase,
    pub(crate) clock: FixedClock,
    pub(crate) env: Env,
    pub(crate) courses: Arc<Courses>,
    pub(crate) progress: Progress,
}

impl ModuleTest {
    pub(crate) async fn new() -> Self {
        let database = TestDatabase::new::<migrations::progress::Migrator>().await;
        let clock = FixedClock::at("2026-11-02T10:00:00Z");
        let env = testkit::env(&clock);
        let courses = Arc::new(Courses::default());
        let progress = Progress::new(
            Database::clone(&database),
            env.clone(),
            Arc::clone(&courses) as Arc<dyn CourseApi>,
            Arc::new(users::Users),
            CertificateSettings {
                issuer_name: "Open Academy".to_owned(),
                public_url: "https://learn.example.org".to_owned(),
            },
        );
        Self {
            database,
            clock,
            env,
            courses,
            progress,
        }
    }

    /// The module after the course was published.
    pub(crate) async fn with_course() -> Self {
        let test = Box::pin(Self::new()).await;
        Box::pin(test.publish(outline(1))).await;
        test
    }

    pub(crate) async fn deliver<E: Event>(&self, event: &E) {
        self.deliver_as(event, 1).await;
    }

    /// Delivers an event under its number in its aggregate.
    pub(crate) async fn deliver_as<E: Event>(&self, event: &E, sequence: i64) {
        let now = self.env.now();
        self.deliver_at(event, sequence, now).await;
    }

    /// Delivers an event that happened before.
    pub(crate) async fn deliver_at<E: Event>(&self, event: &E, sequence: i64, time: DateTime<Utc>) {
        let envelope = Envelope {
            specversion: "1.0".to_owned(),
            id: self.env.id(),
            source: "/gopro/test".to_owned(),
            kind: E::TYPE.to_owned(),
            subject: event.subject(),
            time,
            datacontenttype: "application/json".to_owned(),
            dataschema: String::new(),
            aggregatetype: E::AGGREGATE.to_owned(),
            sequence,
            correlationid: "test".to_owned(),
            causationid: None,
            traceparent: None,
            actor: None,
            data: serde_json::to_value(event).unwrap(),
        };
        let txn = self.database.begin().await.unwrap();
        let handler = self.progress.subscription().handler;
        handler.handle(&txn, &envelope).await.unwrap();
        txn.commit().await.unwrap();
    }

    pub(crate) async fn publish(&self, outline: OutlineView) {
        *self.courses.outline.lock().unwrap() = Some(outline.clone());
        self.deliver(&CoursePublished {
            outline,
            change_notes: "new".to_owned(),
            published_by: user(0xa02),
        })
        .await;
    }

    pub(crate) async fn register(&self, user: UserId, name: &str, zone: &str) {
        self.deliver(&UserCreated {
            user_id: user,
            username: name.to_lowercase(),
            display_name: name.to_owned(),
            email: format!("{name}@example.com"),
            email_verified: true,
            locale: "en".to_owned(),
            time_zone: zone.to_owned(),
            roles: Roles::from(vec![Role::Student]),
        })
        .await;
    }

    pub(crate) async fn grade(
        &self,
        user: UserId,
        number: u128,
        attempt: i32,
        score: i32,
        passed: bool,
    ) {
        self.deliver(&graded(user, number, attempt, score, passed, self))
            .await;
    }

    pub(crate) async fn enroll(&self, user: UserId) -> EnrollmentView {
        self.try_enroll(user).await.unwrap().enrollment
    }

    pub(crate) async fn try_enroll(&self, user: UserId) -> Result<Enrolled, Error> {
        let (request, operation) = (wanted(course()), by(user));
        let service = &self.progress.enrollment;
        let outcome = Box::pin(service.enroll(user, &request, &operation)).await?;
        Ok(outcome.value)
    }

    pub(crate) async fn start(&self, user: UserId, number: u128) -> CourseProgress {
        let outcome = self
            .progress
            .learning
            .start(user, lesson(number), &by(user))
            .await;
        outcome.unwrap().value
    }

    pub(crate) async fn complete(
        &self,
        user: UserId,
        number: u128,
    ) -> Result<CourseProgress, Error> {
        let outcome = self
            .progress
            .learning
            .complete(user, lesson(number), &by(user))
            .await?;
        Ok(outcome.value)
    }

    pub(crate) async fn points(&self, user: UserId) -> i64 {
        let overview = self.progress.overview.overview(user).await;
        overview.unwrap().totals.points
    }

    /// The types of the events that were published, in order.
    pub(crate) async fn published(&self) -> Vec<String> {
        let rows = outbox::Entity::find()
            .order_by_asc(outbox::Column::Position)
            .all(self.database.read())
            .await
            .unwrap();
        let envelopes = rows.iter().map(|row| {
            let envelope: Envelope = serde_json::from_str(&row.envelope).unwrap();
            envelope.kind
        });
        envelopes.collect()
    }

    pub(crate) async fn count_published(&self, kind: &str) -> usize {
        let published = self.published().await;
        published.iter().filter(|one| *one == kind).count()
    }

    pub(crate) async fn assert_verified(&self) {
        assert_eq!(self.progress.verify().await.unwrap(), vec![]);
    }

    pub(crate) fn wait(&self, span: Duration) {
        self.clock.advance(span);
    }
}

pub(crate) fn graded(
    user: UserId,
    number: u128,
    attempt: i32,
    score: i32,
    passed: bool,
    test: &ModuleTest,
) -> ExerciseSubmissionGraded {
    ExerciseSubmissionGraded {
        submission_id: SubmissionId::from(Uuid::from_u128(
            0x9000 + number * 100 + u128::try_from(attempt).unwrap(),
        )),
        exercise_id: exercise(number),
        lesson_id: lesson(3),
        course_id: course(),
        version: 1,
        learner_id: user,
        attempt,
        score,
        max_score: 10,
        passed,
        practice: false,
        graded_at: test.env.now(),
    }
}

/// That the answer of [`graded`] waits for its grade.
pub(crate) fn queued(
    user: UserId,
    number: u128,
    attempt: i32,
    test: &ModuleTest,
) -> ExerciseSubmissionQueued {
    let answer = graded(user, number, attempt, 0, false, test);
    ExerciseSubmissionQueued {
        submission_id: answer.submission_id,
        exercise_id: answer.exercise_id,
        lesson_id: answer.lesson_id,
        course_id: answer.course_id,
        version: answer.version,
        learner_id: answer.learner_id,
        attempt,
        queued_at: answer.graded_at,
    }
}

pub(crate) fn user(number: u128) -> UserId {
    Uuid::from_u128(number).into()
}

pub(crate) fn learner() -> UserId {
    user(LEARNER)
}

pub(crate) fn course() -> CourseId {
    Uuid::from_u128(1).into()
}

pub(crate) fn lesson(number: u128) -> LessonId {
    Uuid::from_u128(0x100 + number).into()
}

pub(crate) fn exercise(number: u128) -> ExerciseId {
    Uuid::from_u128(0x2000 + number).into()
}

pub(crate) fn by(user: UserId) -> Operation {
    Operation {
        actor: Some(user),
        ..Operation::system("test")
    }
}

pub(crate) fn with_key(user: UserId, key: &str) -> Operation {
    Operation {
        idempotency: Some(IdempotencyKey {
            scope: format!("{user} POST /x"),
            key: key.to_owned(),
            fingerprint: String::new(),
        }),
        ..by(user)
    }
}

/// Three lessons; the third is complete when its two exercises are passed.
pub(crate) fn outline(version: i64) -> OutlineView {
    let lessons = (1..=3).map(|number| OutlineLesson {
        id: lesson(number),
        title: format!("Lesson {number}"),
        minutes: 20,
        completion: if number == 3 {
            CompletionRule::Exercises
        } else {
            CompletionRule::Read
        },
        exercises: if number == 3 {
            (1..=2)
                .map(|number| OutlineExercise {
                    id: exercise(number),
                    title: format!("Exercise {number}"),
                    points: 10,
                })
                .collect()
        } else {
            Vec::new()
        },
    });
    OutlineView {
        course_id: course(),
        version,
        slug: "go-from-zero".to_owned(),
        title: "Go from zero".to_owned(),
        invite_only: false,
        prerequisites: Vec::new(),
        tags: Vec::new(),
        sections: vec![OutlineSection {
            id: Uuid::from_u128(2).into(),
            title: "Foundations".to_owned(),
            lessons: lessons.collect(),
        }],
    }
}

pub(crate) fn wanted(course_id: CourseId) -> Enroll {
    Enroll {
        course_id,
        invitation_code: None,
    }
}

pub(crate) fn renamed(user: UserId, name: &str) -> UserUpdated {
    UserUpdated {
        user_id: user,
        username: "ada".to_owned(),
        display_name: name.to_owned(),
        email: "ada@example.com".to_owned(),
        email_verified: true,
        locale: "en".to_owned(),
        time_zone: "UTC".to_owned(),
    }
}

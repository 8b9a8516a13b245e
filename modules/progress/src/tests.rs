//! The rules of this module on a real database, without HTTP.

mod board;
mod bus_and_crowds;
mod document;
mod edge;
mod erasure;
mod journey;
mod people;

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bus::Handler;
use chrono::Duration;
use contracts::course::{
    CompletionRule, CourseApi, CoursePublished, ExerciseSubmissionGraded, OutlineExercise,
    OutlineLesson, OutlineSection, OutlineView,
};
use contracts::user::UserCreated;
use database::{Database, outbox};
use kernel::{
    Ambient, CourseId, Envelope, Event, ExerciseId, Failure, IdempotencyKey, LessonId, Operation,
    Role, Roles, SubmissionId, UserId,
};
use sea_orm::{ConnectionTrait, DatabaseBackend, EntityTrait, QueryOrder};
use testkit::{FixedClock, TestDatabase};
use uuid::Uuid;

use crate::error::Error;
use crate::reactions::Reactions;
use crate::service::{Enrolled, Service};
use crate::view::{CourseProgress, EnrollmentView};

const LEARNER: u128 = 0xa01;

/// A course module that answers with one outline, with nothing, or not at all.
#[derive(Default)]
struct Courses {
    outline: Mutex<Option<OutlineView>>,
    away: Mutex<bool>,
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
}

struct World {
    database: TestDatabase,
    clock: FixedClock,
    ambient: Ambient,
    courses: Arc<Courses>,
    service: Arc<Service>,
}

impl World {
    async fn new() -> Self {
        let database = TestDatabase::new::<migrations::progress::Migrator>().await;
        let clock = FixedClock::at("2026-11-02T10:00:00Z");
        let ambient = testkit::ambient(&clock);
        let courses = Arc::new(Courses::default());
        let service = Arc::new(Service::new(
            Database::clone(&database),
            ambient.clone(),
            Arc::clone(&courses) as Arc<dyn CourseApi>,
        ));
        Self {
            database,
            clock,
            ambient,
            courses,
            service,
        }
    }

    /// A world in which the course was published.
    async fn with_course() -> Self {
        let world = Self::new().await;
        world.publish(outline(1)).await;
        world
    }

    async fn tell<E: Event>(&self, event: &E) {
        self.tell_as(event, 1).await;
    }

    /// Tells an event under its number in its aggregate.
    async fn tell_as<E: Event>(&self, event: &E, sequence: i64) {
        let envelope = Envelope {
            specversion: "1.0".to_owned(),
            id: self.ambient.id(),
            source: "/gopro/test".to_owned(),
            kind: E::TYPE.to_owned(),
            subject: event.subject(),
            time: self.ambient.now(),
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
        Reactions(Arc::clone(&self.service))
            .handle(&txn, &envelope)
            .await
            .unwrap();
        txn.commit().await.unwrap();
    }

    async fn publish(&self, outline: OutlineView) {
        *self.courses.outline.lock().unwrap() = Some(outline.clone());
        self.tell(&CoursePublished {
            outline,
            change_notes: "new".to_owned(),
            published_by: user(0xa02),
        })
        .await;
    }

    async fn register(&self, person: UserId, name: &str, zone: &str) {
        self.tell(&UserCreated {
            user_id: person,
            username: name.to_lowercase(),
            display_name: name.to_owned(),
            email: format!("{name}@example.com"),
            locale: "en".to_owned(),
            time_zone: zone.to_owned(),
            roles: Roles::from(vec![Role::Student]),
        })
        .await;
    }

    async fn grade(&self, person: UserId, number: u128, attempt: i32, score: i32, passed: bool) {
        self.tell(&graded(person, number, attempt, score, passed, self))
            .await;
    }

    async fn enroll(&self, person: UserId) -> EnrollmentView {
        self.try_enroll(person).await.unwrap().enrollment
    }

    async fn try_enroll(&self, person: UserId) -> Result<Enrolled, Error> {
        let outcome = self.service.enroll(person, course(), &by(person)).await?;
        Ok(outcome.value)
    }

    async fn start(&self, person: UserId, number: u128) -> CourseProgress {
        let outcome = self
            .service
            .start(person, lesson(number), &by(person))
            .await;
        outcome.unwrap().value
    }

    async fn complete(&self, person: UserId, number: u128) -> Result<CourseProgress, Error> {
        let outcome = self
            .service
            .complete(person, lesson(number), &by(person))
            .await?;
        Ok(outcome.value)
    }

    async fn points(&self, person: UserId) -> i64 {
        self.service.overview(person).await.unwrap().totals.points
    }

    /// The types of the events that were told, in order.
    async fn told(&self) -> Vec<String> {
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

    async fn count_told(&self, kind: &str) -> usize {
        let told = self.told().await;
        told.iter().filter(|told| *told == kind).count()
    }

    async fn assert_verified(&self) {
        assert_eq!(self.service.verify().await.unwrap(), vec![]);
    }

    fn wait(&self, span: Duration) {
        self.clock.advance(span);
    }
}

fn graded(
    person: UserId,
    number: u128,
    attempt: i32,
    score: i32,
    passed: bool,
    world: &World,
) -> ExerciseSubmissionGraded {
    ExerciseSubmissionGraded {
        submission_id: SubmissionId::from(Uuid::from_u128(
            0x9000 + number * 100 + u128::try_from(attempt).unwrap(),
        )),
        exercise_id: exercise(number),
        lesson_id: lesson(3),
        course_id: course(),
        version: 1,
        learner_id: person,
        attempt,
        score,
        max_score: 10,
        passed,
        graded_at: world.ambient.now(),
    }
}

fn user(number: u128) -> UserId {
    Uuid::from_u128(number).into()
}

fn learner() -> UserId {
    user(LEARNER)
}

fn course() -> CourseId {
    Uuid::from_u128(1).into()
}

fn lesson(number: u128) -> LessonId {
    Uuid::from_u128(0x100 + number).into()
}

fn exercise(number: u128) -> ExerciseId {
    Uuid::from_u128(0x2000 + number).into()
}

fn by(person: UserId) -> Operation {
    Operation {
        actor: Some(person),
        ..Operation::system("test")
    }
}

fn with_key(person: UserId, key: &str) -> Operation {
    Operation {
        idempotency: Some(IdempotencyKey {
            scope: format!("{person} POST /x"),
            key: key.to_owned(),
            fingerprint: String::new(),
        }),
        ..by(person)
    }
}

/// Three lessons; the third is complete when its two exercises are passed.
fn outline(version: i64) -> OutlineView {
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
        sections: vec![OutlineSection {
            id: Uuid::from_u128(2).into(),
            title: "Foundations".to_owned(),
            lessons: lessons.collect(),
        }],
    }
}

//! The rules of the module on a real database, without HTTP.

mod authoring;
mod document;
mod files;
mod learning;
mod ready;

use std::sync::Arc;

use async_trait::async_trait;
use chrono::Duration;
use contracts::user::{ContactView, Letter, PersonView, UserApi, VerifyingKey};
use kernel::{
    Ambient, Expected, Failure, Fault, Operation, ProofId, Role, SessionId, Slice, UserId,
};
use rest::Caller;
use serde::de::DeserializeOwned;
use serde_json::Value;
use testkit::{FixedClock, TestDatabase, ambient};
use uuid::Uuid;

use crate::Error;
use crate::command::EditionQuery;
use crate::reference::CourseRef;
use crate::service::Service;
use crate::view::{CourseDetail, ExerciseDetail, LessonDetail, SectionView};

/// A user module that knows everybody, and whose account [`shut_out`] is disabled.
pub(crate) struct Everybody;

pub(crate) fn shut_out() -> Caller {
    person(13, &[Role::Instructor])
}

#[async_trait]
impl UserApi for Everybody {
    async fn people(&self, ids: &[UserId]) -> Result<Vec<PersonView>, Failure> {
        let person = |id: &UserId| PersonView {
            id: *id,
            username: "ada".to_owned(),
            display_name: "Ada".to_owned(),
            active: *id != shut_out().user_id,
            teaches: *id != learner().user_id,
        };
        Ok(ids.iter().map(person).collect())
    }

    async fn contact(&self, _: UserId) -> Result<Option<ContactView>, Failure> {
        Ok(None)
    }

    async fn verifying_keys(&self) -> Result<Vec<VerifyingKey>, Failure> {
        Ok(Vec::new())
    }

    async fn session_open(&self, _: UserId, _: SessionId, _: i64) -> Result<bool, Failure> {
        Ok(true)
    }

    async fn letter(&self, _: ProofId) -> Result<Option<Letter>, Failure> {
        Ok(None)
    }

    async fn exchange(&self, _: &str) -> Result<Option<String>, Failure> {
        Ok(None)
    }
}

pub(crate) struct World {
    pub(crate) service: Service,
    pub(crate) clock: FixedClock,
    pub(crate) ambient: Ambient,
    pub(crate) database: TestDatabase,
}

pub(crate) async fn world() -> World {
    let database = TestDatabase::new::<migrations::course::Migrator>().await;
    let clock = FixedClock::at("2026-11-22T08:00:00Z");
    let ambient = ambient(&clock);
    let service = Service::new(database.clone(), ambient.clone(), Arc::new(Everybody));
    World {
        service,
        clock,
        ambient,
        database,
    }
}

pub(crate) fn person(number: u128, roles: &[Role]) -> Caller {
    Caller {
        user_id: Uuid::from_u128(number).into(),
        session_id: Uuid::from_u128(number).into(),
        roles: roles.to_vec().into(),
        scope: String::new(),
    }
}

pub(crate) fn author() -> Caller {
    person(1, &[Role::Instructor])
}

pub(crate) fn other() -> Caller {
    person(2, &[Role::Instructor])
}

pub(crate) fn learner() -> Caller {
    person(3, &[Role::Student])
}

pub(crate) fn op() -> Operation {
    Operation::system("test")
}

pub(crate) fn json<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

pub(crate) fn draft() -> EditionQuery {
    EditionQuery {
        version: None,
        draft: Some(true),
    }
}

pub(crate) fn newest() -> EditionQuery {
    EditionQuery::default()
}

pub(crate) fn code<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    result.unwrap_err().code().to_owned()
}

pub(crate) fn first() -> Slice {
    Slice::first(50)
}

impl World {
    pub(crate) async fn course(&self, title: &str) -> CourseDetail {
        self.clock.advance(Duration::seconds(1));
        let new = json(
            serde_json::json!({ "title": title, "difficulty": "beginner", "tags": ["go"], "category": "Code" }),
        );
        self.service
            .create(&author(), &op(), new)
            .await
            .unwrap()
            .value
    }

    pub(crate) async fn section(&self, course: &CourseRef, title: &str) -> SectionView {
        let new = json(serde_json::json!({ "title": title }));
        let added = self
            .service
            .add_section(&author(), &op(), course, new)
            .await;
        added.unwrap().value
    }

    pub(crate) async fn lesson(&self, section: &SectionView, title: &str) -> LessonDetail {
        let new = json(
            serde_json::json!({ "section_id": section.id, "title": title, "minutes": 5, "completion": "read", "content": "# Hi" }),
        );
        let course = section.course_id.into();
        let added = self
            .service
            .add_lesson(&author(), &op(), &course, new)
            .await;
        added.unwrap().value
    }

    pub(crate) async fn exercise(&self, lesson: &LessonDetail, more: Value) -> ExerciseDetail {
        let mut new = serde_json::json!({
            "title": "E", "prompt": "P", "points": 10, "hints": ["faint", "strong"],
            "explanation": "because",
            "question": { "kind": "true_false", "correct": true },
        });
        for (name, value) in more.as_object().unwrap() {
            new[name] = value.clone();
        }
        let added = self
            .service
            .add_exercise(&author(), &op(), lesson.id, json(new))
            .await;
        added.unwrap().value
    }

    pub(crate) async fn publish(&self, course: &CourseRef) -> CourseDetail {
        let notes = "new".to_owned();
        let done = self
            .service
            .publish(&author(), &op(), course, &Expected::Any, notes)
            .await;
        done.unwrap().value
    }

    /// A published course with one section, one lesson and one exercise.
    pub(crate) async fn published(
        &self,
        exercise: Value,
    ) -> (CourseDetail, LessonDetail, ExerciseDetail) {
        let course = self.course("Go").await;
        let section = self.section(&course.id.into(), "S").await;
        let lesson = self.lesson(&section, "L").await;
        let exercise = self.exercise(&lesson, exercise).await;
        let course = self.publish(&course.id.into()).await;
        (course, lesson, exercise)
    }
}

//! What the tests of all rooms share, and the tests of the module as a whole: its rules on a real
//! database, without HTTP.

mod document;

use std::ops::Deref;
use std::sync::Arc;

use actix_web::dev::{Service as _, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::test::{TestRequest, init_service, read_body_json};
use actix_web::{App, HttpMessage, web};
use async_trait::async_trait;
use chrono::Duration;
use contracts::course_ref::CourseRef;
use contracts::user::{ContactView, EmailContent, UserApi, UserView, VerifyingKey};
use kernel::{
    Caller, Env, Expected, Failure, Fault, OneTimeTokenId, Operation, PageRequest, Role, Roles,
    SessionId, UserId,
};
use rest::MaybeCaller;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tempfile::TempDir;
use testkit::{FixedClock, TestDatabase, env};
use utoipa_actix_web::AppExt;
use uuid::Uuid;

use crate::authoring::{CourseDetail, ExerciseDetail, LessonDetail, SectionView};
use crate::error::Error;
use crate::publishing::EditionQuery;
use crate::reading::ReadText;
use crate::{AssetStore, Course};

/// A user module that knows everybody, and whose account [`shut_out`] is disabled.
pub(crate) struct Everybody;

pub(crate) fn shut_out() -> Caller {
    user(13, &[Role::Instructor])
}

#[async_trait]
impl UserApi for Everybody {
    async fn find_users(&self, ids: &[UserId]) -> Result<Vec<UserView>, Failure> {
        let user = |id: &UserId| UserView {
            id: *id,
            username: "ada".to_owned(),
            display_name: "Ada".to_owned(),
            active: *id != shut_out().user_id,
            teaches: *id != learner().user_id,
            administers: *id == administrator().user_id,
        };
        Ok(ids.iter().map(user).collect())
    }

    async fn identify(&self, _: &[String]) -> Result<Vec<Option<UserId>>, Failure> {
        Ok(Vec::new())
    }

    async fn contact(&self, _: UserId) -> Result<Option<ContactView>, Failure> {
        Ok(None)
    }

    async fn verifying_keys(&self) -> Result<Vec<VerifyingKey>, Failure> {
        Ok(Vec::new())
    }

    async fn credential_keys(&self) -> Result<Vec<VerifyingKey>, Failure> {
        Ok(Vec::new())
    }

    async fn sign_credential(&self, _: &str) -> Result<String, Failure> {
        Ok(String::new())
    }

    async fn session_open(
        &self,
        _: UserId,
        _: SessionId,
        _: i64,
    ) -> Result<Option<Roles>, Failure> {
        Ok(Some(vec![Role::Student].into()))
    }

    async fn email_content(&self, _: OneTimeTokenId) -> Result<Option<EmailContent>, Failure> {
        Ok(None)
    }

    async fn exchange(&self, _: &str) -> Result<Option<String>, Failure> {
        Ok(None)
    }
}

/// The module on a database of its own.
pub(crate) struct ModuleTest {
    pub(crate) course: Course,
    pub(crate) clock: FixedClock,
    pub(crate) env: Env,
    pub(crate) database: TestDatabase,
    /// Where the assets lie.
    pub(crate) folder: TempDir,
}

/// The services of the rooms.
impl Deref for ModuleTest {
    type Target = Course;

    fn deref(&self) -> &Course {
        &self.course
    }
}

pub(crate) fn user(number: u128, roles: &[Role]) -> Caller {
    Caller {
        user_id: Uuid::from_u128(number).into(),
        session_id: Uuid::from_u128(number).into(),
        roles: roles.to_vec().into(),
        scope: String::new(),
    }
}

pub(crate) fn author() -> Caller {
    user(1, &[Role::Instructor])
}

pub(crate) fn other() -> Caller {
    user(2, &[Role::Instructor])
}

pub(crate) fn learner() -> Caller {
    user(3, &[Role::Student])
}

pub(crate) fn administrator() -> Caller {
    user(14, &[Role::Admin])
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

/// The same for a text.
pub(crate) fn text_of(edition: EditionQuery) -> ReadText {
    ReadText {
        version: edition.version,
        draft: edition.draft,
        ..ReadText::default()
    }
}

pub(crate) fn code<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    result.unwrap_err().code().to_owned()
}

pub(crate) fn first() -> PageRequest {
    PageRequest::first(50)
}

/// An asset store in which a course may keep 1 MiB.
pub(crate) fn store_in(folder: &TempDir) -> AssetStore {
    AssetStore::on_disk(folder.path(), 1024 * 1024).unwrap()
}

/// A request to the module over HTTP.
pub(crate) async fn get(
    course: &Course,
    caller: Option<Caller>,
    path: &str,
) -> (StatusCode, Value) {
    let (app, _) = App::new()
        .app_data(web::Data::new(rest::CursorKey::new(b"a key of the test")))
        .into_utoipa_app()
        .configure(|cfg| course.configure(cfg))
        .split_for_parts();
    let app = init_service(app).await;
    let request = TestRequest::with_uri(path).to_request();
    request.extensions_mut().insert(MaybeCaller(caller));
    let response: ServiceResponse = app.call(request).await.unwrap();
    (response.status(), read_body_json(response).await)
}

impl ModuleTest {
    /// The module once more, as another process has it.
    pub(crate) fn again(&self) -> Course {
        let store = store_in(&self.folder);
        let (database, env) = (self.database.clone(), self.env.clone());
        Course::new(database, env, Arc::new(Everybody), store)
    }

    pub(crate) async fn new() -> Self {
        let database = TestDatabase::new::<migrations::course::Migrator>().await;
        let clock = FixedClock::at("2026-11-22T08:00:00Z");
        let env = env(&clock);
        let folder = TempDir::new().unwrap();
        let store = store_in(&folder);
        let course = Course::new(database.clone(), env.clone(), Arc::new(Everybody), store);
        Self {
            course,
            clock,
            env,
            database,
            folder,
        }
    }

    pub(crate) async fn course(&self, title: &str) -> CourseDetail {
        self.clock.advance(Duration::seconds(1));
        let new = json(
            serde_json::json!({ "title": title, "difficulty": "beginner", "tags": ["go"], "category": "Code" }),
        );
        self.authoring
            .create_course(&author(), &op(), new)
            .await
            .unwrap()
            .value
    }

    pub(crate) async fn section(&self, course: &CourseRef, title: &str) -> SectionView {
        let new = json(serde_json::json!({ "title": title }));
        let added = self
            .authoring
            .create_section(&author(), &op(), course, new)
            .await;
        added.unwrap().value
    }

    pub(crate) async fn lesson(&self, section: &SectionView, title: &str) -> LessonDetail {
        let new = json(
            serde_json::json!({ "section_id": section.id, "title": title, "minutes": 5, "completion": "read", "content": "# Hi" }),
        );
        let course = section.course_id.into();
        let added = self
            .authoring
            .create_lesson(&author(), &op(), &course, new)
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
            .authoring
            .create_exercise(&author(), &op(), lesson.id, json(new))
            .await;
        added.unwrap().value
    }

    pub(crate) async fn publish(&self, course: &CourseRef) -> CourseDetail {
        let new = json(serde_json::json!({ "change_notes": "new" }));
        let done = self
            .publishing
            .publish(&author(), &op(), course, &Expected::Any, new)
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

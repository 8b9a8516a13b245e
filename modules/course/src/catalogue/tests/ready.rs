//! Ready answers: remembered while nothing changed, and never for whom they were not made.

use std::sync::{Arc, Mutex};

use actix_web::http::StatusCode;
use sea_orm::ConnectionTrait;
use serde_json::json as value;

use crate::Course;
use crate::tests::*;
use async_trait::async_trait;
use chrono::Duration;
use contracts::user::{ContactView, EmailContent, UserApi, UserView, VerifyingKey};
use kernel::{Expected, Failure, OneTimeTokenId, Role, Roles, SessionId, UserId};
use serde_json::Value;

/// A user module whose people all have the name that was set last.
struct Renamed(Mutex<&'static str>);

#[async_trait]
impl UserApi for Renamed {
    async fn find_users(&self, ids: &[UserId]) -> Result<Vec<UserView>, Failure> {
        let name = *self.0.lock().unwrap();
        let user = |id: &UserId| UserView {
            id: *id,
            username: "ada".to_owned(),
            display_name: name.to_owned(),
            active: true,
            teaches: true,
            administers: false,
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

fn module(test: &ModuleTest) -> Course {
    test.again()
}

async fn titles(course: &Course) -> Vec<String> {
    let (status, body) = get(course, None, "/courses?sort=title").await;
    assert_eq!(status, StatusCode::OK);
    let items = body["items"].as_array().unwrap();
    let title = |item: &Value| item["title"].as_str().unwrap().to_owned();
    items.iter().map(title).collect()
}

#[actix_web::test]
async fn what_was_committed_here_is_seen_at_once() {
    let test = ModuleTest::new().await;
    let module = module(&test);
    assert_eq!(titles(&module).await, [""; 0]);
    let (course, ..) = test.published(value!({})).await;
    let by_id = course.id.into();
    assert_eq!(titles(&module).await, ["Go"]);
    let path = format!("/courses/{}", course.id);
    let (_, shown) = get(&module, Some(learner()), &path).await;
    assert_eq!(
        (&shown["slug"], &shown["title"]),
        (&value!("course"), &value!("Go"))
    );

    let change = json(value!({ "slug": "golang", "title": "Golang", "visibility": "unlisted" }));
    let (owner, operation) = (author(), op());
    let changed = test
        .authoring
        .update_course(&owner, &operation, &by_id, &Expected::Any, change);
    changed.await.unwrap();
    let (_, shown) = get(&module, Some(learner()), &path).await;
    assert_eq!(
        (&shown["slug"], &shown["title"]),
        (&value!("golang"), &value!("Go"))
    );
    let (_, listed) = get(&module, None, "/courses?sort=title").await;
    assert_eq!(listed["items"][0]["slug"], "golang");

    test.publish(&by_id).await;
    assert_eq!(titles(&module).await, [""; 0], "it is unlisted now");
    let (_, shown) = get(&module, Some(learner()), &path).await;
    assert_eq!(shown["title"], "Golang");

    let archived = test
        .publishing
        .archive(&owner, &operation, &by_id, &Expected::Any);
    archived.await.unwrap();
    let (status, shown) = get(&module, Some(learner()), &path).await;
    assert_eq!(
        (status, &shown["status"]),
        (StatusCode::OK, &value!("archived"))
    );
}

#[actix_web::test]
async fn what_others_changed_is_seen_after_a_second() {
    let test = ModuleTest::new().await;
    let names = Arc::new(Renamed(Mutex::new("Ada")));
    let users = Arc::clone(&names) as Arc<dyn UserApi>;
    let store = store_in(&test.folder);
    let module = Course::new(test.database.clone(), test.env.clone(), users, store);
    test.published(value!({})).await;
    assert_eq!(titles(&module).await, ["Go"]);

    let elsewhere = test.database.for_migrations();
    let change = "UPDATE catalogue SET title = 'Gone'";
    elsewhere.execute_unprepared(change).await.unwrap();
    *names.0.lock().unwrap() = "Grace";
    test.clock.advance(Duration::milliseconds(999));
    assert_eq!(titles(&module).await, ["Go"], "it is not read each time");
    test.clock.advance(Duration::milliseconds(1));
    let (_, listed) = get(&module, None, "/courses?sort=title").await;
    let course = &listed["items"][0];
    assert_eq!(course["title"], "Gone");
    assert_eq!(course["authors"][0]["display_name"], "Grace");
}

#[actix_web::test]
async fn an_answer_is_given_to_those_alone_who_may_have_it() {
    let test = ModuleTest::new().await;
    let module = module(&test);
    for title in ["One", "Two"] {
        let course = test.course(title).await;
        let section = test.section(&course.id.into(), "S").await;
        test.lesson(&section, "L").await;
        test.publish(&course.id.into()).await;
    }
    let first = "/courses?limit=1";
    let mut cursors = Vec::new();
    for caller in [None, Some(learner()), Some(other()), None, Some(learner())] {
        let (_, page) = get(&module, caller, first).await;
        cursors.push(page["page"]["next"].as_str().unwrap().to_owned());
    }
    assert_eq!((&cursors[0], &cursors[1]), (&cursors[3], &cursors[4]));
    for (caller, own) in [(None, 0), (Some(learner()), 1), (Some(other()), 2)] {
        for (index, cursor) in cursors[..3].iter().enumerate() {
            let next = format!("{first}&cursor={cursor}");
            let (status, _) = get(&module, caller.clone(), &next).await;
            assert_eq!(status == StatusCode::OK, index == own, "{caller:?} {index}");
        }
    }

    let draft = test.course("Three").await;
    for part in ["", "?draft=true", "/outline", "/outline?draft=true"] {
        let path = format!("/courses/{}{part}", draft.id);
        let (status, _) = get(&module, Some(author()), &path).await;
        assert_eq!(status, StatusCode::OK, "{part}");
        let (status, _) = get(&module, Some(other()), &path).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{part}");
    }
    for path in ["/courses/one/lessons", "/courses/one?version=1"] {
        let (status, _) = get(&module, None, path).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        let (status, _) = get(&module, Some(learner()), path).await;
        assert_eq!(status, StatusCode::OK);
        let (status, _) = get(&module, None, path).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "not even when it is kept");
    }
}

//! Exports and erasures: what this module does by itself, with the others played by the test.

use std::collections::BTreeMap;
use std::io::Read;

use chrono::Duration as Span;
use contracts::course::{CourseUserErased, CourseUserExported};
use contracts::notification::{NotificationUserErased, NotificationUserExported};
use contracts::progress::{ProgressUserErased, ProgressUserExported};
use contracts::user::{UserApi, UserErasureStarted};
use database::outbox;
use database::saga::SagaState;
use kernel::{Envelope, Event, Fault, Role, SagaId, SecretString, UserId};
use sea_orm::sea_query::Expr;
use sea_orm::{EntityTrait, QueryOrder};
use serde_json::{Value, json};

use super::{PASSWORD, Room, operation};
use crate::service::{AuditVerdict, EXPORT_LIFETIME};

impl Room {
    async fn told(&self) -> Vec<Envelope> {
        let rows = outbox::Entity::find()
            .order_by_asc(outbox::Column::Position)
            .all(self.database.read())
            .await
            .expect("the outbox");
        let envelopes = rows.iter().map(|row| serde_json::from_str(&row.envelope));
        envelopes.map(|envelope| envelope.expect("JSON")).collect()
    }

    pub(super) async fn count_told(&self, kind: &str) -> usize {
        let told = self.told().await;
        told.iter().filter(|envelope| envelope.kind == kind).count()
    }

    /// The relay has sent everything.
    async fn publish(&self) {
        outbox::Entity::update_many()
            .col_expr(outbox::Column::State, Expr::value(outbox::PUBLISHED))
            .exec(self.database.writer())
            .await
            .expect("published");
    }

    /// Another module answers.
    async fn hear<E: Event>(&self, event: E) {
        let now = kernel::Ambient::system().now();
        let envelope = Envelope {
            specversion: "1.0".to_owned(),
            id: kernel::Ambient::system().id(),
            source: "/gopro/test".to_owned(),
            kind: E::TYPE.to_owned(),
            subject: event.subject(),
            time: now,
            datacontenttype: "application/json".to_owned(),
            dataschema: String::new(),
            aggregatetype: E::AGGREGATE.to_owned(),
            sequence: 1,
            correlationid: "test".to_owned(),
            causationid: None,
            traceparent: None,
            actor: None,
            data: serde_json::to_value(event).expect("JSON"),
        };
        let txn = self.database.begin().await.expect("a transaction");
        let handler = self.user.subscription().handler;
        handler.handle(&txn, &envelope).await.expect("heard");
        txn.commit().await.expect("committed");
    }

    async fn hear_erased(&self, module: &str, saga_id: SagaId, user_id: UserId, count: u64) {
        let removed = BTreeMap::from([("things".to_owned(), count)]);
        match module {
            "course" => {
                self.hear(CourseUserErased {
                    saga_id,
                    user_id,
                    removed,
                })
                .await;
            }
            "progress" => {
                self.hear(ProgressUserErased {
                    saga_id,
                    user_id,
                    removed,
                })
                .await;
            }
            _ => {
                self.hear(NotificationUserErased {
                    saga_id,
                    user_id,
                    removed,
                })
                .await;
            }
        }
    }

    async fn state(&self, id: SagaId) -> (SagaState, String) {
        let found = self.user.saga(id).await.expect("a database");
        let (saga, _) = found.expect("a saga");
        (saga.state, saga.step)
    }

    async fn tend_after(&self, span: Span) {
        self.clock.advance(span);
        self.user.tend_sagas().await.expect("tended");
    }

    /// The secret of the link that keeps the account.
    async fn keep_token(&self) -> SecretString {
        let told = self.told().await;
        let started = told
            .iter()
            .rev()
            .find(|event| event.kind == UserErasureStarted::TYPE)
            .expect("a letter");
        let started: UserErasureStarted = started.decode().expect("the facts");
        let letter = self.service().letter(started.proof_id).await;
        let url = letter.expect("an answer").expect("a letter").url;
        let url = url.expect("a link");
        url.rsplit_once("#token=")
            .expect("a token")
            .1
            .to_owned()
            .into()
    }

    async fn start_erasure(&self, username: &str) -> (SagaId, UserId) {
        let caller = self.caller_named(username).await;
        let user = caller.user_id;
        let erasing = self.service().erase(&operation(), &caller, user).await;
        (erasing.expect("erasing").id, user)
    }
}

#[tokio::test]
async fn an_erasure_goes_step_by_step_whatever_is_repeated_or_comes_in_another_order() {
    let room = Room::new().await;
    room.register("ada").await.expect("an account");
    let (id, user) = room.start_erasure("ada").await;
    room.tend_after(Span::hours(71)).await;
    assert_eq!(room.state(id).await.0, SagaState::Waiting);
    room.tend_after(Span::hours(1)).await;
    assert_eq!(
        room.state(id).await,
        (SagaState::Running, "course".to_owned())
    );
    // An answer before its turn does nothing.
    room.hear_erased("notification", id, user, 9).await;
    room.hear_erased("course", id, room_stranger(), 9).await;
    assert_eq!(room.state(id).await.1, "course");
    room.hear_erased("course", id, user, 3).await;
    room.hear_erased("course", id, user, 0).await;
    assert_eq!(room.state(id).await.1, "progress");
    room.hear_erased("progress", id, user, 2).await;
    room.hear_erased("course", id, user, 0).await;
    assert_eq!(room.state(id).await.1, "notification");
    room.hear_erased("notification", id, user, 1).await;
    room.hear_erased("notification", id, user, 0).await;
    assert_eq!(room.state(id).await.1, "sweep");
    assert_eq!(room.count_told("user.erasure_requested.v1").await, 3);
    assert_eq!(room.count_told("user.deleted.v1").await, 1);
    room.tend_after(Span::minutes(1)).await;
    assert_eq!(
        room.state(id).await.1,
        "sweep",
        "an event is still to be sent"
    );
    room.publish().await;
    room.tend_after(Span::minutes(1)).await;
    assert_eq!(room.state(id).await.0, SagaState::Done);

    let certificate = room.service().erasure(user).await.expect("a certificate");
    let steps: Vec<_> = certificate
        .steps
        .iter()
        .map(|done| done.step.as_str())
        .collect();
    assert_eq!(
        steps,
        ["course", "progress", "notification", "tombstone", "sweep"]
    );
    assert_eq!(certificate.steps[0].removed["things"], 3);
    assert_eq!(certificate.user_id, user);
    assert_eq!(
        certificate.undo_until - certificate.requested_at,
        Span::hours(72)
    );
    assert!(certificate.finished_at.is_some());
    let names: Vec<_> = room.told().await;
    assert!(
        names
            .iter()
            .all(|event| !event.data.to_string().contains("ada@example.org"))
    );
    assert!(
        room.user
            .service
            .people(&[user])
            .await
            .expect("people")
            .is_empty()
    );
    assert_eq!(
        room.user.service.contact(user).await.expect("contact"),
        None
    );
    let refused = room.log_in("ada", PASSWORD).await.err().expect("nobody");
    assert_eq!(refused.code(), "auth.wrong_credentials");
    let nobody = format!("erased {user}");
    let refused = room.log_in(&nobody, PASSWORD).await.err().expect("nobody");
    assert_eq!(refused.code(), "auth.wrong_credentials");
    room.register("ada")
        .await
        .expect("the name and the address are free");
    let audit = room.user.verify_audit().await.expect("the log");
    assert!(matches!(audit, AuditVerdict::Whole { .. }));
}

fn room_stranger() -> UserId {
    kernel::Ambient::system().id()
}

#[tokio::test]
async fn an_erasure_is_taken_back_within_its_time_and_not_after() {
    let room = Room::new().await;
    room.register("ada").await.expect("an account");
    let caller = room.caller_named("ada").await;
    let (id, user) = room.start_erasure("ada").await;
    let open = room
        .service()
        .session_open(user, caller.session_id, i64::MAX);
    assert!(!open.await.expect("an answer"));
    let frozen = room.log_in("ada", PASSWORD).await.err().expect("frozen");
    assert_eq!(frozen.code(), "auth.frozen");
    room.service()
        .forgot_password(&operation(), "ada@example.org")
        .await
        .expect("answered as ever");
    let asked = room.count_told("user.password_reset_requested.v1").await;
    assert_eq!(
        asked, 0,
        "a new password opens nothing that is being erased"
    );
    let reader = room.service().profile(&caller, user).await;
    assert_eq!(reader.expect_err("hidden").code(), "user.not_found");
    let token = room.keep_token().await;
    room.clock.advance(Span::hours(71));
    let kept = room.service().keep_account(&operation(), &token).await;
    kept.expect("kept");
    let again = room.service().keep_account(&operation(), &token).await;
    assert_eq!(again.expect_err("used").code(), "auth.link_refused");
    assert_eq!(room.state(id).await.0, SagaState::Cancelled);
    room.tend_after(Span::hours(5)).await;
    assert_eq!(room.state(id).await.0, SagaState::Cancelled);
    assert_eq!(room.count_told("user.erasure_requested.v1").await, 0);

    let (id, _) = room.start_erasure("ada").await;
    let token = room.keep_token().await;
    room.tend_after(Span::hours(72)).await;
    let late = room.service().keep_account(&operation(), &token).await;
    assert_eq!(late.expect_err("too late").code(), "auth.link_refused");
    assert_eq!(room.state(id).await.0, SagaState::Running);
}

#[tokio::test]
async fn a_step_without_an_answer_is_asked_for_again_fails_in_time_and_can_be_retried() {
    let room = Room::new().await;
    room.register("ada").await.expect("an account");
    let (id, user) = room.start_erasure("ada").await;
    room.tend_after(Span::hours(72)).await;
    room.tend_after(Span::minutes(1)).await;
    assert_eq!(room.count_told("user.erasure_requested.v1").await, 1);
    room.tend_after(Span::minutes(5)).await;
    assert_eq!(room.count_told("user.erasure_requested.v1").await, 2);
    room.tend_after(Span::minutes(55)).await;
    assert_eq!(
        room.state(id).await,
        (SagaState::Failed, "course".to_owned())
    );
    let certificate = room.service().erasure(user).await.expect("a certificate");
    assert!(certificate.error.expect("why").contains("gopro saga retry"));
    // What comes late is kept for the second try and moves nothing by itself.
    room.hear_erased("course", id, user, 3).await;
    room.hear_erased("course", id, user, 0).await;
    assert_eq!(
        room.state(id).await,
        (SagaState::Failed, "course".to_owned())
    );
    assert!(
        room.user
            .retry_saga(&operation(), id)
            .await
            .expect("a database")
    );
    assert_eq!(
        room.state(id).await,
        (SagaState::Running, "progress".to_owned())
    );
    assert!(
        !room
            .user
            .retry_saga(&operation(), id)
            .await
            .expect("a database")
    );
    let certificate = room.service().erasure(user).await.expect("a certificate");
    assert_eq!(certificate.steps[0].removed["things"], 3);
}

#[tokio::test]
async fn the_last_administrator_and_oneself_by_the_wrong_door_are_refused() {
    let room = Room::new().await;
    let ada = room.register("ada").await.expect("an account");
    let bea = room.register("bea").await.expect("an account");
    for id in [ada, bea] {
        let change = crate::service::AdminChange {
            roles: Some(vec![Role::Admin].into()),
            disabled: None,
        };
        let changed = room
            .service()
            .change(&operation(), id, &kernel::Expected::Any, change)
            .await;
        changed.expect("an administrator");
        room.clock.advance(Span::seconds(2));
    }
    let admin = room.caller_named("bea").await;
    let service = room.service();
    let own = service.erase_other(&operation(), &admin, bea).await;
    assert_eq!(own.expect_err("refused").code(), "user.erase_yourself");
    let first = service
        .erase_other(&operation(), &admin, ada)
        .await
        .expect("erasing");
    let again = service
        .erase_other(&operation(), &admin, ada)
        .await
        .expect("erasing");
    assert_eq!(first.id, again.id);
    let last = service.erase(&operation(), &admin, bea).await;
    assert_eq!(last.expect_err("refused").code(), "user.last_admin");
    room.clock.advance(Span::minutes(11));
    let stale = service.erase_other(&operation(), &admin, ada).await;
    assert_eq!(stale.expect_err("refused").code(), "auth.step_up_needed");
}

fn unpack(archive: Vec<u8>) -> BTreeMap<String, String> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(archive)).expect("a zip archive");
    let mut files = BTreeMap::new();
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).expect("a file");
        let mut text = String::new();
        file.read_to_string(&mut text).expect("UTF-8");
        files.insert(file.name().expect("a name").into_owned(), text);
    }
    files
}

#[tokio::test]
async fn a_person_has_ten_exports_at_a_time_and_can_fetch_them_all() {
    let room = Room::new().await;
    room.register("ada").await.expect("an account");
    let caller = room.caller_named("ada").await;
    let user_id = caller.user_id;
    let part = json!({});
    let mut asked = Vec::new();
    for _ in 0..10 {
        let export = room.service().request_export(&operation(), &caller).await;
        let saga_id = export.expect("an export").value.id;
        let part = part.clone();
        room.hear(CourseUserExported {
            saga_id,
            user_id,
            part: part.clone(),
        })
        .await;
        room.hear(ProgressUserExported {
            saga_id,
            user_id,
            part: part.clone(),
        })
        .await;
        room.hear(NotificationUserExported {
            saga_id,
            user_id,
            part,
        })
        .await;
        asked.push(saga_id);
        room.clock.advance(Span::seconds(1));
    }
    let refused = room.service().request_export(&operation(), &caller).await;
    let refused = refused.expect_err("the eleventh");
    assert_eq!(refused.code(), "user.too_many_exports");
    let wait = Span::from_std(refused.retry_after().expect("a wait")).expect("a span");
    assert_eq!(wait, EXPORT_LIFETIME - Span::seconds(10));
    for id in asked {
        let archive = room.service().export_content(user_id, id).await;
        archive.expect("it can be fetched");
    }
    room.clock.advance(wait);
    let caller = room.caller_named("ada").await;
    let export = room.service().request_export(&operation(), &caller).await;
    export.expect("the oldest is gone");
}

#[tokio::test]
async fn an_export_is_whole_when_every_module_has_answered_and_expires() {
    let room = Room::new().await;
    room.register("ada").await.expect("an account");
    let caller = room.caller_named("ada").await;
    let user_id = caller.user_id;
    let service = room.service();
    let wanted = crate::service::NewApiToken {
        name: "dashboard".to_owned(),
        scopes: vec!["progress:read".to_owned()],
        days: 90,
    };
    let token = service
        .create_api_token(&operation(), &caller, wanted)
        .await;
    let token = token.expect("a token").value.token.expect("a secret");
    let asked = service.request_export(&operation(), &caller).await;
    let id = asked.expect("an export").value.id;
    let again = service.request_export(&operation(), &caller).await;
    assert_eq!(again.expect("the same").value.id, id);
    assert_eq!(room.count_told("user.export_requested.v1").await, 1);
    let early = service.export_content(user_id, id).await;
    assert_eq!(early.expect_err("not yet").code(), "user.export_not_ready");
    let others = service.export(room_stranger(), id).await;
    assert_eq!(others.expect_err("hidden").code(), "user.export_not_found");
    room.hear(CourseUserExported {
        saga_id: id,
        user_id,
        part: json!({ "submissions": [1] }),
    })
    .await;
    for points in [1, 2] {
        room.hear(ProgressUserExported {
            saga_id: id,
            user_id,
            part: json!({ "points": points }),
        })
        .await;
    }
    room.tend_after(Span::minutes(5)).await;
    assert_eq!(room.count_told("user.export_requested.v1").await, 2);
    room.hear(NotificationUserExported {
        saga_id: id,
        user_id,
        part: json!({ "inbox": [] }),
    })
    .await;
    let files = unpack(
        service
            .export_content(user_id, id)
            .await
            .expect("an archive"),
    );
    let names: Vec<_> = files.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "README.txt",
            "course.json",
            "notification.json",
            "progress.json",
            "user.json"
        ]
    );
    assert!(files["progress.json"].contains("\"points\": 1"));
    let own: Value = serde_json::from_str(&files["user.json"]).expect("JSON");
    assert_eq!(own["account"]["email"], "ada@example.org");
    assert_eq!(own["sessions"][0]["device"], "test");
    assert_eq!(own["api_tokens"][0]["name"], "dashboard");
    assert!(own["audit"].as_array().is_some_and(|rows| rows.len() >= 3));
    for secret in [token.as_str(), "hash", "argon2", "sealed", PASSWORD] {
        assert!(!files["user.json"].contains(secret), "{secret}");
    }
    room.clock.advance(Span::days(7));
    let gone = service.export(user_id, id).await;
    assert_eq!(gone.expect_err("over").code(), "user.export_not_found");
    room.clock.advance(Span::seconds(1));
    room.user.sweep().await.expect("swept");
    assert_eq!(room.user.saga(id).await.expect("a database"), None);
}

#[tokio::test]
async fn an_export_that_misses_an_answer_fails_and_goes_on_when_it_is_retried() {
    let room = Room::new().await;
    room.register("ada").await.expect("an account");
    let caller = room.caller_named("ada").await;
    let asked = room.service().request_export(&operation(), &caller).await;
    let id = asked.expect("an export").value.id;
    room.tend_after(Span::hours(1)).await;
    assert_eq!(room.state(id).await.0, SagaState::Failed);
    assert!(
        room.user
            .retry_saga(&operation(), id)
            .await
            .expect("a database")
    );
    assert_eq!(room.state(id).await.0, SagaState::Running);
    assert_eq!(room.count_told("user.export_requested.v1").await, 2);
}

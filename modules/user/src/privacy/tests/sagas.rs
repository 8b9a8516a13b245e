//! Exports and erasures: what this module does by itself, with the others played by the test.

use std::collections::BTreeMap;
use std::io::Read;

use chrono::Duration as Span;
use contracts::user::{UserErased, UserErasureStarted, UserExported};
use database::saga::SagaState;
use database::{inbox, outbox};
use kernel::{Envelope, Event, Fault, Role, SagaId, SecretString, UserId};
use sea_orm::sea_query::Expr;
use sea_orm::{EntityTrait, NotSet, PaginatorTrait, QueryOrder, Set};
use serde_json::{Value, json};
use testkit::env;

use super::super::steps::EXPORT_LIFETIME;
use crate::tests::{ModuleTest, PASSWORD, operation, settings};
use crate::{AuditVerification, User};

impl ModuleTest {
    pub(crate) async fn published(&self) -> Vec<Envelope> {
        let rows = outbox::Entity::find()
            .order_by_asc(outbox::Column::Position)
            .all(self.database.read())
            .await
            .expect("the outbox");
        let envelopes = rows.iter().map(|row| serde_json::from_str(&row.envelope));
        envelopes.map(|envelope| envelope.expect("JSON")).collect()
    }

    pub(crate) async fn count_published(&self, kind: &str) -> usize {
        let told = self.published().await;
        told.iter().filter(|envelope| envelope.kind == kind).count()
    }

    /// The relay has sent everything.
    async fn publish(&self) {
        outbox::Entity::update_many()
            .col_expr(outbox::Column::State, Expr::value(outbox::PUBLISHED))
            .exec(self.database.for_migrations())
            .await
            .expect("published");
    }

    /// Another module answers.
    pub(crate) async fn hear<E: Event>(&self, event: E) {
        let now = kernel::Env::system().now();
        let envelope = Envelope {
            specversion: "1.0".to_owned(),
            id: kernel::Env::system().id(),
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

    async fn deliver_erased(&self, module: &str, saga_id: SagaId, user_id: UserId, count: u64) {
        let removed = BTreeMap::from([("things".to_owned(), count)]);
        self.hear(UserErased {
            module: module.to_owned(),
            saga_id,
            user_id,
            removed,
        })
        .await;
    }

    /// A module answers with its part of an export, as a whole.
    pub(crate) async fn deliver_part(
        &self,
        module: &str,
        (saga_id, user_id): (SagaId, UserId),
        part: Value,
    ) {
        self.hear(UserExported {
            module: module.to_owned(),
            saga_id,
            user_id,
            piece: 0,
            next: None,
            part,
        })
        .await;
    }

    pub(crate) async fn state(&self, id: SagaId) -> (SagaState, String) {
        let found = self.user.saga(id).await.expect("a database");
        let (saga, _) = found.expect("a saga");
        (saga.state, saga.step)
    }

    pub(crate) async fn run_due_after(&self, span: Span) {
        self.clock.advance(span);
        self.user.run_due_sagas().await.expect("tended");
    }

    /// The secret of the link that keeps the account.
    async fn keep_token(&self) -> SecretString {
        let told = self.published().await;
        let started = told
            .iter()
            .rev()
            .find(|event| event.kind == UserErasureStarted::TYPE)
            .expect("an email");
        let started: UserErasureStarted = started.decode().expect("the facts");
        let mail = self.user.api().email_content(started.token_id).await;
        let url = mail.expect("an answer").expect("an email").url;
        let url = url.expect("a link");
        url.rsplit_once("#token=")
            .expect("a token")
            .1
            .to_owned()
            .into()
    }

    /// Keeps so many more published events of a user, and as many that were received.
    async fn keep_events(&self, user: UserId, count: usize) {
        let now = kernel::Clock::now(&self.clock);
        let told = self.published().await;
        let mut told = told
            .into_iter()
            .filter(|event| event.subject == user.to_string());
        let mut event = told.next().expect("an event of the user");
        for _ in 0..count.div_ceil(100) {
            let (mut sent, mut received) = (Vec::new(), Vec::new());
            for _ in 0..100 {
                event.id = kernel::Env::system().id();
                let envelope = serde_json::to_string(&event).expect("JSON");
                let stream = format!("user/{user}");
                sent.push(outbox::ActiveModel {
                    position: NotSet,
                    event_id: Set(event.id.uuid()),
                    stream: Set(stream.clone()),
                    envelope: Set(envelope.clone()),
                    state: Set(outbox::PUBLISHED),
                    error: Set(None),
                    created_at: Set(now),
                });
                received.push(inbox::ActiveModel {
                    position: NotSet,
                    event_id: Set(event.id.uuid()),
                    stream: Set(stream),
                    kind: Set(event.kind.clone()),
                    envelope: Set(envelope),
                    state: Set(inbox::DONE),
                    attempts: Set(0),
                    available_at: Set(now),
                    error: Set(None),
                    received_at: Set(now),
                });
            }
            let db = self.database.for_migrations();
            let sent = outbox::Entity::insert_many(sent).exec_without_returning(db);
            sent.await.expect("kept");
            let received = inbox::Entity::insert_many(received).exec_without_returning(db);
            received.await.expect("kept");
        }
    }

    async fn count_events(&self) -> u64 {
        let db = self.database.read();
        let sent = outbox::Entity::find().count(db).await.expect("counted");
        sent + inbox::Entity::find().count(db).await.expect("counted")
    }

    async fn start_erasure(&self, username: &str) -> (SagaId, UserId) {
        let caller = self.caller_named(username).await;
        let user = caller.user_id;
        let erasing = self.user.privacy.erase(&operation(), &caller, user).await;
        (erasing.expect("erasing").id, user)
    }
}

#[tokio::test]
async fn an_erasure_goes_step_by_step_whatever_is_repeated_or_comes_in_another_order() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("an account");
    let (id, user) = test.start_erasure("ada").await;
    test.run_due_after(Span::hours(71)).await;
    assert_eq!(test.state(id).await.0, SagaState::Waiting);
    test.run_due_after(Span::hours(1)).await;
    assert_eq!(
        test.state(id).await,
        (SagaState::Running, "course".to_owned())
    );
    // An answer before its turn does nothing.
    test.deliver_erased("notification", id, user, 9).await;
    test.deliver_erased("course", id, room_stranger(), 9).await;
    assert_eq!(test.state(id).await.1, "course");
    test.deliver_erased("course", id, user, 3).await;
    test.deliver_erased("course", id, user, 0).await;
    assert_eq!(test.state(id).await.1, "progress");
    test.deliver_erased("progress", id, user, 2).await;
    test.deliver_erased("course", id, user, 0).await;
    assert_eq!(test.state(id).await.1, "notification");
    test.deliver_erased("notification", id, user, 1).await;
    test.deliver_erased("notification", id, user, 0).await;
    assert_eq!(test.state(id).await.1, "sweep");
    assert_eq!(test.count_published("user.erasure_requested.v1").await, 3);
    assert_eq!(test.count_published("user.deleted.v1").await, 1);
    test.run_due_after(Span::minutes(1)).await;
    assert_eq!(
        test.state(id).await.1,
        "sweep",
        "an event is still to be sent"
    );
    // Only this module knows whether its last step is done.
    test.deliver_erased("sweep", id, user, 0).await;
    assert_eq!(test.state(id).await.0, SagaState::Running);
    test.publish().await;
    test.run_due_after(Span::minutes(1)).await;
    assert_eq!(test.state(id).await.0, SagaState::Done);

    let certificate = test
        .user
        .privacy
        .certificate(user)
        .await
        .expect("a certificate");
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
    let names: Vec<_> = test.published().await;
    assert!(
        names
            .iter()
            .all(|event| !event.data.to_string().contains("ada@example.org"))
    );
    assert!(
        test.user
            .api()
            .find_users(&[user])
            .await
            .expect("people")
            .is_empty()
    );
    assert_eq!(test.user.api().contact(user).await.expect("contact"), None);
    let refused = test.log_in("ada", PASSWORD).await.err().expect("nobody");
    assert_eq!(refused.code(), "auth.credentials_invalid");
    let nobody = format!("erased {user}");
    let refused = test.log_in(&nobody, PASSWORD).await.err().expect("nobody");
    assert_eq!(refused.code(), "auth.credentials_invalid");
    test.register("ada")
        .await
        .expect("the name and the address are free");
    let audit = test.user.verify_audit().await.expect("the log");
    assert!(matches!(audit, AuditVerification::Whole { .. }));
}

#[tokio::test]
async fn two_instances_that_sweep_one_erasure_at_once_count_each_trace_once() {
    let test = ModuleTest::new().await;
    let other = User::new(test.database.clone(), env(&test.clock), settings()).await;
    let other = other.expect("a second instance");
    for username in ["ada", "bea", "cleo"] {
        test.register(username).await.expect("an account");
        let (id, user) = test.start_erasure(username).await;
        test.run_due_after(Span::hours(72)).await;
        for module in ["course", "progress", "notification"] {
            test.deliver_erased(module, id, user, 1).await;
        }
        test.keep_events(user, 1200).await;
        test.publish().await;
        let before = test.count_events().await;
        test.clock.advance(Span::minutes(1));
        let (first, second) = tokio::join!(test.user.run_due_sagas(), other.run_due_sagas());
        let looked_after = first.expect("run") + second.expect("run");
        assert!(looked_after >= 1, "one of them at least");
        assert_eq!(test.state(id).await.0, SagaState::Done);
        let removed = before - test.count_events().await;
        assert!(removed >= 2400, "{removed} events are gone");
        let certificate = test.user.privacy.certificate(user).await;
        let steps = certificate.expect("a certificate").steps;
        let sweep = steps.last().expect("the last step");
        assert_eq!(sweep.removed["traces"], removed, "of {username}");
    }
}

fn room_stranger() -> UserId {
    kernel::Env::system().id()
}

#[tokio::test]
async fn an_erasure_is_taken_back_within_its_time_and_not_after() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("an account");
    let caller = test.caller_named("ada").await;
    let (id, user) = test.start_erasure("ada").await;
    let api = test.user.api();
    let open = api.session_open(user, caller.session_id, i64::MAX);
    assert_eq!(open.await.expect("an answer"), None);
    let frozen = test.log_in("ada", PASSWORD).await.err().expect("frozen");
    assert_eq!(frozen.code(), "auth.deletion_scheduled");
    test.user
        .credentials
        .request_reset(&operation(), "ada@example.org")
        .await
        .expect("answered as ever");
    let asked = test
        .count_published("user.password_reset_requested.v1")
        .await;
    assert_eq!(
        asked, 0,
        "a new password opens nothing that is being erased"
    );
    let reader = test.user.accounts.profile(&caller, user).await;
    assert_eq!(reader.expect_err("hidden").code(), "user.not_found");
    let token = test.keep_token().await;
    test.clock.advance(Span::hours(71));
    let kept = test.user.privacy.restore(&operation(), &token).await;
    kept.expect("kept");
    let again = test.user.privacy.restore(&operation(), &token).await;
    assert_eq!(again.expect_err("used").code(), "auth.link_invalid");
    assert_eq!(test.count_published("user.erasure_cancelled.v1").await, 1);
    assert_eq!(test.state(id).await.0, SagaState::Cancelled);
    test.run_due_after(Span::hours(5)).await;
    assert_eq!(test.state(id).await.0, SagaState::Cancelled);
    assert_eq!(test.count_published("user.erasure_requested.v1").await, 0);

    let (id, _) = test.start_erasure("ada").await;
    let token = test.keep_token().await;
    test.run_due_after(Span::hours(72)).await;
    let late = test.user.privacy.restore(&operation(), &token).await;
    assert_eq!(late.expect_err("too late").code(), "auth.link_invalid");
    assert_eq!(test.state(id).await.0, SagaState::Running);
}

#[tokio::test]
async fn a_step_without_an_answer_is_requested_again_fails_in_time_and_can_be_retried() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("an account");
    let (id, user) = test.start_erasure("ada").await;
    test.run_due_after(Span::hours(72)).await;
    test.run_due_after(Span::minutes(1)).await;
    assert_eq!(test.count_published("user.erasure_requested.v1").await, 1);
    test.run_due_after(Span::minutes(5)).await;
    assert_eq!(test.count_published("user.erasure_requested.v1").await, 2);
    test.run_due_after(Span::minutes(55)).await;
    assert_eq!(
        test.state(id).await,
        (SagaState::Failed, "course".to_owned())
    );
    let certificate = test
        .user
        .privacy
        .certificate(user)
        .await
        .expect("a certificate");
    assert!(
        certificate
            .error
            .expect("why")
            .contains("gopro sagas retry")
    );
    // What comes late is kept for the second try and moves nothing by itself.
    test.deliver_erased("course", id, user, 3).await;
    test.deliver_erased("course", id, user, 0).await;
    assert_eq!(
        test.state(id).await,
        (SagaState::Failed, "course".to_owned())
    );
    assert!(
        test.user
            .retry_saga(&operation(), id)
            .await
            .expect("a database")
    );
    assert_eq!(
        test.state(id).await,
        (SagaState::Running, "progress".to_owned())
    );
    assert!(
        !test
            .user
            .retry_saga(&operation(), id)
            .await
            .expect("a database")
    );
    let certificate = test
        .user
        .privacy
        .certificate(user)
        .await
        .expect("a certificate");
    assert_eq!(certificate.steps[0].removed["things"], 3);
}

#[tokio::test]
async fn the_last_administrator_and_oneself_by_the_wrong_door_are_refused() {
    let test = ModuleTest::new().await;
    let ada = test.register("ada").await.expect("an account");
    let bea = test.register("bea").await.expect("an account");
    for id in [ada, bea] {
        let change = crate::accounts::ChangeUser {
            roles: Some(vec![Role::Admin]),
            disabled: None,
        };
        let changed = test
            .user
            .accounts
            .change(&operation(), id, &kernel::Expected::Any, change)
            .await;
        changed.expect("an administrator");
        test.clock.advance(Span::seconds(2));
    }
    let admin = test.caller_named("bea").await;
    let service = &test.user;
    let own = service.privacy.erase_other(&operation(), &admin, bea).await;
    assert_eq!(
        own.expect_err("refused").code(),
        "user.self_deletion_forbidden"
    );
    let first = service
        .privacy
        .erase_other(&operation(), &admin, ada)
        .await
        .expect("erasing");
    let again = service
        .privacy
        .erase_other(&operation(), &admin, ada)
        .await
        .expect("erasing");
    assert_eq!(first.id, again.id);
    let last = service.privacy.erase(&operation(), &admin, bea).await;
    assert_eq!(last.expect_err("refused").code(), "user.last_admin");
    test.clock.advance(Span::minutes(11));
    let stale = service.privacy.erase_other(&operation(), &admin, ada).await;
    assert_eq!(stale.expect_err("refused").code(), "auth.step_up_required");
}

pub(crate) fn unpack(archive: Vec<u8>) -> BTreeMap<String, String> {
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
async fn a_user_has_ten_exports_at_a_time_and_can_fetch_them_all() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("an account");
    let caller = test.caller_named("ada").await;
    let user_id = caller.user_id;
    let mut asked = Vec::new();
    for _ in 0..10 {
        let export = test
            .user
            .privacy
            .request_export(&operation(), &caller)
            .await;
        let saga_id = export.expect("an export").value.id;
        for module in ["course", "progress", "notification"] {
            test.deliver_part(module, (saga_id, user_id), json!({}))
                .await;
        }
        asked.push(saga_id);
        test.clock.advance(Span::seconds(1));
    }
    let refused = test
        .user
        .privacy
        .request_export(&operation(), &caller)
        .await;
    let refused = refused.expect_err("the eleventh");
    assert_eq!(refused.code(), "user.export_limit_exceeded");
    let wait = Span::from_std(refused.retry_after().expect("a wait")).expect("a span");
    assert_eq!(wait, EXPORT_LIFETIME - Span::seconds(10));
    for id in asked {
        let archive = test.download(&caller, id).await;
        archive.expect("it can be fetched");
    }
    test.clock.advance(wait);
    let caller = test.caller_named("ada").await;
    let export = test
        .user
        .privacy
        .request_export(&operation(), &caller)
        .await;
    export.expect("the oldest is gone");
}

#[tokio::test]
async fn an_export_is_whole_when_every_module_has_answered_and_expires() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("an account");
    let caller = test.caller_named("ada").await;
    let user_id = caller.user_id;
    let service = &test.user;
    let wanted = crate::sessions::CreateApiToken {
        name: "dashboard".to_owned(),
        scopes: vec!["progress:read".to_owned()],
        expires_in_days: 90,
    };
    let token = service
        .sessions
        .create_api_token(&operation(), &caller, wanted)
        .await;
    let token = token.expect("a token").value.token.expect("a secret");
    let asked = service.privacy.request_export(&operation(), &caller).await;
    let id = asked.expect("an export").value.id;
    let again = service.privacy.request_export(&operation(), &caller).await;
    assert_eq!(again.expect("the same").value.id, id);
    assert_eq!(test.count_published("user.export_requested.v1").await, 1);
    let early = test.download(&caller, id).await;
    assert_eq!(early.expect_err("not yet").code(), "user.export_not_ready");
    let others = service.privacy.find_export(room_stranger(), id).await;
    assert_eq!(others.expect_err("hidden").code(), "user.export_not_found");
    let export = (id, user_id);
    test.deliver_part("course", export, json!({ "submissions": [1] }))
        .await;
    for points in [1, 2] {
        test.deliver_part("progress", export, json!({ "points": points }))
            .await;
    }
    // There is no such module, and nobody else has the part of this one.
    for module in ["users", "user"] {
        test.deliver_part(module, export, json!({ "account": {} }))
            .await;
    }
    test.run_due_after(Span::minutes(5)).await;
    assert_eq!(test.count_published("user.export_requested.v1").await, 2);
    test.deliver_part("notification", export, json!({ "inbox": [] }))
        .await;
    let files = unpack(test.download(&caller, id).await.expect("an archive"));
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
    assert_eq!(own["account"][0]["email"], "ada@example.org");
    assert_eq!(own["sessions"][0]["device"], "test");
    assert_eq!(own["api_tokens"][0]["name"], "dashboard");
    assert!(own["audit"].as_array().is_some_and(|rows| rows.len() >= 3));
    for secret in [token.as_str(), "hash", "argon2", "sealed", PASSWORD] {
        assert!(!files["user.json"].contains(secret), "{secret}");
    }
    test.clock.advance(Span::days(7));
    let gone = service.privacy.find_export(user_id, id).await;
    assert_eq!(gone.expect_err("over").code(), "user.export_not_found");
    test.clock.advance(Span::seconds(1));
    test.user.sweep().await.expect("swept");
    assert_eq!(test.user.saga(id).await.expect("a database"), None);
}

#[tokio::test]
async fn an_export_that_misses_an_answer_fails_and_goes_on_when_it_is_retried() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("an account");
    let caller = test.caller_named("ada").await;
    let asked = test
        .user
        .privacy
        .request_export(&operation(), &caller)
        .await;
    let id = asked.expect("an export").value.id;
    test.run_due_after(Span::hours(1)).await;
    assert_eq!(test.state(id).await.0, SagaState::Failed);
    assert!(
        test.user
            .retry_saga(&operation(), id)
            .await
            .expect("a database")
    );
    assert_eq!(test.state(id).await.0, SagaState::Running);
    assert_eq!(test.count_published("user.export_requested.v1").await, 2);
}

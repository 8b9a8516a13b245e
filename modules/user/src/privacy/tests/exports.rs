//! Exports whose parts come in pieces.

use std::time::Duration;

use chrono::Duration as Span;
use contracts::user::{UserExportRequested, UserExported, WantedPiece};
use database::saga::{self, SagaState};
use kernel::{Caller, Event, Fault, Operation, Place, SagaId, UserId};
use serde_json::{Value, json};

use super::sagas::unpack;
use crate::audit::AuditAction;
use crate::error::Error;
use crate::tests::{ModuleTest, operation};

fn after(key: u32) -> Place {
    Place {
        list: "submissions".to_owned(),
        after: Some(json!(key)),
    }
}

impl ModuleTest {
    /// The whole archive of an export.
    pub(crate) async fn download(&self, caller: &Caller, id: SagaId) -> Result<Vec<u8>, Error> {
        let mut download = self.user.privacy.download(caller, id).await?;
        let mut archive = Vec::new();
        while let Some(packed) = download.next().await? {
            archive.extend(packed);
        }
        Ok(archive)
    }

    async fn deliver_from_course(
        &self,
        (saga_id, user_id): (SagaId, UserId),
        piece: u32,
        next: Option<Place>,
    ) {
        let part = json!({ "submissions": [piece] });
        self.hear(UserExported {
            module: "course".to_owned(),
            saga_id,
            user_id,
            piece,
            next,
            part,
        })
        .await;
    }

    async fn deliver_from_others(&self, export: (SagaId, UserId)) {
        self.deliver_part("progress", export, json!({ "activity": [] }))
            .await;
        self.deliver_part("notification", export, json!({ "recipient": [] }))
            .await;
    }

    /// Which module got the last request, and for which piece.
    async fn last_requested(&self) -> Vec<(String, WantedPiece)> {
        let told = self.published().await;
        let asked = told
            .iter()
            .rev()
            .find(|event| event.kind == UserExportRequested::TYPE)
            .expect("an event");
        let asked: UserExportRequested = asked.decode().expect("the facts");
        asked.wanted.into_iter().collect()
    }
}

#[tokio::test]
async fn pieces_count_in_their_order_once_each_and_each_gives_the_export_time() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("an account");
    let caller = test.caller_named("ada").await;
    let service = &test.user;
    let asked = service.privacy.request_export(&operation(), &caller).await;
    let export = (asked.expect("an export").value.id, caller.user_id);
    let everybody = ["course", "notification", "progress"];
    let first = test.last_requested().await;
    assert!(
        first
            .iter()
            .all(|(_, wanted)| *wanted == WantedPiece::default())
    );
    let names: Vec<_> = first.into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, everybody);

    test.deliver_from_course(export, 1, Some(after(1))).await;
    test.run_due_after(Span::minutes(50)).await;
    test.deliver_from_course(export, 0, Some(after(0))).await;
    test.deliver_from_course(export, 0, Some(after(0))).await;
    let second = WantedPiece {
        piece: 1,
        from: Some(after(0)),
    };
    let only_course = vec![("course".to_owned(), second)];
    assert_eq!(test.last_requested().await, only_course);
    test.run_due_after(Span::minutes(50)).await;
    assert_eq!(test.state(export.0).await.0, SagaState::Running);
    let asked: Vec<_> = test.last_requested().await;
    assert_eq!(asked.len(), 3, "whoever has not answered is asked again");
    assert_eq!(asked[0], only_course[0]);
    test.deliver_from_others(export).await;
    test.deliver_from_course(export, 1, Some(after(1))).await;
    test.deliver_from_course(export, 0, None).await;
    assert_eq!(test.state(export.0).await.0, SagaState::Running);
    test.deliver_from_course(export, 2, None).await;
    test.deliver_from_course(export, 2, None).await;
    assert_eq!(test.state(export.0).await.0, SagaState::Done);

    let view = service
        .privacy
        .find_export(export.1, export.0)
        .await
        .expect("a view");
    assert_eq!(view.parts.len(), 4);
    let caller = test.caller_named("ada").await;
    let archive = test.download(&caller, export.0).await;
    let files = unpack(archive.expect("an archive"));
    let course: Value = serde_json::from_str(&files["course.json"]).expect("JSON");
    assert_eq!(course, json!({ "submissions": [0, 1, 2] }));
}

#[tokio::test]
async fn pieces_are_packed_in_turns_and_a_user_downloads_one_export_at_a_time() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("an account");
    let caller = test.caller_named("ada").await;
    let privacy = &test.user.privacy;
    let requested = privacy.request_export(&operation(), &caller).await;
    let export = (requested.expect("an export").value.id, caller.user_id);
    test.deliver_from_others(export).await;
    test.deliver_from_course(export, 0, None).await;
    let mut download = privacy.download(&caller, export.0).await.expect("begun");
    let begun = download.next().await.expect("packed").expect("bytes");
    assert!(begun.starts_with(b"PK"), "what needs no turn comes at once");
    let second = privacy.download(&caller, export.0).await.map(drop);
    let second = second.expect_err("the first one runs");
    assert_eq!(second.code(), "user.export_download_running");
    let other = privacy.packing.acquire().await.expect("the turn");
    let mut rest = Box::pin(async { while download.next().await.expect("packed").is_some() {} });
    let early = tokio::time::timeout(Duration::from_millis(200), &mut rest).await;
    assert!(early.is_err(), "a piece of another export is being packed");
    drop(other);
    rest.await;
    drop(download);
    test.download(&caller, export.0)
        .await
        .expect("the next one");
}

#[tokio::test]
async fn the_key_of_a_request_that_met_a_running_export_means_that_export() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("an account");
    let caller = test.caller_named("ada").await;
    let privacy = &test.user.privacy;
    let first = privacy.request_export(&operation(), &caller).await;
    let export = (first.expect("an export").value.id, caller.user_id);
    let keyed = crate::tests::keyed("again");
    let met = privacy.request_export(&keyed, &caller).await;
    assert_eq!(met.expect("the same").value.id, export.0);
    test.deliver_from_others(export).await;
    test.deliver_from_course(export, 0, None).await;
    let repeated = privacy.request_export(&keyed, &caller).await.expect("kept");
    assert!(repeated.replayed);
    assert_eq!(repeated.value.id, export.0);
}

#[tokio::test]
async fn an_export_that_is_too_large_fails_in_words_and_keeps_nothing_of_it() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("an account");
    let caller = test.caller_named("ada").await;
    let asked = test
        .user
        .privacy
        .request_export(&operation(), &caller)
        .await;
    let export = (asked.expect("an export").value.id, caller.user_id);
    test.deliver_from_others(export).await;
    test.deliver_from_course(export, 0, Some(after(0))).await;
    let found = test.user.saga(export.0).await.expect("a database");
    let (mut saga, _) = found.expect("a saga");
    let mut data: Value = serde_json::from_str(&saga.data).expect("JSON");
    data["bytes"] = json!((256 << 20) - 1);
    saga.data = data.to_string();
    let txn = test.database.begin().await.expect("a transaction");
    saga::update(&txn, &saga).await.expect("changed");
    txn.commit().await.expect("committed");

    test.deliver_from_course(export, 1, Some(after(1))).await;
    let found = test.user.saga(export.0).await.expect("a database");
    let (saga, steps) = found.expect("a saga");
    assert_eq!(saga.state, SagaState::Failed);
    let error = saga.error.expect("why");
    assert!(
        error.contains("256 MiB") && error.contains("personal-data.md"),
        "{error}"
    );
    assert!(steps.is_empty(), "{steps:?}");
}

/// How many events there are, each of some 2 kB, and a half of them by somebody else.
const EVENTS: usize = 1_200;

impl ModuleTest {
    async fn record_many(&self, user: UserId) {
        let txn = self.database.begin().await.expect("a transaction");
        for number in 0..EVENTS {
            let detail = json!({ "number": number, "text": "x".repeat(2_000) });
            let (subject, actor) = match number % 2 {
                0 => (Some(user), UserId::from(uuid::Uuid::from_u128(9))),
                _ => (None, user),
            };
            let entry = AuditAction::ApiTokenDeleted.about(subject, detail);
            let by = Operation::system("test").by(actor);
            let audit = &self.user.audit;
            audit.record(&txn, &by, entry).await.expect("recorded");
        }
        txn.commit().await.expect("committed");
    }

    async fn steps_of(&self, id: SagaId) -> Vec<String> {
        let found = self.user.saga(id).await.expect("a database");
        let (_, steps) = found.expect("a saga");
        steps.into_iter().map(|done| done.step).collect()
    }
}

#[tokio::test]
async fn the_events_of_an_account_are_gathered_in_bounded_pieces_after_the_request() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("an account");
    let caller = test.caller_named("ada").await;
    test.record_many(caller.user_id).await;
    let privacy = &test.user.privacy;
    let requested = privacy.request_export(&operation(), &caller).await;
    let export = (requested.expect("an export").value.id, caller.user_id);
    assert_eq!(test.steps_of(export.0).await, ["user/0"], "one piece");
    test.deliver_from_others(export).await;
    test.deliver_from_course(export, 0, Some(after(0))).await;
    test.deliver_from_course(export, 1, None).await;
    assert_eq!(test.state(export.0).await.0, SagaState::Running);
    test.run_due_after(Span::seconds(5)).await;
    assert_eq!(test.state(export.0).await.0, SagaState::Done);

    let mut steps = test.steps_of(export.0).await;
    steps.retain(|step| step.starts_with("user"));
    assert!(steps.len() >= 3, "{steps:?}");
    for step in &steps {
        let piece = saga::find_result(test.database.read(), export.0, step).await;
        let length = piece.expect("read").expect("a piece").len();
        assert!(length < (1 << 20) + 1000, "{step} has {length} bytes");
    }
    let archive = test.download(&caller, export.0).await.expect("an archive");
    let own: Value = serde_json::from_str(&unpack(archive)["user.json"]).expect("JSON");
    let events = own["audit"].as_array().expect("a list");
    let numbers = events
        .iter()
        .filter_map(|event| event["detail"]["number"].as_u64());
    let all: Vec<_> = (0..1_200).collect();
    assert_eq!(numbers.collect::<Vec<_>>(), all, "each once, in order");
    assert_eq!(own["account"][0]["username"], "ada");
    assert_eq!(own["sessions"][0]["device"], "test");
}

#[tokio::test]
async fn what_this_module_knows_counts_for_the_size_of_an_export() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("an account");
    let caller = test.caller_named("ada").await;
    test.record_many(caller.user_id).await;
    let privacy = &test.user.privacy;
    let requested = privacy.request_export(&operation(), &caller).await;
    let id = requested.expect("an export").value.id;
    let found = test.user.saga(id).await.expect("a database");
    let (mut saga, _) = found.expect("a saga");
    let mut data: Value = serde_json::from_str(&saga.data).expect("JSON");
    assert!(data["bytes"].as_u64().is_some_and(|bytes| bytes > 900_000));
    data["bytes"] = json!(256 << 20);
    saga.data = data.to_string();
    let txn = test.database.begin().await.expect("a transaction");
    saga::update(&txn, &saga).await.expect("changed");
    txn.commit().await.expect("committed");
    test.run_due_after(Span::seconds(5)).await;
    assert_eq!(test.state(id).await.0, SagaState::Failed);
    assert_eq!(test.steps_of(id).await, Vec::<String>::new());

    let retried = test.user.retry_saga(&operation(), id).await;
    assert!(retried.expect("a database"));
    assert_eq!(test.steps_of(id).await, ["user/0"], "from the beginning");
}

//! What is sent, tried again, given up and taken up.

mod emails;
mod lanes;

use chrono::Duration;
use kernel::{Fault, IdempotencyKey, Kind, Operation, PageRequest};
use sea_orm::DatabaseBackend;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::record::DeliveryRecord;
use super::request::DeliveryFilter;
use super::retry::LEASE;
use super::service::Service;
use super::store;
use crate::domain::{DeliveryState, Lane};
use crate::recipients;
use crate::tests::{ModuleTest, completed, contact, registered, user};

impl ModuleTest {
    fn delivery_service(&self) -> &Service {
        &self.module.deliveries
    }

    pub(crate) async fn deliveries(&self) -> Vec<DeliveryRecord> {
        let page_request = PageRequest::first(200);
        let page = store::list(self.database.read(), None, &page_request).await;
        page.unwrap().items
    }

    /// Sends all that is due now; returns how many deliveries were tried.
    pub(crate) async fn drain(&self) -> usize {
        let mut tried = 0;
        for sender in self.module.senders() {
            while sender.send_next().await.unwrap() {
                tried += 1;
            }
        }
        tried
    }

    /// The one delivery that there is.
    pub(crate) async fn delivery(&self) -> DeliveryRecord {
        let mut all = self.deliveries().await;
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0)
    }

    pub(crate) async fn assert_state(&self, state: DeliveryState, attempts: i32) {
        let delivery = self.delivery().await;
        assert_eq!((delivery.state, delivery.attempts), (state, attempts));
    }
}

/// Makes the folder unusable, so that every try fails for now.
fn block(test: &ModuleTest) {
    std::fs::remove_dir_all(&test.mails).unwrap();
    std::fs::write(&test.mails, "not a folder").unwrap();
}

fn unblock(test: &ModuleTest) {
    std::fs::remove_file(&test.mails).unwrap();
    std::fs::create_dir(&test.mails).unwrap();
}

#[tokio::test]
async fn an_email_is_sent_once_and_published_as_sent() {
    let test = ModuleTest::new().await;
    test.receive(&registered(1, "Ada", "en")).await;
    test.assert_state(DeliveryState::Queued, 0).await;
    assert_eq!(test.drain().await, 1);
    assert_eq!(test.drain().await, 0);
    test.assert_state(DeliveryState::Sent, 1).await;
    let delivery = test.delivery().await;
    assert_eq!(delivery.sent_at, Some(test.env.now()));
    let file = test.mails.join(format!("{}.eml", delivery.id));
    let mail = std::fs::read_to_string(file).unwrap();
    assert!(mail.contains(&format!("Message-ID: <{}@learn.example.org>", delivery.id)));
    let published = test.published().await;
    let kinds: Vec<_> = published.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(kinds, ["notification.created.v1", "notification.sent.v1"]);
    assert_eq!(published[1].data["channel"], "email");
    assert_eq!(published[1].correlationid, "request-1");
}

#[tokio::test]
async fn a_failing_transport_is_tried_for_three_days_and_then_given_up() {
    let test = ModuleTest::new().await;
    test.receive(&registered(1, "Ada", "en")).await;
    block(&test);
    for attempt in 1..=36 {
        assert_eq!(test.drain().await, 1);
        test.assert_state(DeliveryState::Queued, attempt).await;
        assert_eq!(test.drain().await, 0, "not before its time");
        test.later(Duration::hours(2)).await;
    }
    assert_eq!(test.drain().await, 1);
    test.assert_state(DeliveryState::Failed, 37).await;
    let error = test.delivery().await.error.unwrap();
    assert!(error.contains("cannot be written"), "{error}");
    test.later(Duration::days(2)).await;
    assert_eq!(test.drain().await, 0);
    let last = test.published().await.pop().unwrap();
    assert_eq!(last.kind, "notification.failed.v1");
}

#[tokio::test]
async fn a_transport_that_recovers_gets_the_email() {
    let test = ModuleTest::new().await;
    test.receive(&registered(1, "Ada", "en")).await;
    block(&test);
    test.drain().await;
    unblock(&test);
    test.later(Duration::minutes(1)).await;
    test.drain().await;
    test.assert_state(DeliveryState::Sent, 2).await;
    assert_eq!(test.delivery().await.error, None);
    assert_eq!(test.mailbox().len(), 1);
}

#[tokio::test]
async fn what_a_killed_process_had_in_hand_is_taken_up_after_its_lease() {
    let test = ModuleTest::new().await;
    test.receive(&registered(1, "Ada", "en")).await;
    let now = test.shared_now().await;
    let delivery = test.delivery().await;
    let writer = test.database.for_migrations();
    assert!(
        store::claim(writer, &delivery, now, now + LEASE)
            .await
            .unwrap()
    );
    assert!(
        !store::claim(writer, &delivery, now, now + LEASE)
            .await
            .unwrap()
    );
    assert_eq!(test.drain().await, 0, "another has it in hand");
    test.later(LEASE).await;
    assert_eq!(test.drain().await, 1);
    test.assert_state(DeliveryState::Sent, 2).await;
    let mut late = delivery.clone();
    late.attempts = 1;
    late.state = DeliveryState::Failed;
    assert!(
        !store::finish(writer, &late).await.unwrap(),
        "the first hand is too late"
    );
}

#[tokio::test]
async fn processes_whose_clocks_differ_agree_on_a_claim_where_the_server_has_one() {
    let test = ModuleTest::new().await;
    if test.database.backend() != DatabaseBackend::Postgres {
        testkit::left_out("SQLite has one process, whose clock counts");
        return;
    }
    test.receive(&registered(1, "Ada", "en")).await;
    let delivery = test.delivery().await;
    let behind = test.shared_now().await - test.env.now();
    assert!(behind > Duration::days(1), "the test's clock is far behind");
    let due = delivery.available_at.unwrap();
    assert!(due > delivery.created_at + behind - Duration::minutes(1));
    block(&test);
    assert_eq!(test.drain().await, 1, "due by the server's clock");
    let waits = test.delivery().await.available_at.unwrap() - test.shared_now().await;
    assert!(
        waits > Duration::zero() && waits < Duration::minutes(1),
        "{waits}"
    );
    // A process whose clock is ahead of it takes nothing early.
    test.clock.advance(behind + Duration::days(1));
    assert_eq!(test.drain().await, 0, "not due by the server's clock");
}

#[tokio::test]
async fn an_email_that_kills_its_process_each_time_is_given_up() {
    let test = ModuleTest::new().await;
    test.receive(&registered(1, "Ada", "en")).await;
    for _ in 0..5 {
        let now = test.shared_now().await;
        let due = store::find_due(test.database.read(), Lane::Notification, now)
            .await
            .unwrap()
            .unwrap();
        let writer = test.database.for_migrations();
        assert!(store::claim(writer, &due, now, now + LEASE).await.unwrap());
        test.later(LEASE).await;
    }
    test.drain().await;
    let delivery = test.delivery().await;
    assert_eq!(delivery.state, DeliveryState::Failed);
    assert!(test.mailbox().is_empty());
}

#[tokio::test]
async fn an_unknown_recipient_is_requested_at_sending_time() {
    let test = ModuleTest::new().await;
    test.receive(&completed(7, "Go")).await;
    *test.users.away.lock().unwrap() = true;
    test.drain().await;
    test.assert_state(DeliveryState::Queued, 1).await;
    assert_eq!(
        test.delivery().await.error.unwrap(),
        "the user module is away"
    );
    *test.users.away.lock().unwrap() = false;
    test.users.known.lock().unwrap().push(contact(7, "Grace"));
    test.later(Duration::minutes(1)).await;
    test.drain().await;
    test.assert_state(DeliveryState::Sent, 2).await;
    assert!(test.mailbox()[0].contains("To: Grace <user7@example.org>"));
    let kept = recipients::find(test.database.read(), user(7))
        .await
        .unwrap();
    assert_eq!(
        kept, None,
        "an answer must not undo what an event will tell"
    );
}

#[tokio::test]
async fn a_panic_while_sending_is_a_failed_try() {
    let test = ModuleTest::new().await;
    test.receive(&completed(7, "Go")).await;
    let users = std::sync::Arc::clone(&test.users);
    let broken = std::thread::spawn(move || {
        let _held = users.away.lock().unwrap();
        panic!("the user module breaks");
    });
    assert!(broken.join().is_err());
    assert_eq!(test.drain().await, 1);
    test.assert_state(DeliveryState::Queued, 1).await;
}

#[tokio::test]
async fn nobody_to_write_to_fails_at_once() {
    let test = ModuleTest::new().await;
    test.receive(&completed(7, "Go")).await;
    test.drain().await;
    test.assert_state(DeliveryState::Failed, 1).await;
}

#[tokio::test]
async fn an_address_that_is_none_fails_at_once() {
    let test = ModuleTest::new().await;
    let mut user = registered(1, "Ada", "en");
    user.email = "ada@example.org\r\nBcc: eve@example.org".to_owned();
    test.receive(&user).await;
    test.drain().await;
    test.assert_state(DeliveryState::Failed, 1).await;
    assert!(test.mailbox().is_empty());
}

#[tokio::test]
async fn two_senders_never_send_the_same_email() {
    let test = ModuleTest::new().await;
    for number in 1..=10 {
        test.receive(&registered(number, "Ada", "en")).await;
    }
    let (one, two) = tokio::join!(test.drain(), test.drain());
    assert!(one + two >= 10);
    let deliveries = test.deliveries().await;
    assert_eq!(deliveries.len(), 10);
    for delivery in deliveries {
        assert_eq!(
            (delivery.state, delivery.attempts),
            (DeliveryState::Sent, 1)
        );
    }
    let sent = test.published().await;
    let sent = sent
        .iter()
        .filter(|event| event.kind == "notification.sent.v1");
    assert_eq!(sent.count(), 10);
}

#[tokio::test]
async fn the_worker_sends_what_arrives_and_ends_when_it_is_stopped() {
    let test = ModuleTest::new().await;
    let stop = CancellationToken::new();
    let mut commits = test.database.commits(database::Change::Outbox);
    let senders = test.module.senders();
    let workers = senders
        .into_iter()
        .map(|sender| tokio::spawn(sender.run(stop.clone())));
    let workers: Vec<_> = workers.collect();
    test.receive(&registered(1, "Ada", "en")).await;
    while test.delivery().await.state != DeliveryState::Sent {
        commits.changed().await.unwrap();
    }
    stop.cancel();
    for worker in workers {
        worker.await.unwrap();
    }
    assert_eq!(test.mailbox().len(), 1);
}

#[tokio::test]
async fn an_administrator_retries_what_has_failed_and_nothing_else() {
    let test = ModuleTest::new().await;
    test.receive(&completed(7, "Go")).await;
    let id = test.delivery().await.id;
    let service = test.delivery_service();
    let plain = Operation::system("request-2");
    let early = service.retry(id, &plain).await.unwrap_err();
    assert_eq!(
        (early.kind(), early.code()),
        (Kind::Conflict, "notification.delivery_not_failed")
    );
    let unknown = service
        .retry(Uuid::from_u128(404).into(), &plain)
        .await
        .unwrap_err();
    assert_eq!(unknown.kind(), Kind::NotFound);
    test.drain().await;
    let operation = Operation {
        idempotency: Some(IdempotencyKey {
            scope: "admin POST /retry".to_owned(),
            key: "once".to_owned(),
            fingerprint: String::new(),
        }),
        ..plain
    };
    let queued = service.retry(id, &operation).await.unwrap();
    assert_eq!(
        (queued.value.state, queued.value.attempts),
        (DeliveryState::Queued, 0)
    );
    assert!(queued.value.error.is_none(), "it was not tried since");
    let again = service.retry(id, &operation).await.unwrap();
    assert!(again.replayed);
    assert_eq!(again.value, queued.value);
    test.users.known.lock().unwrap().push(contact(7, "Grace"));
    test.drain().await;
    test.assert_state(DeliveryState::Sent, 1).await;
}

#[tokio::test]
async fn deliveries_are_listed_by_state() {
    let test = ModuleTest::new().await;
    test.receive(&registered(1, "Ada", "en")).await;
    test.receive(&completed(7, "Go")).await;
    test.drain().await;
    let page_request = PageRequest {
        count: true,
        ..PageRequest::first(10)
    };
    let service = test.delivery_service();
    let failed_only = DeliveryFilter {
        state: Some(DeliveryState::Failed),
    };
    let failed = service.list(&failed_only, &page_request).await.unwrap();
    assert_eq!(
        (failed.items[0].user_id, failed.total),
        (Some(user(7)), Some(1))
    );
    let all = service
        .list(&DeliveryFilter { state: None }, &page_request)
        .await
        .unwrap();
    assert_eq!((all.items.len(), all.total), (2, Some(2)));
}

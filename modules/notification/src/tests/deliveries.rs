//! What is sent, tried again, given up and taken up.

use chrono::Duration;
use kernel::{Fault, IdempotencyKey, Kind, Operation, Slice};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::stage::{Stage, completed, contact, person, registered};
use crate::delivery::{DeliveryState, LEASE};
use crate::store;

/// Makes the folder unusable, so that every try fails for now.
fn block(stage: &Stage) {
    std::fs::remove_dir_all(&stage.mails).unwrap();
    std::fs::write(&stage.mails, "not a folder").unwrap();
}

fn unblock(stage: &Stage) {
    std::fs::remove_file(&stage.mails).unwrap();
    std::fs::create_dir(&stage.mails).unwrap();
}

#[tokio::test]
async fn a_mail_is_sent_once_and_told_of() {
    let stage = Stage::new().await;
    stage.hear(&registered(1, "Ada", "en")).await;
    stage.assert_state(DeliveryState::Queued, 0).await;
    let sender = stage.module.sender();
    assert_eq!(sender.drain().await.unwrap(), 1);
    assert_eq!(sender.drain().await.unwrap(), 0);
    stage.assert_state(DeliveryState::Sent, 1).await;
    let delivery = stage.delivery().await;
    assert_eq!(delivery.sent_at, Some(stage.ambient.now()));
    let file = stage.mails.join(format!("{}.eml", delivery.id));
    let mail = std::fs::read_to_string(file).unwrap();
    assert!(mail.contains(&format!("Message-ID: <{}@learn.example.org>", delivery.id)));
    let told = stage.told().await;
    let kinds: Vec<_> = told.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(kinds, ["notification.created.v1", "notification.sent.v1"]);
    assert_eq!(told[1].data["channel"], "email");
    assert_eq!(told[1].correlationid, "request-1");
}

#[tokio::test]
async fn a_failing_transport_is_tried_five_times_and_then_given_up() {
    let stage = Stage::new().await;
    stage.hear(&registered(1, "Ada", "en")).await;
    block(&stage);
    let sender = stage.module.sender();
    for attempt in 1..5 {
        assert_eq!(sender.drain().await.unwrap(), 1);
        stage.assert_state(DeliveryState::Queued, attempt).await;
        assert_eq!(sender.drain().await.unwrap(), 0, "not before its time");
        stage.later(Duration::hours(3));
    }
    assert_eq!(sender.drain().await.unwrap(), 1);
    stage.assert_state(DeliveryState::Failed, 5).await;
    let error = stage.delivery().await.error.unwrap();
    assert!(error.contains("cannot be written"), "{error}");
    stage.later(Duration::days(2));
    assert_eq!(sender.drain().await.unwrap(), 0);
    let last = stage.told().await.pop().unwrap();
    assert_eq!(last.kind, "notification.failed.v1");
}

#[tokio::test]
async fn a_transport_that_comes_back_gets_the_mail() {
    let stage = Stage::new().await;
    stage.hear(&registered(1, "Ada", "en")).await;
    block(&stage);
    stage.module.sender().drain().await.unwrap();
    unblock(&stage);
    stage.later(Duration::minutes(1));
    stage.module.sender().drain().await.unwrap();
    stage.assert_state(DeliveryState::Sent, 2).await;
    assert_eq!(stage.delivery().await.error, None);
    assert_eq!(stage.mailbox().len(), 1);
}

#[tokio::test]
async fn what_a_killed_process_had_in_hand_is_taken_up_after_its_lease() {
    let stage = Stage::new().await;
    stage.hear(&registered(1, "Ada", "en")).await;
    let now = stage.ambient.now();
    let delivery = stage.delivery().await;
    let writer = stage.database.writer();
    assert!(
        store::deliveries::claim(writer, &delivery, now, now + LEASE)
            .await
            .unwrap()
    );
    assert!(
        !store::deliveries::claim(writer, &delivery, now, now + LEASE)
            .await
            .unwrap()
    );
    let sender = stage.module.sender();
    assert_eq!(sender.drain().await.unwrap(), 0, "another has it in hand");
    stage.later(LEASE);
    assert_eq!(sender.drain().await.unwrap(), 1);
    stage.assert_state(DeliveryState::Sent, 2).await;
    let mut late = delivery.clone();
    late.attempts = 1;
    late.state = DeliveryState::Failed;
    assert!(
        !store::deliveries::finish(writer, &late).await.unwrap(),
        "the first hand is too late"
    );
}

#[tokio::test]
async fn a_mail_that_kills_its_process_each_time_is_given_up() {
    let stage = Stage::new().await;
    stage.hear(&registered(1, "Ada", "en")).await;
    for _ in 0..5 {
        let now = stage.ambient.now();
        let due = store::deliveries::find_due(stage.database.read(), now)
            .await
            .unwrap()
            .unwrap();
        let writer = stage.database.writer();
        assert!(
            store::deliveries::claim(writer, &due, now, now + LEASE)
                .await
                .unwrap()
        );
        stage.later(LEASE);
    }
    stage.module.sender().drain().await.unwrap();
    let delivery = stage.delivery().await;
    assert_eq!(delivery.state, DeliveryState::Failed);
    assert!(stage.mailbox().is_empty());
}

#[tokio::test]
async fn a_person_not_heard_of_is_asked_for_at_sending_time() {
    let stage = Stage::new().await;
    stage.hear(&completed(7, "Go")).await;
    *stage.users.away.lock().unwrap() = true;
    let sender = stage.module.sender();
    sender.drain().await.unwrap();
    stage.assert_state(DeliveryState::Queued, 1).await;
    assert_eq!(
        stage.delivery().await.error.unwrap(),
        "the user module is away"
    );
    *stage.users.away.lock().unwrap() = false;
    stage.users.known.lock().unwrap().push(contact(7, "Grace"));
    stage.later(Duration::minutes(1));
    sender.drain().await.unwrap();
    stage.assert_state(DeliveryState::Sent, 2).await;
    assert!(stage.mailbox()[0].contains("To: Grace <user7@example.org>"));
    let kept = store::recipients::find(stage.database.read(), person(7))
        .await
        .unwrap();
    assert_eq!(
        kept, None,
        "an answer must not undo what an event will tell"
    );
}

#[tokio::test]
async fn a_panic_while_sending_is_a_failed_try() {
    let stage = Stage::new().await;
    stage.hear(&completed(7, "Go")).await;
    let users = std::sync::Arc::clone(&stage.users);
    let broken = std::thread::spawn(move || {
        let _held = users.away.lock().unwrap();
        panic!("the user module breaks");
    });
    assert!(broken.join().is_err());
    assert_eq!(stage.module.sender().drain().await.unwrap(), 1);
    stage.assert_state(DeliveryState::Queued, 1).await;
}

#[tokio::test]
async fn nobody_to_write_to_fails_at_once() {
    let stage = Stage::new().await;
    stage.hear(&completed(7, "Go")).await;
    stage.module.sender().drain().await.unwrap();
    stage.assert_state(DeliveryState::Failed, 1).await;
}

#[tokio::test]
async fn an_address_that_is_none_fails_at_once() {
    let stage = Stage::new().await;
    let mut person = registered(1, "Ada", "en");
    person.email = "ada@example.org\r\nBcc: eve@example.org".to_owned();
    stage.hear(&person).await;
    stage.module.sender().drain().await.unwrap();
    stage.assert_state(DeliveryState::Failed, 1).await;
    assert!(stage.mailbox().is_empty());
}

#[tokio::test]
async fn two_senders_never_send_the_same_mail() {
    let stage = Stage::new().await;
    for number in 1..=10 {
        stage.hear(&registered(number, "Ada", "en")).await;
    }
    let (first, second) = (stage.module.sender(), stage.module.sender());
    let (one, two) = tokio::join!(first.drain(), second.drain());
    assert!(one.unwrap() + two.unwrap() >= 10);
    let deliveries = stage.deliveries().await;
    assert_eq!(deliveries.len(), 10);
    for delivery in deliveries {
        assert_eq!(
            (delivery.state, delivery.attempts),
            (DeliveryState::Sent, 1)
        );
    }
    let sent = stage.told().await;
    let sent = sent
        .iter()
        .filter(|event| event.kind == "notification.sent.v1");
    assert_eq!(sent.count(), 10);
}

#[tokio::test]
async fn the_worker_sends_what_arrives_and_ends_when_it_is_told_to() {
    let stage = Stage::new().await;
    let stop = CancellationToken::new();
    let mut commits = stage.database.commits();
    let worker = tokio::spawn(stage.module.sender().run(stop.clone()));
    stage.hear(&registered(1, "Ada", "en")).await;
    while stage.delivery().await.state != DeliveryState::Sent {
        commits.changed().await.unwrap();
    }
    stop.cancel();
    worker.await.unwrap();
    assert_eq!(stage.mailbox().len(), 1);
}

#[tokio::test]
async fn an_administrator_retries_what_has_failed_and_nothing_else() {
    let stage = Stage::new().await;
    stage.hear(&completed(7, "Go")).await;
    let id = stage.delivery().await.id;
    let service = stage.service();
    let plain = Operation::system("request-2");
    let early = service.retry(id, &plain).await.unwrap_err();
    assert_eq!(
        (early.kind(), early.code()),
        (Kind::Conflict, "notification.delivery_not_failed")
    );
    let unknown = service
        .retry(Uuid::from_u128(404), &plain)
        .await
        .unwrap_err();
    assert_eq!(unknown.kind(), Kind::NotFound);
    stage.module.sender().drain().await.unwrap();
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
    assert!(
        queued.value.error.is_some(),
        "why it failed stays to be read"
    );
    let again = service.retry(id, &operation).await.unwrap();
    assert!(again.replayed);
    assert_eq!(again.value, queued.value);
    stage.users.known.lock().unwrap().push(contact(7, "Grace"));
    stage.module.sender().drain().await.unwrap();
    stage.assert_state(DeliveryState::Sent, 1).await;
}

#[tokio::test]
async fn deliveries_are_listed_by_state() {
    let stage = Stage::new().await;
    stage.hear(&registered(1, "Ada", "en")).await;
    stage.hear(&completed(7, "Go")).await;
    stage.module.sender().drain().await.unwrap();
    let slice = Slice {
        count: true,
        ..Slice::first(10)
    };
    let service = stage.service();
    let failed = service
        .list_deliveries(Some(DeliveryState::Failed), &slice)
        .await
        .unwrap();
    assert_eq!(
        (failed.items[0].user_id, failed.total),
        (Some(person(7)), Some(1))
    );
    let all = service.list_deliveries(None, &slice).await.unwrap();
    assert_eq!((all.items.len(), all.total), (2, Some(2)));
}

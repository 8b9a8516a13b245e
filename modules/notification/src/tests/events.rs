//! Which events the module handles.

use contracts::user::UserUpdated;
use kernel::Event;

use super::{ModuleTest, enrolled};

#[tokio::test]
async fn an_event_without_its_facts_is_parked() {
    let test = ModuleTest::new().await;
    let mut envelope = test.envelope(&enrolled(1, "Go"));
    envelope.data = serde_json::json!({ "learner_id": "nobody" });
    let txn = test.database.begin().await.unwrap();
    let handler = test.module.subscription().handler;
    let verdict = handler.handle(&txn, &envelope).await.unwrap_err();
    assert!(matches!(verdict, bus::HandlerError::Park(_)), "{verdict:?}");
}

#[tokio::test]
async fn the_module_listens_to_what_it_reacts_to() {
    let test = ModuleTest::new().await;
    let subscription = test.module.subscription();
    assert_eq!(subscription.consumer, "notification");
    assert!(subscription.wants(UserUpdated::TYPE));
    assert!(!subscription.wants("progress.lesson_completed.v1"));
}

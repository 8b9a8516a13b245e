//! What is left of a user whose account is gone.

use contracts::user::UserDeleted;

use crate::recipients;
use crate::tests::{ModuleTest, caller, completed, registered, user};

#[tokio::test]
async fn a_deleted_user_is_forgotten_for_good() {
    let test = ModuleTest::new().await;
    test.receive(&registered(1, "Ada", "en")).await;
    test.receive(&registered(2, "Bob", "en")).await;
    test.receive(&UserDeleted { user_id: user(1) }).await;
    test.receive(&completed(1, "Go")).await;
    assert!(test.inbox(&caller(1)).await.is_empty());
    assert_eq!(test.inbox(&caller(2)).await.len(), 1);
    assert_eq!(test.deliveries().await.len(), 1);
    test.drain().await;
    assert_eq!(test.mailbox().len(), 1);
    let known = recipients::find(test.database.read(), user(1)).await;
    assert_eq!(known.unwrap(), None);
}

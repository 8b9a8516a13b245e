//! The names of learners.

use super::store;
use crate::tests::{ModuleTest, learner, renamed};

#[tokio::test]
async fn an_older_name_does_not_replace_a_newer_one() {
    let test = ModuleTest::new().await;
    let me = learner();
    test.deliver_as(&renamed(me, "Augusta"), 3).await;
    test.deliver_as(&renamed(me, "Ada"), 2).await;
    let known = store::find(test.database.read(), me).await;
    let known = known.unwrap().unwrap();
    assert_eq!(known.display_name.as_deref(), Some("Augusta"));
}

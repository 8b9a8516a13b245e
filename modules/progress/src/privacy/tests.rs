//! Nothing is left of who was erased, and nothing brings them back.

use contracts::user::UserDeleted;
use kernel::{Fault, PageRequest};

use crate::domain::Scope;
use crate::enrollment::pending_grades;
use crate::leaderboards::BoardFilter;
use crate::learners;
use crate::tests::{ModuleTest, course, learner, renamed, user};

#[tokio::test]
async fn a_deleted_user_leaves_nothing_behind() {
    let test = ModuleTest::with_course().await;
    let (me, other) = (learner(), user(0xa09));
    for user in [me, other] {
        test.register(user, "Ada", "UTC").await;
        test.enroll(user).await;
        test.complete(user, 1).await.unwrap();
    }
    test.deliver(&UserDeleted { user_id: me }).await;
    let error = test
        .progress
        .learning
        .progress(me, &course().into(), None)
        .await;
    assert_eq!(error.unwrap_err().code(), "progress.enrollment_required");
    assert_eq!(test.points(me).await, 0);
    let earned = test
        .progress
        .achievements
        .list_earned(me, &PageRequest::first(5))
        .await
        .unwrap();
    assert!(earned.items.is_empty());
    let filter = BoardFilter::default();
    let board = test
        .progress
        .leaderboards
        .list(other, Scope::Global, &filter, &PageRequest::first(5))
        .await
        .unwrap();
    assert_eq!(board.items.len(), 1);
    assert!(board.items[0].me);
    test.assert_verified().await;
}

#[tokio::test]
async fn the_certificate_of_a_deleted_user_is_unknown_and_nothing_brings_it_back() {
    let (test, certificate) = Box::pin(ModuleTest::certified("Ada")).await;
    let other = user(0xa09);
    test.graduate(other).await;
    test.deliver_as(&UserDeleted { user_id: learner() }, 3)
        .await;
    test.deliver_as(&renamed(learner(), "Augusta"), 2).await;
    let found = test.progress.certificates.find(&certificate.code).await;
    let unknown = "progress.certificate_not_found";
    assert_eq!(found.unwrap_err().code(), unknown);
    assert!(test.certificates(learner()).await.is_empty());
    assert_eq!(test.certificates(other).await.len(), 1);
}

#[tokio::test]
async fn what_comes_late_brings_nobody_back() {
    let test = ModuleTest::with_course().await;
    let me = learner();
    test.register(me, "Ada", "UTC").await;
    test.enroll(me).await;
    test.deliver_as(&UserDeleted { user_id: me }, 3).await;
    test.deliver_as(&renamed(me, "Augusta"), 2).await;
    test.grade(me, 1, 1, 10, true).await;
    test.deliver_as(&UserDeleted { user_id: me }, 3).await;
    let refused = test.try_enroll(me).await.unwrap_err();
    assert_eq!(refused.code(), "progress.user_erased");
    let db = test.database.read();
    assert_eq!(learners::list(db, &[me]).await.unwrap(), vec![]);
    let waiting = pending_grades::list(db, me, course(), 1).await;
    assert_eq!(waiting.unwrap(), vec![]);
}

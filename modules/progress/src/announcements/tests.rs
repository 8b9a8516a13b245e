//! When learners hear of a new version.

use chrono::Duration;
use kernel::Expected;

use crate::tests::{ModuleTest, by, learner, outline, user};

const EVENT: &str = "progress.version_available.v1";

#[tokio::test]
async fn learners_of_earlier_versions_are_told_once_and_together() {
    let test = ModuleTest::with_course().await;
    for number in 1..=3 {
        test.try_enroll(user(number)).await.unwrap();
    }
    let left = test.try_enroll(learner()).await.unwrap().enrollment;
    let (any, operation) = (Expected::Any, by(learner()));
    let left = test
        .progress
        .enrollment
        .leave(learner(), left.id, &any, &operation);
    left.await.unwrap();
    let announce = || test.progress.announcements.announce_due();
    assert_eq!(announce().await.unwrap(), 0);

    test.publish(outline(2)).await;
    assert_eq!(
        announce().await.unwrap(),
        0,
        "its authors may correct something yet"
    );
    test.clock.advance(Duration::minutes(5));
    test.publish(outline(3)).await;
    test.clock.advance(Duration::minutes(5));
    assert_eq!(announce().await.unwrap(), 0);
    test.clock.advance(Duration::minutes(5));
    let (one, another) = tokio::join!(announce(), announce());
    assert_eq!(
        one.unwrap() + another.unwrap(),
        3,
        "of those who are enrolled, each once"
    );
    assert_eq!(test.count_published(EVENT).await, 3);
    assert_eq!(announce().await.unwrap(), 0);

    // The same version again, as after an archiving, is none; another one waits for a day to pass.
    test.publish(outline(3)).await;
    test.clock.advance(Duration::hours(1));
    assert_eq!(announce().await.unwrap(), 0);
    test.publish(outline(4)).await;
    test.clock.advance(Duration::hours(22));
    assert_eq!(announce().await.unwrap(), 0);
    test.clock.advance(Duration::hours(1));
    assert_eq!(announce().await.unwrap(), 3);
}

#[tokio::test]
async fn many_learners_are_told_in_turns_and_new_ones_are_on_the_newest_version() {
    let test = ModuleTest::with_course().await;
    for number in 1..=450 {
        test.try_enroll(user(number)).await.unwrap();
    }
    test.publish(outline(2)).await;
    test.try_enroll(user(1000)).await.unwrap();
    test.clock.advance(Duration::minutes(10));
    assert_eq!(
        test.progress.announcements.announce_due().await.unwrap(),
        450
    );
    assert_eq!(test.count_published(EVENT).await, 450);
}

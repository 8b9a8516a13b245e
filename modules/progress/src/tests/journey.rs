//! From enrolling to a completed course.

use kernel::{Fault, PageRequest};

use super::*;
use crate::domain::ProgressStatus;

#[tokio::test]
async fn a_learner_goes_the_whole_way() {
    let test = ModuleTest::with_course().await;
    let me = learner();
    let enrollment = test.enroll(me).await;
    assert_eq!((enrollment.done, enrollment.total), (0, 3));
    let progress = test.start(me, 1).await;
    assert_eq!(progress.enrollment.progress, ProgressStatus::InProgress);
    test.complete(me, 1).await.unwrap();
    let progress = test.complete(me, 2).await.unwrap();
    assert_eq!(
        (progress.enrollment.done, progress.enrollment.percent),
        (2, 66)
    );

    let error = test.complete(me, 3).await.unwrap_err();
    assert_eq!(error.code(), "progress.exercises_required");
    assert!(error.to_string().contains("Exercise 1, Exercise 2"));
    test.grade(me, 1, 1, 4, false).await;
    test.grade(me, 1, 2, 8, true).await;
    let error = test.complete(me, 3).await.unwrap_err();
    assert!(!error.to_string().contains("Exercise 1"), "{error}");
    test.grade(me, 2, 1, 10, true).await;

    let progress = test
        .progress
        .learning
        .progress(me, &course().into(), None)
        .await
        .unwrap();
    assert_eq!(progress.enrollment.progress, ProgressStatus::Completed);
    assert_eq!(progress.enrollment.points, 18 + 30 + 100);
    // And 10 for the first lesson and 50 for the first course.
    assert_eq!(test.points(me).await, 208);
    let earned = test
        .progress
        .achievements
        .list_earned(me, &PageRequest::first(50))
        .await
        .unwrap();
    let names: Vec<&str> = earned
        .items
        .iter()
        .map(|one| one.achievement.name.as_str())
        .collect();
    assert_eq!(names.len(), 2);
    assert!(names.contains(&"First step") && names.contains(&"Graduate"));
    let published = test.published().await;
    for (kind, count) in [
        ("progress.enrolled.v1", 1),
        ("progress.course_started.v1", 1),
        ("progress.lesson_started.v1", 3),
        ("progress.lesson_completed.v1", 3),
        ("progress.updated.v1", 3),
        ("progress.course_completed.v1", 1),
        ("progress.achievement_unlocked.v1", 2),
        ("progress.streak_extended.v1", 1),
    ] {
        let found = published.iter().filter(|one| *one == kind).count();
        assert_eq!(found, count, "{kind} in {published:?}");
    }
    test.assert_verified().await;
}

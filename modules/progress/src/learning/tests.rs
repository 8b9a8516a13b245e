//! Lessons and grades, and what is shown of them.

use chrono::Duration;
use kernel::{Fault, Kind};

use super::request::ReportProgress;
use crate::domain::ProgressStatus;
use crate::error::Error;
use crate::tests::{
    ModuleTest, by, course, graded, learner, lesson, outline, queued, user, wanted,
};

/// A grade may be on the way while its learner moves to another version. The exercise is the same one, so
/// passing it counts; its points are those of the version that the learner is on.
#[tokio::test]
async fn an_answer_to_another_version_counts_with_the_points_of_the_learners_own() {
    let test = ModuleTest::with_course().await;
    let me = learner();
    test.enroll(me).await;
    let mut next = outline(2);
    for exercise in &mut next.sections[0].lessons[2].exercises {
        exercise.points = 40;
    }
    test.publish(next).await;
    let answer = async |user, number, score, version| {
        let mut event = graded(user, number, 1, score, true, &test);
        event.max_score = if version == 2 { 40 } else { 10 };
        event.version = version;
        test.deliver(&event).await;
    };
    answer(me, 1, 30, 2).await;
    answer(me, 2, 40, 2).await;
    let explained = test
        .progress
        .learning
        .explain(me, &course().into())
        .await
        .unwrap();
    let third = &explained.lessons[2];
    let scores: Vec<_> = third
        .exercises
        .iter()
        .map(|exercise| (exercise.passed, exercise.best_score, exercise.max_score))
        .collect();
    assert_eq!(scores, [(true, 7, 10), (true, 10, 10)]);
    assert!(third.counts);
    let points = async |user| {
        let progress = test
            .progress
            .learning
            .progress(user, &course().into(), None)
            .await;
        progress.unwrap().enrollment.points
    };
    assert_eq!(points(me).await, 7 + 10 + 10);

    let other = user(0xa09);
    test.enroll(other).await;
    answer(other, 2, 10, 1).await;
    assert_eq!(points(other).await, 40);
    test.assert_verified().await;
}

#[tokio::test]
async fn completing_twice_changes_nothing() {
    let test = ModuleTest::with_course().await;
    let me = learner();
    test.enroll(me).await;
    let first = test.complete(me, 1).await.unwrap();
    test.wait(Duration::hours(2));
    let again = test.complete(me, 1).await.unwrap();
    assert_eq!(first, again);
    assert_eq!(
        test.count_published("progress.lesson_completed.v1").await,
        1
    );
}

#[tokio::test]
async fn a_grade_that_is_delivered_twice_counts_once_and_a_worse_one_takes_nothing() {
    let test = ModuleTest::with_course().await;
    let me = learner();
    test.enroll(me).await;
    test.grade(me, 1, 1, 9, true).await;
    let before = test
        .progress
        .learning
        .progress(me, &course().into(), None)
        .await
        .unwrap();
    test.grade(me, 1, 1, 9, true).await;
    let after = test
        .progress
        .learning
        .progress(me, &course().into(), None)
        .await
        .unwrap();
    assert_eq!(before, after);
    test.grade(me, 1, 2, 3, false).await;
    let after = test
        .progress
        .learning
        .progress(me, &course().into(), None)
        .await
        .unwrap();
    assert_eq!(after.enrollment.points, 9);
    assert_eq!(after.enrollment.revision, before.enrollment.revision + 1);
    test.assert_verified().await;
}

#[tokio::test]
async fn a_grade_of_an_exercise_that_the_version_lacks_changes_no_count() {
    let test = ModuleTest::with_course().await;
    let me = learner();
    test.enroll(me).await;
    test.grade(me, 77, 1, 10, true).await;
    let progress = test
        .progress
        .learning
        .progress(me, &course().into(), None)
        .await
        .unwrap();
    assert_eq!(progress.enrollment.points, 0);
    assert_eq!(progress.enrollment.revision, 2);
    test.assert_verified().await;
}

#[tokio::test]
async fn a_read_can_require_what_was_written() {
    let test = ModuleTest::with_course().await;
    let me = learner();
    let revision = test.enroll(me).await.revision;
    let read = async |at_least| {
        test.progress
            .learning
            .progress(me, &course().into(), Some(at_least))
            .await
    };
    assert!(read(revision).await.is_ok());
    let error = read(revision + 1).await.unwrap_err();
    assert_eq!(error.code(), "progress.version_not_reached");
    // Whoever asks for what is written a moment later gets it.
    let (shown, _) = tokio::join!(read(revision + 1), async {
        tokio::time::sleep(std::time::Duration::from_millis(60)).await;
        test.start(me, 1).await
    });
    assert_eq!(shown.unwrap().enrollment.revision, revision + 1);
    let pending = Error::VersionPending;
    assert_eq!(pending.kind(), Kind::Unavailable);
    assert!(pending.retry_after().is_some());
}

#[tokio::test]
async fn the_next_lesson_and_the_explanation_show_what_is_missing() {
    let test = ModuleTest::with_course().await;
    let me = learner();
    test.enroll(me).await;
    test.complete(me, 1).await.unwrap();
    let next = test.progress.learning.list_next(me).await.unwrap();
    assert_eq!(next.items.len(), 1);
    assert_eq!(next.items[0].lesson_id, lesson(2));
    let explained = test
        .progress
        .learning
        .explain(me, &course().into())
        .await
        .unwrap();
    let counts: Vec<bool> = explained.lessons.iter().map(|one| one.counts).collect();
    assert_eq!(counts, [true, false, false]);
    assert_eq!(explained.points_from_lessons, 10);
    assert!(explained.lessons[2].reason.contains("0 of 2"));
}

#[tokio::test]
async fn a_grade_from_a_clock_that_is_ahead_is_dated_by_ones_own() {
    let test = ModuleTest::with_course().await;
    let me = learner();
    test.enroll(me).await;
    let ahead = test.env.now() + Duration::seconds(30);
    let mut grade = graded(me, 1, 1, 10, true, &test);
    grade.graded_at = ahead;
    test.deliver_at(&grade, 1, ahead).await;
    let enrollment = test.enroll(me).await;
    assert_eq!(enrollment.last_activity_at, test.env.now());
    test.assert_verified().await;
}

#[tokio::test]
async fn reading_counts_time_and_never_falls() {
    let test = ModuleTest::with_course().await;
    let me = learner();
    test.enroll(me).await;
    test.start(me, 1).await;
    test.wait(Duration::minutes(5));
    let report = async |percent, seconds| {
        let operation = by(me);
        let report = ReportProgress { percent, seconds };
        let learning = &test.progress.learning;
        let reported = learning.report(me, lesson(1), &report, &operation);
        reported.await.unwrap()
    };
    let first = report(50, 240).await;
    assert_eq!(
        (first.lessons[0].percent, first.lessons[0].seconds),
        (50, 240)
    );
    let again = report(50, 240).await;
    assert_eq!(first, again);
    let less = report(20, 10).await;
    assert_eq!(first, less);
    assert_eq!(test.progress.overview.stats(me).await.unwrap().seconds, 240);
    test.assert_verified().await;
}

/// What a request costs is bounded by what it does: a loop of statements would show here.
#[tokio::test]
async fn a_completion_and_a_grade_take_few_statements_in_one_transaction_each() {
    let test = ModuleTest::with_course().await;
    let me = learner();
    test.enroll(me).await;
    test.complete(me, 1).await.unwrap();
    let before = test.database.work();
    test.complete(me, 2).await.unwrap();
    let completed = test.database.work();
    assert_eq!(completed.transactions - before.transactions, 1);
    let statements = completed.statements - before.statements;
    assert!(statements <= 16, "{statements} statements");
    test.deliver(&graded(me, 1, 1, 7, false, &test)).await;
    let heard = test.database.work();
    assert_eq!(heard.transactions - completed.transactions, 1);
    let statements = heard.statements - completed.statements;
    assert!(statements <= 14, "{statements} statements");
    test.assert_verified().await;
}

#[tokio::test]
async fn two_courses_at_once_count_their_time_once() {
    let test = ModuleTest::with_course().await;
    let me = learner();
    test.enroll(me).await;
    let mut other = outline(1);
    other.course_id = uuid::Uuid::from_u128(77).into();
    other.slug = "other".to_owned();
    other.sections[0].lessons[0].id = lesson(71);
    other.sections[0].lessons.truncate(1);
    let id = other.course_id;
    test.publish(other).await;
    let enrollment = &test.progress.enrollment;
    enrollment.enroll(me, &wanted(id), &by(me)).await.unwrap();
    test.start(me, 1).await;
    test.start(me, 71).await;
    test.wait(Duration::minutes(10));
    for number in [1, 71] {
        let report = ReportProgress {
            percent: 50,
            seconds: 600,
        };
        let (learning, operation) = (&test.progress.learning, by(me));
        let reported = learning.report(me, lesson(number), &report, &operation);
        reported.await.unwrap();
    }
    assert_eq!(test.progress.overview.stats(me).await.unwrap().seconds, 600);
    test.assert_verified().await;
}

#[tokio::test]
async fn an_answer_that_waits_for_the_staff_is_shown_until_its_grade_comes() {
    let test = ModuleTest::with_course().await;
    let me = learner();
    test.enroll(me).await;
    let shown = async || {
        let service = &test.progress.learning;
        let progress = service.progress(me, &course().into(), None).await;
        let progress = progress.unwrap();
        let third = &progress.lessons[2];
        (
            progress.enrollment.progress,
            third.status,
            third.exercises_awaiting_grade,
        )
    };
    let untouched = (ProgressStatus::NotStarted, ProgressStatus::NotStarted, 0);
    assert_eq!(shown().await, untouched);
    let first = queued(me, 1, 1, &test);
    test.deliver(&first).await;
    test.deliver(&first).await;
    let begun = |waiting| {
        (
            ProgressStatus::InProgress,
            ProgressStatus::InProgress,
            waiting,
        )
    };
    assert_eq!(shown().await, begun(1));
    let explained = test.progress.learning.explain(me, &course().into()).await;
    let third = &explained.unwrap().lessons[2];
    assert!(
        third
            .reason
            .ends_with("One answer waits for the staff to grade it.")
    );
    let exercise = &third.exercises[0];
    assert_eq!(
        (
            exercise.awaiting_grade,
            exercise.attempts,
            exercise.max_score
        ),
        (true, 0, 10)
    );
    test.assert_verified().await;

    test.grade(me, 1, 1, 2, false).await;
    assert_eq!(shown().await, begun(0));
    // A message that comes again, after its grade, or for who is in no course changes nothing.
    test.deliver(&first).await;
    test.grade(me, 2, 1, 10, true).await;
    test.deliver(&queued(me, 2, 1, &test)).await;
    assert_eq!(shown().await, begun(0));
    let other = user(0xa09);
    test.deliver(&queued(other, 1, 1, &test)).await;
    test.deliver(&queued(me, 1, 2, &test)).await;
    assert_eq!(shown().await, begun(1));
    test.grade(me, 1, 2, 10, true).await;
    let (_, status, waiting) = shown().await;
    assert_eq!((status, waiting), (ProgressStatus::Completed, 0));
    test.assert_verified().await;
}

//! What is recommended, in which order, and what it costs.

use chrono::Duration;
use contracts::course::OutlinePrerequisite;
use kernel::CourseId;
use uuid::Uuid;

use super::view::{Reason, Recommendation};
use crate::learning::ReportProgress;
use crate::tests::{ModuleTest, by, course, exercise, learner, lesson, outline};

impl ModuleTest {
    async fn recommended(&self) -> Vec<Recommendation> {
        let found = self.progress.recommendations.list(learner()).await;
        found.unwrap().items
    }

    async fn tagged(&self, number: u128, tags: &[&str], required: &[CourseId]) {
        let mut outline = outline(1);
        outline.course_id = Uuid::from_u128(number).into();
        outline.slug = format!("course-{number}");
        outline.title = format!("Course {number}");
        outline.tags = tags.iter().map(ToString::to_string).collect();
        let required = required.iter().map(|id| OutlinePrerequisite {
            course_id: *id,
            title: format!("Course {}", id.uuid().as_u128()),
        });
        outline.prerequisites = required.collect();
        self.publish(outline).await;
    }
}

#[tokio::test]
async fn what_was_begun_comes_first_and_a_streak_that_ends_says_so() {
    let test = ModuleTest::with_course().await;
    assert_eq!(test.recommended().await, []);
    test.enroll(learner()).await;
    let first = &test.recommended().await[0];
    assert_eq!((first.reason, first.percent), (Reason::NextLesson, Some(0)));
    test.start(learner(), 2).await;
    let report = ReportProgress {
        percent: 60,
        seconds: 0,
    };
    let (learning, operation) = (&test.progress.learning, by(learner()));
    let reported = learning.report(learner(), lesson(2), &report, &operation);
    reported.await.unwrap();
    test.grade(learner(), 1, 1, 2, false).await;
    let found = test.recommended().await;
    let codes: Vec<Reason> = found.iter().map(|one| one.reason).collect();
    assert_eq!(codes, [Reason::ContinueLesson, Reason::RetryExercise]);
    assert_eq!(found[1].exercise_id, Some(exercise(1)));
    test.wait(Duration::days(1));
    let found = &test.recommended().await[0];
    assert_ne!(found.reason, Reason::StreakEnds, "a day can be missed");
    test.wait(Duration::days(1));
    let found = &test.recommended().await[0];
    assert_eq!(found.reason, Reason::StreakEnds);
    assert!(found.text.contains("1 day ends today"), "{}", found.text);
}

#[tokio::test]
async fn courses_follow_on_completed_ones_by_their_tags_and_prerequisites() {
    let test = ModuleTest::new().await;
    for (number, tags, required) in [
        (2, &["go"][..], &[course()][..]),
        (3, &["go", "basics"], &[]),
        (4, &["cooking"], &[]),
        (5, &["go"], &[Uuid::from_u128(4).into()]),
        // The course module of these tests answers for the course that was published last.
        (1, &["go", "basics"], &[]),
    ] {
        test.tagged(number, tags, required).await;
    }
    test.enroll(learner()).await;
    test.complete(learner(), 1).await.unwrap();
    test.complete(learner(), 2).await.unwrap();
    for number in 1..=2 {
        test.grade(learner(), number, 1, 10, true).await;
    }
    let found = test.recommended().await;
    let titles: Vec<&str> = found.iter().map(|one| one.course_title.as_str()).collect();
    assert_eq!(titles, ["Course 3", "Course 2"]);
    assert!(found[1].text.contains("requires"), "{}", found[1].text);
    assert!(found.iter().all(|one| one.reason == Reason::FollowUpCourse));
}

#[tokio::test]
async fn courses_that_require_others_do_not_hide_one_that_does_not() {
    let test = ModuleTest::new().await;
    for number in 10..40 {
        let tags = &["go", "basics"][..];
        test.tagged(number, tags, &[Uuid::from_u128(4).into()])
            .await;
    }
    test.tagged(50, &["go"], &[]).await;
    test.tagged(1, &["go", "basics"], &[]).await;
    test.enroll(learner()).await;
    for number in 1..=2 {
        test.complete(learner(), number).await.unwrap();
        test.grade(learner(), number, 1, 10, true).await;
    }
    let found = test.recommended().await;
    let titles: Vec<&str> = found.iter().map(|one| one.course_title.as_str()).collect();
    assert_eq!(titles, ["Course 50"]);
}

/// What a request costs is bounded by what it does: a loop of statements would show here.
#[tokio::test]
async fn recommendations_and_next_lessons_take_few_statements() {
    let test = ModuleTest::with_course().await;
    test.enroll(learner()).await;
    test.recommended().await;
    let before = test.database.work().statements;
    test.recommended().await;
    let recommended = test.database.work().statements;
    assert!(recommended - before <= 4, "{}", recommended - before);
    let next = test.progress.learning.list_next(learner()).await.unwrap();
    assert_eq!((next.items.len(), next.items[0].percent), (1, 0));
    let listed = test.database.work().statements - recommended;
    assert!(listed <= 2, "{listed}");
}

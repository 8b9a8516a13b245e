//! Analytics of a small class, and that their counts are what the log says.

use chrono::Duration;
use contracts::course::Admission;
use contracts::user::UserDeleted;
use kernel::{Caller, Fault, Role, UserId};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::view::CourseAnalytics;
use crate::error::Error;
use crate::learning::ReportProgress;
use crate::tests::{ModuleTest, by, course, graded, lesson, outline, user};

fn caller(role: Role) -> Caller {
    Caller {
        user_id: user(0xa02),
        session_id: Uuid::from_u128(1).into(),
        roles: vec![role].into(),
        scope: String::new(),
    }
}

fn number(number: u128) -> UserId {
    user(0xc00 + number)
}

impl ModuleTest {
    async fn analyze_as(&self, role: Role, version: Option<i64>) -> Result<CourseAnalytics, Error> {
        let (caller, at) = (caller(role), course().into());
        self.progress.analytics.analyze(&caller, &at, version).await
    }

    async fn analyze(&self, version: i64) -> CourseAnalytics {
        self.analyze_as(Role::Admin, Some(version)).await.unwrap()
    }

    async fn read(&self, user: UserId, number: u128, seconds: i64) {
        self.start(user, number).await;
        self.wait(Duration::seconds(seconds));
        let report = ReportProgress {
            percent: 90,
            seconds,
        };
        let (lesson, by) = (lesson(number), by(user));
        let learning = &self.progress.learning;
        learning.report(user, lesson, &report, &by).await.unwrap();
        self.complete(user, number).await.unwrap();
    }
}

#[tokio::test]
async fn analytics_show_where_learners_stop_and_how_exercises_work() {
    let test = ModuleTest::with_course().await;
    for one in 1..=4 {
        test.enroll(number(one)).await;
    }
    // The first goes the whole way, the second stops in lesson 2, the third in lesson 1, and the fourth never begins.
    test.read(number(1), 1, 600).await;
    test.read(number(2), 1, 1200).await;
    test.read(number(1), 2, 60).await;
    test.start(number(2), 2).await;
    test.start(number(3), 1).await;
    test.grade(number(1), 1, 1, 10, true).await;
    test.wait(Duration::days(3));
    test.grade(number(1), 2, 1, 4, false).await;
    test.grade(number(1), 2, 2, 9, true).await;
    test.wait(Duration::days(28));
    let seen = test.analyze(1).await;
    let learners = &seen.learners;
    assert_eq!((learners.enrolled, learners.left), (4, 0));
    assert_eq!(
        (learners.active_in_7_days, learners.active_in_30_days),
        (0, 1)
    );
    assert_eq!((learners.completed, learners.completion_percent), (1, 25));
    assert_eq!(learners.median_days_to_completion, Some(3));
    let lessons: Vec<_> = seen
        .lessons
        .iter()
        .map(|one| (one.started, one.completed, one.stopped))
        .collect();
    assert_eq!(lessons, [(3, 2, 1), (2, 1, 1), (1, 1, 0)]);
    let near = |found: Option<i64>, right: i64| (found.unwrap() - right).abs() * 8 <= right;
    assert!(near(seen.lessons[0].median_seconds, 600), "{seen:?}");
    assert!(near(seen.lessons[1].median_seconds, 60), "{seen:?}");
    let second = &seen.exercises[1];
    assert_eq!(
        (second.learners, second.answers, second.mean_attempts),
        (1, 2, Some(2.0))
    );
    assert_eq!(
        (second.first_pass_percent, second.first_score_percent),
        (Some(0), Some(40))
    );
    assert_eq!(second.discrimination, None, "of one learner");
    // 19 of 20 points.
    let scores: Vec<_> = seen.scores.iter().map(|one| one.learners).collect();
    assert_eq!(scores, [0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    test.assert_verified().await;
}

#[tokio::test]
async fn an_exercise_that_good_learners_pass_discriminates() {
    let test = ModuleTest::with_course().await;
    for one in 1..=20 {
        test.enroll(number(one)).await;
        let good = one % 2 == 0;
        test.grade(number(one), 1, 1, if good { 10 } else { 2 }, good)
            .await;
        test.grade(
            number(one),
            2,
            1,
            if one % 4 < 2 { 9 } else { 1 },
            one % 4 < 2,
        )
        .await;
    }
    let seen = test.analyze(1).await;
    let found: Vec<_> = seen
        .exercises
        .iter()
        .map(|one| one.discrimination.unwrap())
        .collect();
    assert!(
        found.iter().all(|one| (0.5..=1.0).contains(one)),
        "{found:?}"
    );
    assert_eq!(seen.exercises[0].first_pass_percent, Some(50));
    test.assert_verified().await;
}

#[tokio::test]
async fn counts_follow_learners_to_their_version_and_leave_with_them() {
    let test = ModuleTest::with_course().await;
    let (one, other) = (number(1), number(2));
    for who in [one, other] {
        test.enroll(who).await;
        test.read(who, 1, 100).await;
        test.grade(who, 1, 1, 5, true).await;
    }
    let mut newer = outline(2);
    newer.sections[0].lessons[2].exercises.remove(0);
    test.publish(newer).await;
    let enrollment = test.enroll(one).await.id;
    let by_one = by(one);
    let moved = test
        .progress
        .enrollment
        .require_upgrade(one, enrollment, 2, &by_one);
    assert!(moved.await.unwrap());
    let (old, new) = (test.analyze(1).await, test.analyze(2).await);
    assert_eq!((old.learners.enrolled, new.learners.enrolled), (1, 1));
    assert_eq!((old.lessons[0].completed, new.lessons[0].completed), (1, 1));
    assert_eq!(
        (old.exercises[0].learners, new.exercises[0].learners),
        (1, 0)
    );
    assert_eq!((old.newest_version, new.exercises.len()), (2, 1));
    test.assert_verified().await;
    test.deliver(&UserDeleted { user_id: one }).await;
    let gone = test.analyze(2).await;
    assert_eq!((gone.learners.enrolled, gone.lessons[0].started), (0, 0));
    test.assert_verified().await;
}

#[tokio::test]
async fn a_repeated_grade_and_grades_in_another_order_count_the_same() {
    let test = ModuleTest::with_course().await;
    test.enroll(number(1)).await;
    test.enroll(number(2)).await;
    for attempt in [1, 2, 2, 3, 1] {
        test.grade(number(1), 1, attempt, attempt * 3, attempt > 2)
            .await;
    }
    for attempt in [3, 1, 2] {
        let mut event = graded(number(2), 1, attempt, attempt * 3, attempt > 2, &test);
        event.submission_id = Uuid::from_u128(0x7000 + u128::try_from(attempt).unwrap()).into();
        test.deliver(&event).await;
    }
    let seen = test.analyze(1).await;
    let exercise = &seen.exercises[0];
    assert_eq!((exercise.learners, exercise.answers), (2, 6));
    assert_eq!(exercise.first_score_percent, Some(30));
    assert_eq!(exercise.first_pass_percent, Some(0));
    test.assert_verified().await;
}

#[tokio::test]
async fn a_count_of_analytics_that_was_changed_by_hand_is_found() {
    let test = ModuleTest::with_course().await;
    test.enroll(number(1)).await;
    test.read(number(1), 1, 100).await;
    let db = test.database.for_migrations();
    let change = "UPDATE analytics_count SET count = count + 1 WHERE measure = 1";
    db.execute_unprepared(change).await.unwrap();
    let wrong = test.progress.verify().await.unwrap();
    assert_eq!(wrong.len(), 1, "{wrong:?}");
    assert_eq!(
        (wrong[0].expected.as_str(), wrong[0].found.as_str()),
        ("1", "2")
    );
}

#[tokio::test]
async fn grades_of_many_learners_at_once_are_all_counted() {
    let test = ModuleTest::with_course().await;
    for one in 1..=6 {
        test.enroll(number(one)).await;
    }
    let tasks = (1..=6).map(|one| {
        let learning = test.progress.learning.clone();
        tokio::spawn(async move {
            let who = number(one);
            learning.complete(who, lesson(1), &by(who)).await.unwrap();
            learning.complete(who, lesson(2), &by(who)).await.unwrap();
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    let seen = test.analyze(1).await;
    let completed: Vec<_> = seen.lessons.iter().map(|one| one.completed).collect();
    assert_eq!(completed, [6, 6, 0]);
    test.assert_verified().await;
}

#[tokio::test]
async fn analytics_are_for_those_who_may_change_the_course() {
    let test = ModuleTest::with_course().await;
    *test.courses.admission.lock().unwrap() = Admission {
        staff: true,
        ..Admission::default()
    };
    let refused = test.analyze_as(Role::Instructor, None).await;
    assert_eq!(refused.unwrap_err().code(), "progress.editor_required");
    let missing = test.analyze_as(Role::Admin, Some(2)).await;
    assert_eq!(missing.unwrap_err().code(), "progress.version_not_found");
    assert_eq!(test.analyze_as(Role::Admin, None).await.unwrap().version, 1);
}

//! Grades of a course, and what its staff sets.

use chrono::Duration;
use contracts::course::Admission;
use contracts::user::UserDeleted;
use kernel::{Caller, ExerciseId, Expected, Fault, PageRequest, Place, Role, UserId};
use serde_json::{Value, json};
use uuid::Uuid;

use super::request::{GradesFilter, OverrideGrade};
use super::store::overrides;
use super::view::{GradeChange, GradebookSettings, LearnerGrades};
use crate::error::Error;
use crate::tests::{ModuleTest, course, exercise, learner, outline, user};

fn caller(role: Role) -> Caller {
    Caller {
        user_id: user(0xa02),
        session_id: Uuid::from_u128(1).into(),
        roles: vec![role].into(),
        scope: String::new(),
    }
}

impl ModuleTest {
    async fn configure(
        &self,
        expected: Expected,
        settings: Value,
    ) -> Result<(i64, GradebookSettings), Error> {
        let settings = serde_json::from_value(settings).unwrap();
        let (caller, at) = (caller(Role::Admin), course().into());
        let gradebook = &self.progress.gradebook;
        gradebook
            .replace_settings(&caller, &at, &expected, settings)
            .await
    }

    async fn set(
        &self,
        who: UserId,
        exercise: ExerciseId,
        score: i32,
        reason: &str,
    ) -> Result<GradeChange, Error> {
        let (caller, at) = (caller(Role::Admin), course().into());
        self.wait(Duration::seconds(1));
        let request = OverrideGrade {
            score,
            reason: reason.to_owned(),
        };
        let gradebook = &self.progress.gradebook;
        gradebook
            .override_grade(&caller, &at, (who, exercise), &request)
            .await
    }

    async fn unset(&self, who: UserId, exercise: ExerciseId) -> Result<(), Error> {
        self.wait(Duration::seconds(1));
        let (caller, at) = (caller(Role::Admin), course().into());
        let gradebook = &self.progress.gradebook;
        gradebook
            .delete_override(&caller, &at, (who, exercise), "a mistake")
            .await
    }

    async fn grades(&self, who: UserId) -> LearnerGrades {
        let gradebook = &self.progress.gradebook;
        gradebook.mine(who, &course().into()).await.unwrap()
    }

    async fn total(&self, who: UserId) -> Option<f64> {
        self.grades(who).await.grades.total_percent
    }
}

fn categories(drop_lowest: i32, missing_as_zero: bool) -> Value {
    json!({
        "categories": [
            { "name": "First", "weight": 70, "exercises": [exercise(1)], "drop_lowest": drop_lowest },
            { "name": "Second", "weight": 30, "exercises": [exercise(2)] },
        ],
        "missing_as_zero": missing_as_zero,
    })
}

#[tokio::test]
async fn a_gradebook_weighs_what_was_answered_and_what_is_missing_if_it_is_told_to() {
    let test = ModuleTest::with_course().await;
    let me = learner();
    test.enroll(me).await;
    assert_eq!(test.total(me).await, None);
    test.grade(me, 1, 1, 8, true).await;
    // Without settings, all exercises are one category.
    assert_eq!(test.total(me).await, Some(80.0));
    test.configure(Expected::Any, categories(1, false))
        .await
        .unwrap();
    assert_eq!(
        test.total(me).await,
        Some(80.0),
        "the other category is left out"
    );
    test.configure(Expected::Any, categories(0, true))
        .await
        .unwrap();
    assert_eq!(test.total(me).await, Some(56.0));
    test.grade(me, 2, 1, 5, true).await;
    let grades = test.grades(me).await.grades;
    assert_eq!(grades.total_percent, Some(71.0));
    let shares: Vec<_> = grades.categories.iter().map(|one| one.percent).collect();
    assert_eq!(shares, [Some(80.0), Some(50.0)]);
    let both = json!({ "categories": [
        { "name": "All", "weight": 100, "exercises": [exercise(1), exercise(2)], "drop_lowest": 1 },
    ] });
    test.configure(Expected::Any, both).await.unwrap();
    let grades = test.grades(me).await.grades;
    assert_eq!(grades.total_percent, Some(80.0));
    let dropped: Vec<_> = grades.categories[0]
        .exercises
        .iter()
        .map(|one| one.dropped)
        .collect();
    assert_eq!(dropped, [false, true]);
}

#[tokio::test]
async fn settings_that_break_a_rule_name_each_field() {
    let test = ModuleTest::with_course().await;
    let wrong = json!({ "categories": [
        { "name": "One", "weight": 60, "exercises": [exercise(1), exercise(7)] },
        { "name": "one", "weight": 30, "exercises": [exercise(1)] },
    ] });
    let refused = test.configure(Expected::Any, wrong).await.unwrap_err();
    assert_eq!(refused.code(), "progress.gradebook_invalid");
    let pointers: Vec<_> = refused
        .fields()
        .into_iter()
        .map(|one| one.pointer)
        .collect();
    let expected = [
        "/categories",
        "/categories/0/exercises/1",
        "/categories/1/name",
        "/categories/1/exercises/0",
    ];
    assert_eq!(pointers, expected);
}

#[tokio::test]
async fn settings_that_another_has_changed_are_not_replaced() {
    let test = ModuleTest::with_course().await;
    // The clock stands still, so that all of them write at the same instant.
    let first = Expected::OneOf(vec![0]);
    let writers = (0..8).map(|_| test.configure(first.clone(), categories(0, true)));
    let refused = futures::future::join_all(writers).await;
    let codes: Vec<_> = refused
        .into_iter()
        .filter_map(Result::err)
        .map(|error| error.code().to_owned())
        .collect();
    assert_eq!(codes, ["request.version_conflict"; 7], "all but one");
    let (at, caller) = (course().into(), caller(Role::Admin));
    let (revision, settings) = test
        .progress
        .gradebook
        .settings(&caller, &at)
        .await
        .unwrap();
    assert_eq!((revision, settings.configured), (1, true));
    let next = test
        .configure(Expected::OneOf(vec![1]), categories(0, true))
        .await;
    assert_eq!(next.unwrap().0, 2);
    let any = (0..4).map(|_| test.configure(Expected::Any, categories(0, false)));
    let mut revisions: Vec<i64> = futures::future::join_all(any)
        .await
        .into_iter()
        .map(|done| done.unwrap().0)
        .collect();
    revisions.sort_unstable();
    assert_eq!(revisions, [3, 4, 5, 6], "whatever is there is replaced");
}

#[tokio::test]
async fn an_override_changes_the_gradebook_alone_and_its_history_stays() {
    let test = ModuleTest::with_course().await;
    let me = learner();
    test.enroll(me).await;
    test.grade(me, 1, 1, 4, false).await;
    let points = test.points(me).await;
    test.set(me, exercise(1), 9, "the key was wrong")
        .await
        .unwrap();
    test.set(me, exercise(1), 9, "the key was wrong")
        .await
        .unwrap();
    test.set(me, exercise(2), 10, "oral exam").await.unwrap();
    test.set(me, exercise(1), 7, "half of it").await.unwrap();
    assert_eq!(test.total(me).await, Some(85.0));
    test.unset(me, exercise(1)).await.unwrap();
    let seen = test.grades(me).await;
    assert_eq!(seen.grades.total_percent, Some(70.0));
    let changes = seen.changes.iter().map(|one| {
        let author = one.changed_by == Some(user(0xa02));
        (one.from_score, one.score, one.reason.as_str(), author)
    });
    let changes: Vec<_> = changes.collect();
    let expected = [
        (Some(7), None, "a mistake", true),
        (Some(9), Some(7), "half of it", true),
        (None, Some(10), "oral exam", true),
        (None, Some(9), "the key was wrong", true),
    ];
    assert_eq!(changes, expected);
    assert_eq!(test.points(me).await, points);
    let again = test.unset(me, exercise(1)).await.unwrap_err();
    assert_eq!(again.code(), "progress.override_not_found");
    let more = test.set(me, exercise(1), 11, "more").await.unwrap_err();
    assert_eq!(more.code(), "progress.score_too_high");
    let unknown = test.set(me, exercise(9), 1, "unknown").await.unwrap_err();
    assert_eq!(unknown.code(), "progress.exercise_not_found");
    let nobody = test
        .set(user(0xfff), exercise(1), 1, "nobody")
        .await
        .unwrap_err();
    assert_eq!(nobody.code(), "progress.learner_not_found");
    test.assert_verified().await;
}

#[tokio::test]
async fn a_grade_is_set_a_hundred_times_a_day_and_can_always_be_taken_away() {
    let test = ModuleTest::with_course().await;
    let me = learner();
    test.enroll(me).await;
    for number in 0..100 {
        let done = test.set(me, exercise(1), number % 2, "again").await;
        done.unwrap();
    }
    let refused = test.set(me, exercise(1), 5, "again").await.unwrap_err();
    assert_eq!(refused.code(), "progress.grade_change_limit_exceeded");
    assert!(refused.retry_after().is_some());
    test.unset(me, exercise(1)).await.unwrap();
    let refused = test.set(me, exercise(1), 5, "again").await.unwrap_err();
    assert_eq!(refused.code(), "progress.grade_change_limit_exceeded");
    test.clock.advance(chrono::TimeDelta::days(1));
    test.set(me, exercise(1), 5, "the next day").await.unwrap();
}

#[tokio::test]
async fn a_gradebook_is_paged_and_counts_the_exercises_of_each_learners_version() {
    let test = ModuleTest::with_course().await;
    for number in 1..=3 {
        test.register(user(number), "Ada", "UTC").await;
        test.enroll(user(number)).await;
        test.grade(user(number), 1, 1, 5, true).await;
    }
    let mut newer = outline(2);
    newer.sections[0].lessons[2].exercises.remove(0);
    test.publish(newer).await;
    test.wait(Duration::seconds(1));
    test.enroll(user(4)).await;
    let (at, caller) = (course().into(), caller(Role::Admin));
    let mut request = PageRequest::first(3);
    let first = test
        .progress
        .gradebook
        .list(&caller, &at, &GradesFilter::default(), &request)
        .await
        .unwrap();
    assert_eq!(first.items.len(), 3);
    request.from = first.next;
    let last = test
        .progress
        .gradebook
        .list(&caller, &at, &GradesFilter::default(), &request)
        .await
        .unwrap();
    assert_eq!(last.items.len(), 1);
    assert_eq!((last.items[0].course_version, last.next), (2, None));
    // The exercise that the newest version does not have is in no category any more.
    assert_eq!(first.items[0].total_percent, None);
    assert_eq!(first.items[0].display_name.as_deref(), Some("Ada"));
    assert_eq!(last.items[0].categories[0].exercises.len(), 1);
}

#[tokio::test]
async fn grades_are_for_those_who_may_change_the_course_and_for_their_learner() {
    let test = ModuleTest::with_course().await;
    test.enroll(learner()).await;
    *test.courses.admission.lock().unwrap() = Admission {
        staff: true,
        ..Admission::default()
    };
    let (at, caller) = (course().into(), caller(Role::Instructor));
    let gradebook = &test.progress.gradebook;
    let (filter, first) = (GradesFilter::default(), PageRequest::first(5));
    let refused = gradebook.list(&caller, &at, &filter, &first).await;
    assert_eq!(refused.unwrap_err().code(), "progress.editor_required");
    let refused = gradebook.find(&caller, &at, learner()).await;
    assert_eq!(refused.unwrap_err().code(), "progress.editor_required");
    let request = OverrideGrade {
        score: 1,
        reason: "mine".to_owned(),
    };
    let refused = gradebook.override_grade(&caller, &at, (learner(), exercise(1)), &request);
    assert_eq!(
        refused.await.unwrap_err().code(),
        "progress.editor_required"
    );
    let stranger = gradebook.mine(user(0xfff), &at).await;
    assert_eq!(stranger.unwrap_err().code(), "progress.enrollment_required");
}

#[tokio::test]
async fn overrides_are_exported_and_erased_with_their_learner_and_forget_who_set_them() {
    let test = ModuleTest::with_course().await;
    let (me, other) = (learner(), user(0xa09));
    for who in [me, other] {
        test.register(who, "Ada", "UTC").await;
        test.enroll(who).await;
        test.set(who, exercise(1), 3, "because").await.unwrap();
    }
    let db = test.database.read();
    let start = Place {
        list: "grade_overrides".to_owned(),
        after: None,
    };
    let exported = overrides::export(db, me, &start).await.unwrap();
    assert_eq!(exported.len(), 1);
    test.deliver(&UserDeleted { user_id: me }).await;
    let changes = overrides::list_changes(db, course(), me).await.unwrap();
    assert_eq!(changes, vec![]);
    test.deliver(&UserDeleted {
        user_id: user(0xa02),
    })
    .await;
    let changes = test.grades(other).await.changes;
    assert_eq!((changes.len(), changes[0].changed_by), (1, None));
    assert_eq!(test.total(other).await, Some(30.0));
}

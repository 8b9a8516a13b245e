//! Attempts that are begun, saved, and handed in when their time is over.

use chrono::Duration;
use contracts::course::ExerciseSubmissionGraded;
use database::outbox;
use kernel::{Event, ExerciseId, Expected, Fault, Role};
use sea_orm::EntityTrait;
use serde_json::{Value, json as value};

use super::truth;
use crate::assessment::request::{
    ListExerciseSubmissions, ReadAttempt, ReadSubmission, SaveAttempt, SubmitAnswer,
};
use crate::assessment::store::{OpenAttempt, open_attempts};
use crate::assessment::view::{AttemptView, SubmissionSummary};
use crate::authoring::ExerciseDetail;
use crate::domain::SubmissionState;
use crate::domain::bounds::MAX_OPEN_ATTEMPTS;
use crate::error::Error;
use crate::reading::{ExerciseForLearner, ExerciseView, ReadText};
use crate::tests::*;

async fn shown(test: &ModuleTest, exercise: ExerciseId) -> ExerciseForLearner {
    let (me, query) = (learner(), ReadText::default());
    let view = test.reading.exercise(&me, exercise, &query);
    match view.await.unwrap() {
        ExerciseView::Learner(view) => *view,
        ExerciseView::Staff(_) => panic!("a learner got the answer"),
    }
}

async fn start(test: &ModuleTest, exercise: ExerciseId) -> Result<(AttemptView, bool), Error> {
    test.assessment
        .start_attempt(&learner(), &op(), exercise, &ReadAttempt::default())
        .await
}

async fn save(
    test: &ModuleTest,
    exercise: ExerciseId,
    answer: Value,
) -> Result<AttemptView, Error> {
    let new: SaveAttempt = json(value!({ "answer": answer }));
    test.assessment
        .save_attempt(&learner(), &op(), exercise, new)
        .await
}

async fn answers(test: &ModuleTest, exercise: ExerciseId) -> Vec<SubmissionSummary> {
    let (query, page) = (ListExerciseSubmissions::default(), first());
    let me = learner();
    let theirs = test.assessment.list(&me, exercise, &query, &page);
    theirs.await.unwrap().items
}

async fn grades(test: &ModuleTest) -> usize {
    let rows = outbox::Entity::find().all(test.database.read()).await;
    let envelopes = rows.unwrap();
    let kinds = envelopes.iter().map(|row| {
        let envelope: kernel::Envelope = serde_json::from_str(&row.envelope).unwrap();
        envelope.kind
    });
    kinds
        .filter(|kind| kind == ExerciseSubmissionGraded::TYPE)
        .count()
}

#[tokio::test]
async fn what_is_timed_is_shown_and_answered_in_an_attempt_alone() {
    let test = &ModuleTest::new().await;
    let (_, _, exercise) = test.published(value!({ "time_limit_minutes": 10 })).await;
    let closed = shown(test, exercise.id).await;
    assert_eq!((closed.prompt, closed.task), (None, None));
    assert_eq!(closed.time_limit_minutes, Some(10));
    let hint = || async {
        test.reading
            .hint(&learner(), (exercise.id, 1), &Default::default())
            .await
    };
    assert_eq!(
        hint().await.unwrap_err().code(),
        "course.attempt_not_started"
    );
    assert_eq!(
        code(test.answer(exercise.id, true).await),
        "course.attempt_not_started"
    );
    assert_eq!(
        code(
            save(
                test,
                exercise.id,
                value!({ "kind": "true_false", "value": true })
            )
            .await
        ),
        "course.attempt_not_started"
    );

    let (begun, is_new) = start(test, exercise.id).await.unwrap();
    assert!(is_new);
    assert_eq!(
        begun.expires_at,
        Some(begun.started_at + Duration::minutes(10))
    );
    test.clock.advance(Duration::minutes(5));
    assert_eq!(
        start(test, exercise.id).await.unwrap(),
        (begun.clone(), false)
    );
    let open = shown(test, exercise.id).await;
    assert_eq!(open.prompt.as_deref(), Some("P"));
    assert!(open.task.is_some());
    assert_eq!(open.expires_at, begun.expires_at);
    assert!(hint().await.is_ok());
    let other_learner = test
        .assessment
        .find_attempt(&other(), exercise.id)
        .await
        .unwrap_err();
    assert_eq!(other_learner.code(), "course.attempt_not_started");

    let given = test.answer(exercise.id, false).await.unwrap().value;
    assert_eq!((given.attempt, given.passed), (1, Some(false)));
    assert_eq!(shown(test, exercise.id).await.task, None, "it is over");
    start(test, exercise.id).await.unwrap();
    assert!(test.answer(exercise.id, true).await.is_ok());
    assert!(shown(test, exercise.id).await.task.is_some(), "passed");
}

#[tokio::test]
async fn when_the_time_is_over_what_was_saved_is_handed_in_once() {
    let test = &ModuleTest::new().await;
    let (_, _, exercise) = test
        .published(value!({ "time_limit_minutes": 10, "attempts": 3 }))
        .await;
    start(test, exercise.id).await.unwrap();
    let right = value!({ "kind": "true_false", "value": true });
    save(
        test,
        exercise.id,
        value!({ "kind": "true_false", "value": false }),
    )
    .await
    .unwrap();
    let saved = save(test, exercise.id, right.clone()).await.unwrap();
    let read = test.assessment.find_attempt(&learner(), exercise.id).await;
    assert_eq!(read.unwrap(), saved);
    test.clock
        .advance(Duration::minutes(10) + Duration::seconds(4));
    assert_eq!(
        test.assessment.hand_in_over().await.unwrap(),
        0,
        "on its way"
    );
    test.clock.advance(Duration::seconds(1));
    assert_eq!(
        code(test.answer(exercise.id, true).await),
        "course.attempt_expired"
    );
    assert_eq!(
        code(save(test, exercise.id, right).await),
        "course.attempt_expired"
    );
    let (one, another) = tokio::join!(
        test.assessment.hand_in_over(),
        test.assessment.hand_in_over()
    );
    let handed_in = one.unwrap_or(0) + another.unwrap_or(0);
    assert_eq!(handed_in + test.assessment.hand_in_over().await.unwrap(), 1);
    let answered = answers(test, exercise.id).await;
    assert_eq!(answered.len(), 1);
    assert_eq!((answered[0].attempt, answered[0].passed), (1, Some(true)));
    assert!(answered[0].feedback.starts_with("The time was over"));
    assert_eq!(grades(test).await, 1);
}

#[tokio::test]
async fn an_attempt_in_which_nothing_was_saved_counts() {
    let test = &ModuleTest::new().await;
    let (_, _, exercise) = test
        .published(value!({ "time_limit_minutes": 10, "attempts": 1 }))
        .await;
    start(test, exercise.id).await.unwrap();
    test.clock.advance(Duration::minutes(11));
    // Whoever comes back has to wait until it is handed in: their clock, or this one, may have jumped.
    assert_eq!(
        code(start(test, exercise.id).await),
        "course.attempt_expired"
    );
    assert_eq!(answers(test, exercise.id).await.len(), 0);
    assert_eq!(test.assessment.hand_in_over().await.unwrap(), 1);
    assert_eq!(
        code(start(test, exercise.id).await),
        "course.attempt_limit_exceeded"
    );
    let answered = answers(test, exercise.id).await;
    assert_eq!((answered.len(), answered[0].score), (1, Some(0)));
    for reader in [learner(), author()] {
        let read = test
            .assessment
            .find(&reader, answered[0].id, &Default::default())
            .await
            .unwrap();
        assert_eq!((read.answer, read.answer_text), (None, None));
        assert_eq!(read.explanation.as_deref(), Some("because"));
    }
}

#[tokio::test]
async fn half_an_answer_is_worth_nothing_and_half_an_essay_is_read() {
    let test = &ModuleTest::new().await;
    let ordering = value!({ "time_limit_minutes": 1, "question": { "kind": "ordering", "items": ["a", "b"] } });
    let (_, lesson, exercise) = test.published(ordering).await;
    let essay = value!({ "kind": "essay", "min_words": 50, "max_words": 100 });
    let essay = test
        .exercise(
            &lesson,
            value!({ "time_limit_minutes": 1, "question": essay }),
        )
        .await;
    test.publish(&lesson.course_id.into()).await;
    for id in [exercise.id, essay.id] {
        start(test, id).await.unwrap();
    }
    let half = value!({ "kind": "ordering", "order": [] });
    save(test, exercise.id, half).await.unwrap();
    let half = value!({ "kind": "essay", "text": "To begin with" });
    save(test, essay.id, half).await.unwrap();
    test.clock.advance(Duration::minutes(2));
    assert_eq!(test.assessment.hand_in_over().await.unwrap(), 2);
    let answered = answers(test, exercise.id).await;
    assert_eq!(
        (answered[0].score, answered[0].state),
        (Some(0), SubmissionState::Graded)
    );
    let answered = answers(test, essay.id).await;
    assert_eq!(
        (answered[0].score, answered[0].state),
        (None, SubmissionState::Queued)
    );
}

#[tokio::test]
async fn learners_wait_between_attempts_where_the_author_wants_it() {
    let test = &ModuleTest::new().await;
    let (_, lesson, exercise) = test.published(value!({ "cooldown_minutes": 30 })).await;
    let timed = test
        .exercise(
            &lesson,
            value!({ "cooldown_minutes": 30, "time_limit_minutes": 5 }),
        )
        .await;
    test.publish(&lesson.course_id.into()).await;
    test.answer(exercise.id, false).await.unwrap();
    test.clock.advance(Duration::minutes(29));
    let waiting = test.answer(exercise.id, true).await.unwrap_err();
    assert_eq!(waiting.code(), "course.cooldown_active");
    assert_eq!(waiting.retry_after().unwrap().as_secs(), 60);
    let opens_at = shown(test, exercise.id).await.opens_at.unwrap();
    test.clock.advance(Duration::minutes(1));
    assert_eq!(test.env.now(), opens_at);
    assert_eq!(shown(test, exercise.id).await.opens_at, None);
    assert!(test.answer(exercise.id, true).await.is_ok());

    start(test, timed.id).await.unwrap();
    test.answer(timed.id, false).await.unwrap();
    assert_eq!(code(start(test, timed.id).await), "course.cooldown_active");
    test.clock.advance(Duration::minutes(30));
    assert!(start(test, timed.id).await.unwrap().1);
}

#[tokio::test]
async fn what_has_no_limit_can_be_saved_too_and_two_tabs_share_an_attempt() {
    let test = &ModuleTest::new().await;
    let (_, _, exercise) = test.published(value!({})).await;
    let (one, another) = tokio::join!(start(test, exercise.id), start(test, exercise.id));
    let (one, another) = (one.unwrap(), another.unwrap());
    assert_eq!(one.0, another.0);
    assert!(one.1 != another.1);
    assert_eq!(one.0.expires_at, None);
    save(
        test,
        exercise.id,
        value!({ "kind": "true_false", "value": true }),
    )
    .await
    .unwrap();
    test.clock.advance(Duration::days(300));
    assert_eq!(test.assessment.hand_in_over().await.unwrap(), 0);
    let new = truth(true);
    let given = test
        .assessment
        .submit(&learner(), &op(), exercise.id, new)
        .await;
    assert_eq!(given.unwrap().value.attempt, 1);
    let gone = test.assessment.find_attempt(&learner(), exercise.id).await;
    assert_eq!(code(gone), "course.attempt_not_started");
}

#[tokio::test]
async fn an_attempt_stays_with_its_version() {
    let test = &ModuleTest::new().await;
    let (course, lesson, exercise) = test.published(value!({ "time_limit_minutes": 10 })).await;
    start(test, exercise.id).await.unwrap();
    test.exercise(&lesson, value!({})).await;
    test.publish(&course.id.into()).await;
    assert_eq!(
        code(test.answer(exercise.id, true).await),
        "course.attempt_open"
    );
    assert_eq!(code(start(test, exercise.id).await), "course.attempt_open");
    let mut new = truth(true);
    new.version = Some(1);
    let given = test
        .assessment
        .submit(&learner(), &op(), exercise.id, new)
        .await;
    assert_eq!(given.unwrap().value.version, 1);
    assert!(start(test, exercise.id).await.unwrap().1);
}

#[tokio::test]
async fn hints_that_cost_points_are_taken_before_they_are_shown() {
    let test = &ModuleTest::new().await;
    let (_, _, exercise) = test.published(value!({ "hint_cost_percent": 30 })).await;
    let (me, query, operation) = (learner(), ReadText::default(), op());
    let read = |number| test.reading.hint(&me, (exercise.id, number), &query);
    let take = |number| {
        test.reading
            .take_hint(&me, &operation, (exercise.id, number), &query)
    };
    assert_eq!(code(read(1).await), "course.hint_not_taken");
    assert_eq!(code(read(3).await), "course.not_found");
    assert_eq!(code(take(3).await), "course.not_found");
    let before = shown(test, exercise.id).await;
    assert_eq!(
        (before.hint_cost_percent, before.taken_hints),
        (Some(30), vec![])
    );
    for _ in 0..2 {
        assert_eq!(take(2).await.unwrap().text, "strong");
    }
    assert_eq!(read(2).await.unwrap().text, "strong");
    assert_eq!(code(read(1).await), "course.hint_not_taken");
    assert_eq!(shown(test, exercise.id).await.taken_hints, [2]);

    let given = test.answer(exercise.id, true).await.unwrap().value;
    assert_eq!(
        (given.score, given.percent, given.passed),
        (Some(7), Some(100), Some(true))
    );
    assert!(given.feedback.contains("the hints that you took cost 30%"));
    // Whoever has passed reads them all, and pays for none.
    assert!(read(1).await.is_ok());
    assert_eq!(shown(test, exercise.id).await.taken_hints, [2]);
    let again = test.answer(exercise.id, true).await.unwrap().value;
    assert_eq!(
        again.score,
        Some(3),
        "half of the points for a later attempt"
    );
    assert!(again.feedback.contains("gives 50% of them, and the hints"));
}

#[tokio::test]
async fn free_hints_are_taken_for_nothing() {
    let test = &ModuleTest::new().await;
    let (_, _, exercise) = test.published(value!({})).await;
    let (me, query, operation) = (learner(), ReadText::default(), op());
    let taken = test
        .reading
        .take_hint(&me, &operation, (exercise.id, 1), &query);
    assert_eq!(taken.await.unwrap().text, "faint");
    assert!(
        test.reading
            .hint(&me, (exercise.id, 2), &query)
            .await
            .is_ok()
    );
    let given = test.answer(exercise.id, true).await.unwrap().value;
    assert_eq!(given.score, Some(10));
}

/// Adds to an exercise what its next version has, and publishes it.
async fn change(test: &ModuleTest, exercise: &ExerciseDetail, change: Value) {
    let (me, operation) = (author(), op());
    let changed =
        test.authoring
            .update_exercise(&me, &operation, exercise.id, &Expected::Any, json(change));
    changed.await.unwrap();
    test.publish(&exercise.course_id.into()).await;
}

#[tokio::test]
async fn what_was_started_without_a_limit_gives_way_to_one_and_keeps_what_was_saved() {
    let test = &ModuleTest::new().await;
    let (_, _, exercise) = test.published(value!({ "attempts": 1 })).await;
    start(test, exercise.id).await.unwrap();
    let right = value!({ "kind": "true_false", "value": true });
    let saved = save(test, exercise.id, right).await.unwrap();
    change(test, &exercise, value!({ "time_limit_minutes": 5 })).await;
    assert_eq!(
        code(test.answer(exercise.id, true).await),
        "course.attempt_not_started"
    );
    let (timed, is_new) = start(test, exercise.id).await.unwrap();
    assert!(is_new);
    assert_eq!((timed.version, timed.attempt), (2, 1));
    assert_eq!(timed.answer, saved.answer);
    assert!(timed.expires_at.is_some());
    let given = test.answer(exercise.id, true).await.unwrap().value;
    assert_eq!((given.version, given.passed), (2, Some(true)));
}

#[tokio::test]
async fn an_older_version_is_no_way_around_the_time_limit() {
    let test = &ModuleTest::new().await;
    let (_, _, exercise) = test.published(value!({})).await;
    change(test, &exercise, value!({ "time_limit_minutes": 5 })).await;
    let older = ReadText {
        version: Some(1),
        ..ReadText::default()
    };
    let me = learner();
    let ExerciseView::Learner(seen) = test
        .reading
        .exercise(&me, exercise.id, &older)
        .await
        .unwrap()
    else {
        panic!("a learner got the answer");
    };
    assert_eq!((seen.prompt, seen.task), (None, None));
    let hint = test.reading.hint(&me, (exercise.id, 1), &older).await;
    assert_eq!(code(hint), "course.attempt_not_started");
    let query = ReadAttempt { version: Some(1) };
    let started = test
        .assessment
        .start_attempt(&me, &op(), exercise.id, &query)
        .await;
    assert_eq!(code(started), "course.version_outdated");
    let mut new = truth(true);
    new.version = Some(1);
    let given = test.assessment.submit(&me, &op(), exercise.id, new).await;
    assert_eq!(code(given), "course.attempt_not_started");
}

#[tokio::test]
async fn what_waits_for_its_grade_is_not_started_again() {
    let test = &ModuleTest::new().await;
    let essay = value!({ "kind": "essay", "min_words": 1, "max_words": 100 });
    let (_, _, exercise) = test
        .published(value!({ "time_limit_minutes": 5, "question": essay }))
        .await;
    start(test, exercise.id).await.unwrap();
    let number = value!({ "kind": "numeric", "value": 1 });
    let other = save(test, exercise.id, number).await.unwrap_err();
    assert_eq!(other.fields()[0].pointer, "/answer/kind");
    let new: SubmitAnswer = json(value!({ "answer": { "kind": "essay", "text": "All." } }));
    let given = test
        .assessment
        .submit(&learner(), &op(), exercise.id, new)
        .await;
    assert_eq!(given.unwrap().value.state, SubmissionState::Queued);
    assert_eq!(
        code(start(test, exercise.id).await),
        "course.grading_pending"
    );
}

#[tokio::test]
async fn a_clock_that_jumps_hands_nothing_in_when_somebody_asks() {
    let test = &ModuleTest::new().await;
    let (_, _, exercise) = test
        .published(value!({ "time_limit_minutes": 5, "attempts": 1 }))
        .await;
    let (begun, _) = start(test, exercise.id).await.unwrap();
    test.clock.advance(Duration::minutes(8));
    assert_eq!(
        code(start(test, exercise.id).await),
        "course.attempt_expired"
    );
    test.clock.advance(Duration::minutes(-8));
    assert_eq!(start(test, exercise.id).await.unwrap(), (begun, false));
    assert!(test.answer(exercise.id, true).await.is_ok());
}

#[tokio::test]
async fn a_stricter_older_version_opens_nothing() {
    let test = &ModuleTest::new().await;
    let (_, _, exercise) = test.published(value!({ "attempts": 1 })).await;
    test.answer(exercise.id, false).await.unwrap();
    let stricter = value!({ "attempts": 3, "time_limit_minutes": 5, "hint_cost_percent": 50 });
    change(test, &exercise, stricter).await;
    let older = ReadText {
        version: Some(1),
        ..ReadText::default()
    };
    let me = learner();
    let seen = test.reading.exercise(&me, exercise.id, &older).await;
    let ExerciseView::Learner(seen) = seen.unwrap() else {
        panic!("a learner got the answer");
    };
    assert_eq!((seen.attempts_left, seen.task), (Some(0), None));
    let hint = test.reading.hint(&me, (exercise.id, 1), &older).await;
    assert_eq!(code(hint), "course.attempt_not_started");
}

#[tokio::test]
async fn an_older_version_gives_no_hint_for_less() {
    let test = &ModuleTest::new().await;
    let (_, _, exercise) = test.published(value!({})).await;
    change(test, &exercise, value!({ "hint_cost_percent": 50 })).await;
    let older = ReadText {
        version: Some(1),
        ..ReadText::default()
    };
    let (me, operation) = (learner(), op());
    let hint = test.reading.hint(&me, (exercise.id, 1), &older).await;
    assert_eq!(code(hint), "course.hint_not_taken");
    let taken = test
        .reading
        .take_hint(&me, &operation, (exercise.id, 1), &older);
    taken.await.unwrap();
    let given = test.answer(exercise.id, true).await.unwrap().value;
    assert_eq!((given.version, given.score), (2, Some(5)));
}

#[tokio::test]
async fn a_timed_attempt_counts_although_a_new_version_came_in_between() {
    let test = &ModuleTest::new().await;
    let (_, _, exercise) = test.published(value!({ "time_limit_minutes": 5 })).await;
    start(test, exercise.id).await.unwrap();
    save(
        test,
        exercise.id,
        value!({ "kind": "true_false", "value": true }),
    )
    .await
    .unwrap();
    change(test, &exercise, value!({ "points": 20 })).await;
    test.clock.advance(Duration::minutes(6));
    assert_eq!(test.assessment.hand_in_over().await.unwrap(), 1);
    let answered = answers(test, exercise.id).await;
    assert_eq!((answered[0].version, answered[0].passed), (1, Some(true)));
    assert!(!answered[0].feedback.contains("does not count"));
    assert_eq!(grades(test).await, 1);
}

#[tokio::test]
async fn a_wrong_answer_tells_nothing_of_a_task_that_is_not_shown() {
    let test = &ModuleTest::new().await;
    let (_, _, exercise) = test.published(value!({ "time_limit_minutes": 5 })).await;
    let new: SubmitAnswer = json(value!({ "answer": { "kind": "numeric", "value": 1 } }));
    let probe = test
        .assessment
        .submit(&learner(), &op(), exercise.id, new)
        .await;
    assert_eq!(code(probe), "course.attempt_not_started");
}

#[tokio::test]
async fn hints_cost_nothing_where_the_staff_grades() {
    let test = &ModuleTest::new().await;
    let essay = value!({ "kind": "essay", "min_words": 1, "max_words": 100 });
    let (_, _, exercise) = test
        .published(value!({ "hint_cost_percent": 50, "question": essay }))
        .await;
    assert_eq!(shown(test, exercise.id).await.hint_cost_percent, None);
    let (me, query) = (learner(), ReadText::default());
    assert!(
        test.reading
            .hint(&me, (exercise.id, 1), &query)
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn one_learner_has_so_many_open_attempts_and_no_more() {
    let test = &ModuleTest::new().await;
    let (course, _, exercise) = test.published(value!({})).await;
    let txn = test.database.begin().await.unwrap();
    for _ in 0..MAX_OPEN_ATTEMPTS {
        let open = OpenAttempt {
            learner_id: learner().user_id,
            exercise_id: test.env.id(),
            course_id: course.id,
            number: 1,
            attempt: 1,
            started_at: test.env.now(),
            expires_at: Some(test.env.now()),
            answer: None,
            saved_at: None,
        };
        open_attempts::insert(&txn, &open).await.unwrap();
    }
    txn.commit().await.unwrap();
    assert_eq!(
        code(start(test, exercise.id).await),
        "course.open_attempt_limit_exceeded"
    );
    // Those whose exercise is gone hold up nobody else.
    let other = user(44, &[Role::Student]);
    let (timed_course, _, timed) = test.published(value!({ "time_limit_minutes": 1 })).await;
    assert_ne!(timed_course.id, course.id);
    let query = ReadAttempt::default();
    let started = test
        .assessment
        .start_attempt(&other, &op(), timed.id, &query)
        .await;
    assert!(started.unwrap().1);
    test.clock.advance(Duration::minutes(2));
    assert_eq!(test.assessment.hand_in_over().await.unwrap(), 1);
}

#[tokio::test]
async fn the_staff_is_given_no_answer_to_another_kind_of_question() {
    let test = &ModuleTest::new().await;
    let (_, _, exercise) = test.published(value!({})).await;
    start(test, exercise.id).await.unwrap();
    let right = value!({ "kind": "true_false", "value": true });
    save(test, exercise.id, right).await.unwrap();
    let essay = value!({ "kind": "essay", "min_words": 1, "max_words": 100 });
    let timed = value!({ "time_limit_minutes": 5, "question": essay });
    change(test, &exercise, timed).await;
    start(test, exercise.id).await.unwrap();
    test.clock.advance(Duration::minutes(6));
    assert_eq!(test.assessment.hand_in_over().await.unwrap(), 1);
    let answered = answers(test, exercise.id).await;
    assert_eq!(
        (answered[0].score, answered[0].state),
        (Some(0), SubmissionState::Graded)
    );
}

#[tokio::test]
async fn what_was_started_is_handed_in_and_counts_although_a_stricter_version_binds_since() {
    for is_enrolled in [false, true] {
        let test = &ModuleTest::new().await;
        let (course, _, exercise) = test
            .published(value!({ "time_limit_minutes": 5, "attempts": 3, "explanation": "Why." }))
            .await;
        if is_enrolled {
            test.enroll(course.id, 1).await;
        }
        start(test, exercise.id).await.unwrap();
        let first = test.answer(exercise.id, false).await.unwrap().value;
        let (begun, _) = start(test, exercise.id).await.unwrap();
        assert_eq!(begun.attempt, 2);
        change(test, &exercise, value!({ "attempts": 1 })).await;
        if is_enrolled {
            test.enroll(course.id, 2).await;
        }

        let newer = shown(test, exercise.id).await;
        assert_eq!((newer.version, newer.attempts_left), (2, Some(1)));
        assert_eq!((newer.task, newer.expires_at), (None, None));
        let older = ReadText {
            version: Some(1),
            ..ReadText::default()
        };
        let me = learner();
        let seen = test.reading.exercise(&me, exercise.id, &older).await;
        let ExerciseView::Learner(seen) = seen.unwrap() else {
            panic!("a learner got the answer");
        };
        assert_eq!(
            (seen.attempts_left, seen.expires_at),
            (Some(1), begun.expires_at)
        );
        assert!(seen.task.is_some());
        let query = ReadSubmission::default();
        let reading = test.assessment.find(&me, first.id, &query);
        assert_eq!(reading.await.unwrap().explanation, None, "it runs");

        assert_eq!(
            code(test.answer(exercise.id, true).await),
            "course.attempt_open"
        );
        let mut new = truth(true);
        new.version = Some(1);
        let given = test.assessment.submit(&me, &op(), exercise.id, new).await;
        let given = given.unwrap().value;
        assert_eq!(
            (given.attempt, given.passed, given.practice),
            (2, Some(true), !is_enrolled)
        );
        assert!(!given.feedback.contains("does not count"));
        assert_eq!(grades(test).await, 2);
        assert_eq!(
            code(start(test, exercise.id).await),
            "course.attempt_limit_exceeded"
        );
    }
}

#[tokio::test]
async fn an_attempt_that_runs_is_not_discarded_by_an_answer_to_a_version_without_a_limit() {
    let test = &ModuleTest::new().await;
    let (_, _, exercise) = test.published(value!({ "time_limit_minutes": 5 })).await;
    start(test, exercise.id).await.unwrap();
    let right = value!({ "kind": "true_false", "value": true });
    save(test, exercise.id, right).await.unwrap();
    change(test, &exercise, value!({ "time_limit_minutes": null })).await;
    assert_eq!(
        code(test.answer(exercise.id, false).await),
        "course.attempt_open"
    );
    test.clock.advance(Duration::minutes(6));
    assert_eq!(
        code(test.answer(exercise.id, false).await),
        "course.attempt_expired"
    );
    assert_eq!(test.assessment.hand_in_over().await.unwrap(), 1);
    let answered = answers(test, exercise.id).await;
    assert_eq!((answered[0].version, answered[0].passed), (1, Some(true)));
    assert!(test.answer(exercise.id, false).await.is_ok());
}

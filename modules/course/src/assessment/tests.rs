//! What learners answer.

mod attempts;
mod draws;
mod grading;

use chrono::Duration;
use contracts::course::{CoursePublished, ExerciseSubmissionGraded};
use database::outbox;
use kernel::{Event, ExerciseId, Expected, Fault, Operation, Outcome, PageRequest, Role};
use sea_orm::{EntityTrait, QueryOrder};
use serde_json::json as value;

use super::request::{ListExerciseSubmissions, ReadMistakes, SubmitAnswer};
use super::store::{self, SubmissionRecord};
use super::view::SubmissionView;
use crate::domain::{Answer, SubmissionState, Task};
use crate::error::Error;
use crate::reading::ExerciseView;
use crate::tests::*;

fn truth(value: bool) -> SubmitAnswer {
    json(value!({ "answer": { "kind": "true_false", "value": value } }))
}

impl ModuleTest {
    async fn answer(
        &self,
        exercise: ExerciseId,
        right: bool,
    ) -> Result<Outcome<SubmissionView>, Error> {
        self.assessment
            .submit(&learner(), &op(), exercise, truth(right))
            .await
    }
}

async fn task(test: &ModuleTest, exercise: ExerciseId) -> Task {
    match test
        .reading
        .exercise(&learner(), exercise, &Default::default())
        .await
        .unwrap()
    {
        ExerciseView::Learner(view) => view.task.unwrap(),
        ExerciseView::Staff(_) => panic!("a learner got the answer"),
    }
}

#[tokio::test]
async fn attempts_run_out_and_then_the_explanation_comes() {
    let test = &ModuleTest::new().await;
    let (course, _, exercise) = test.published(value!({ "attempts": 2 })).await;
    let submit = |right| async move { test.answer(exercise.id, right).await };
    let one = submit(false).await.unwrap().value;
    assert_eq!(
        (one.score, one.passed, one.attempt, one.attempts_left),
        (Some(0), Some(false), 1, Some(1))
    );
    assert_eq!(one.explanation, None);
    let two = submit(false).await.unwrap().value;
    assert_eq!((two.attempt, two.attempts_left), (2, Some(0)));
    assert_eq!(two.explanation.as_deref(), Some("because"));
    assert_eq!(code(submit(true).await), "course.attempt_limit_exceeded");

    let list = test
        .assessment
        .list(
            &learner(),
            exercise.id,
            &ListExerciseSubmissions::default(),
            &first(),
        )
        .await
        .unwrap();
    assert_eq!(list.items.len(), 2);
    let theirs = test
        .assessment
        .list(
            &other(),
            exercise.id,
            &ListExerciseSubmissions::default(),
            &first(),
        )
        .await
        .unwrap();
    assert!(theirs.items.is_empty());
    let all = test
        .assessment
        .list(
            &author(),
            exercise.id,
            &ListExerciseSubmissions::default(),
            &first(),
        )
        .await
        .unwrap();
    assert_eq!(all.items.len(), 2);
    assert!(
        test.assessment
            .find(&author(), one.id, &Default::default())
            .await
            .is_ok()
    );
    assert_eq!(
        code(
            test.assessment
                .find(&other(), one.id, &Default::default())
                .await
        ),
        "course.not_found"
    );

    let rows = outbox::Entity::find()
        .order_by_asc(outbox::Column::Position)
        .all(test.database.read())
        .await
        .unwrap();
    let envelopes: Vec<kernel::Envelope> = rows
        .iter()
        .map(|row| serde_json::from_str(&row.envelope).unwrap())
        .collect();
    let graded: Vec<_> = envelopes
        .iter()
        .filter(|e| e.kind == ExerciseSubmissionGraded::TYPE)
        .collect();
    assert_eq!(graded.len(), 2);
    let fact: ExerciseSubmissionGraded = graded[1].decode().unwrap();
    assert_eq!(
        (fact.course_id, fact.version, fact.attempt),
        (course.id, 1, 2)
    );
    let published = envelopes
        .iter()
        .find(|e| e.kind == CoursePublished::TYPE)
        .unwrap();
    let published: CoursePublished = published.decode().unwrap();
    assert_eq!(
        published.outline.sections[0].lessons[0].exercises[0].id,
        exercise.id
    );
}

#[tokio::test]
async fn what_was_taken_once_is_replayed_whatever_was_published_since() {
    let test = &ModuleTest::new().await;
    let (course, lesson, exercise) = test.published(value!({})).await;
    test.exercise(&lesson, value!({})).await;
    let keyed = Operation {
        idempotency: Some(kernel::IdempotencyKey {
            scope: "scope".to_owned(),
            key: "lost".to_owned(),
            fingerprint: "f".to_owned(),
        }),
        ..op()
    };
    let (me, staff, operation, any) = (learner(), author(), op(), Expected::Any);
    let submit = || {
        test.assessment
            .submit(&me, &keyed, exercise.id, truth(true))
    };
    let first = submit().await.unwrap();
    let deleted = test
        .authoring
        .delete_exercise(&staff, &operation, exercise.id, &any);
    deleted.await.unwrap();
    test.publish(&course.id.into()).await;
    let again = submit().await.unwrap();
    assert!(again.replayed);
    assert_eq!(again.value, first.value);
    assert_eq!(
        code(test.answer(exercise.id, true).await),
        "course.not_found"
    );
}

#[tokio::test]
async fn without_a_limit_points_fall_and_the_explanation_waits_for_a_pass() {
    let test = &ModuleTest::new().await;
    let (_, _, exercise) = test.published(value!({})).await;
    let (me, edition) = (learner(), text_of(newest()));
    let shown = test.reading.exercise(&me, exercise.id, &edition);
    let ExerciseView::Learner(shown) = shown.await.unwrap() else {
        panic!("a learner got the answer");
    };
    assert_eq!((shown.attempts_left, shown.retry_percent), (None, Some(50)));
    let submit = |right| async move { test.answer(exercise.id, right).await.unwrap().value };
    let one = submit(false).await;
    assert_eq!(
        (one.score, one.percent, &one.explanation),
        (Some(0), Some(0), &None)
    );
    let two = submit(true).await;
    assert_eq!(
        (two.score, two.percent, two.passed),
        (Some(5), Some(100), Some(true))
    );
    assert!(two.feedback.contains("gives 50%"), "{}", two.feedback);
    assert_eq!(two.explanation.as_deref(), Some("because"));
    let read = test
        .assessment
        .find(&learner(), one.id, &Default::default())
        .await
        .unwrap();
    assert_eq!(read.explanation.as_deref(), Some("because"));
    let three = submit(false).await;
    assert_eq!((three.passed, three.score), (Some(false), Some(0)));
    assert_eq!(three.explanation.as_deref(), Some("because"));
}

#[tokio::test]
async fn a_stricter_version_takes_no_answer_and_opens_no_explanation_of_the_own_one() {
    let test = &ModuleTest::new().await;
    let (course, _, exercise) = test.published(value!({ "attempts": 1 })).await;
    for attempts in [value!(3), value!(null)] {
        let change = json(value!({ "attempts": attempts }));
        let (staff, operation, any) = (author(), op(), Expected::Any);
        let changed = test
            .authoring
            .update_exercise(&staff, &operation, exercise.id, &any, change);
        changed.await.unwrap();
        test.publish(&course.id.into()).await;
    }
    let (me, operation) = (learner(), op());
    for (own, other) in [(2, 1), (3, 1)] {
        test.enroll(course.id, own).await;
        let answer =
            value!({ "version": other, "answer": { "kind": "true_false", "value": false } });
        let given = test
            .assessment
            .submit(&me, &operation, exercise.id, json(answer))
            .await;
        assert_eq!(code(given), "course.version_outdated");
    }
    let wrong = test.answer(exercise.id, false).await.unwrap().value;
    assert_eq!((wrong.version, wrong.explanation), (3, None));
}

#[tokio::test]
async fn an_answer_is_dated_not_later_than_the_edge_says_the_request_came() {
    let test = &ModuleTest::new().await;
    let (_, _, exercise) = test.published(value!({})).await;
    let asked = test.env.now();
    // From now on the clock of this process is 30 seconds ahead of the edge's.
    test.clock.advance(Duration::seconds(30));
    let operation = Operation {
        received_at: Some(asked),
        ..op()
    };
    let submit = |operation| async move {
        let me = learner();
        let graded = test
            .assessment
            .submit(&me, &operation, exercise.id, truth(true));
        graded.await.unwrap().value
    };
    assert_eq!(submit(operation).await.created_at, asked);
    let told = outbox::Entity::find()
        .order_by_desc(outbox::Column::Position)
        .one(test.database.read())
        .await
        .unwrap()
        .unwrap();
    let envelope: kernel::Envelope = serde_json::from_str(&told.envelope).unwrap();
    let fact: ExerciseSubmissionGraded = envelope.decode().unwrap();
    assert_eq!((fact.graded_at, envelope.time), (asked, asked));
    assert_eq!(submit(op()).await.created_at, test.env.now());
}

#[tokio::test]
async fn an_older_version_is_no_way_around_the_limit_of_the_newest() {
    let test = &ModuleTest::new().await;
    let (course, _, exercise) = test.published(value!({})).await;
    let change = json(value!({ "attempts": 2 }));
    test.authoring
        .update_exercise(&author(), &op(), exercise.id, &Expected::Any, change)
        .await
        .unwrap();
    test.publish(&course.id.into()).await;
    let old = || json(value!({ "version": 1, "answer": { "kind": "true_false", "value": false } }));
    let (me, again) = (learner(), op());
    let submit = test.assessment.submit(&me, &again, exercise.id, old());
    let one = submit.await.unwrap().value;
    assert_eq!((one.version, one.attempts_left), (1, Some(1)));
    assert_eq!(one.explanation, None);
    let read = test
        .assessment
        .find(&learner(), one.id, &Default::default())
        .await
        .unwrap();
    assert_eq!(read, one);
    let two = test.answer(exercise.id, false).await.unwrap().value;
    assert_eq!(two.explanation.as_deref(), Some("because"));
    let third = test.assessment.submit(&me, &again, exercise.id, old());
    assert_eq!(code(third.await), "course.attempt_limit_exceeded");
    for id in [one.id, two.id] {
        let read = test
            .assessment
            .find(&learner(), id, &Default::default())
            .await
            .unwrap();
        assert_eq!(read.attempts_left, Some(0));
    }
}

#[tokio::test]
async fn an_answer_that_counts_for_nothing_uses_up_no_attempt_of_a_course() {
    let test = &ModuleTest::new().await;
    let (course, _, exercise) = test.published(value!({ "attempts": 1 })).await;
    test.enroll(course.id, 1).await;
    let change = json(value!({ "points": 7 }));
    test.authoring
        .update_exercise(&author(), &op(), exercise.id, &Expected::Any, change)
        .await
        .unwrap();
    test.publish(&course.id.into()).await;
    test.enroll(course.id, 2).await;
    let old = json(value!({ "version": 1, "answer": { "kind": "true_false", "value": true } }));
    let (me, first) = (learner(), op());
    let refused = test.assessment.submit(&me, &first, exercise.id, old).await;
    assert_eq!(code(refused), "course.version_outdated");
    let counted = test.answer(exercise.id, true).await.unwrap().value;
    assert_eq!((counted.version, counted.attempt), (2, 1));
    assert!(!counted.practice);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_beside_an_upgrade_is_never_spent_for_nothing() {
    let test = ModuleTest::new().await;
    for round in 0..8 {
        let new = value!({ "attempts": 1, "points": 5 });
        let (course, _, exercise) = test.published(new).await;
        test.enroll(course.id, 1).await;
        let change = json(value!({ "points": 7 }));
        test.authoring
            .update_exercise(&author(), &op(), exercise.id, &Expected::Any, change)
            .await
            .unwrap();
        test.publish(&course.id.into()).await;
        let assessment = test.assessment.clone();
        let answered = tokio::spawn(async move {
            let (me, once) = (learner(), op());
            let submit = assessment.submit(&me, &once, exercise.id, truth(true));
            submit.await
        });
        test.enroll(course.id, 2).await;
        let answered = answered.await.unwrap().unwrap().value;
        assert!(!answered.practice, "round {round}: {answered:?}");
        assert!(!answered.feedback.contains("not count"), "{answered:?}");
    }
}

#[tokio::test]
async fn submissions_at_the_same_time_each_count_once() {
    let test = ModuleTest::new().await;
    let (_, _, exercise) = test.published(value!({ "attempts": 3 })).await;
    let tries = (0..6).map(|_| {
        let assessment = test.assessment.clone();
        tokio::spawn(async move {
            assessment
                .submit(&learner(), &op(), exercise.id, truth(false))
                .await
        })
    });
    let mut attempts = Vec::new();
    let mut refused = 0;
    for one in tries.collect::<Vec<_>>() {
        match one.await.unwrap() {
            Ok(done) => attempts.push(done.value.attempt),
            Err(error) => {
                assert_eq!(error.code(), "course.attempt_limit_exceeded");
                refused += 1;
            }
        }
    }
    attempts.sort_unstable();
    assert_eq!((attempts, refused), (vec![1, 2, 3], 3));
}

#[tokio::test]
async fn a_learner_answers_with_the_ids_of_the_task_and_a_new_version_keeps_them() {
    let test = ModuleTest::new().await;
    let question = value!({ "kind": "ordering", "items": ["a", "b", "c"] });
    let (course, _, exercise) = test.published(value!({ "question": question })).await;
    let Task::Ordering(before) = task(&test, exercise.id).await else {
        panic!()
    };
    let id = |text: &str| {
        before
            .items
            .iter()
            .find(|item| item.text == text)
            .unwrap()
            .id
            .clone()
    };
    let answer =
        json(value!({ "answer": { "kind": "ordering", "order": [id("a"), id("b"), id("c")] } }));
    let change =
        json(value!({ "question": { "kind": "ordering", "items": ["a", "b", "c", "d"] } }));
    test.authoring
        .update_exercise(&author(), &op(), exercise.id, &Expected::Any, change)
        .await
        .unwrap();
    test.publish(&course.id.into()).await;
    let graded = test
        .assessment
        .submit(&learner(), &op(), exercise.id, answer)
        .await
        .unwrap()
        .value;
    assert_eq!((graded.score, graded.version), (Some(7), 2));
    let old = json(
        value!({ "version": 1, "answer": { "kind": "ordering", "order": [id("a"), id("b"), id("c")] } }),
    );
    let graded = test
        .assessment
        .submit(&learner(), &op(), exercise.id, old)
        .await
        .unwrap()
        .value;
    let got = (graded.score, graded.percent, graded.passed, graded.version);
    assert_eq!(
        got,
        (Some(5), Some(100), Some(true), 1),
        "a second attempt gives the half"
    );
    let wrong = test
        .assessment
        .submit(&learner(), &op(), exercise.id, truth(true))
        .await;
    assert_eq!(wrong.unwrap_err().fields()[0].pointer, "/answer/kind");
}

#[tokio::test]
async fn a_page_of_the_longest_answers_is_small_and_every_answer_is_listed_once() {
    let test = &ModuleTest::new().await;
    let (course, lesson, exercise) = test.published(value!({})).await;
    let output = "\u{1}".repeat(20_000);
    let answer: Answer = json(value!({ "kind": "code_output", "output": output }));
    let txn = test.database.begin().await.unwrap();
    for attempt in 1..=200 {
        let submission = SubmissionRecord {
            id: test.env.id(),
            exercise_id: exercise.id,
            lesson_id: lesson.id,
            course_id: course.id,
            number: 1,
            learner_id: learner().user_id,
            attempt,
            answer: Some(answer.clone()),
            score: 0,
            max_score: 10,
            percent: 0,
            passed: false,
            practice: true,
            counts: true,
            attempt_percent: 100,
            feedback: "Incorrect.".to_owned(),
            created_at: test.env.now(),
            state: SubmissionState::Graded,
            graded_at: Some(test.env.now()),
            criteria: None,
            comment: None,
            graded_by: None,
            claim: None,
        };
        let added = store::insert(&txn, &submission);
        added.await.unwrap();
    }
    txn.commit().await.unwrap();

    let mut page_request = PageRequest::first(200);
    let list = |page_request: PageRequest| async move {
        let me = learner();
        let all = ListExerciseSubmissions::default();
        let page = test.assessment.list(&me, exercise.id, &all, &page_request);
        page.await.unwrap()
    };
    let all = list(page_request.clone()).await;
    assert_eq!(all.items.len(), 200);
    let bytes = serde_json::to_vec(&all.items).unwrap().len();
    assert!(bytes < 200 * 1024, "{bytes}");

    page_request.limit = 30;
    let mut walked = Vec::new();
    loop {
        let page = list(page_request.clone()).await;
        walked.extend(page.items);
        match page.next {
            Some(next) => page_request.from = Some(next),
            None => break,
        }
    }
    assert_eq!(walked, all.items);
    let mut attempts: Vec<_> = walked.iter().map(|one| one.attempt).collect();
    attempts.sort_unstable();
    assert_eq!(attempts, (1..=200).collect::<Vec<_>>());

    let one = test
        .assessment
        .find(&learner(), walked[0].id, &Default::default())
        .await;
    assert_eq!(one.unwrap().answer, Some(answer));
}

#[tokio::test]
async fn a_learner_hands_in_so_much_a_day_and_no_more() {
    let test = &ModuleTest::new().await;
    let (course, lesson, exercise) = test.published(value!({})).await;
    let first = test.answer(exercise.id, false).await.unwrap().value;
    let submit = || test.answer(exercise.id, false);
    let txn = test.database.begin().await.unwrap();
    for attempt in 2..=2000 {
        let submission = SubmissionRecord {
            id: test.env.id(),
            exercise_id: exercise.id,
            lesson_id: lesson.id,
            course_id: course.id,
            number: 1,
            learner_id: learner().user_id,
            attempt,
            answer: first.answer.clone(),
            score: 0,
            max_score: 10,
            percent: 0,
            passed: false,
            practice: true,
            counts: true,
            attempt_percent: 100,
            feedback: String::new(),
            created_at: test.env.now(),
            state: SubmissionState::Graded,
            graded_at: Some(test.env.now()),
            criteria: None,
            comment: None,
            graded_by: None,
            claim: None,
        };
        store::insert(&txn, &submission).await.unwrap();
    }
    txn.commit().await.unwrap();
    test.clock.advance(Duration::hours(1));
    let refused = submit().await.unwrap_err();
    assert_eq!(refused.code(), "course.submission_limit_exceeded");
    let wait = refused.retry_after().unwrap().as_secs();
    assert!((82_000..=82_800).contains(&wait), "{wait}");
    let (them, operation) = (other(), op());
    let others = test
        .assessment
        .submit(&them, &operation, exercise.id, truth(true));
    assert!(others.await.is_ok(), "nobody else is held back");
    test.clock.advance(Duration::hours(23));
    assert_eq!(submit().await.unwrap().value.attempt, 2001);
}

#[tokio::test]
async fn who_teaches_no_more_reads_what_any_learner_reads() {
    let test = &ModuleTest::new().await;
    let (course, _, exercise) = test.published(value!({})).await;
    let submission = test.answer(exercise.id, true).await.unwrap().value;
    let demoted = user(1, &[Role::Student]);
    let found = test
        .assessment
        .find(&demoted, submission.id, &Default::default())
        .await;
    assert_eq!(code(found), "course.not_found");
    let all = ListExerciseSubmissions::default();
    let page = first();
    let list = test.assessment.list(&demoted, exercise.id, &all, &page);
    assert_eq!(list.await.unwrap().items.len(), 0);
    for query in [text_of(draft()), text_of(newest())] {
        let read = test.reading.exercise(&demoted, exercise.id, &query).await;
        assert!(!matches!(read, Ok(ExerciseView::Staff(_))), "{query:?}");
    }
    let (course, draft) = (course.id.into(), text_of(draft()));
    let read = test.reading.course(&demoted, &course, &draft);
    assert!(read.await.is_err(), "a draft is for its staff");
}

#[tokio::test]
async fn the_most_frequent_mistakes_are_shown_to_the_staff() {
    let test = &ModuleTest::new().await;
    let (_, _, exercise) = test.published(value!({ "attempts": 9 })).await;
    for right in [false, false, true] {
        test.answer(exercise.id, right).await.unwrap();
    }
    let query = ReadMistakes::default();
    let seen = test
        .assessment
        .mistakes(&author(), exercise.id, &query)
        .await;
    let seen = seen.unwrap().mistakes;
    let SubmitAnswer { answer, .. } = truth(false);
    assert_eq!(seen.len(), 1);
    assert_eq!((&seen[0].answer, seen[0].count), (&answer, 2));
    let other_version = ReadMistakes { version: Some(7) };
    let none = test
        .assessment
        .mistakes(&author(), exercise.id, &other_version)
        .await;
    assert!(none.unwrap().mistakes.is_empty());
    let refused = test
        .assessment
        .mistakes(&learner(), exercise.id, &query)
        .await;
    assert!(refused.is_err());
}

//! Grading answers again.

use contracts::course::{ExerciseSubmissionGraded, ExerciseSubmissionReviewed};
use database::outbox;
use kernel::{Caller, Envelope, Event, ExerciseId, Expected, Role, SubmissionId};
use sea_orm::EntityTrait;
use serde_json::{Value, json as value};

use super::request::CreateRegrade;
use super::store::changes::ChangeState;
use super::store::regrades::RegradeState;
use super::view::{RegradeChange, RegradeView};
use crate::assessment::store::{find_for_change, lock_present, save};
use crate::domain::SubmissionState;
use crate::tests::*;

fn somebody(number: u128) -> Caller {
    user(number, &[Role::Student])
}

fn why() -> CreateRegrade {
    json(value!({ "reason": "The key was wrong." }))
}

impl ModuleTest {
    async fn say(&self, who: &Caller, exercise: ExerciseId, answer: Value) -> SubmissionId {
        let new = json(value!({ "answer": answer }));
        let submitted = self.assessment.submit(who, &op(), exercise, new).await;
        submitted.unwrap().value.id
    }

    /// Publishes another key.
    async fn correct(&self, exercise: ExerciseId, question: Value) {
        let change = json(value!({ "question": question }));
        let changed = self
            .authoring
            .update_exercise(&author(), &op(), exercise, &Expected::Any, change)
            .await;
        self.publish(&changed.unwrap().course_id.into()).await;
    }

    async fn regrade(&self, exercise: ExerciseId) -> RegradeView {
        let asked = self
            .regrading
            .create(&author(), &op(), exercise, why())
            .await;
        let id = asked.unwrap().value.id;
        self.regrading.run_due().await.unwrap();
        self.regrading.find(&author(), id).await.unwrap()
    }

    async fn changes(&self, regrade: &RegradeView) -> Vec<RegradeChange> {
        let listed = self
            .regrading
            .list_changes(&author(), regrade.id, &first())
            .await;
        listed.unwrap().items
    }

    async fn apply(&self, regrade: &RegradeView) -> RegradeView {
        self.regrading.apply(&author(), regrade.id).await.unwrap();
        self.regrading.run_due().await.unwrap();
        self.regrading.find(&author(), regrade.id).await.unwrap()
    }

    /// The learners and scores of the events of a type.
    async fn told<E: Event>(&self) -> Vec<(String, i64)> {
        let rows = outbox::Entity::find().all(self.database.read()).await;
        let rows = rows.unwrap().into_iter();
        let envelopes = rows.map(|row| serde_json::from_str(&row.envelope).unwrap());
        let of_type = envelopes.filter(|envelope: &Envelope| envelope.kind == E::TYPE);
        of_type
            .map(|envelope| {
                let learner = envelope.data["learner_id"].as_str().unwrap().to_owned();
                (learner, envelope.data["score"].as_i64().unwrap())
            })
            .collect()
    }
}

fn truth(value: bool) -> Value {
    value!({ "kind": "true_false", "value": value })
}

fn key(correct: bool) -> Value {
    value!({ "kind": "true_false", "correct": correct })
}

#[tokio::test]
async fn a_regrade_shows_first_what_it_changes_and_takes_nothing_away() {
    let test = &ModuleTest::new().await;
    let (.., exercise) = test.published(value!({})).await;
    let (wrong, right) = (somebody(21), somebody(22));
    let first_try = test.say(&wrong, exercise.id, truth(false)).await;
    let second_try = test.say(&wrong, exercise.id, truth(false)).await;
    let passed = test.say(&right, exercise.id, truth(true)).await;
    test.correct(exercise.id, key(false)).await;

    let checked = test.regrade(exercise.id).await;
    assert_eq!(checked.state, RegradeState::Checked);
    let counts = (
        checked.checked,
        checked.raised,
        checked.newly_passed,
        checked.kept,
        checked.applied,
    );
    assert_eq!(counts, (3, 2, 2, 1, 0));
    let changes = test.changes(&checked).await;
    let shown: Vec<_> = changes
        .iter()
        .map(|change| (change.submission_id, change.attempt, change.old_score))
        .collect();
    assert_eq!(shown, [(first_try, 1, 0), (second_try, 2, 0)]);
    assert!(changes.iter().all(|one| one.passed && !one.old_passed));
    assert_eq!(changes[0].learner_name.as_deref(), Some("Ada"));
    let before = test.told::<ExerciseSubmissionGraded>().await.len();
    let untouched = test
        .assessment
        .find(&wrong, first_try, &Default::default())
        .await
        .unwrap();
    assert_eq!((untouched.score, untouched.passed), (Some(0), Some(false)));

    let applied = test.apply(&checked).await;
    assert_eq!(applied.state, RegradeState::Applied);
    assert_eq!((applied.applied, applied.skipped), (2, 0));
    assert!(applied.finished_at.is_some());
    let states = test.changes(&applied).await;
    assert!(states.iter().all(|one| one.state == ChangeState::Applied));
    let regraded = test
        .assessment
        .find(&wrong, first_try, &Default::default())
        .await
        .unwrap();
    assert_eq!((regraded.score, regraded.passed), (Some(10), Some(true)));
    assert_eq!(
        regraded.feedback,
        "Regraded: 10 of 10 points. The key was wrong."
    );
    let kept = test
        .assessment
        .find(&right, passed, &Default::default())
        .await
        .unwrap();
    assert_eq!((kept.score, kept.passed), (Some(10), Some(true)));
    let graded = test.told::<ExerciseSubmissionGraded>().await;
    assert_eq!(graded.len(), before + 2);
    let reviewed = test.told::<ExerciseSubmissionReviewed>().await;
    assert_eq!(reviewed.len(), 1, "one message for each learner");
    assert_eq!(reviewed[0].0, wrong.user_id.to_string());

    let again = test.apply(&applied).await;
    assert_eq!(again, applied);
    assert_eq!(
        test.told::<ExerciseSubmissionGraded>().await.len(),
        before + 2
    );
    let nothing = test.regrade(exercise.id).await;
    assert_eq!((nothing.raised, nothing.kept), (0, 1));
}

#[tokio::test]
async fn what_was_graded_otherwise_since_the_preview_is_left_alone() {
    let test = &ModuleTest::new().await;
    let (.., exercise) = test.published(value!({})).await;
    let who = somebody(21);
    let answer = test.say(&who, exercise.id, truth(false)).await;
    let other = test.say(&somebody(22), exercise.id, truth(false)).await;
    test.correct(exercise.id, key(false)).await;
    let checked = test.regrade(exercise.id).await;
    let txn = test.database.begin().await.unwrap();
    let mut held = find_for_change(&txn, answer).await.unwrap().unwrap();
    held.score = 7;
    save(&txn, &held).await.unwrap();
    txn.commit().await.unwrap();
    let applied = test.apply(&checked).await;
    assert_eq!((applied.applied, applied.skipped), (1, 1));
    let states: Vec<_> = test
        .changes(&applied)
        .await
        .into_iter()
        .map(|one| (one.submission_id, one.state))
        .collect();
    assert_eq!(
        states,
        [
            (answer, ChangeState::Skipped),
            (other, ChangeState::Applied)
        ]
    );
}

#[tokio::test]
async fn many_answers_are_regraded_however_often_the_process_ends() {
    let test = &ModuleTest::new().await;
    let (.., exercise) = test.published(value!({})).await;
    for number in 100..223 {
        test.say(&somebody(number), exercise.id, truth(number % 2 == 0))
            .await;
    }
    test.correct(exercise.id, key(false)).await;
    let asked = test
        .regrading
        .create(&author(), &op(), exercise.id, why())
        .await;
    let id = asked.unwrap().value.id;
    // Two processes at once, each of which knows only what is stored.
    let (one, two) = (test.again(), test.again());
    let (first, second) = tokio::join!(one.regrade_due(), two.regrade_due());
    first.unwrap();
    second.unwrap();
    test.again().regrade_due().await.unwrap();
    let checked = test.regrading.find(&author(), id).await.unwrap();
    assert_eq!(checked.state, RegradeState::Checked);
    assert_eq!(
        (checked.checked, checked.raised, checked.kept),
        (123, 61, 62)
    );
    test.regrading.apply(&author(), id).await.unwrap();
    let (first, second) = tokio::join!(one.regrade_due(), two.regrade_due());
    first.unwrap();
    second.unwrap();
    test.again().regrade_due().await.unwrap();
    let applied = test.regrading.find(&author(), id).await.unwrap();
    assert_eq!(applied.state, RegradeState::Applied);
    assert_eq!((applied.applied, applied.skipped), (61, 0));
    let told = test.told::<ExerciseSubmissionReviewed>().await;
    assert_eq!(told.len(), 61);
}

#[tokio::test]
async fn answers_of_another_kind_and_those_of_the_staff_are_not_regraded() {
    let test = &ModuleTest::new().await;
    let (.., exercise) = test.published(value!({})).await;
    test.say(&somebody(21), exercise.id, truth(false)).await;
    test.correct(exercise.id, value!({ "kind": "numeric", "value": 4.0 }))
        .await;
    let checked = test.regrade(exercise.id).await;
    assert_eq!(
        (checked.checked, checked.not_applicable, checked.raised),
        (1, 1, 0)
    );

    let essay = value!({ "kind": "essay", "rubric": [] });
    let (.., written) = test.published(value!({ "question": essay })).await;
    let answer = value!({ "kind": "essay", "text": "It is right" });
    let waiting = test.say(&somebody(21), written.id, answer).await;
    let refused = test
        .regrading
        .create(&author(), &op(), written.id, why())
        .await;
    assert_eq!(code(refused), "course.regrade_not_applicable");
    test.correct(written.id, key(true)).await;
    let checked = test.regrade(written.id).await;
    assert_eq!(checked.checked, 0, "what waits has no grade yet");
    let found = test
        .assessment
        .find(&author(), waiting, &Default::default())
        .await
        .unwrap();
    assert_eq!(found.state, SubmissionState::Queued);
}

#[tokio::test]
async fn only_the_staff_regrades_and_one_regrade_at_a_time() {
    let test = &ModuleTest::new().await;
    let (.., exercise) = test.published(value!({})).await;
    let refused = test
        .regrading
        .create(&other(), &op(), exercise.id, why())
        .await;
    assert_eq!(code(refused), "course.staff_required");
    let asked = test
        .regrading
        .create(&author(), &op(), exercise.id, why())
        .await;
    let id = asked.unwrap().value.id;
    let early = test.regrading.apply(&author(), id).await;
    assert_eq!(code(early), "course.regrade_not_checked");
    let second = test
        .regrading
        .create(&author(), &op(), exercise.id, why())
        .await;
    assert_eq!(code(second), "course.regrade_in_progress");
    let hidden = test.regrading.find(&other(), id).await;
    assert!(hidden.is_err());
    test.regrading.cancel(&author(), id).await.unwrap();
    let gone = test.regrading.find(&author(), id).await;
    assert_eq!(code(gone), "course.not_found");
    let regrade = test.regrade(exercise.id).await;
    let applied = test.apply(&regrade).await;
    let late = test.regrading.cancel(&author(), applied.id).await;
    assert_eq!(code(late), "course.regrade_applied");
    let all = test.regrading.list(&author(), exercise.id, &first()).await;
    assert_eq!(all.unwrap().items, [applied]);
}

/// More than there are connections to the database.
const AT_ONCE: usize = 16;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_decided_already_is_answered_at_once_however_many_ask_for_it() {
    let test = ModuleTest::new().await;
    let (.., exercise) = test.published(value!({})).await;
    let regrade = test.regrade(exercise.id).await;
    let id = test.apply(&regrade).await.id;
    // What is known of the course is read again.
    test.clock.advance(chrono::Duration::seconds(2));
    let asked = (0..AT_ONCE).map(|number| {
        let regrading = test.regrading.clone();
        tokio::spawn(async move {
            match number % 2 {
                0 => code(regrading.cancel(&author(), id).await),
                _ => regrading
                    .apply(&author(), id)
                    .await
                    .unwrap()
                    .replayed
                    .to_string(),
            }
        })
    });
    let asked: Vec<_> = asked.collect();
    for (number, answer) in asked.into_iter().enumerate() {
        let expected = ["course.regrade_applied", "true"][number % 2];
        assert_eq!(answer.await.unwrap(), expected);
    }
}

#[tokio::test]
async fn a_regrade_goes_by_the_newest_version_or_not_at_all() {
    let test = &ModuleTest::new().await;
    let (course, lesson, exercise) = test.published(value!({})).await;
    let later = test.exercise(&lesson, value!({ "title": "F" })).await;
    let early = test
        .regrading
        .create(&author(), &op(), later.id, why())
        .await;
    assert_eq!(code(early), "course.exercise_not_published");
    let checked = test.regrade(exercise.id).await;
    test.publish(&course.id.into()).await;
    let outdated = test.regrading.apply(&author(), checked.id).await;
    assert_eq!(code(outdated), "course.regrade_outdated");
    test.regrading.cancel(&author(), checked.id).await.unwrap();
    let again = test.regrade(exercise.id).await;
    assert_eq!((checked.version, again.version), (1, 2));
    assert_eq!(test.apply(&again).await.state, RegradeState::Applied);
}

#[tokio::test]
async fn each_learner_is_told_once_of_their_latest_answer_however_many_they_gave() {
    let test = &ModuleTest::new().await;
    let (.., exercise) = test.published(value!({})).await;
    let (many, few) = (somebody(21), somebody(22));
    for _ in 0..45 {
        test.say(&many, exercise.id, truth(false)).await;
    }
    let last = test.say(&few, exercise.id, truth(false)).await;
    test.correct(exercise.id, key(false)).await;
    let checked = test.regrade(exercise.id).await;
    // Their latest answers are graded otherwise meanwhile, in a batch of its own.
    let txn = test.database.begin().await.unwrap();
    for change in test.changes(&checked).await {
        if change.learner_id == many.user_id && change.attempt > 40 {
            let held = find_for_change(&txn, change.submission_id).await;
            let mut held = held.unwrap().unwrap();
            held.score = 7;
            save(&txn, &held).await.unwrap();
        }
    }
    txn.commit().await.unwrap();
    let applied = test.apply(&checked).await;
    assert_eq!((applied.applied, applied.skipped), (41, 5));
    let told = test.told::<ExerciseSubmissionReviewed>().await;
    let mut learners: Vec<_> = told.iter().map(|(learner, _)| learner.clone()).collect();
    learners.sort();
    assert_eq!(
        learners,
        [many.user_id.to_string(), few.user_id.to_string()]
    );
    let found = test.assessment.find(&few, last, &Default::default()).await;
    assert_eq!(found.unwrap().passed, Some(true));
}

#[tokio::test]
async fn nothing_is_kept_of_whoever_was_erased_while_their_answers_were_checked() {
    let test = &ModuleTest::new().await;
    let (.., exercise) = test.published(value!({})).await;
    let gone = somebody(21);
    let answer = test.say(&gone, exercise.id, truth(false)).await;
    test.say(&somebody(22), exercise.id, truth(false)).await;
    let txn = test.database.begin().await.unwrap();
    let ids = [answer, SubmissionId::from(uuid::Uuid::from_u128(9))];
    let present = lock_present(&txn, &ids).await.unwrap();
    assert_eq!(present.into_iter().collect::<Vec<_>>(), [answer]);
    drop(txn);
    test.correct(exercise.id, key(false)).await;
    let checked = test.regrade(exercise.id).await;
    assert_eq!(checked.raised, 2);
    let txn = test.database.begin().await.unwrap();
    let erased = (crate::privacy::PERSONAL_DATA.erase)(&txn, &test.env, gone.user_id).await;
    let erased = erased.unwrap();
    assert!(erased.contains(&("regraded_submissions", 1)), "{erased:?}");
    txn.commit().await.unwrap();
    let applied = test.apply(&checked).await;
    assert_eq!((applied.applied, applied.skipped), (1, 0));
}

//! Exercises of which each attempt is asked something else.

use std::collections::HashSet;

use kernel::{Caller, ExerciseId, Fault, Role};
use serde_json::{Value, json as value};

use crate::assessment::request::SubmitAnswer;
use crate::reading::{ExerciseForLearner, ExerciseView, ReadText};
use crate::tests::*;

/// Two numbers to add, which each attempt draws anew.
fn sum() -> Value {
    value!({
        "prompt": "{{a}} and {{b}} are?",
        "hints": ["Begin with {{a}}."],
        "explanation": "It is {{a}} + {{b}}.",
        "question": {
            "kind": "numeric",
            "formula": "a + b",
            "parameters": [
                { "name": "a", "min": 1, "max": 1000 },
                { "name": "b", "min": 0.5, "max": 9.5, "step": 0.5 },
            ],
        },
    })
}

async fn shown(test: &ModuleTest, who: &Caller, exercise: ExerciseId) -> ExerciseForLearner {
    let query = ReadText::default();
    match test.reading.exercise(who, exercise, &query).await.unwrap() {
        ExerciseView::Learner(view) => *view,
        ExerciseView::Staff(_) => panic!("a learner got the answer"),
    }
}

/// The numbers that stand in a prompt.
fn numbers(prompt: &str) -> Vec<f64> {
    let words = prompt.split([' ', '?']);
    words.filter_map(|word| word.parse().ok()).collect()
}

fn number(value: f64, attempt: Option<i32>) -> SubmitAnswer {
    let mut new: SubmitAnswer = json(value!({ "answer": { "kind": "numeric", "value": value } }));
    new.attempt = attempt;
    new
}

#[tokio::test]
async fn parameters_are_drawn_for_each_attempt_and_stay_for_it() {
    let test = &ModuleTest::new().await;
    let (_, _, exercise) = test.published(sum()).await;
    let me = learner();
    let mut prompts = HashSet::new();
    for attempt in 1..=5 {
        let view = shown(test, &me, exercise.id).await;
        assert_eq!(view, shown(test, &me, exercise.id).await);
        assert_eq!(view.attempt, Some(attempt));
        let prompt = view.prompt.unwrap();
        let drawn = numbers(&prompt);
        assert_eq!(drawn.len(), 2, "{prompt}");
        let query = ReadText::default();
        let hint = test.reading.hint(&me, (exercise.id, 1), &query);
        assert_eq!(
            hint.await.unwrap().text,
            format!("Begin with {}.", drawn[0])
        );
        let right = drawn.iter().sum::<f64>();
        let wrong = f64::from(i32::from(attempt < 5));
        let (new, operation) = (number(right + wrong, view.attempt), op());
        let given = test.assessment.submit(&me, &operation, exercise.id, new);
        let given = given.await.unwrap().value;
        assert_eq!(given.passed, Some(attempt == 5), "{prompt}");
        assert_eq!(given.prompt.as_ref(), Some(&prompt));
        let read = test
            .assessment
            .find(&author(), given.id, &Default::default())
            .await
            .unwrap();
        assert_eq!(read.prompt.as_ref(), Some(&prompt));
        let explanation = format!("It is {} + {}.", drawn[0], drawn[1]);
        assert_eq!(given.explanation, (attempt == 5).then_some(explanation));
        prompts.insert(prompt);
    }
    assert!(prompts.len() > 1, "{prompts:?}");
    let theirs = shown(test, &user(77, &[Role::Student]), exercise.id).await;
    assert!(!prompts.contains(&theirs.prompt.unwrap()));
}

#[tokio::test]
async fn an_answer_to_another_attempt_is_refused() {
    let test = &ModuleTest::new().await;
    let (_, _, exercise) = test.published(sum()).await;
    let submit = |attempt| async move {
        let new = number(1.0, attempt);
        test.assessment
            .submit(&learner(), &op(), exercise.id, new)
            .await
    };
    let unsaid = submit(None).await.unwrap_err();
    assert_eq!(unsaid.code(), "course.answer_invalid");
    assert_eq!(unsaid.fields()[0].pointer, "/attempt");
    assert_eq!(code(submit(Some(2)).await), "course.attempt_changed");
    assert!(submit(Some(1)).await.is_ok());
    assert_eq!(code(submit(Some(1)).await), "course.attempt_changed");
}

#[tokio::test]
async fn every_variant_is_drawn_by_some_learner_and_graded_as_itself() {
    let test = &ModuleTest::new().await;
    let variant = |prompt: &str, correct: bool| value!({ "prompt": prompt, "explanation": format!("So {prompt}."), "question": { "kind": "true_false", "correct": correct } });
    let (_, _, exercise) = test
        .published(value!({ "prompt": "A", "variants": [variant("B", false), variant("C", true)] }))
        .await;
    let mut seen = HashSet::new();
    for learner in 100..130 {
        let learner = user(learner, &[Role::Student]);
        let view = shown(test, &learner, exercise.id).await;
        let prompt = view.prompt.unwrap();
        let mut new: SubmitAnswer = json(
            value!({ "answer": { "kind": "true_false", "value": prompt != "B" }, "attempt": 1 }),
        );
        new.attempt = view.attempt;
        let given = test
            .assessment
            .submit(&learner, &op(), exercise.id, new)
            .await;
        let given = given.unwrap().value;
        assert_eq!(given.passed, Some(true), "{prompt}");
        let why = match prompt.as_str() {
            "A" => "because".to_owned(),
            _ => format!("So {prompt}."),
        };
        assert_eq!(given.explanation, Some(why));
        seen.insert(prompt);
    }
    assert_eq!(seen.len(), 3);
}

#[tokio::test]
async fn the_last_task_stays_when_no_attempt_is_left() {
    let test = &ModuleTest::new().await;
    let mut limited = sum();
    limited["attempts"] = 1.into();
    let (_, _, exercise) = test.published(limited).await;
    let before = shown(test, &learner(), exercise.id).await;
    let new = number(-1.0, Some(1));
    test.assessment
        .submit(&learner(), &op(), exercise.id, new)
        .await
        .unwrap();
    let after = shown(test, &learner(), exercise.id).await;
    assert_eq!((after.attempt, after.prompt), (Some(1), before.prompt));
}

#[tokio::test]
async fn what_all_variants_share_shows_no_parameter_that_one_lacks() {
    let test = &ModuleTest::new().await;
    let (_, lesson, _) = test.published(value!({})).await;
    let mut new = sum();
    new["title"] = "E".into();
    new["points"] = 1.into();
    new["variants"] = value!([{ "prompt": "Two?", "question": { "kind": "numeric", "value": 2 } }]);
    let (me, operation) = (author(), op());
    let added = test
        .authoring
        .create_exercise(&me, &operation, lesson.id, json(new));
    let fields = added.await.unwrap_err().fields();
    let places: Vec<_> = fields.iter().map(|fault| fault.pointer.as_str()).collect();
    assert_eq!(places, ["/hints/0", "/explanation"]);
}

#[tokio::test]
async fn what_no_attempt_could_solve_is_refused_by_place() {
    let test = &ModuleTest::new().await;
    let (_, lesson, _) = test.published(value!({})).await;
    let cases = [
        (value!({ "formula": "a +" }), "/question/formula"),
        (value!({ "formula": "a + c" }), "/question/formula"),
        (value!({ "formula": "a / (b - b)" }), "/question/formula"),
        (
            value!({ "formula": "a + b + sqrt(a - 900)" }),
            "/question/formula",
        ),
        (
            value!({ "formula": "a + b + e", "parameters": [{ "name": "e", "min": 1, "max": 1 }] }),
            "/question/parameters/0/name",
        ),
        (
            value!({ "formula": "a", "parameters": [{ "name": "a", "min": 1, "max": 2 }] }),
            "/question/parameters",
        ),
        (value!({ "value": 3 }), "/question/value"),
        (value!({ "formula": null }), "/question/value"),
        (
            value!({ "parameters": [{ "name": "a", "min": 2, "max": 1 }, { "name": "b", "min": 1, "max": 1 }] }),
            "/question/parameters/0/max",
        ),
        (
            value!({ "parameters": [{ "name": "a", "min": 1, "max": 1 }, { "name": "b", "min": 1, "max": 1 }, { "name": "c", "min": 1, "max": 1 }] }),
            "/question/parameters/2/name",
        ),
    ];
    for (change, place) in cases {
        let mut new = sum();
        new["title"] = "E".into();
        new["points"] = 1.into();
        for (name, value) in change.as_object().unwrap() {
            new["question"][name] = value.clone();
        }
        let added = test
            .authoring
            .create_exercise(&author(), &op(), lesson.id, json(new))
            .await;
        let fields = added.unwrap_err().fields();
        assert_eq!(fields[0].pointer, place, "{change}");
        let mut variant = value!({ "title": "E", "prompt": "P", "points": 1, "question": { "kind": "true_false", "correct": true } });
        let mut question = sum()["question"].clone();
        for (name, value) in change.as_object().unwrap() {
            question[name] = value.clone();
        }
        variant["variants"] = value!([{ "prompt": "{{a}} {{b}}", "question": question }]);
        let added = test
            .authoring
            .create_exercise(&author(), &op(), lesson.id, json(variant))
            .await;
        let fields = added.unwrap_err().fields();
        assert_eq!(fields[0].pointer, format!("/variants/0{place}"));
    }
}

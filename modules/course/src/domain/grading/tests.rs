use proptest::prelude::*;
use serde_json::{Value, json};

use kernel::FieldFault;

use super::{Grade, Worth, share};
use crate::domain::question::{Answer, Ids, Question, Task, task};

fn ids() -> Ids<'static> {
    Ids {
        seed: "seed",
        exercise: uuid::Uuid::from_u128(7).into(),
    }
}

fn question(value: Value) -> Question {
    serde_json::from_value(value).unwrap()
}

fn answer(value: Value) -> Answer {
    serde_json::from_value(value).unwrap()
}

fn grade(
    question: &Question,
    answer: &Answer,
    points: i32,
    pass_percent: i32,
    ids: Ids<'_>,
) -> Result<Grade, Vec<FieldFault>> {
    let worth = Worth {
        points,
        pass_percent,
        attempt_percent: 100,
    };
    share(question, answer, ids).map(|share| share.grade(worth))
}

fn graded(question: &Question, given: Value) -> Grade {
    grade(question, &answer(given), 10, 60, ids()).unwrap()
}

/// The answer that the author has in mind, made as a learner makes it: from the task's ids.
fn perfect(question: &Question) -> Value {
    let id = |side: &str, text: &str| ids().of(side, text);
    match question {
        Question::SingleChoice(choices) => {
            let right = choices.options.iter().find(|option| option.correct);
            json!({ "kind": "single_choice", "choice": id("option", &right.unwrap().text) })
        }
        Question::MultipleChoice(choices) => {
            let right = choices.options.iter().filter(|option| option.correct);
            let right: Vec<_> = right.map(|option| id("option", &option.text)).collect();
            json!({ "kind": "multiple_choice", "choices": right })
        }
        Question::TrueFalse(statement) => {
            json!({ "kind": "true_false", "value": statement.correct })
        }
        Question::Numeric(numeric) => json!({ "kind": "numeric", "value": numeric.value }),
        Question::ShortText(text) => json!({ "kind": "short_text", "text": text.accepted[0] }),
        Question::Ordering(ordering) => {
            let order: Vec<_> = ordering.items.iter().map(|item| id("item", item)).collect();
            json!({ "kind": "ordering", "order": order })
        }
        Question::Matching(matching) => {
            let matches: Vec<_> = matching
                .pairs
                .iter()
                .map(|pair| json!({ "left": id("left", &pair.left), "right": id("right", &pair.right) }))
                .collect();
            json!({ "kind": "matching", "matches": matches })
        }
        Question::CodeOutput(code) => json!({ "kind": "code_output", "output": code.expected }),
        Question::Cloze(cloze) => {
            let texts: Vec<_> = cloze.gaps.iter().map(|gap| &gap.accepted[0]).collect();
            json!({ "kind": "cloze", "gaps": texts })
        }
        Question::Essay(_) | Question::Code(_) => panic!("the staff grades it"),
    }
}

fn texts() -> impl Strategy<Value = Vec<String>> {
    prop::collection::hash_set("[a-z]{1,8}", 2..10).prop_map(|set| set.into_iter().collect())
}

fn questions() -> impl Strategy<Value = Question> {
    prop_oneof![
        (texts(), any::<prop::sample::Index>()).prop_map(|(texts, right)| {
            let right = right.index(texts.len());
            let options: Vec<_> = (0..)
                .zip(texts)
                .map(|(index, text)| json!({ "text": text, "correct": index == right }))
                .collect();
            question(json!({ "kind": "single_choice", "options": options }))
        }),
        (texts(), any::<u16>()).prop_map(|(texts, bits)| {
            let options: Vec<_> = (0..)
                .zip(texts)
                .map(|(i, text)| json!({ "text": text, "correct": i == 0 || bits >> i & 1 == 1 }))
                .collect();
            question(json!({ "kind": "multiple_choice", "options": options }))
        }),
        any::<bool>().prop_map(|b| question(json!({ "kind": "true_false", "correct": b }))),
        texts().prop_map(|texts| {
            let gaps: Vec<_> = texts
                .iter()
                .map(|text| json!({ "accepted": [text] }))
                .collect();
            let text: Vec<_> = (1..=gaps.len()).map(|gap| format!("[[{gap}]]")).collect();
            question(json!({ "kind": "cloze", "text": text.join(" "), "gaps": gaps }))
        }),
        (-1e9..1e9, 0.0..10.0).prop_map(|(value, tolerance)| {
            question(json!({ "kind": "numeric", "value": value, "tolerance": tolerance }))
        }),
        texts().prop_map(|texts| question(json!({ "kind": "short_text", "accepted": texts }))),
        texts().prop_map(|texts| question(json!({ "kind": "ordering", "items": texts }))),
        texts().prop_map(|texts| {
            let pairs: Vec<_> = texts
                .iter()
                .map(|text| json!({ "left": text, "right": text.to_uppercase() }))
                .collect();
            question(json!({ "kind": "matching", "pairs": pairs }))
        }),
        "[a-z\n ]{1,30}".prop_map(|text| {
            question(
                json!({ "kind": "code_output", "language": "go", "code": "x", "expected": text }),
            )
        }),
    ]
}

fn learner(number: u128) -> kernel::UserId {
    uuid::Uuid::from_u128(number).into()
}

proptest! {
    #[test]
    fn a_perfect_answer_gets_all_points(question in questions(), points in 1_i32..1000) {
        let given = answer(perfect(&question));
        let grade = grade(&question, &given, points, 100, ids()).unwrap();
        prop_assert_eq!(grade, Grade { score: points, max_score: points, percent: 100, passed: true });
    }

    #[test]
    fn any_answer_that_fits_is_graded_within_bounds_and_always_alike(
        question in questions(), points in 1_i32..1000, pass in 1_i32..=100, bits in any::<u16>(),
    ) {
        let given = match task(&question, ids(), learner(1)) {
            Task::SingleChoice(options) => {
                json!({ "kind": "single_choice", "choice": options.options[0].id })
            }
            Task::MultipleChoice(options) => {
                let some = (0..).zip(options.options).filter(|(i, _)| bits >> i & 1 == 1);
                let some: Vec<_> = some.map(|(_, option)| option.id).collect();
                json!({ "kind": "multiple_choice", "choices": some })
            }
            Task::Ordering(items) => {
                let order: Vec<_> = items.items.into_iter().map(|item| item.id).collect();
                json!({ "kind": "ordering", "order": order })
            }
            Task::Matching(sides) => {
                let pairs = sides.left.iter().zip(&sides.right);
                let matches: Vec<_> = pairs
                    .map(|(left, right)| json!({ "left": left.id, "right": right.id }))
                    .collect();
                json!({ "kind": "matching", "matches": matches })
            }
            _ => perfect(&question),
        };
        let given = answer(given);
        let first = grade(&question, &given, points, pass, ids()).unwrap();
        prop_assert!((0..=points).contains(&first.score));
        prop_assert_eq!(first.passed, first.percent >= pass, "what is shown says the same");
        prop_assert_eq!(first, grade(&question, &given, points, pass, ids()).unwrap());
    }

    #[test]
    fn every_learner_has_an_order_of_their_own_that_stays(texts in texts()) {
        let options: Vec<_> = texts.iter().map(|text| json!({ "text": text })).collect();
        let choice = question(json!({ "kind": "multiple_choice", "options": options, "shuffle": true }));
        let order = |number: u128| {
            let Task::MultipleChoice(shown) = task(&choice, ids(), learner(number)) else { unreachable!() };
            shown.options.into_iter().map(|item| item.text).collect::<Vec<_>>()
        };
        prop_assert_eq!(order(1), order(1));
        let mut sorted = order(2);
        sorted.sort();
        let mut texts = texts;
        texts.sort();
        prop_assert_eq!(sorted, texts);
        let orders: std::collections::HashSet<_> = (0..64).map(order).collect();
        prop_assert!(orders.len() > 1);
    }

    #[test]
    fn a_shuffled_task_never_shows_the_right_order(texts in texts()) {
        let ordering = question(json!({ "kind": "ordering", "items": texts }));
        let Task::Ordering(shown) = task(&ordering, ids(), learner(1)) else { unreachable!() };
        let shown: Vec<_> = shown.items.into_iter().map(|item| item.text).collect();
        prop_assert_ne!(&shown, &texts);
        let (mut a, mut b) = (shown, texts);
        a.sort();
        b.sort();
        prop_assert_eq!(a, b);
    }
}

#[test]
fn a_task_has_nothing_of_the_answer() {
    let choice = question(json!({ "kind": "single_choice", "options": [
        { "text": "a", "correct": true }, { "text": "b" }] }));
    let shown = serde_json::to_string(&task(&choice, ids(), learner(1))).unwrap();
    assert!(!shown.contains("correct"), "{shown}");
    for secret in [
        json!({ "kind": "numeric", "value": 4711.0 }),
        json!({ "kind": "short_text", "accepted": ["4711"] }),
        json!({ "kind": "code_output", "language": "go", "code": "x", "expected": "4711" }),
    ] {
        let shown = serde_json::to_string(&task(&question(secret), ids(), learner(1))).unwrap();
        assert!(!shown.contains("4711"), "{shown}");
    }
}

#[test]
fn wrong_choices_take_from_right_ones_but_never_below_nothing() {
    let question = question(json!({ "kind": "multiple_choice", "options": [
        { "text": "a", "correct": true }, { "text": "b", "correct": true },
        { "text": "c" }, { "text": "d" }] }));
    let choose = |texts: &[&str]| {
        let chosen: Vec<_> = texts.iter().map(|text| ids().of("option", text)).collect();
        graded(
            &question,
            json!({ "kind": "multiple_choice", "choices": chosen }),
        )
        .score
    };
    assert_eq!(choose(&["a"]), 5);
    assert_eq!(choose(&["a", "b", "c"]), 5);
    assert_eq!(choose(&["a", "c"]), 0);
    assert_eq!(choose(&["c", "d"]), 0);
    assert_eq!(choose(&[]), 0);
}

#[test]
fn words_and_output_are_compared_as_users_mean_them() {
    let words = question(json!({ "kind": "short_text", "accepted": ["fall through"] }));
    let right = json!({ "kind": "short_text", "text": "  Fall   THROUGH " });
    assert!(graded(&words, right).passed);
    let strict =
        question(json!({ "kind": "short_text", "accepted": ["Go"], "case_sensitive": true }));
    assert!(!graded(&strict, json!({ "kind": "short_text", "text": "go" })).passed);
    let output = question(
        json!({ "kind": "code_output", "language": "go", "code": "x", "expected": "6\n12 true\n" }),
    );
    assert!(
        graded(
            &output,
            json!({ "kind": "code_output", "output": "6 \r\n12 true\n\n" })
        )
        .passed
    );
    assert!(
        !graded(
            &output,
            json!({ "kind": "code_output", "output": "6 12 true" })
        )
        .passed
    );
}

#[test]
fn a_number_is_right_within_the_tolerance_and_wrong_beyond_it() {
    let charge = question(json!({ "kind": "numeric", "value": 1.602e-19, "tolerance": 1e-21 }));
    let third = question(json!({ "kind": "numeric", "value": 0.3, "tolerance": 0.1 }));
    let cases = [
        (&charge, 1.602e-19, true),
        (&charge, 1.612e-19, true),
        (&charge, 1.613e-19, false),
        (&charge, 0.0, false),
        (&charge, 5e-17, false),
        (&third, 0.4, true),
        (&third, 0.2, true),
        (&third, 0.400001, false),
    ];
    for (question, given, right) in cases {
        let grade = graded(question, json!({ "kind": "numeric", "value": given }));
        assert_eq!(grade.passed, right, "{given} for {question:?}");
    }
}

#[test]
fn an_answer_that_does_not_fit_is_reported_with_its_place() {
    let question = question(json!({ "kind": "single_choice", "options": [
        { "text": "a", "correct": true }, { "text": "b" }] }));
    let pointer = |given: Value| {
        let faults = grade(&question, &answer(given), 10, 100, ids()).unwrap_err();
        faults[0].pointer.clone()
    };
    assert_eq!(
        pointer(json!({ "kind": "true_false", "value": true })),
        "/answer/kind"
    );
    assert_eq!(
        pointer(json!({ "kind": "single_choice", "choice": "zzz" })),
        "/answer/choice"
    );
}

#[test]
fn one_exact_fraction_decides_whatever_the_points_are() {
    let options: Vec<_> = (0..4)
        .map(|number| json!({ "text": format!("option {number}"), "correct": number < 3 }))
        .collect();
    let question = question(json!({ "kind": "multiple_choice", "options": options }));
    let two = ["option 0", "option 1"].map(|text| ids().of("option", text));
    let given = answer(json!({ "kind": "multiple_choice", "choices": two }));
    for (points, score) in [(1, 0), (3, 2), (10, 6), (100, 66)] {
        for (pass, passed) in [(50, true), (66, true), (67, false)] {
            let grade = grade(&question, &given, points, pass, ids()).unwrap();
            assert_eq!(
                (grade.score, grade.percent, grade.passed),
                (score, 66, passed)
            );
            assert_eq!(grade.percent >= pass, passed, "what is shown says the same");
        }
    }
}

#[test]
fn a_later_attempt_gives_its_share_of_the_points_and_passes_alike() {
    let question = question(json!({ "kind": "true_false", "correct": true }));
    let given = answer(json!({ "kind": "true_false", "value": true }));
    let worth = Worth {
        points: 9,
        pass_percent: 100,
        attempt_percent: 50,
    };
    let grade = share(&question, &given, ids()).unwrap().grade(worth);
    assert_eq!((grade.score, grade.percent, grade.passed), (4, 100, true));
}

#[test]
fn each_gap_gives_its_share_of_a_cloze() {
    let cloze = question(json!({ "kind": "cloze", "text": "[[1]] [[2]]", "gaps": [
        { "accepted": ["length", "len"] }, { "accepted": ["Cap"], "case_sensitive": true },
    ] }));
    let percent = |gaps: Value| graded(&cloze, json!({ "kind": "cloze", "gaps": gaps })).percent;
    assert_eq!(percent(json!(["LEN", "Cap"])), 100);
    assert_eq!(percent(json!(["len", "cap"])), 50);
    assert_eq!(percent(json!(["", ""])), 0);
    let one = answer(json!({ "kind": "cloze", "gaps": ["len"] }));
    let faults = grade(&cloze, &one, 10, 60, ids()).unwrap_err();
    assert_eq!(faults[0].pointer, "/answer/gaps");
    let Task::Cloze(task) = task(&cloze, ids(), learner(1)) else {
        panic!("no cloze");
    };
    assert_eq!((task.text.as_str(), task.gaps), ("[[1]] [[2]]", 2));
}

#[test]
fn a_number_is_the_same_in_every_unit_of_its_task() {
    let length = question(
        json!({ "kind": "numeric", "value": 1.5, "tolerance": 0.05, "units": [
        { "symbol": "m", "factor": 1 }, { "symbol": "cm", "factor": 0.01 }, { "symbol": "km", "factor": 1000 },
    ] }),
    );
    let passed = |value: f64, unit: &str| {
        graded(
            &length,
            json!({ "kind": "numeric", "value": value, "unit": unit }),
        )
        .passed
    };
    assert!(passed(1.5, "m") && passed(150.0, "cm") && passed(0.0015, "km"));
    assert!(passed(155.0, "cm") && passed(145.0, " cm ") && !passed(155.1, "cm"));
    assert!(!passed(1.5, "cm"));
    for unit in [json!(null), json!("mm")] {
        let mut given = json!({ "kind": "numeric", "value": 1.5 });
        if unit.is_string() {
            given["unit"] = unit;
        }
        let faults = grade(&length, &answer(given), 10, 60, ids()).unwrap_err();
        assert_eq!(faults[0].pointer, "/answer/unit");
    }
    let speed = question(json!({ "kind": "numeric", "value": 10, "units": [
        { "symbol": "m/s", "factor": 1 }, { "symbol": "km/h", "factor": 0.2777777777777778 }, { "symbol": "\u{B5}m/s", "factor": 1e-6 },
    ] }));
    for (value, unit, right) in [
        (36.0, "km/h", true),
        (36.0, "km / h", true),
        (36.001, "km/h", false),
        (10.000_000_001, "m/s", false),
        (1e7, "\u{3BC}m/s", true),
    ] {
        let given = json!({ "kind": "numeric", "value": value, "unit": unit });
        assert_eq!(graded(&speed, given).passed, right, "{value} {unit}");
    }
    let bare = question(json!({ "kind": "numeric", "value": 1.5 }));
    let with_unit = answer(json!({ "kind": "numeric", "value": 1.5, "unit": "m" }));
    assert!(grade(&bare, &with_unit, 10, 60, ids()).is_err());
}

#[test]
fn the_author_speaks_of_the_options_that_were_chosen_and_of_no_others() {
    use crate::domain::question::{feedback, readable};
    let choice = question(json!({ "kind": "multiple_choice", "options": [
        { "text": "a", "correct": true, "feedback": "Right, because" },
        { "text": "b", "feedback": "No, because" },
        { "text": "c" },
    ] }));
    let id = |text: &str| ids().of("option", text);
    let given = answer(json!({ "kind": "multiple_choice", "choices": [id("b"), id("c")] }));
    let said = feedback(&choice, &given, ids());
    let said: Vec<_> = said
        .iter()
        .map(|one| (&one.choice, one.text.as_str()))
        .collect();
    assert_eq!(said, [(&id("b"), "No, because")]);
    assert_eq!(readable(&choice, &given, ids()), "b\nc");
    let task = serde_json::to_string(&task(&choice, ids(), learner(1))).unwrap();
    assert!(!task.contains("because"), "{task}");
}

//! Reading and writing GIFT: every form of the format, what cannot be taken over, and what is wrong.

use kernel::{Caller, Fault};
use serde_json::{Value, json};

use super::block::blocks;
use super::reading::read;
use super::request::GiftImport;
use super::writing::write;
use crate::authoring::exercises;
use crate::domain::ExerciseBody;
use crate::error::Error;
use crate::tests::*;

fn one(text: &str) -> Value {
    let (found, _) = blocks(text);
    assert_eq!(found.len(), 1, "{found:?}");
    let read = read(&found[0], 10).expect("a question");
    read.exercise.expect("an exercise")
}

fn remarks(text: &str) -> Vec<String> {
    let (found, mut remarks) = blocks(text);
    for block in &found {
        remarks.extend(read(block, 10).expect("a question").remarks);
    }
    remarks.into_iter().map(|remark| remark.message).collect()
}

fn refused(text: &str) -> String {
    let (found, _) = blocks(text);
    read(&found[0], 10).expect_err("refused")
}

#[test]
fn each_kind_of_question_is_read() {
    let choice = one(
        "::Zero::What is the zero value of a slice?{\n=nil#Right. ~0 ~%-50%empty#A slice that is empty is not nil.\n####It points to nothing.}",
    );
    assert_eq!(
        choice,
        json!({
            "title": "Zero", "prompt": "What is the zero value of a slice?", "points": 10,
            "explanation": "It points to nothing.",
            "question": { "kind": "single_choice", "shuffle": true, "options": [
                { "text": "nil", "correct": true, "feedback": "Right." },
                { "text": "0", "correct": false },
                { "text": "empty", "correct": false, "feedback": "A slice that is empty is not nil." },
            ] },
        })
    );
    let several = one("Which are even? { ~%50%2 ~%50%4 ~%-100%5 }");
    assert_eq!(several["title"], "Which are even?");
    assert_eq!(several["question"]["kind"], "multiple_choice");
    assert_eq!(several["question"]["options"][1]["correct"], true);
    assert_eq!(several["question"]["options"][2]["correct"], false);
    assert_eq!(
        one("1 is odd. {T}")["question"],
        json!({ "kind": "true_false", "correct": true })
    );
    assert_eq!(one("1 is even. { false }")["question"]["correct"], false);
    let numeric = |text: &str| {
        let question = &one(text)["question"];
        (question["value"].as_f64(), question["tolerance"].as_f64())
    };
    assert_eq!(numeric("When? {#1822}"), (Some(1822.0), Some(0.0)));
    assert_eq!(numeric("Root? {#1.41:0.005}"), (Some(1.41), Some(0.005)));
    assert_eq!(numeric("Between? {#1..5}"), (Some(3.0), Some(2.0)));
    assert_eq!(
        numeric("When? {#=1822:0 =%50%1822:2}"),
        (Some(1822.0), Some(0.0))
    );
    let short = one("Two plus two is? {=four =4}");
    assert_eq!(short["question"]["accepted"], json!(["four", "4"]));
    let gap = one("Two plus {=two =2} equals four.");
    assert_eq!(gap["question"]["text"], "Two plus [[1]] equals four.");
    assert_eq!(gap["question"]["gaps"][0]["accepted"], json!(["two", "2"]));
    let pairs = one("Match. { =Italy -> Rome =France -> Paris }");
    assert_eq!(
        pairs["question"]["pairs"][1],
        json!({ "left": "France", "right": "Paris" })
    );
    assert_eq!(one("Write. {}")["question"], json!({ "kind": "essay" }));
    let missing = one("Go was made at {~IBM =Google ~Sun} in 2007.");
    assert_eq!(missing["prompt"], "Go was made at \\_\\_\\_\\_\\_ in 2007.");
}

#[test]
fn what_is_text_stays_text() {
    let escaped = one("::a\\:b::What is \\{1 \\= 2\\} \\~ \\#x?{=\\=> ~a\\nb}");
    assert_eq!(escaped["title"], "a:b");
    assert_eq!(escaped["prompt"], "What is {1 = 2} \\~ \\#x?");
    assert_eq!(escaped["question"]["options"][0]["text"], "=\\>");
    assert_eq!(escaped["question"]["options"][1]["text"], "a\nb");
    let plain = one("Is `x * y` a *product* of <b>? {T}");
    assert_eq!(
        plain["prompt"],
        "Is \\`x \\* y\\` a \\*product\\* of \\<b\\>?"
    );
    assert_eq!(
        one("[markdown]Is *this* bold? {F}")["prompt"],
        "Is *this* bold?"
    );
    let html =
        "[html]<p>What is <b>1 &lt; 2</b>?</p><p>See <code>x</code> <img src\\=\"a.png\"/></p>{T}";
    assert_eq!(one(html)["prompt"], "What is **1 \\< 2**?\n\nSee `x`");
    assert_eq!(remarks(html), ["HTML tags are left out: img"]);
}

#[test]
fn comments_categories_and_lines_do_not_disturb() {
    let text = "\u{feff}// A bank\n$CATEGORY: $course$/Go\n\n::One::A? {T}\n// within\n\n\n::Two::B?\n{\n\n=x\n\n~y\n}\nA text alone.\n";
    let (found, left) = blocks(text);
    let lines: Vec<_> = found.iter().map(|block| block.line).collect();
    assert_eq!(lines, [4, 8]);
    assert_eq!(left[0].line, 2);
    assert!(remarks("A text alone.")[0].contains("without answers"));
}

#[test]
fn what_is_wrong_is_told_with_what_to_write() {
    assert!(refused("A? {=a").contains("not closed"));
    assert!(refused("::A? {T}").contains("::"));
    assert!(refused("A? {T} B? {F}").contains("empty line"));
    assert!(refused("A? {a}").contains("write = before"));
    assert!(refused("A? {=a =b ~c}").contains("~%50%"));
    assert!(refused("A? {#three}").contains("3:0.5"));
    assert!(refused("A? {=%50%a}").contains("all points"));
    assert!(refused("{T}").contains("what is asked"));
    assert!(refused("A? {=a -> b =c}").contains("->"));
}

#[tokio::test]
async fn rights_are_asked_for_before_a_file_is_parsed() {
    let test = ModuleTest::new().await;
    let (_, lesson, _) = test.published(json!({})).await;
    let import = async |caller: Caller, lesson| {
        let broken = GiftImport {
            text: "J? {only}".to_owned(),
            points: 5,
            dry_run: true,
        };
        let imported = test
            .course
            .gift
            .import(&caller, &op(), lesson, broken)
            .await;
        imported.unwrap_err().code().to_owned()
    };
    assert_eq!(import(author(), lesson.id).await, "course.invalid");
    assert_eq!(import(other(), lesson.id).await, "course.staff_required");
    let nowhere = uuid::Uuid::from_u128(0xfff).into();
    assert_eq!(import(author(), nowhere).await, "course.not_found");
}

#[tokio::test]
async fn a_file_is_imported_whole_or_not_at_all_and_written_again_alike() {
    let test = ModuleTest::new().await;
    let (course, lesson, _) = test.published(json!({})).await;
    let import = |text: &str, dry_run| GiftImport {
        text: text.to_owned(),
        points: 5,
        dry_run,
    };
    let gift = &test.course.gift;
    let text = "A? {T}\n\nB? {=b ~c#No.\n####Because.}\n\nC? {#2:0.5}\n\nD? {=x =y}\n\nE? {=l -> r =m -> s}\n\nF? {}\n\nG {=g} h.\n\nI? {~%50%1 ~%50%2 ~%-100%3}";
    let wrong = format!("{text}\n\nJ? {{only}}\n\nK? {{=same ~same}}");
    let refused = gift
        .import(&author(), &op(), lesson.id, import(&wrong, false))
        .await;
    let Err(Error::Invalid(_, faults)) = refused else {
        panic!("{refused:?}")
    };
    assert!(faults[0].message.starts_with("line 18: "), "{faults:?}");
    let before = exercises::list(test.database.read(), course.id)
        .await
        .unwrap();
    let tried = gift
        .import(&author(), &op(), lesson.id, import(text, true))
        .await
        .unwrap();
    assert_eq!(tried.value.exercises.len(), 8);
    assert!(tried.value.exercises.iter().all(|one| one.id.is_none()));
    let after = exercises::list(test.database.read(), course.id)
        .await
        .unwrap();
    assert_eq!(before.len(), after.len(), "a dry run creates nothing");

    let done = gift
        .import(&author(), &op(), lesson.id, import(text, false))
        .await
        .unwrap();
    let kinds: Vec<_> = done
        .value
        .exercises
        .iter()
        .map(|one| one.kind.as_str())
        .collect();
    assert_eq!(
        kinds,
        [
            "true_false",
            "single_choice",
            "numeric",
            "short_text",
            "matching",
            "essay",
            "cloze",
            "multiple_choice"
        ]
    );
    let of = |error: Error| error.code().to_owned();
    let stranger = gift
        .import(&other(), &op(), lesson.id, import(text, false))
        .await;
    assert_eq!(of(stranger.unwrap_err()), "course.staff_required");
    assert_eq!(
        of(gift.export(&other(), &course.id.into()).await.unwrap_err()),
        "course.staff_required"
    );

    let written = gift.export(&author(), &course.id.into()).await.unwrap();
    let (found, _) = blocks(&written.text);
    let made = exercises::list(test.database.read(), course.id)
        .await
        .unwrap();
    let made: Vec<_> = made
        .iter()
        .filter(|one| one.lesson_id == lesson.id)
        .skip(1)
        .collect();
    assert_eq!(found.len(), made.len() + 1, "{}", written.text);
    for (block, made) in found.iter().skip(1).zip(made) {
        let again = read(block, made.body.points).unwrap().exercise.unwrap();
        let question = serde_json::to_value(&made.body.question).unwrap();
        assert_eq!(again["title"], made.body.title.as_str());
        assert_eq!(
            again["question"]["kind"], question["kind"],
            "{}",
            block.text
        );
        for part in [
            "options",
            "value",
            "tolerance",
            "accepted",
            "pairs",
            "gaps",
            "correct",
        ] {
            if let Some(kept) = question
                .get(part)
                .filter(|_| again["question"].get(part).is_some())
            {
                let texts = |value: &Value| value.to_string().replace("\"correct\":false,", "");
                assert_eq!(
                    texts(&again["question"][part]),
                    texts(kept),
                    "{}",
                    block.text
                );
            }
        }
    }
    let lacks: Vec<_> = written
        .left_out
        .iter()
        .map(|one| one.message.as_str())
        .collect();
    assert_eq!(
        lacks,
        [
            "GIFT has no hints",
            "the prompt is left out; GIFT shows the text with the gap alone"
        ]
    );
}

fn body(title: &str, question: Value) -> ExerciseBody {
    serde_json::from_value(json!({
        "title": title, "prompt": "    if x {", "points": 1, "hints": [], "pass_percent": 100,
        "question": question,
    }))
    .expect("an exercise")
}

#[test]
fn what_programmers_write_comes_back_as_it_was() {
    let options = |texts: &[&str]| -> Value {
        let options = texts.iter().enumerate();
        options
            .map(|(index, text)| json!({ "text": text, "correct": index == 0 }))
            .collect()
    };
    let texts = [
        "%d prints",
        "%50% of it",
        "[html] is a tag",
        "{a=b}~#c",
        "a -> b",
        "x\\ny",
    ];
    for question in [
        json!({ "kind": "single_choice", "options": options(&texts), "shuffle": true }),
        json!({ "kind": "multiple_choice", "options": options(&texts), "shuffle": true }),
        json!({ "kind": "short_text", "accepted": ["%d", "%50%", "[x]", "a::b"] }),
        json!({ "kind": "matching", "pairs": [
            { "left": "%v", "right": "[html]" }, { "left": "[plain]x", "right": "#" } ] }),
    ] {
        let body = body("A: %d", question);
        let written = write(&body);
        assert!(written.lacks.is_empty(), "{:?}", written.lacks);
        let again = one(&written.text);
        assert_eq!(
            (&again["title"], &again["prompt"]),
            (&json!("A: %d"), &json!("\n    if x {"))
        );
        let mut asked: ExerciseBody = body.clone();
        asked.question = serde_json::from_value(again["question"].clone()).expect("a question");
        assert_eq!(asked.question, body.question, "{}", written.text);
    }
    for question in [
        json!({ "kind": "short_text", "accepted": ["fn f() -> i32"] }),
        json!({ "kind": "matching", "pairs": [
            { "left": "a->b", "right": "1" }, { "left": "c", "right": "2" } ] }),
    ] {
        let written = write(&body("Arrows", question));
        assert!(written.text.is_empty() && written.lacks[0].contains("->"));
    }
    let mut limited = body("Limits", json!({ "kind": "true_false", "correct": true }));
    (limited.attempts, limited.hints) = (Some(2), vec!["Think.".to_owned()]);
    let written = write(&limited);
    assert_eq!(written.lacks.len(), 2, "{:?}", written.lacks);
}

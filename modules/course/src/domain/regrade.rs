//! What an answer gets by an exercise that was corrected since. A regrade never takes away what a learner has.

use super::content::ExerciseBody;
use super::grading::{Grade, Worth, mark};
use super::question::{Answer, Ids};

/// The grade that an answer has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Before {
    pub(crate) score: i32,
    pub(crate) max_score: i32,
    pub(crate) percent: i32,
    pub(crate) passed: bool,
    /// The percentage of the points that the attempt could give.
    pub(crate) attempt_percent: i32,
}

/// What becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The corrected exercise asks something else, or the staff grades it.
    NotApplicable,
    Same,
    /// It would get less, and keeps what it has.
    Lower,
    Raised(Grade),
}

/// Grades `answer` by `corrected`, which the attempt is asked as `asked`.
pub(crate) fn regrade(
    before: Before,
    answer: &Answer,
    (asked, corrected): (&ExerciseBody, &ExerciseBody),
    ids: Ids<'_>,
) -> Verdict {
    // Most answers do not say what they answer, and other numbers may have been drawn than the learner was shown.
    if asked.prompt != corrected.prompt {
        return Verdict::NotApplicable;
    }
    let Ok(Some(share)) = mark(&corrected.question, answer, ids) else {
        return Verdict::NotApplicable;
    };
    let after = share.grade(Worth {
        points: before.max_score,
        pass_percent: corrected.pass_percent,
        attempt_percent: before.attempt_percent,
    });
    let raised = Grade {
        score: after.score.max(before.score),
        max_score: before.max_score,
        percent: after.percent.max(before.percent),
        passed: after.passed || before.passed,
    };
    let kept = (before.score, before.percent, before.passed);
    match (raised.score, raised.percent, raised.passed) == kept {
        true if (after.score, after.percent, after.passed) == kept => Verdict::Same,
        true => Verdict::Lower,
        false => Verdict::Raised(raised),
    }
}

#[cfg(test)]
mod tests {
    use kernel::ExerciseId;
    use proptest::prelude::*;
    use serde_json::{Value, json};
    use uuid::Uuid;

    use super::{Before, Verdict, regrade};
    use crate::domain::{ExerciseBody, Ids};

    fn body(question: Value, pass_percent: i32) -> ExerciseBody {
        let body = json!({
            "title": "E", "prompt": "P", "points": 10, "pass_percent": pass_percent, "attempts": null,
            "hints": [], "explanation": null, "question": question,
        });
        serde_json::from_value(body).unwrap()
    }

    fn numeric(value: f64, pass_percent: i32) -> ExerciseBody {
        body(json!({ "kind": "numeric", "value": value }), pass_percent)
    }

    fn verdict(before: Before, answer: Value, corrected: &ExerciseBody) -> Verdict {
        let asked = numeric(1.0, 100);
        let answer = serde_json::from_value(answer).unwrap();
        let exercise = ExerciseId::from(Uuid::from_u128(1));
        let ids = Ids {
            seed: "s",
            exercise,
        };
        regrade(before, &answer, (&asked, corrected), ids)
    }

    const WRONG: Before = Before {
        score: 0,
        max_score: 8,
        percent: 0,
        passed: false,
        attempt_percent: 50,
    };

    #[test]
    fn what_is_right_now_gets_what_its_attempt_could_give() {
        let answer = json!({ "kind": "numeric", "value": 2.0 });
        let Verdict::Raised(grade) = verdict(WRONG, answer.clone(), &numeric(2.0, 100)) else {
            panic!("it is right");
        };
        let got = (grade.score, grade.max_score, grade.percent, grade.passed);
        assert_eq!(got, (4, 8, 100, true));
        let wrong = verdict(WRONG, answer.clone(), &numeric(3.0, 100));
        assert_eq!(wrong, Verdict::Same);
        let truth = body(json!({ "kind": "true_false", "correct": true }), 100);
        assert_eq!(verdict(WRONG, answer, &truth), Verdict::NotApplicable);
    }

    #[test]
    fn an_answer_to_another_prompt_is_not_regraded() {
        let mut corrected = numeric(2.0, 100);
        "What is 1 + 2?".clone_into(&mut corrected.prompt);
        let answer = json!({ "kind": "numeric", "value": 2.0 });
        assert_eq!(
            verdict(WRONG, answer.clone(), &corrected),
            Verdict::NotApplicable
        );
        let same = verdict(WRONG, answer, &numeric(2.0, 100));
        assert!(matches!(same, Verdict::Raised(_)));
    }

    proptest! {
        #[test]
        fn nobody_loses_anything(
            score in 0..=8, percent in 0..=100, passed: bool, attempt_percent in 0..=100,
            right: bool, pass_percent in 1..=100,
        ) {
            let before = Before { score, max_score: 8, percent, passed, attempt_percent };
            let corrected = numeric(if right { 2.0 } else { 3.0 }, pass_percent);
            let answer = json!({ "kind": "numeric", "value": 2.0 });
            if let Verdict::Raised(grade) = verdict(before, answer, &corrected) {
                prop_assert!(grade.score >= score && grade.percent >= percent);
                prop_assert!(grade.passed >= passed);
                prop_assert!(grade.score <= 8 && grade.percent <= 100);
                let same = (grade.score, grade.percent, grade.passed) == (score, percent, passed);
                prop_assert!(!same);
            }
        }
    }
}

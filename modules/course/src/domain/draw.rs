//! What chance decides for a learner. It follows from the seed of the course, which is stored and secret, so that it is
//! the same however often, and wherever, it is asked.

use aws_lc_rs::digest::{SHA256, digest};
use kernel::{ExerciseId, UserId};

use super::content::{ExerciseBody, Variant};
use super::question::{Formula, Numeric, Parameter, Question};

/// What chance decides for an attempt of a learner at an exercise.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Draw<'a> {
    pub(crate) seed: &'a str,
    pub(crate) exercise: ExerciseId,
    pub(crate) learner: UserId,
    /// The number of the attempt, from 1.
    pub(crate) attempt: i32,
}

/// How often parameters are drawn until the formula has a result: four of five have, or it would have been refused.
const TRIES: u64 = 16;

impl Draw<'_> {
    /// A number below `below`, for whatever `what` names.
    fn number(&self, what: &str, below: u64) -> u64 {
        let input = format!(
            "{}\n{}\n{}\n{}\n{what}",
            self.seed, self.exercise, self.learner, self.attempt
        );
        let hash = digest(&SHA256, input.as_bytes());
        let (first, _) = hash.as_ref().split_at(8);
        let drawn = first
            .iter()
            .fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        drawn % below.max(1)
    }

    /// The exercise as this attempt has it: one of its variants, with a number for each parameter.
    pub(crate) fn apply(&self, body: &ExerciseBody) -> ExerciseBody {
        let mut drawn = body.clone();
        let variants = std::mem::take(&mut drawn.variants);
        let all = u64::try_from(variants.len()).unwrap_or(0) + 1;
        let chosen = usize::try_from(self.number("variant", all)).unwrap_or(0);
        if let Some(variant) = chosen.checked_sub(1).and_then(|place| variants.get(place)) {
            let Variant {
                prompt,
                explanation,
                question,
            } = variant.clone();
            drawn.prompt = prompt;
            drawn.question = question;
            drawn.explanation = explanation.or(drawn.explanation);
        }
        if let Question::Numeric(numeric) = &mut drawn.question {
            let numbers = self.solve(numeric);
            let texts = drawn.hints.iter_mut().chain(&mut drawn.explanation);
            for text in texts.chain([&mut drawn.prompt]) {
                for (name, number) in &numbers {
                    *text = text.replace(&format!("{{{{{name}}}}}"), &number.to_string());
                }
            }
        }
        drawn
    }

    /// Draws the parameters, and computes the correct number of them.
    fn solve(&self, numeric: &mut Numeric) -> Vec<(String, f64)> {
        let parameters = std::mem::take(&mut numeric.parameters);
        let formula = numeric.formula.take();
        let Some(formula) = formula.as_deref().and_then(Formula::parse) else {
            return Vec::new();
        };
        let mut numbers = Vec::new();
        for round in 0..TRIES {
            let draw = |parameter: &Parameter| {
                let what = format!("parameter {round} {}", parameter.name);
                let number = parameter.number(self.number(&what, parameter.steps() + 1));
                (parameter.name.clone(), number)
            };
            numbers = parameters.iter().map(draw).collect();
            numeric.value = formula.solve(&numbers);
            if numeric.value.is_some() {
                break;
            }
        }
        numbers
    }
}

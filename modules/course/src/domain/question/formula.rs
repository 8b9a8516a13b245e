//! Numbers that differ between attempts, and the formula that gives the correct one.

use exmex::{Express, parse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Numeric;
use kernel::FieldFault;

/// A number that is drawn anew for each attempt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NumericParameter)]
pub(crate) struct Parameter {
    /// Its name, which stands in the formula, and in double braces in the prompt: `{{speed}}`.
    #[schema(min_length = 1, max_length = 20, pattern = "^[a-z][a-z0-9_]*$")]
    pub(crate) name: String,
    /// The smallest number.
    #[schema(minimum = -1e9, maximum = 1e9)]
    pub(crate) min: f64,
    /// The largest number.
    #[schema(minimum = -1e9, maximum = 1e9)]
    pub(crate) max: f64,
    /// How far its numbers are apart: `0.5` gives 1, 1.5, 2, and so on.
    #[serde(default = "one")]
    #[schema(minimum = 0.000001, maximum = 1e9, default = 1.0)]
    pub(crate) step: f64,
}

fn one() -> f64 {
    1.0
}

impl Parameter {
    /// How many steps lie between its smallest and its largest number.
    pub(crate) fn steps(&self) -> u64 {
        let steps = (decimal(self.max - self.min) / self.step + 1e-9).floor();
        if steps.is_finite() && steps > 0.0 {
            // The bounds of its schema keep it far below the largest whole number.
            steps as u64
        } else {
            0
        }
    }

    pub(crate) fn number(&self, step: u64) -> f64 {
        decimal(self.min + step as f64 * self.step)
    }
}

/// What is left of a computed number without the noise of binary fractions: twelve digits.
fn decimal(number: f64) -> f64 {
    format!("{number:.11e}").parse().unwrap_or(number)
}

/// The result of a formula; `None` when there is none, as that of a division by zero, or it is out of bounds.
pub(crate) fn solve(formula: &str, numbers: &[(String, f64)]) -> Option<f64> {
    let parsed = parse::<f64>(formula).ok()?;
    let value_of = |name: &String| {
        let found = numbers.iter().find(|(known, _)| known == name);
        found.map(|(_, number)| *number)
    };
    let values: Option<Vec<f64>> = parsed.var_names().iter().map(value_of).collect();
    let result = parsed.eval(&values?).ok()?;
    (result.abs() <= 1e30).then(|| decimal(result))
}

/// What is wrong with the parameters and the formula of a number, with pointers under `at`.
pub(crate) fn faults(numeric: &Numeric, prompt: &str, at: &str) -> Vec<FieldFault> {
    let fault = |place: String, code, message: String| {
        FieldFault::new(format!("{at}/{place}"), code, message)
    };
    let Some(formula) = &numeric.formula else {
        let mut faults = Vec::new();
        if numeric.value.is_none() {
            let message = "must be given, or formula in its place".to_owned();
            faults.push(fault("value".to_owned(), "required", message));
        }
        if !numeric.parameters.is_empty() {
            let message = "need a formula that says which number is correct".to_owned();
            faults.push(fault("parameters".to_owned(), "no_formula", message));
        }
        return faults;
    };
    let mut faults = Vec::new();
    if numeric.value.is_some() {
        let message = "must be absent where a formula gives the correct number".to_owned();
        faults.push(fault("value".to_owned(), "formula", message));
    }
    for (index, parameter) in numeric.parameters.iter().enumerate() {
        let place = |name: &str| format!("parameters/{index}/{name}");
        let before = &numeric.parameters[..index];
        if before.iter().any(|other| other.name == parameter.name) {
            let message = "must differ from the others".to_owned();
            faults.push(fault(place("name"), "duplicate", message));
        }
        if parameter.min > parameter.max {
            let message = "must be at least min".to_owned();
            faults.push(fault(place("max"), "too_small", message));
        }
        if !prompt.contains(&format!("{{{{{}}}}}", parameter.name)) {
            let message = format!(
                "must stand in the prompt as {{{{{}}}}}, so that learners know it",
                parameter.name
            );
            faults.push(fault(place("name"), "not_in_prompt", message));
        }
    }
    faults.extend(
        formula_faults(formula, numeric)
            .map(|(code, message)| fault("formula".to_owned(), code, message)),
    );
    faults
}

fn formula_faults(formula: &str, numeric: &Numeric) -> Option<(&'static str, String)> {
    let parsed = match parse::<f64>(formula) {
        Ok(parsed) => parsed,
        Err(_) => {
            let message = "cannot be read; write it with numbers, names of parameters, + - * / ^, parentheses, and functions such as sqrt(a), with a sign for each multiplication";
            return Some(("syntax", message.to_owned()));
        }
    };
    let is_known = |name: &&String| {
        let mut parameters = numeric.parameters.iter();
        !parameters.any(|parameter| parameter.name == **name)
    };
    if let Some(name) = parsed.var_names().iter().find(is_known) {
        let message = format!("names {name}, which is no parameter; add it to parameters");
        return Some(("unknown_parameter", message));
    }
    // Every pair of ends is tried, and the middle; what has no result in between is drawn again.
    let ends = numeric.parameters.len().min(6);
    let has_result = |choice: u32| {
        let numbers = (0..).zip(&numeric.parameters);
        let numbers: Vec<_> = numbers
            .map(|(place, parameter)| {
                let step = match choice >> place & 1 {
                    0 => parameter.steps() / 2,
                    _ => parameter.steps(),
                };
                (parameter.name.clone(), parameter.number(step))
            })
            .collect();
        solve(formula, &numbers).is_some()
    };
    if !(0..1_u32 << ends).any(has_result) {
        let message = "has no result between -1e30 and 1e30 for the numbers of its parameters";
        return Some(("no_result", message.to_owned()));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{Parameter, solve};

    #[test]
    fn formulas_compute_as_on_paper() {
        let numbers = [("a".to_owned(), 3.0), ("b".to_owned(), 4.0)];
        for (formula, expected) in [
            ("sqrt(a^2 + b^2)", Some(5.0)),
            ("a - b - 1", Some(-2.0)),
            ("-(a^2)", Some(-9.0)),
            ("a / b * 2", Some(1.5)),
            ("0.1 * a", Some(0.3)),
            ("a / (b - 4)", None),
            ("a * c", None),
            ("a b", None),
        ] {
            assert_eq!(solve(formula, &numbers), expected, "{formula}");
        }
    }

    #[test]
    fn numbers_of_a_parameter_have_no_noise_and_reach_its_end() {
        let parameter = Parameter {
            name: "a".to_owned(),
            min: 0.1,
            max: 0.7,
            step: 0.1,
        };
        let numbers = (0..=parameter.steps()).map(|step| parameter.number(step).to_string());
        let numbers: Vec<_> = numbers.collect();
        assert_eq!(numbers, ["0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7"]);
    }
}

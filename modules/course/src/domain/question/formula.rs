//! Numbers that differ between attempts, and the formula that gives the correct one.

use exmex::{Express, FlatEx, parse};
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

/// A formula that was read once, because it may be solved many times.
pub(crate) struct Formula(FlatEx<f64>);

impl Formula {
    /// `None` for what is no formula.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        parse::<f64>(text).ok().map(Self)
    }

    /// The result; `None` when there is none, as that of a division by zero, or it is out of bounds.
    pub(crate) fn solve(&self, numbers: &[(String, f64)]) -> Option<f64> {
        let value_of = |name: &String| {
            let found = numbers.iter().find(|(known, _)| known == name);
            found.map(|(_, number)| *number)
        };
        let values: Option<Vec<f64>> = self.0.var_names().iter().map(value_of).collect();
        let result = self.0.eval(&values?).ok()?;
        (result.abs() <= 1e30).then(|| decimal(result))
    }
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
        if is_reserved(&parameter.name) {
            let message = "has a meaning of its own in formulas; choose another name".to_owned();
            faults.push(fault(place("name"), "reserved", message));
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
    let is_unknown = |shown: &&str| !numeric.parameters.iter().any(|one| one.name == **shown);
    if let Some(shown) = placeholders(prompt).find(is_unknown) {
        let message = format!(
            "have no {shown}, which the prompt shows as {{{{{shown}}}}}; add it, or correct the prompt"
        );
        faults.push(fault(
            "parameters".to_owned(),
            "unknown_placeholder",
            message,
        ));
    }
    faults.extend(
        formula_faults(formula, numeric)
            .map(|(code, message)| fault("formula".to_owned(), code, message)),
    );
    faults
}

/// What stands between double braces in a text.
pub(crate) fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    let parts = text.split("{{").skip(1);
    parts.filter_map(|part| part.split_once("}}").map(|(shown, _)| shown))
}

/// How many numbers of the parameters are tried, and how many of them may have no result: then a few draws find one.
const SAMPLES: u64 = 199;
const MAX_FAILING: usize = 40;

fn formula_faults(text: &str, numeric: &Numeric) -> Option<(&'static str, String)> {
    let Some(formula) = Formula::parse(text) else {
        let message = "cannot be read; write it with numbers, names of parameters, + - * / ^, parentheses, and functions such as sqrt(a), with a sign for each multiplication";
        return Some(("syntax", message.to_owned()));
    };
    let is_unknown = |name: &&String| {
        let mut parameters = numeric.parameters.iter();
        !parameters.any(|parameter| parameter.name == **name)
    };
    if let Some(name) = formula.0.var_names().iter().find(is_unknown) {
        let message = format!("names {name}, which is no parameter; add it to parameters");
        return Some(("unknown_parameter", message));
    }
    let fails = |sample: &u64| {
        let numbers = (2_u64..).zip(&numeric.parameters);
        let numbers: Vec<_> = numbers
            .map(|(stride, parameter)| {
                // All over its range, in another order for each parameter, because the number of samples is prime.
                let part = u128::from(sample * stride % SAMPLES);
                let step = (u128::from(parameter.steps()) + 1) * part / u128::from(SAMPLES);
                let step = u64::try_from(step).unwrap_or(0);
                (parameter.name.clone(), parameter.number(step))
            })
            .collect();
        formula.solve(&numbers).is_none()
    };
    if (0..SAMPLES).filter(fails).count() > MAX_FAILING {
        let message = "has no result between -1e30 and 1e30 for too many numbers of its parameters; narrow them";
        return Some(("no_result", message.to_owned()));
    }
    None
}

/// Whether the language of formulas has another meaning for a name, as for `e`.
fn is_reserved(name: &str) -> bool {
    parse::<f64>(name).map_or(true, |parsed| parsed.var_names() != [name])
}

#[cfg(test)]
mod tests {
    use super::{Formula, Parameter, is_reserved};

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
            let solved = Formula::parse(formula).and_then(|formula| formula.solve(&numbers));
            assert_eq!(solved, expected, "{formula}");
        }
    }

    #[test]
    fn names_of_constants_and_functions_are_no_parameters() {
        for (name, reserved) in [
            ("e", true),
            ("sqrt", true),
            ("sin", true),
            ("pi", false),
            ("speed_2", false),
        ] {
            assert_eq!(is_reserved(name), reserved, "{name}");
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

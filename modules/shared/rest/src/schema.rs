//! Checks values against the very schemas that the OpenAPI document shows, so that what is
//! documented and what is enforced cannot differ.

use std::any::TypeId;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use jsonschema::error::ValidationErrorKind;
use jsonschema::{Draft, PatternOptions, ValidationError, Validator};
use kernel::FieldFault;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::openapi;

/// A schema and the validator that was built from it.
pub(crate) struct Checked {
    pub(crate) schema: Value,
    pub(crate) validator: Validator,
}

type Validators = RwLock<HashMap<TypeId, Option<Arc<Checked>>>>;

fn validators() -> &'static Validators {
    static CACHE: OnceLock<Validators> = OnceLock::new();
    CACHE.get_or_init(Validators::default)
}

/// The validator of `key`, built once from `schema`. A schema that does not compile is a defect
/// that the tests of the document find; then nothing is let in.
pub(crate) fn cached(key: TypeId, schema: impl FnOnce() -> Value) -> Option<Arc<Checked>> {
    let known = validators().read().unwrap_or_else(PoisonError::into_inner);
    if let Some(checked) = known.get(&key) {
        return checked.clone();
    }
    drop(known);
    let mut schema = schema();
    openapi::bound_strings(&mut schema);
    let built = jsonschema::options()
        .with_draft(Draft::Draft202012)
        .with_pattern_options(PatternOptions::regex())
        .should_validate_formats(true)
        .build(&schema);
    let checked = match built {
        Ok(validator) => Some(Arc::new(Checked { schema, validator })),
        Err(error) => {
            tracing::error!(error = %error, "a request schema does not compile");
            None
        }
    };
    validators()
        .write()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(key, checked.clone());
    checked
}

/// The whole JSON schema of `T` with all that it refers to.
pub(crate) fn of<T: ToSchema>() -> Value {
    let mut parts = Vec::new();
    T::schemas(&mut parts);
    parts.push((T::name().into_owned(), T::schema()));
    let schemas: serde_json::Map<String, Value> = parts
        .into_iter()
        .filter_map(|(name, schema)| Some((name, serde_json::to_value(schema).ok()?)))
        .collect();
    json!({
        "$ref": format!("#/components/schemas/{}", T::name()),
        "components": { "schemas": schemas },
    })
}

/// All faults of `value` against the documented schema of `T`, for what is no request body: files.
pub fn schema_faults<T: ToSchema + 'static>(value: &Value) -> Vec<FieldFault> {
    match cached(TypeId::of::<T>(), of::<T>) {
        Some(checked) => checked.faults(value, ""),
        None => vec![FieldFault::new(
            "",
            "schema",
            "cannot be checked; report this defect",
        )],
    }
}

impl Checked {
    /// All faults of `value`, each with a pointer under `base`.
    pub(crate) fn faults(&self, value: &Value, base: &str) -> Vec<FieldFault> {
        let mut faults = Vec::new();
        for error in self.validator.iter_errors(value) {
            describe(&error, base, &mut faults);
        }
        faults
    }
}

fn describe(error: &ValidationError<'_>, base: &str, faults: &mut Vec<FieldFault>) {
    let at = format!("{base}{}", error.instance_path());
    let (code, message) = match error.kind() {
        ValidationErrorKind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            faults.push(FieldFault::new(
                format!("{at}/{name}"),
                "required",
                "is required",
            ));
            return;
        }
        ValidationErrorKind::AdditionalProperties { unexpected }
        | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
            faults.extend(unexpected.iter().map(|name| {
                let name: String = name.chars().take(100).collect();
                let name = name.replace('~', "~0").replace('/', "~1");
                FieldFault::new(
                    format!("{at}/{name}"),
                    "unknown",
                    "is not known here; leave it out",
                )
            }));
            return;
        }
        ValidationErrorKind::OneOfNotValid { context } | ValidationErrorKind::AnyOf { context } => {
            describe_nearest(context, base, &at, faults);
            return;
        }
        ValidationErrorKind::MinLength { limit } => (
            "min_length",
            format!("must have at least {limit} characters"),
        ),
        ValidationErrorKind::MaxLength { limit } => (
            "max_length",
            format!("must have at most {limit} characters"),
        ),
        ValidationErrorKind::MinItems { limit } => {
            ("min_items", format!("must have at least {limit} items"))
        }
        ValidationErrorKind::MaxItems { limit } => {
            ("max_items", format!("must have at most {limit} items"))
        }
        ValidationErrorKind::UniqueItems => (
            "unique_items",
            "must not have the same item twice".to_owned(),
        ),
        ValidationErrorKind::MinProperties { .. } => {
            ("min_properties", "must have at least one field".to_owned())
        }
        ValidationErrorKind::Minimum { limit } => ("minimum", format!("must be at least {limit}")),
        ValidationErrorKind::Maximum { limit } => ("maximum", format!("must be at most {limit}")),
        ValidationErrorKind::Enum { options } => ("choice", format!("must be one of {options}")),
        ValidationErrorKind::Pattern { pattern } if pattern == openapi::PLAIN_TEXT => (
            "characters",
            "must not contain control characters".to_owned(),
        ),
        ValidationErrorKind::Pattern { pattern } if pattern == openapi::LINE => (
            "characters",
            "must be one line with something to see in it, without control, zero-width or direction-changing characters".to_owned(),
        ),
        ValidationErrorKind::Pattern { pattern } if words(pattern).is_some() => (
            "choice",
            format!("must be one of {}", words(pattern).unwrap_or_default()),
        ),
        ValidationErrorKind::Pattern { pattern } => ("pattern", format!("must match {pattern}")),
        ValidationErrorKind::Format { format } => ("format", must_be(format)),
        ValidationErrorKind::Type { .. } => ("type", error.masked_with("it").to_string()),
        other => (other.keyword(), error.masked_with("it").to_string()),
    };
    faults.push(FieldFault::new(at, code, message));
}

/// Of several alternatives, tells the faults of the one that the sender meant: the one whose
/// `kind` fits.
fn describe_nearest(
    context: &[Vec<ValidationError<'static>>],
    base: &str,
    at: &str,
    faults: &mut Vec<FieldFault>,
) {
    let misses_kind = |errors: &Vec<ValidationError<'static>>| {
        errors.iter().any(|error| {
            let path = error.instance_path().to_string();
            let constant = matches!(
                error.kind(),
                ValidationErrorKind::Enum { .. } | ValidationErrorKind::Constant { .. }
            );
            constant && path.ends_with("/kind")
        })
    };
    let meant: Vec<_> = context
        .iter()
        .filter(|errors| !misses_kind(errors))
        .collect();
    match meant.as_slice() {
        [errors] => {
            for error in *errors {
                describe(error, base, faults);
            }
        }
        [] => faults.push(FieldFault::new(
            format!("{at}/kind"),
            "choice",
            "is not one of the kinds that this field takes; see /docs",
        )),
        _ => faults.push(FieldFault::new(
            at,
            "shape",
            "has none of the shapes that this field takes; see /docs",
        )),
    }
}

fn must_be(format: &str) -> String {
    match format {
        "email" => "must be an e-mail address such as ada@example.org: a name and a host in letters from a to z, without blanks".to_owned(),
        other => format!("must be a valid {other}"),
    }
}

/// The words of a pattern that is nothing but a choice between them.
fn words(pattern: &str) -> Option<String> {
    let inner = pattern.strip_prefix("^(")?.strip_suffix(")$")?;
    let plain = inner
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte == b'|');
    plain.then(|| inner.replace('|', ", "))
}

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

use crate::json::counted;
use crate::problem::MAX_FIELDS;
use crate::shape::Shape;
use crate::{json as reading, openapi};

/// A schema, and the shape and the validator that were built from it.
pub(crate) struct Checked {
    pub(crate) schema: Value,
    pub(crate) shape: Shape,
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
        Ok(validator) => Some(Arc::new(Checked {
            shape: Shape::of(&schema),
            schema,
            validator,
        })),
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

/// The JSON schema (draft 2020-12) of `T` by itself, with all that it refers to and the very bounds that
/// [`schema_faults`] checks, for tools that know nothing of the API.
pub fn schema_of<T: ToSchema>() -> Value {
    let mut schema = of::<T>();
    openapi::bound_strings(&mut schema);
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema
}

/// The faults of `value` against the documented schema of `T`, a hundred at most, for what is no
/// request body: files.
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
    /// The faults of `value`, each with a pointer under `base`; not more than anybody mends at once.
    pub(crate) fn faults(&self, value: &Value, base: &str) -> Vec<FieldFault> {
        let mut faults = Vec::new();
        for error in self.validator.iter_errors(value) {
            describe(&error, base, &mut faults);
            if faults.len() >= MAX_FIELDS {
                faults.truncate(MAX_FIELDS);
                break;
            }
        }
        faults
    }

    /// The faults of a body: those that were found when it was read, and those of the rest.
    pub(crate) fn faults_of(&self, read: &reading::Read) -> Vec<FieldFault> {
        let mut faults = read.faults.clone();
        if faults.len() >= MAX_FIELDS {
            return faults;
        }
        // What was too long is empty now, which is no fault of its own.
        let emptied = |fault: &FieldFault| read.faults.iter().any(|e| e.pointer == fault.pointer);
        let found = self.faults(&read.value, "");
        faults.extend(found.into_iter().filter(|fault| !emptied(fault)));
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
            let names = unexpected.iter().take(MAX_FIELDS);
            faults.extend(names.map(|name| reading::unknown(&at, name)));
            return;
        }
        ValidationErrorKind::OneOfNotValid { context } | ValidationErrorKind::AnyOf { context } => {
            describe_nearest(context, base, &at, faults);
            return;
        }
        ValidationErrorKind::MinLength { limit } => (
            "min_length",
            format!("must have at least {}", counted(*limit, "character")),
        ),
        ValidationErrorKind::MaxLength { limit } => (
            "max_length",
            format!("must have at most {}", counted(*limit, "character")),
        ),
        ValidationErrorKind::MinItems { limit } => (
            "min_items",
            format!("must have at least {}", counted(*limit, "item")),
        ),
        ValidationErrorKind::MaxItems { limit } => (
            "max_items",
            format!("must have at most {}", counted(*limit, "item")),
        ),
        ValidationErrorKind::UniqueItems => (
            "unique_items",
            "must not contain the same item twice".to_owned(),
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
            "must be one line with at least one visible character, and without control, zero-width, or direction-changing characters".to_owned(),
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

/// Of several alternatives, reports the faults of the one that the sender meant: the one whose
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
            format!("must be one of {}", kinds(context).join(", ")),
        )),
        _ if meant.iter().all(|errors| is_without_kind(errors)) => faults.push(FieldFault::new(
            format!("{at}/kind"),
            "required",
            "must be given: it says which structure this is; /docs/ lists them",
        )),
        _ => faults.push(FieldFault::new(
            at,
            "shape",
            "must be an object whose kind says which structure it has; /docs/ lists them",
        )),
    }
}

fn is_without_kind(errors: &[ValidationError<'static>]) -> bool {
    errors.iter().any(|error| {
        matches!(error.kind(), ValidationErrorKind::Required { property } if property.as_str() == Some("kind"))
    })
}

/// The kinds that the alternatives have.
fn kinds(context: &[Vec<ValidationError<'static>>]) -> Vec<String> {
    let mut kinds = Vec::new();
    for error in context.iter().flatten() {
        if !error.instance_path().to_string().ends_with("/kind") {
            continue;
        }
        match error.kind() {
            ValidationErrorKind::Enum { options } => {
                let options = options.as_array().into_iter().flatten();
                kinds.extend(options.filter_map(|kind| kind.as_str().map(str::to_owned)));
            }
            ValidationErrorKind::Constant { expected_value } => {
                kinds.extend(expected_value.as_str().map(str::to_owned));
            }
            _ => {}
        }
    }
    kinds
}

fn must_be(format: &str) -> String {
    match format {
        "email" => "must be an email address such as ada@example.org: a name and a host in letters from a to z, without spaces".to_owned(),
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

//! Query strings, checked against their documented parameters.

use std::any::TypeId;
use std::collections::BTreeMap;
use std::future::{Ready, ready};

use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpRequest, dev, web};
use kernel::{FieldFault, UserId};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::{IntoParams, PartialSchema};

use crate::{Error, problem, schema};

/// No endpoint takes more parameters than this.
const MAX_PARAMETERS: usize = 100;

/// A query string that matched the parameters of `T`; a parameter that `T` lacks is an error.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned + IntoParams + 'static> FromRequest for Query<T> {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(req: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        let params = || T::into_params(|| Some(ParameterIn::Query));
        ready(read(req, TypeId::of::<T>(), params).and_then(|values| decode(values).map(Self)))
    }
}

/// The values of the query, typed as the parameters' schemas say.
pub(crate) fn read(
    req: &HttpRequest,
    key: TypeId,
    params: impl Fn() -> Vec<Parameter>,
) -> Result<Map<String, Value>, Error> {
    let text = req.query_string();
    if text.bytes().filter(|byte| *byte == b'&').count() >= MAX_PARAMETERS {
        let message = format!("must have at most {MAX_PARAMETERS} parameters");
        return Err(bad(vec![FieldFault::new("/query", "max_items", message)]));
    }
    let pairs = web::Query::<Vec<(String, String)>>::from_query(text);
    let pairs = pairs.map_err(|_| {
        let fault = FieldFault::new("/query", "malformed", "is not a valid query string");
        bad(vec![fault])
    })?;
    let checked = schema::cached(key, || root_schema(&params()));
    let checked = checked.ok_or_else(problem::misconfigured)?;
    let mut values = Map::new();
    let mut faults = Vec::new();
    for (name, text) in pairs.into_inner() {
        let kind = checked.schema["properties"][&name]["type"].as_str();
        let value = typed(text, kind.unwrap_or("string"));
        if values.insert(name.clone(), value).is_some() {
            let name: String = name.chars().take(100).collect();
            let pointer = format!("/query/{name}");
            faults.push(FieldFault::new(pointer, "repeated", "must be given once"));
        }
    }
    let all = Value::Object(values);
    faults.extend(checked.faults(&all, "/query"));
    match all {
        Value::Object(values) if faults.is_empty() => Ok(values),
        _ => Err(bad(faults)),
    }
}

pub(crate) fn decode<T: DeserializeOwned>(values: Map<String, Value>) -> Result<T, Error> {
    serde_json::from_value(Value::Object(values))
        .map_err(|error| bad(vec![FieldFault::new("/query", "shape", error.to_string())]))
}

fn root_schema(params: &[Parameter]) -> Value {
    let mut properties = BTreeMap::new();
    let mut required = Vec::new();
    for param in params {
        let schema = serde_json::to_value(&param.schema).unwrap_or_default();
        properties.insert(param.name.clone(), schema);
        if param.required == utoipa::openapi::Required::True {
            required.push(param.name.clone());
        }
    }
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
        "components": { "schemas": { "ResourceId": serde_json::to_value(UserId::schema()).unwrap_or_default() } },
    })
}

fn typed(text: String, kind: &str) -> Value {
    let parsed = match kind {
        "integer" => text.parse::<i64>().ok().map(Value::from),
        "number" => text.parse::<f64>().ok().map(Value::from),
        "boolean" => text.parse::<bool>().ok().map(Value::from),
        _ => None,
    };
    parsed.unwrap_or(Value::String(text))
}

pub(crate) fn bad(faults: Vec<FieldFault>) -> Error {
    Error::new(
        StatusCode::BAD_REQUEST,
        "request.query_invalid",
        "some query parameters are invalid; see `errors`",
    )
    .with_fields(faults)
}

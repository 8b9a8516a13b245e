//! Path parameters.

use std::future::{Ready, ready};
use std::ops::Deref;

use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpRequest, dev, web};
use contracts::course_ref::CourseRef;
use kernel::{FieldFault, UserId};
use serde::de::DeserializeOwned;

use crate::Error;

/// The parameters of the path, or a 400 that names what cannot be.
#[derive(Debug)]
pub struct Path<T>(T);

impl<T> Path<T> {
    /// The parameters.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for Path<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: DeserializeOwned> FromRequest for Path<T> {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(req: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let read = web::Path::<T>::from_request(req, payload).into_inner();
        ready(read.map(|path| Self(path.into_inner())).map_err(|error| {
            tracing::debug!(error = %error, "a path parameter does not parse");
            let faults = blamed(req).into_iter().map(|name| {
                let message = "is not an ID of this API; IDs are UUIDs, courses also have slugs, and versions and hints have numbers";
                FieldFault::new(format!("/path/{name}"), "format", message)
            });
            Error::new(
                StatusCode::BAD_REQUEST,
                "request.path_invalid",
                "a path parameter is invalid; IDs are UUIDs, as this API returned them",
            )
            .with_fields(faults.collect())
        }))
    }
}

/// The parameters that are not what their name says; all of them where each is.
fn blamed(req: &HttpRequest) -> Vec<String> {
    let params: Vec<(&str, &str)> = req.match_info().iter().collect();
    let strange = params.iter().filter(|(name, value)| !suits(name, value));
    let found: Vec<String> = strange.map(|(name, _)| (*name).to_owned()).collect();
    if found.is_empty() {
        return params.iter().map(|(name, _)| (*name).to_owned()).collect();
    }
    found
}

/// Whether a parameter of this name can have this value.
fn suits(name: &str, value: &str) -> bool {
    match name {
        "number" | "other" => value.parse::<i64>().is_ok(),
        "course" => CourseRef::parse(value).is_some(),
        "name" => true,
        _ => value.parse::<UserId>().is_ok(),
    }
}

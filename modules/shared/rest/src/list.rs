//! Lists: filters, signed cursors and pages.

use std::any::TypeId;
use std::future::Future;
use std::pin::Pin;

use actix_web::{FromRequest, HttpRequest, dev, web};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use kernel::{FieldFault, Key, Page, PageRequest};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::openapi::path::ParameterIn;
use utoipa::{IntoParams, ToSchema};

use crate::{Error, MaybeCaller, problem, query};

const DEFAULT_LIMIT: u64 = 50;
const TAG_LENGTH: usize = 16;

/// The key that signs cursors and fingerprints of bodies; the same on every instance.
#[derive(Clone)]
pub struct CursorKey(hmac::Key);

impl CursorKey {
    /// A key from at least 32 secret bytes.
    pub fn new(secret: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    /// The server's key; a server without one must not go on as if it had.
    pub(crate) fn of(req: &HttpRequest) -> Result<&Self, Error> {
        let key = req.app_data::<web::Data<Self>>();
        key.map(web::Data::get_ref)
            .ok_or_else(problem::misconfigured)
    }

    pub(crate) fn sign(&self, bytes: &[u8]) -> hmac::Tag {
        hmac::sign(&self.0, bytes)
    }
}

/// A list that cannot be filtered.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct NoFilter {}

/// The query parameters that every list takes.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// The maximum number of items.
    #[param(minimum = 1, maximum = 200, default = 50, required = false)]
    #[serde(default)]
    pub limit: Option<u64>,
    /// Where to continue: `page.next` or `page.prev` of an earlier response to the same query.
    #[param(
        min_length = 1,
        max_length = 2000,
        pattern = "^[A-Za-z0-9_-]+$",
        required = false
    )]
    #[serde(default)]
    pub cursor: Option<String>,
    /// `exact` counts the whole list, which takes time.
    #[param(pattern = "^exact$", max_length = 5, required = false)]
    #[serde(default)]
    pub count: Option<String>,
}

/// A list request: the filter `F` and the part that is wanted.
#[derive(Debug)]
pub struct List<F> {
    /// The filter.
    pub filter: F,
    /// The part.
    pub page_request: PageRequest,
    binding: Binding,
}

/// A page of a list as JSON.
#[derive(Debug, Serialize, ToSchema)]
pub struct Paged<T> {
    /// The items, in the order of the list.
    #[schema(max_items = 200)]
    pub items: Vec<T>,
    /// Where to continue.
    pub page: PageLinks,
}

/// The neighbors of a page.
#[derive(Debug, Serialize, ToSchema)]
pub struct PageLinks {
    /// The cursor of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 2000, nullable = false)]
    pub next: Option<String>,
    /// The cursor of the previous page; absent on the first one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 2000, nullable = false)]
    pub prev: Option<String>,
    /// The exact number of items, when `count=exact` requested it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 9007199254740991_u64, nullable = false)]
    pub total: Option<u64>,
}

#[derive(Debug, Clone)]
struct Binding {
    context: String,
    path: String,
    rest: Vec<(String, String)>,
    key: hmac::Key,
}

#[derive(Serialize, Deserialize)]
struct Cursor {
    keys: Vec<Key>,
    backward: bool,
}

impl<F: DeserializeOwned + IntoParams + 'static> FromRequest for List<F> {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(req: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move {
            let params = || {
                let mut params = F::into_params(|| Some(ParameterIn::Query));
                params.extend(Paging::into_params(|| Some(ParameterIn::Query)));
                params
            };
            let mut values = query::read(&req, TypeId::of::<Self>(), params)?;
            let mut paging = Map::new();
            for name in ["limit", "cursor", "count"] {
                paging.extend(values.remove_entry(name));
            }
            let paging: Paging = query::decode(paging)?;
            let binding = Binding::of(&req, &values).await?;
            let cursor = paging.cursor.map(|text| binding.open(&text)).transpose()?;
            let page_request = PageRequest {
                limit: paging.limit.unwrap_or(DEFAULT_LIMIT),
                backward: cursor.as_ref().is_some_and(|cursor| cursor.backward),
                from: cursor.map(|cursor| cursor.keys),
                count: paging.count.is_some(),
            };
            Ok(Self {
                filter: query::decode(values)?,
                page_request,
                binding,
            })
        })
    }
}

impl<F> List<F> {
    /// The page as JSON, and its `Link` header (RFC 8288).
    pub fn shape<T>(&self, page: Page<T>) -> (Paged<T>, String) {
        let seal = |keys, backward| self.binding.seal(&Cursor { keys, backward });
        let next = page.next.map(|keys| seal(keys, false));
        let prev = page.prev.map(|keys| seal(keys, true));
        let mut links = Vec::new();
        for (relation, cursor) in [("next", &next), ("prev", &prev)] {
            if let Some(cursor) = cursor {
                let address = self.binding.address(self.page_request.limit, cursor);
                links.push(format!("<{address}>; rel=\"{relation}\""));
            }
        }
        let body = Paged {
            items: page.items,
            page: PageLinks {
                next,
                prev,
                total: page.total,
            },
        };
        (body, links.join(", "))
    }
}

impl Binding {
    /// A cursor counts only for the caller, the path and the filter that it was made for.
    async fn of(req: &HttpRequest, filter: &Map<String, Value>) -> Result<Self, Error> {
        let MaybeCaller(caller) = MaybeCaller::extract(req).await?;
        let caller = caller.map(|caller| caller.user_id.to_string());
        let key = CursorKey::of(req)?.0.clone();
        let mut rest: Vec<(String, String)> = filter
            .iter()
            .map(|(name, value)| {
                let text = value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned);
                (name.clone(), text)
            })
            .collect();
        rest.sort();
        Ok(Self {
            context: format!("{}\n{}\n{rest:?}", caller.unwrap_or_default(), req.path()),
            path: req.path().to_owned(),
            rest,
            key,
        })
    }

    fn sign(&self, payload: &[u8]) -> hmac::Tag {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(self.context.as_bytes());
        context.update(payload);
        context.sign()
    }

    fn seal(&self, cursor: &Cursor) -> String {
        let payload = serde_json::to_vec(cursor).unwrap_or_default();
        let tag = self.sign(&payload);
        let mut bytes = tag.as_ref()[..TAG_LENGTH].to_vec();
        bytes.extend(payload);
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }

    fn open(&self, text: &str) -> Result<Cursor, Error> {
        self.try_open(text).ok_or_else(|| {
            query::bad(vec![FieldFault::new(
                "/query/cursor",
                "cursor",
                "is not a cursor of this list with this filter; use page.next or page.prev of a response to the same query",
            )])
        })
    }

    fn try_open(&self, text: &str) -> Option<Cursor> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
        let (tag, payload) = bytes.split_at_checked(TAG_LENGTH)?;
        let expected = self.sign(payload);
        aws_lc_rs::constant_time::verify_slices_are_equal(&expected.as_ref()[..TAG_LENGTH], tag)
            .ok()?;
        serde_json::from_slice(payload).ok()
    }

    fn address(&self, limit: u64, cursor: &str) -> String {
        let mut address = format!("{}?limit={limit}&cursor={cursor}", self.path);
        for (name, value) in &self.rest {
            address.push_str(&format!("&{name}={}", percent(value)));
        }
        address
    }
}

/// Percent-encodes all but the unreserved characters (RFC 3986).
fn percent(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

//! Who calls: typed, so that a handler that takes an `Instructor` cannot be reached by another.

use std::future::Future;
use std::pin::Pin;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{FromRequest, HttpMessage, HttpRequest, dev, web};
use kernel::{Caller, Role};

use crate::scopes::{self, MFA_ENROLL, SCOPES, ScopeTable};
use crate::{Error, TokenVerifier};

/// A caller where none is needed; a token that is sent must still be good.
#[derive(Debug, Clone)]
pub struct MaybeCaller(pub Option<Caller>);

/// Anybody with an account.
#[derive(Debug, Clone)]
pub struct AuthenticatedUser(pub Caller);

/// A user who may write courses: an instructor or an administrator.
#[derive(Debug, Clone)]
pub struct Instructor(pub Caller);

/// A user who runs the platform.
#[derive(Debug, Clone)]
pub struct Admin(pub Caller);

type Extracted<T> = Pin<Box<dyn Future<Output = Result<T, Error>>>>;

impl FromRequest for MaybeCaller {
    type Error = Error;
    type Future = Extracted<Self>;

    fn from_request(req: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move {
            let known = req.extensions().get::<MaybeCaller>().cloned();
            if let Some(known) = known {
                return Ok(known);
            }
            let caller = Self(identify(&req).await?);
            req.extensions_mut().insert(caller.clone());
            Ok(caller)
        })
    }
}

impl FromRequest for AuthenticatedUser {
    type Error = Error;
    type Future = Extracted<Self>;

    fn from_request(req: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move { required(&req).await.map(Self) })
    }
}

impl FromRequest for Instructor {
    type Error = Error;
    type Future = Extracted<Self>;

    fn from_request(req: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move {
            let caller = required(&req).await?;
            if caller.has(Role::Instructor) || caller.has(Role::Admin) {
                return Ok(Self(caller));
            }
            Err(forbidden(
                "this operation requires the role instructor; an administrator can grant it",
            ))
        })
    }
}

impl FromRequest for Admin {
    type Error = Error;
    type Future = Extracted<Self>;

    fn from_request(req: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move {
            let caller = required(&req).await?;
            if caller.has(Role::Admin) {
                return Ok(Self(caller));
            }
            Err(forbidden(
                "this operation requires the role admin; an administrator can grant it",
            ))
        })
    }
}

async fn required(req: &HttpRequest) -> Result<Caller, Error> {
    let MaybeCaller(caller) = MaybeCaller::extract(req).await?;
    caller.ok_or_else(|| {
        Error::new(
            StatusCode::UNAUTHORIZED,
            "auth.token_required",
            "this operation requires an access token; log in (POST /api/v1/auth/login), and send it as Authorization: Bearer …",
        )
        .with_header(
            header::WWW_AUTHENTICATE,
            HeaderValue::from_static("Bearer realm=\"gopro\""),
        )
    })
}

async fn identify(req: &HttpRequest) -> Result<Option<Caller>, Error> {
    let Some(token) = crate::verifier::bearer(req)? else {
        return Ok(None);
    };
    let verifier = req.app_data::<web::Data<TokenVerifier>>();
    let verifier = verifier.ok_or_else(crate::verifier::refused)?;
    let caller = verifier.verify(token).await?;
    refuse_out_of_scope(req, &caller)?;
    Ok(Some(caller))
}

fn refuse_out_of_scope(req: &HttpRequest, caller: &Caller) -> Result<(), Error> {
    if caller.scope.is_empty() {
        return Ok(());
    }
    let table = req.app_data::<web::Data<ScopeTable>>();
    let needed = table.map(|table| table.needed(req)).unwrap_or_default();
    if scopes::covers(&caller.scope, needed) {
        return Ok(());
    }
    let detail = if caller.scope == MFA_ENROLL {
        "your role requires MFA; call POST /api/v1/auth/mfa/totp, confirm it with POST /api/v1/auth/mfa/totp/confirm, then log in again"
            .to_owned()
    } else if !needed.iter().any(|scope| SCOPES.contains(&scope.as_str())) {
        "this operation accepts no API token; log in and use the access token".to_owned()
    } else {
        format!(
            "this token lacks the scope {}; create one with it: POST /api/v1/users/me/tokens",
            needed.join(" or ")
        )
    };
    let challenge = format!(
        "Bearer realm=\"gopro\", error=\"insufficient_scope\", scope=\"{}\"",
        needed.join(" ")
    );
    let challenge = HeaderValue::from_str(&challenge)
        .unwrap_or_else(|_| HeaderValue::from_static("Bearer realm=\"gopro\""));
    Err(forbidden_by("auth.scope_required", detail)
        .with_header(header::WWW_AUTHENTICATE, challenge))
}

fn forbidden(detail: &str) -> Error {
    forbidden_by("auth.role_required", detail.to_owned())
}

fn forbidden_by(code: &str, detail: String) -> Error {
    Error::new(StatusCode::FORBIDDEN, code, detail)
}

//! Signing in with other providers.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, get, post, web};
use kernel::{Fault, Kind};
use rest::{Command, MaybeCaller, Op, Path, Query};

use super::super::request::{BeginQuery, CallbackQuery, ExchangeSignIn};
use super::super::service::Service;
use super::super::signed_in::SignedIn;
use super::super::view::{Providers, SignInAnswer, SignInBegun};
use super::cookie::{COOKIE_SECONDS, cookie, kept_by_browser};
use crate::error::Error;
use crate::sessions::{Client, LoginAnswer};

/// List identity providers.
#[utoipa::path(
    tag = "auth",
    responses((status = 200, description = "The providers.", body = Providers)),
    security(())
)]
#[get("/auth/providers")]
pub(crate) async fn list_identity_providers(service: web::Data<Service>) -> HttpResponse {
    let items = service.list_providers();
    rest::ok(&Providers { items })
}

/// Start a login with an identity provider.
///
/// Returns the URL to send the user to, and sets a cookie: only this browser can finish the
/// sign-in, within 10 minutes.
/// With an access token, the identity is linked to your account instead; this requires
/// authentication within the last 10 minutes.
#[utoipa::path(
    tag = "auth",
    params(("name" = String, Path, description = "The provider.", min_length = 1, max_length = 32, example = "google"), BeginQuery),
    responses(
        (status = 200, description = "The URL to send the user to.", body = SignInBegun),
        (status = 303, description = "Redirects to the provider, with `redirect=true`."),
        (status = 422, description = "`return_to` is not listed, or `code_challenge` is missing.", body = rest::Problem, content_type = "application/problem+json")
    ),
    security(("bearer" = []), ())
)]
#[get("/auth/providers/{name}/authorize")]
pub(crate) async fn start_provider_login(
    service: web::Data<Service>,
    caller: MaybeCaller,
    name: Path<String>,
    query: Query<BeginQuery>,
) -> Result<HttpResponse, rest::Error> {
    let redirect = query.0.redirect;
    let begun = service.begin(caller.0.as_ref(), &name, query.0).await?;
    let mut answer = match redirect {
        true => see_other(&begun.view.authorization_url),
        false => HttpResponse::Ok(),
    };
    answer
        .insert_header((header::CACHE_CONTROL, rest::PRIVATE))
        .insert_header((
            header::SET_COOKIE,
            cookie(
                service.is_secure(),
                &begun.view.state,
                &begun.browser,
                COOKIE_SECONDS,
            ),
        ));
    Ok(match redirect {
        true => answer.finish(),
        false => answer.json(begun.view),
    })
}

/// Complete a login with an identity provider.
///
/// The provider sends the browser here.
/// Returns tokens or an MFA challenge, or the linked identity if the sign-in was started with an
/// access token; if it was started with `return_to`, the browser is redirected there.
/// Without `return_to`, a browser that accepts `text/html` is redirected to a page that explains an error.
#[utoipa::path(
    tag = "auth",
    params(("name" = String, Path, description = "The provider.", min_length = 1, max_length = 32, example = "google"), CallbackQuery),
    responses(
        (status = 200, description = "The tokens of a new session, an MFA challenge, or the linked identity.", body = SignInAnswer),
        (status = 303, description = "Redirects to the application that the user came from, or to a page that explains an error."),
        (status = 401, description = "The sign-in is invalid or has expired; start again.", body = rest::Problem, content_type = "application/problem+json"),
        (status = 403, description = "The account cannot be used or created; `code` says why.", body = rest::Problem, content_type = "application/problem+json"),
        (status = 409, description = "The identity is linked to another account.", body = rest::Problem, content_type = "application/problem+json")
    ),
    security(())
)]
#[get("/auth/providers/{name}/callback")]
pub(crate) async fn complete_provider_login(
    service: web::Data<Service>,
    name: Path<String>,
    request: HttpRequest,
    client: Client,
    query: web::Query<CallbackQuery>,
    operation: Op,
) -> Result<HttpResponse, rest::Error> {
    let state = query.state.clone().unwrap_or_default();
    let browser = kept_by_browser(service.is_secure(), &state, &request);
    let signed_in = service
        .finish(&operation.0, &name, &query, browser.as_deref(), client)
        .await;
    let private_redirect = |url: &str| {
        see_other(url)
            .insert_header((header::CACHE_CONTROL, rest::PRIVATE))
            .finish()
    };
    let mut response = match signed_in {
        Ok(SignedIn::In(answer)) => rest::ok(&answer),
        Ok(SignedIn::Linked(identity)) => rest::ok(&SignInAnswer::Linked(identity)),
        Ok(SignedIn::Return(url)) => private_redirect(&url),
        // A fault of ours is logged with its cause, and told as such.
        Err(error)
            if wants_page(&request) && error.kind() != Kind::Internal && !is_storage(&error) =>
        {
            private_redirect(&format!("/account/sign-in#error={}", error.code()))
        }
        Err(error) => return Err(error.into()),
    };
    let gone = cookie(service.is_secure(), &state, "", 0);
    if let Ok(gone) = header::HeaderValue::from_str(&gone) {
        response.headers_mut().insert(header::SET_COOKIE, gone);
    }
    Ok(response)
}

fn is_storage(error: &Error) -> bool {
    matches!(error, Error::Storage(_) | Error::Idempotency(_))
}

/// Whether somebody looks at the answer in a browser.
fn wants_page(request: &HttpRequest) -> bool {
    let accept = request.headers().get(header::ACCEPT);
    let accept = accept.and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

/// Exchange a login code for tokens.
///
/// For an application that the user has returned to with `#code=…`: returns tokens or an MFA
/// challenge. The code works once, for a minute, and only with the application's own verifier.
#[utoipa::path(
    tag = "auth",
    request_body = ExchangeSignIn,
    responses(
        (status = 200, description = "The tokens of a new session, or an MFA challenge.", body = LoginAnswer),
        (status = 401, description = "The code is invalid or has expired.", body = rest::Problem, content_type = "application/problem+json"),
        (status = 403, description = "The account cannot be used now; `code` says why.", body = rest::Problem, content_type = "application/problem+json")
    ),
    security(())
)]
#[post("/auth/providers/exchange")]
pub(crate) async fn exchange_login_code(
    service: web::Data<Service>,
    client: Client,
    command: Command<ExchangeSignIn>,
) -> Result<HttpResponse, rest::Error> {
    let answer = service
        .exchange(&command.operation, command.body, client)
        .await?;
    Ok(rest::ok(&answer))
}

fn see_other(url: &str) -> HttpResponseBuilder {
    let mut answer = HttpResponse::SeeOther();
    answer.insert_header((header::LOCATION, url));
    answer
}

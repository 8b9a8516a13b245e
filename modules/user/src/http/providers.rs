//! Signing in with other providers.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, get, post, web};
use kernel::SecretString;
use rest::{Command, MaybeCaller, Op, Path, Query};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::login::{LoginAnswer, MfaChallenge, TokenPair, address_of, device_of};
use crate::service::{Beginning, Device, ProviderAnswer, Service, SignedIn};
use crate::view::IdentityView;

const COOKIE: &str = "gopro_sign_in";
/// A browser takes a cookie of this name by https alone, and from no neighbour's host.
const SECURE_COOKIE: &str = "__Host-gopro_sign_in";
const COOKIE_SECONDS: u32 = 600;

/// A provider that people can sign in with.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProviderView {
    /// What it is called here.
    #[schema(max_length = 32, example = "google")]
    name: String,
    /// What it speaks: `oidc` or `github`.
    #[schema(value_type = String, max_length = 10, example = "oidc")]
    kind: crate::ProviderKind,
}

/// The providers.
#[derive(Serialize, ToSchema)]
pub(crate) struct Providers {
    /// In the order of their names.
    #[schema(max_items = 100)]
    items: Vec<ProviderView>,
}

/// How to sign in.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct BeginQuery {
    /// Answer 303 to the provider instead of JSON, for a link that a browser follows.
    #[serde(default)]
    #[param(required = false)]
    redirect: bool,
    /// Where the browser goes in the end: exactly one of the addresses in the setting
    /// `auth.return_urls`. Behind it stands `#code=…` for `POST /auth/providers/exchange`,
    /// `#linked=…` or `#error=…`.
    #[serde(default)]
    #[param(min_length = 1, max_length = 500, required = false)]
    return_to: Option<String>,
    /// Needed with `return_to`: the SHA-256 of a verifier that the application keeps, in base64url
    /// (RFC 7636, `S256`).
    #[serde(default)]
    #[param(
        min_length = 43,
        max_length = 43,
        pattern = "^[A-Za-z0-9_-]{43}$",
        required = false
    )]
    code_challenge: Option<String>,
}

/// What a provider sends back. Whatever else it adds is ignored, as RFC 6749 asks.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CallbackQuery {
    /// The code of the provider.
    #[serde(default)]
    #[param(max_length = 4096, required = false)]
    code: Option<String>,
    /// The state of the sign-in.
    #[serde(default)]
    #[param(max_length = 200, required = false)]
    state: Option<String>,
    /// Who answers (RFC 9207).
    #[serde(default)]
    #[param(max_length = 500, required = false)]
    iss: Option<String>,
    /// Why there is no code.
    #[serde(default)]
    #[param(max_length = 200, required = false)]
    error: Option<String>,
}

/// A sign-in that has begun.
#[derive(Serialize, ToSchema)]
pub(crate) struct SignInBegun {
    /// Where to send the person.
    #[schema(max_length = 4096)]
    authorization_url: String,
    /// The state of the sign-in, as in that address.
    #[schema(max_length = 100)]
    state: String,
}

/// What a finished sign-in answers.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum SignInAnswer {
    /// The person is in.
    #[expect(dead_code, reason = "it describes what LoginAnswer writes")]
    Tokens(TokenPair),
    /// The second factor is owed.
    #[expect(dead_code, reason = "it describes what LoginAnswer writes")]
    Challenge(MfaChallenge),
    /// The identity is linked to the account of who began.
    Linked(IdentityView),
}

/// The code that stands behind the address of an application.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "code": "what stands behind #code=, 43 letters",
    "code_verifier": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
}))]
pub(crate) struct ExchangeSignIn {
    /// What stands behind `#code=`; it works once, for a minute.
    #[schema(value_type = String, min_length = 1, max_length = 100, format = Password)]
    code: SecretString,
    /// The verifier of the `code_challenge` that the sign-in was begun with.
    #[schema(value_type = String, min_length = 43, max_length = 128, pattern = "^[A-Za-z0-9._~-]+$", format = Password)]
    code_verifier: SecretString,
    /// What to call this device in the list of sessions.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 100, format = "line", nullable = false)]
    device: Option<String>,
}

/// List the providers to sign in with.
#[utoipa::path(
    tag = "auth",
    responses((status = 200, description = "The providers.", body = Providers)),
    security(())
)]
#[get("/auth/providers")]
pub(crate) async fn list_providers(service: web::Data<Service>) -> HttpResponse {
    let all = service.providers().into_iter();
    let items = all
        .map(|(name, kind)| ProviderView { name, kind })
        .collect();
    rest::ok(&Providers { items })
}

/// Sign in with a provider.
///
/// Answers the address to send the person to, and gives the browser a cookie: the sign-in can be
/// finished by this browser alone, within ten minutes.
/// With an access token the identity is linked to your account instead; that asks that you have
/// shown who you are within ten minutes.
#[utoipa::path(
    tag = "auth",
    params(("name" = String, Path, description = "The provider.", min_length = 1, max_length = 32, example = "google"), BeginQuery),
    responses(
        (status = 200, description = "Where to send the person.", body = SignInBegun),
        (status = 303, description = "To the provider, with `redirect=true`."),
        (status = 422, description = "The address to return to is not listed, or its challenge is missing.", body = rest::Problem, content_type = "application/problem+json")
    ),
    security(("bearer" = []), ())
)]
#[get("/auth/providers/{name}/authorize")]
pub(crate) async fn begin_provider_sign_in(
    service: web::Data<Service>,
    caller: MaybeCaller,
    name: Path<String>,
    query: Query<BeginQuery>,
) -> Result<HttpResponse, rest::Error> {
    let query = query.0;
    let beginning = Beginning {
        provider: name.into_inner(),
        return_to: query.return_to,
        code_challenge: query.code_challenge,
    };
    let begun = service.begin_sign_in(caller.0.as_ref(), beginning).await?;
    let mut answer = match query.redirect {
        true => see_other(&begun.authorization_url),
        false => HttpResponse::Ok(),
    };
    answer
        .insert_header((header::CACHE_CONTROL, rest::PRIVATE))
        .insert_header((
            header::SET_COOKIE,
            cookie(&service, &begun.browser, COOKIE_SECONDS),
        ));
    Ok(match query.redirect {
        true => answer.finish(),
        false => answer.json(SignInBegun {
            authorization_url: begun.authorization_url,
            state: begun.state,
        }),
    })
}

/// Finish a sign-in with a provider.
///
/// The provider sends the browser here.
/// Answers tokens or the second factor that is owed, or, where the sign-in was begun with an access
/// token, the linked identity; where it was begun with `return_to`, the browser goes on to there.
#[utoipa::path(
    tag = "auth",
    params(("name" = String, Path, description = "The provider.", min_length = 1, max_length = 32, example = "google"), CallbackQuery),
    responses(
        (status = 200, description = "The tokens of a new session, the second factor that is owed, or the linked identity.", body = SignInAnswer),
        (status = 303, description = "To the application that the person came from."),
        (status = 401, description = "The sign-in does not count; begin it again.", body = rest::Problem, content_type = "application/problem+json"),
        (status = 403, description = "The account, or the lack of one, stands in the way; `code` says how.", body = rest::Problem, content_type = "application/problem+json"),
        (status = 409, description = "The identity is linked to another account.", body = rest::Problem, content_type = "application/problem+json")
    ),
    security(())
)]
#[get("/auth/providers/{name}/callback")]
pub(crate) async fn finish_provider_sign_in(
    service: web::Data<Service>,
    name: Path<String>,
    request: HttpRequest,
    query: web::Query<CallbackQuery>,
    operation: Op,
) -> Result<HttpResponse, rest::Error> {
    let query = query.into_inner();
    let answer = ProviderAnswer {
        // A provider that tells an error has given no code, whatever else stands there.
        code: query.code.filter(|_| query.error.is_none()),
        state: query.state,
        issuer: query.iss,
        browser: kept_by_browser(&service, &request),
    };
    let device = Device {
        name: device_of(&request),
        address: address_of(&request),
    };
    let signed_in = service
        .finish_sign_in(&operation.0, &name, &answer, device)
        .await?;
    let mut response = match signed_in {
        SignedIn::In(entered) => rest::ok(&LoginAnswer::of(entered)),
        SignedIn::Linked(identity) => rest::ok(&SignInAnswer::Linked(identity)),
        SignedIn::Return(url) => see_other(&url)
            .insert_header((header::CACHE_CONTROL, rest::PRIVATE))
            .finish(),
    };
    if let Ok(gone) = header::HeaderValue::from_str(&cookie(&service, "", 0)) {
        response.headers_mut().insert(header::SET_COOKIE, gone);
    }
    Ok(response)
}

/// Exchange the code of a sign-in.
///
/// For an application that the person has returned to with `#code=…`: answers tokens, or the second
/// factor that is owed.
/// The code works once, for a minute, and with the application's own verifier alone.
#[utoipa::path(
    tag = "auth",
    request_body = ExchangeSignIn,
    responses(
        (status = 200, description = "The tokens of a new session, or the second factor that is owed.", body = LoginAnswer),
        (status = 401, description = "The code does not count.", body = rest::Problem, content_type = "application/problem+json"),
        (status = 403, description = "The account waits for something; `code` says for what.", body = rest::Problem, content_type = "application/problem+json")
    ),
    security(())
)]
#[post("/auth/providers/exchange")]
pub(crate) async fn exchange_provider_sign_in(
    service: web::Data<Service>,
    request: HttpRequest,
    command: Command<ExchangeSignIn>,
) -> Result<HttpResponse, rest::Error> {
    let body = command.body;
    let device = Device {
        name: body.device.unwrap_or_else(|| device_of(&request)),
        address: address_of(&request),
    };
    let entered = service
        .exchange_sign_in(&command.operation, &body.code, &body.code_verifier, device)
        .await?;
    Ok(rest::ok(&LoginAnswer::of(entered)))
}

fn see_other(url: &str) -> HttpResponseBuilder {
    let mut answer = HttpResponse::SeeOther();
    answer.insert_header((header::LOCATION, url));
    answer
}

fn cookie_name(service: &Service) -> &'static str {
    match service.is_secure() {
        true => SECURE_COOKIE,
        false => COOKIE,
    }
}

/// `Lax` lets it come along when the provider sends the browser back.
fn cookie(service: &Service, value: &str, seconds: u32) -> String {
    let name = cookie_name(service);
    let secure = match service.is_secure() {
        true => "; Secure",
        false => "",
    };
    format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")
}

fn kept_by_browser(service: &Service, request: &HttpRequest) -> Option<String> {
    let name = cookie_name(service);
    let headers = request.headers().get_all(header::COOKIE);
    let pairs = headers.filter_map(|value| value.to_str().ok());
    pairs
        .flat_map(|pairs| pairs.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(found, _)| *found == name)
        .map(|(_, value)| value.to_owned())
}

//! The caller's tokens for programs.

use actix_web::{HttpResponse, delete, get, post, web};
use kernel::ApiTokenId;
use rest::{Command, Learner, Op, Path};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::schema;
use crate::service::{NewApiToken, Service};
use crate::view::ApiTokenView;

/// A token to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "name": "my dashboard", "scopes": ["progress:read"], "expires_in_days": 90 }))]
pub(crate) struct CreateApiToken {
    /// What you will know it by.
    #[schema(min_length = 1, max_length = 100, format = "line")]
    name: String,
    #[schema(schema_with = schema::scopes)]
    scopes: Vec<String>,
    /// After how many days it counts no longer.
    #[serde(default = "ninety")]
    #[schema(minimum = 1, maximum = 366, default = 90)]
    expires_in_days: i64,
}

fn ninety() -> i64 {
    90
}

/// The tokens of a person.
#[derive(Serialize, ToSchema)]
pub(crate) struct ApiTokens {
    /// The newest comes first.
    #[schema(max_items = 50)]
    items: Vec<ApiTokenView>,
}

/// List my API tokens.
#[utoipa::path(
    tag = "users",
    responses((status = 200, description = "The caller's tokens, without their secrets.", body = ApiTokens)),
    security(("bearer" = []))
)]
#[get("/users/me/tokens")]
pub(crate) async fn list_my_tokens(
    service: web::Data<Service>,
    caller: Learner,
) -> Result<HttpResponse, rest::Error> {
    let items = service.api_tokens(caller.0.user_id).await?;
    Ok(rest::ok(&ApiTokens { items }))
}

/// Make an API token.
///
/// Its secret is shown in this answer and never again, in a replay neither.
/// It asks that you have shown who you are within ten minutes.
#[utoipa::path(
    tag = "users",
    request_body = CreateApiToken,
    params(rest::IdempotencyHeader),
    responses((status = 201, description = "The token with its secret.", body = ApiTokenView)),
    security(("bearer" = []))
)]
#[post("/users/me/tokens")]
pub(crate) async fn create_my_token(
    service: web::Data<Service>,
    caller: Learner,
    command: Command<CreateApiToken>,
) -> Result<HttpResponse, rest::Error> {
    let body = command.body;
    let wanted = NewApiToken {
        name: body.name,
        scopes: body.scopes,
        days: body.expires_in_days,
    };
    let outcome = service
        .create_api_token(&command.operation, &caller.0, wanted)
        .await?;
    let location = format!("/api/v1/users/me/tokens/{}", outcome.value.id);
    Ok(rest::created(&location, &outcome))
}

/// Delete one of my API tokens.
///
/// It counts no longer, within a second.
#[utoipa::path(
    tag = "users",
    params(("token_id" = ApiTokenId, Path, description = "The token.")),
    responses((status = 204, description = "The token is gone.")),
    security(("bearer" = []))
)]
#[delete("/users/me/tokens/{token_id}")]
pub(crate) async fn delete_my_token(
    service: web::Data<Service>,
    caller: Learner,
    token: Path<ApiTokenId>,
    operation: Op,
) -> Result<HttpResponse, rest::Error> {
    service
        .delete_api_token(&operation.0, caller.0.user_id, *token)
        .await?;
    Ok(rest::no_content())
}

//! The caller's tokens for programs.

use actix_web::{HttpResponse, delete, get, post, web};
use kernel::ApiTokenId;
use rest::{AuthenticatedUser, Command, Op, Path};
use serde::Serialize;
use utoipa::ToSchema;

use super::super::request::CreateApiToken;
use super::super::service::Service;
use super::super::view::ApiTokenView;

/// The API tokens of a user.
#[derive(Serialize, ToSchema)]
#[schema(as = ApiTokenList)]
pub(crate) struct ApiTokens {
    /// The newest comes first.
    #[schema(max_items = 50)]
    items: Vec<ApiTokenView>,
}

/// List API tokens of the current user.
#[utoipa::path(
    tag = "users",
    responses((status = 200, description = "The caller's tokens, without their secrets.", body = ApiTokens)),
    security(("bearer" = []))
)]
#[get("/users/me/tokens")]
pub(crate) async fn list_my_api_tokens(
    service: web::Data<Service>,
    caller: AuthenticatedUser,
) -> Result<HttpResponse, rest::Error> {
    let items = service.list_api_tokens(caller.0.user_id).await?;
    Ok(rest::ok(&ApiTokens { items }))
}

/// Create an API token.
///
/// Its secret is shown only in this response, and not in a replay of it.
/// Requires authentication within the last 10 minutes.
#[utoipa::path(
    tag = "users",
    request_body = CreateApiToken,
    params(rest::IdempotencyHeader),
    responses((status = 201, description = "The token with its secret.", body = ApiTokenView)),
    security(("bearer" = []))
)]
#[post("/users/me/tokens")]
pub(crate) async fn create_my_api_token(
    service: web::Data<Service>,
    caller: AuthenticatedUser,
    command: Command<CreateApiToken>,
) -> Result<HttpResponse, rest::Error> {
    let outcome = service
        .create_api_token(&command.operation, &caller.0, command.body)
        .await?;
    let location = format!("/api/v1/users/me/tokens/{}", outcome.value.id);
    Ok(rest::created(&location, &outcome))
}

/// Revoke an API token of the current user.
///
/// It becomes invalid within a second.
#[utoipa::path(
    tag = "users",
    params(("token_id" = ApiTokenId, Path, description = "The token.")),
    responses((status = 204, description = "The token was deleted.")),
    security(("bearer" = []))
)]
#[delete("/users/me/tokens/{token_id}")]
pub(crate) async fn revoke_my_api_token(
    service: web::Data<Service>,
    caller: AuthenticatedUser,
    token: Path<ApiTokenId>,
    operation: Op,
) -> Result<HttpResponse, rest::Error> {
    service
        .delete_api_token(&operation.0, caller.0.user_id, *token)
        .await?;
    Ok(rest::no_content())
}

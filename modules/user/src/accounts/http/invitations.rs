//! Inviting users.

use actix_web::{HttpResponse, delete, get, post, web};
use kernel::OneTimeTokenId;
use rest::{Command, Instructor, List, NoFilter, Op, Paged, Path};

use super::super::request::CreateInvitation;
use super::super::service::Service;
use super::super::view::InvitationView;

/// Create an invitation.
///
/// Sends a link by email. Instructors invite students, administrators invite to any role.
#[utoipa::path(
    tag = "users",
    request_body = CreateInvitation,
    params(rest::IdempotencyHeader),
    responses((status = 201, description = "The invitation.", body = InvitationView)),
    security(("bearer" = []))
)]
#[post("/auth/invitations")]
pub(crate) async fn create_invitation(
    service: web::Data<Service>,
    caller: Instructor,
    command: Command<CreateInvitation>,
) -> Result<HttpResponse, rest::Error> {
    let outcome = service
        .invite(&command.operation, &caller.0, command.body)
        .await?;
    let location = format!("/api/v1/auth/invitations/{}", outcome.value.id);
    Ok(rest::created(&location, &outcome))
}

/// List invitations.
///
/// Instructors see their own, administrators all.
#[utoipa::path(
    tag = "users",
    params(rest::Paging),
    responses((status = 200, description = "Invitations, the newest first.", body = Paged<InvitationView>)),
    security(("bearer" = []))
)]
#[get("/auth/invitations")]
pub(crate) async fn list_invitations(
    service: web::Data<Service>,
    caller: Instructor,
    list: List<NoFilter>,
) -> Result<HttpResponse, rest::Error> {
    let page = service
        .list_invitations(&caller.0, &list.page_request)
        .await?;
    Ok(rest::list(&list, page))
}

/// Get an invitation.
#[utoipa::path(
    tag = "users",
    params(("invitation" = OneTimeTokenId, Path, description = "The invitation.")),
    responses((status = 200, description = "The invitation.", body = InvitationView)),
    security(("bearer" = []))
)]
#[get("/auth/invitations/{invitation}")]
pub(crate) async fn get_invitation(
    service: web::Data<Service>,
    caller: Instructor,
    invitation: Path<OneTimeTokenId>,
) -> Result<HttpResponse, rest::Error> {
    let found = service.find_invitation(&caller.0, *invitation).await?;
    Ok(rest::ok(&found))
}

/// Revoke an invitation.
///
/// It stays in the list for a while, as an expired one.
#[utoipa::path(
    tag = "users",
    params(("invitation" = OneTimeTokenId, Path, description = "The invitation.")),
    responses((status = 204, description = "The link is no longer valid.")),
    security(("bearer" = []))
)]
#[delete("/auth/invitations/{invitation}")]
pub(crate) async fn revoke_invitation(
    service: web::Data<Service>,
    caller: Instructor,
    invitation: Path<OneTimeTokenId>,
    operation: Op,
) -> Result<HttpResponse, rest::Error> {
    service
        .withdraw_invitation(&operation.0, &caller.0, *invitation)
        .await?;
    Ok(rest::no_content())
}

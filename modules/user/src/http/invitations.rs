//! Inviting people.

use actix_web::{HttpResponse, delete, get, post, web};
use kernel::ProofId;
use rest::{Command, Instructor, List, NoFilter, Op, Paged, Path};

use crate::command::CreateInvitation;
use crate::service::Service;
use crate::view::InvitationView;

/// Invite somebody.
///
/// A link is mailed to them; instructors invite students, administrators invite to any role.
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

/// List the invitations.
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
    let page = service.invitations(&caller.0, &list.slice).await?;
    Ok(rest::list(&list, page))
}

/// Read an invitation.
#[utoipa::path(
    tag = "users",
    params(("invitation" = ProofId, Path, description = "The invitation.")),
    responses((status = 200, description = "The invitation.", body = InvitationView)),
    security(("bearer" = []))
)]
#[get("/auth/invitations/{invitation}")]
pub(crate) async fn get_invitation(
    service: web::Data<Service>,
    caller: Instructor,
    invitation: Path<ProofId>,
) -> Result<HttpResponse, rest::Error> {
    let found = service.invitation(&caller.0, *invitation).await?;
    Ok(rest::ok(&found))
}

/// Take an invitation back.
///
/// It stays in the list for a while, as one that has run out.
#[utoipa::path(
    tag = "users",
    params(("invitation" = ProofId, Path, description = "The invitation.")),
    responses((status = 204, description = "Its link counts no longer.")),
    security(("bearer" = []))
)]
#[delete("/auth/invitations/{invitation}")]
pub(crate) async fn withdraw_invitation(
    service: web::Data<Service>,
    caller: Instructor,
    invitation: Path<ProofId>,
    operation: Op,
) -> Result<HttpResponse, rest::Error> {
    service
        .withdraw(&operation.0, &caller.0, *invitation)
        .await?;
    Ok(rest::no_content())
}

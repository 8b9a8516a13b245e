//! Deleting accounts, keeping them after all, and the certificate of an erasure.

use std::collections::BTreeMap;

use actix_web::http::header;
use actix_web::{HttpResponse, delete, get, post, web};
use chrono::{DateTime, Utc};
use database::saga::{Saga, SagaState, SagaStep};
use kernel::{SagaId, SecretString, UserId};
use rest::{Admin, Command, Learner, Op, Path};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::schema;
use crate::Error;
use crate::service::{self, Service};

/// An account that will be erased.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Erasing {
    /// The erasure.
    pub id: SagaId,
    /// When it begins; until then the link that was mailed keeps the account.
    pub erase_after: DateTime<Utc>,
    /// What to do next.
    #[schema(max_length = 300)]
    pub detail: &'static str,
}

impl Erasing {
    pub(crate) fn of(saga: &Saga) -> Self {
        Self {
            id: saga.id,
            erase_after: match saga.state {
                SagaState::Waiting => saga.available_at,
                _ => saga.updated_at,
            },
            detail: "nobody can log in to this account any more; to keep it, open the link that was mailed to it",
        }
    }
}

/// The link of a letter that keeps an account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "token": "what stands behind #token= in the mail" }))]
pub(crate) struct KeepAccount {
    #[schema(schema_with = schema::link_token)]
    token: SecretString,
}

/// Where an erasure stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ErasureState {
    /// It can be taken back.
    Waiting,
    /// Its steps are being done.
    Running,
    /// Everything is erased.
    Done,
    /// A step was not done in time; an operator can let it be tried again.
    Failed,
    /// It was taken back.
    Cancelled,
}

/// The certificate of an erasure.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ErasureView {
    /// The erasure.
    pub saga_id: SagaId,
    /// Whose account.
    pub user_id: UserId,
    /// Where it stands.
    pub state: ErasureState,
    /// When it was asked for.
    pub requested_at: DateTime<Utc>,
    /// Until when it could be taken back.
    pub undo_until: DateTime<Utc>,
    /// What was done, in order.
    #[schema(max_items = 10)]
    pub steps: Vec<ErasureStep>,
    /// When it was finished, or taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub finished_at: Option<DateTime<Utc>>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 1000, nullable = false)]
    pub error: Option<String>,
}

/// A step that was done.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ErasureStep {
    /// A part of the platform, `tombstone` for the account itself, or `sweep` for the last traces.
    #[schema(max_length = 40, example = "progress")]
    pub step: String,
    /// When it was done.
    pub done_at: DateTime<Utc>,
    /// How many records of each kind were removed.
    #[schema(value_type = Object)]
    pub removed: BTreeMap<String, u64>,
}

impl ErasureView {
    pub(crate) fn of(
        saga: &Saga,
        undo_until: DateTime<Utc>,
        steps: &[SagaStep],
    ) -> Result<Self, Error> {
        let step = |done: &SagaStep| -> Result<ErasureStep, Error> {
            Ok(ErasureStep {
                step: done.step.clone(),
                done_at: done.done_at,
                removed: service::read_counts(&done.result)?,
            })
        };
        Ok(Self {
            saga_id: saga.id,
            user_id: saga.subject.into(),
            state: match saga.state {
                SagaState::Waiting => ErasureState::Waiting,
                SagaState::Running => ErasureState::Running,
                SagaState::Done => ErasureState::Done,
                SagaState::Failed => ErasureState::Failed,
                SagaState::Cancelled => ErasureState::Cancelled,
            },
            requested_at: saga.created_at,
            undo_until,
            steps: steps.iter().map(step).collect::<Result<_, _>>()?,
            finished_at: saga.finished_at,
            error: saga.error.clone(),
        })
    }
}

/// Delete my account.
///
/// Every session ends at once and nobody can log in; a mail has a link that keeps the account for
/// 72 hours. After that everything of yours is erased in every part of the platform.
/// It asks that you have shown who you are within ten minutes.
#[utoipa::path(
    tag = "users",
    responses(
        (status = 202, description = "The account is frozen and will be erased.", body = Erasing),
        (status = 409, description = "You are the last administrator.", body = rest::Problem, content_type = "application/problem+json")
    ),
    security(("bearer" = []))
)]
#[delete("/users/me")]
pub(crate) async fn delete_me(
    service: web::Data<Service>,
    caller: Learner,
    operation: Op,
) -> Result<HttpResponse, rest::Error> {
    let user = caller.0.user_id;
    let erasing = service.erase(&operation.0, &caller.0, user).await?;
    Ok(accepted(&erasing, user))
}

/// Delete somebody's account.
///
/// As they would do it themselves: a mail tells them how to keep it within 72 hours.
/// It asks that you have shown who you are within ten minutes. Sent again it gives the same answer.
#[utoipa::path(
    tag = "users",
    params(("user" = UserId, Path, description = "The person.", example = "01940000-0000-7000-8000-000000000a02")),
    responses(
        (status = 202, description = "The account is frozen and will be erased.", body = Erasing),
        (status = 409, description = "It is your own account, or that of the last administrator.", body = rest::Problem, content_type = "application/problem+json")
    ),
    security(("bearer" = []))
)]
#[delete("/users/{user}")]
pub(crate) async fn delete_user(
    service: web::Data<Service>,
    admin: Admin,
    user: Path<UserId>,
    operation: Op,
) -> Result<HttpResponse, rest::Error> {
    let erasing = service.erase_other(&operation.0, &admin.0, *user).await?;
    Ok(accepted(&erasing, *user))
}

/// Read the certificate of an erasure.
///
/// Which steps were done, when, and how much each of them removed.
#[utoipa::path(
    tag = "users",
    params(("user" = UserId, Path, description = "The person.")),
    responses((status = 200, description = "The newest erasure of this account.", body = ErasureView)),
    security(("bearer" = []))
)]
#[get("/users/{user}/erasure")]
pub(crate) async fn get_erasure(
    service: web::Data<Service>,
    _admin: Admin,
    user: Path<UserId>,
) -> Result<HttpResponse, rest::Error> {
    Ok(rest::ok(&service.erasure(*user).await?))
}

/// Keep an account that was to be erased.
///
/// Takes the link of the mail, for 72 hours; log in afterwards.
#[utoipa::path(
    tag = "auth",
    request_body = KeepAccount,
    responses(
        (status = 204, description = "The account is as it was."),
        (status = 403, description = "The link does not count, or no longer.", body = rest::Problem, content_type = "application/problem+json")
    ),
    security(())
)]
#[post("/auth/account/keep")]
pub(crate) async fn keep_account(
    service: web::Data<Service>,
    command: Command<KeepAccount>,
) -> Result<HttpResponse, rest::Error> {
    service
        .keep_account(&command.operation, &command.body.token)
        .await?;
    Ok(rest::no_content())
}

fn accepted(erasing: &Erasing, user: UserId) -> HttpResponse {
    HttpResponse::Accepted()
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .insert_header((header::LOCATION, format!("/api/v1/users/{user}/erasure")))
        .json(erasing)
}

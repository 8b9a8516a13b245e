//! What leaves the house, for administrators.

use actix_web::{HttpResponse, get, post, web};
use rest::{Admin, List, Op, Path};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::delivery::DeliveryState;
use crate::service::Service;
use crate::view::DeliveryView;

/// Which deliveries are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeliveryFilter {
    /// Only deliveries in this state.
    #[param(inline, required = false)]
    #[serde(default)]
    state: Option<DeliveryState>,
}

/// List deliveries.
///
/// Newest first, of everybody. Addresses and texts are not shown.
#[utoipa::path(
    tag = "deliveries",
    params(DeliveryFilter, rest::Paging),
    responses((status = 200, description = "A page of the deliveries.", body = rest::Paged<DeliveryView>)),
    security(("bearer" = []))
)]
#[get("/notifications/deliveries")]
pub(crate) async fn list_deliveries(
    service: web::Data<Service>,
    _admin: Admin,
    list: List<DeliveryFilter>,
) -> Result<HttpResponse, rest::Error> {
    let page = service
        .list_deliveries(list.filter.state, &list.slice)
        .await?;
    Ok(rest::list(&list, page))
}

/// Retry a failed delivery.
///
/// It is queued again with all its tries. A delivery that has not failed answers 409.
#[utoipa::path(
    tag = "deliveries",
    params(("delivery" = Uuid, Path, description = "The delivery.", example = "01940000-0000-7000-8000-000000000d01"), rest::IdempotencyHeader),
    responses((status = 202, description = "The delivery, queued again.", body = DeliveryView)),
    security(("bearer" = []))
)]
#[post("/notifications/deliveries/{delivery}/retry")]
pub(crate) async fn retry_delivery(
    service: web::Data<Service>,
    _admin: Admin,
    delivery: Path<Uuid>,
    operation: Op,
) -> Result<HttpResponse, rest::Error> {
    let outcome = service.retry(*delivery, &operation.0).await?;
    Ok(rest::accepted(None, &outcome))
}

//! Deliveries, for administrators.

use actix_web::{HttpResponse, get, post, web};
use kernel::DeliveryId;
use rest::{Admin, List, Op, Path, Routes};

use super::request::DeliveryFilter;
use super::service::Service;
use super::view::DeliveryView;

/// Adds the routes of the room.
pub(crate) fn routes(cfg: &mut impl Routes) {
    cfg.service(list_deliveries).service(retry_delivery);
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
    let page = service.list(&list.filter, &list.page_request).await?;
    Ok(rest::list(&list, page))
}

/// Retry a failed delivery.
///
/// It is queued again with all its attempts. A delivery that has not failed answers 409.
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
    delivery: Path<DeliveryId>,
    operation: Op,
) -> Result<HttpResponse, rest::Error> {
    let outcome = service.retry(*delivery, &operation.0).await?;
    Ok(rest::accepted(None, &outcome))
}

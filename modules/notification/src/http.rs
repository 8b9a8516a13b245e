//! The module's endpoints: the one list of routes.

mod deliveries;
mod notifications;

use rest::Routes;

/// Adds every route. Fixed words come before the id that would swallow them.
pub(crate) fn routes(cfg: &mut impl Routes) {
    cfg.service(notifications::list_notifications)
        .service(notifications::count_unread_notifications)
        .service(notifications::read_all_notifications)
        .service(deliveries::list_deliveries)
        .service(deliveries::retry_delivery)
        .service(notifications::get_notification)
        .service(notifications::update_notification)
        .service(notifications::delete_notification);
}

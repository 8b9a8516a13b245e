//! The requests about deliveries.

use serde::Deserialize;
use utoipa::IntoParams;

use crate::domain::DeliveryState;

/// Which deliveries to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeliveryFilter {
    /// Only deliveries in this state.
    #[param(inline, required = false)]
    #[serde(default)]
    pub(crate) state: Option<DeliveryState>,
}

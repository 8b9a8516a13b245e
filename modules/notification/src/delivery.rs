//! The states of a delivery and when it is tried again.

use chrono::Duration;
use kernel::Ambient;
use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How often a delivery is tried before it has failed.
pub(crate) const MAX_ATTEMPTS: i32 = 5;
/// How long one process may take for one try; then another takes the delivery up.
pub(crate) const LEASE: Duration = Duration::minutes(5);

const FIRST_WAIT_SECONDS: i64 = 30;
const GROWTH: i64 = 4;

/// What has become of a delivery.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, EnumIter, DeriveActiveEnum,
)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub(crate) enum DeliveryState {
    /// It waits for its first or next try.
    Queued,
    /// A worker has it in hand.
    Sending,
    /// The transport has taken it.
    Sent,
    /// It was not needed any more when its turn came, such as a link that was replaced by a newer one.
    Suppressed,
    /// It will not be tried again unless an administrator asks for it.
    Failed,
}

/// The wait after try number `attempts`: half a minute, four times longer each time, of which
/// chance takes away up to half.
pub(crate) fn wait(ambient: &Ambient, attempts: i32) -> Duration {
    let step = u32::try_from((attempts - 1).clamp(0, MAX_ATTEMPTS)).unwrap_or(0);
    let longest = FIRST_WAIT_SECONDS * GROWTH.pow(step) * 1000;
    let chance = i64::from(u16::from_be_bytes(ambient.bytes::<2>()));
    Duration::milliseconds(longest / 2 + longest / 2 * chance / i64::from(u16::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_wait_lies_between_half_and_all_of_its_step(attempts in 1..=MAX_ATTEMPTS) {
            let ambient = Ambient::system();
            let step = u32::try_from(attempts - 1).unwrap();
            let longest = 30 * 4_i64.pow(step);
            let wait = wait(&ambient, attempts).num_milliseconds();
            prop_assert!(wait >= longest * 500);
            prop_assert!(wait <= longest * 1000);
        }

        #[test]
        fn any_count_gives_a_wait_that_ends(attempts in any::<i32>()) {
            prop_assume!(attempts > i32::MIN);
            let wait = wait(&Ambient::system(), attempts);
            prop_assert!(wait > Duration::zero() && wait <= Duration::days(1));
        }
    }
}

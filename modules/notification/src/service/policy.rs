//! Who may do what to which object.

use rest::Caller;

use crate::delivery::DeliveryState;
use crate::error::Error;
use crate::store::deliveries::DeliveryRecord;
use crate::store::notifications::NotificationRecord;

/// The caller's own message. Another's is as if it were not there.
pub(crate) fn own(
    found: Option<NotificationRecord>,
    caller: &Caller,
) -> Result<NotificationRecord, Error> {
    found
        .filter(|record| record.user_id == caller.user_id)
        .ok_or(Error::NotificationNotFound)
}

/// A delivery that may be tried again.
pub(crate) fn failed(found: Option<DeliveryRecord>) -> Result<DeliveryRecord, Error> {
    let record = found.ok_or(Error::DeliveryNotFound)?;
    if record.state == DeliveryState::Failed {
        Ok(record)
    } else {
        Err(Error::DeliveryNotFailed)
    }
}

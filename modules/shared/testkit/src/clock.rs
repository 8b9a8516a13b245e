//! A clock that moves only when a test moves it.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Duration, Utc};
use kernel::{Clock, Env, SystemRng};

/// A clock that stands still.
#[derive(Debug, Clone)]
pub struct FixedClock(Arc<Mutex<DateTime<Utc>>>);

impl FixedClock {
    /// A clock that shows `text`, an RFC 3339 moment.
    ///
    /// # Panics
    /// When `text` is no moment.
    pub fn at(text: &str) -> Self {
        let moment = DateTime::parse_from_rfc3339(text)
            .unwrap_or_else(|error| panic!("{text} is no moment: {error}"));
        Self(Arc::new(Mutex::new(moment.to_utc())))
    }

    /// Moves the clock.
    pub fn advance(&self, by: Duration) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now += by;
    }
}

impl Clock for FixedClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An [`Env`] that reads `clock`; chance stays real, because ids must differ.
pub fn env(clock: &FixedClock) -> Env {
    Env::new(Arc::new(clock.clone()), Arc::new(SystemRng))
}

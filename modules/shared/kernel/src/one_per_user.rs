//! What each user has going on once at a time.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use crate::UserId;

/// Which users have something going on in this process that each may have once at a time, such as a large download.
/// Clones share it.
#[derive(Debug, Clone, Default)]
pub struct OnePerUser(Arc<Mutex<HashSet<UserId>>>);

/// The turn of a user, until it is dropped.
#[derive(Debug)]
pub struct Turn {
    of: OnePerUser,
    user: UserId,
}

impl OnePerUser {
    /// The turn of a user; nothing while they have another one.
    #[must_use]
    pub fn begin(&self, user: UserId) -> Option<Turn> {
        let mut users = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        users.insert(user).then(|| Turn {
            of: self.clone(),
            user,
        })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut users = self.of.0.lock().unwrap_or_else(PoisonError::into_inner);
        users.remove(&self.user);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_has_one_turn_at_a_time_and_others_have_theirs() {
        let turns = OnePerUser::default();
        let [ada, bob] = [1, 2].map(|number| UserId::from(uuid::Uuid::from_u128(number)));
        let first = turns.begin(ada).expect("the first");
        assert!(turns.clone().begin(ada).is_none());
        assert!(turns.begin(bob).is_some());
        drop(first);
        assert!(turns.begin(ada).is_some());
    }
}

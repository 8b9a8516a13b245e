//! Where a sign-in has got to.

use super::view::{IdentityView, SignInBegun};
use crate::sessions::LoginAnswer;

/// A sign-in that has begun.
pub(crate) struct Begun {
    pub view: SignInBegun,
    /// For the browser to keep.
    pub browser: String,
}

/// What a finished sign-in gives.
pub(crate) enum SignedIn {
    /// Tokens, or the second factor that is owed.
    In(LoginAnswer),
    /// The identity is linked to the account of who began.
    Linked(IdentityView),
    /// The user goes on to this address.
    Return(String),
}

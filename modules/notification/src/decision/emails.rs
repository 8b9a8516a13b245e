//! Which transactional email follows which event.

use contracts::user::{
    UserEmailChangeRequested, UserEmailChanged, UserEmailVerificationRequested, UserErasureStarted,
    UserInvited, UserPasswordResetRequested, UserRegistrationRepeated,
};
use kernel::{Event, OneTimeTokenId, UserId};

use crate::domain::TemplateKey;

/// An event that a transactional email follows.
pub(crate) trait RequestsEmail: Event {
    /// Its template, the one-time token whose link it carries, and whose account it concerns, where
    /// there is one.
    fn email(&self) -> (TemplateKey, OneTimeTokenId, Option<UserId>);
}

impl RequestsEmail for UserEmailVerificationRequested {
    fn email(&self) -> (TemplateKey, OneTimeTokenId, Option<UserId>) {
        (TemplateKey::VerifyEmail, self.token_id, None)
    }
}

impl RequestsEmail for UserRegistrationRepeated {
    fn email(&self) -> (TemplateKey, OneTimeTokenId, Option<UserId>) {
        (TemplateKey::RegistrationRepeated, self.token_id, None)
    }
}

impl RequestsEmail for UserInvited {
    fn email(&self) -> (TemplateKey, OneTimeTokenId, Option<UserId>) {
        (TemplateKey::Invitation, self.token_id, None)
    }
}

impl RequestsEmail for UserPasswordResetRequested {
    fn email(&self) -> (TemplateKey, OneTimeTokenId, Option<UserId>) {
        let template = match self.required {
            true => TemplateKey::ResetRequired,
            false => TemplateKey::ResetPassword,
        };
        (template, self.token_id, Some(self.user_id))
    }
}

impl RequestsEmail for UserEmailChangeRequested {
    fn email(&self) -> (TemplateKey, OneTimeTokenId, Option<UserId>) {
        (TemplateKey::ChangeEmail, self.token_id, Some(self.user_id))
    }
}

impl RequestsEmail for UserEmailChanged {
    fn email(&self) -> (TemplateKey, OneTimeTokenId, Option<UserId>) {
        (TemplateKey::EmailChanged, self.token_id, Some(self.user_id))
    }
}

impl RequestsEmail for UserErasureStarted {
    fn email(&self) -> (TemplateKey, OneTimeTokenId, Option<UserId>) {
        (
            TemplateKey::ErasureStarted,
            self.token_id,
            Some(self.user_id),
        )
    }
}

//! What each event in the life of an account ends: the one table. `docs/security/model.md` shows it
//! with the reasons, and a test compares the two.

use sea_orm::{EnumIter, Iterable};

use crate::domain::Purpose;

/// Something that happens to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter)]
pub(crate) enum AccountEvent {
    /// By who knows the old password.
    PasswordChanged,
    /// The same, by who wants to keep the API tokens.
    PasswordChangedKeepingTokens,
    /// By the link of an email, where somebody had shown before that the address and the account are
    /// theirs.
    PasswordReset,
    /// By the link of an email, where nobody had proved both access to the address and knowledge of the password,
    /// or not before the second factor was there: whoever made the account may be somebody else.
    PasswordResetUnverified,
    /// An administrator wants a new password.
    ResetStarted,
    EmailChanged,
    /// The old address takes its change back.
    EmailRestored,
    /// The same, by an address that nobody had verified.
    EmailRestoredUnverified,
    Disabled,
    Enabled,
    RolesChanged,
    ErasureRequested,
    ErasureCancelled,
    Erased,
    FactorEnabled,
    /// By its owner.
    FactorDisabled,
    /// By an administrator or the operator.
    FactorRemoved,
    IdentityLinked,
    IdentityUnlinked,
}

/// Something that lets somebody in, or that somebody holds on behalf of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter)]
pub(crate) enum Credential {
    Sessions,
    ApiTokens,
    Identities,
    SecondFactor,
    /// Tokens that owe a second factor.
    Challenges,
    /// Codes that an application exchanges after a sign-in with a provider.
    SignInCodes,
    /// Providers that are being linked.
    LinkFlows,
    ResetLinks,
    VerifyLinks,
    ChangeLinks,
    UndoLinks,
    KeepLinks,
    /// Invitations that the user sent and nobody has accepted.
    Invitations,
    /// They end where an account is erased, which counts them.
    Exports,
}

/// How much of a credential ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    All,
    /// All but the caller's session.
    Others,
    /// What was made since the change that is taken back.
    Newer,
    /// Invitations that the user's roles do not carry any more.
    BeyondRoles,
    /// Invitations to more than the role of a student.
    BeyondStudent,
}

use AccountEvent as On;
use Credential::{
    ApiTokens, ChangeLinks, Exports, Identities, Invitations, KeepLinks, LinkFlows, ResetLinks,
    SecondFactor, Sessions, SignInCodes, UndoLinks, VerifyLinks,
};
use Extent::{All, BeyondRoles, BeyondStudent, Newer, Others};

impl AccountEvent {
    /// Whether the user's rights are newer than every token that was made before, so that no
    /// access token counts any more and no sign-in that has begun can be finished.
    pub(crate) fn renews_rights(self) -> bool {
        !matches!(
            self,
            On::FactorDisabled | On::IdentityLinked | On::IdentityUnlinked
        )
    }

    /// How much of a credential this event ends; `None` when it stays.
    pub(crate) fn ends(self, credential: Credential) -> Option<Extent> {
        let under_way = matches!(credential, Credential::Challenges | SignInCodes | LinkFlows);
        if under_way && self.renews_rights() {
            return Some(All);
        }
        let own = self.own_ends().iter();
        let mut found = own.filter(|(ended, _)| *ended == credential);
        found.next().map(|(_, extent)| *extent)
    }

    /// What ends beside the sign-ins that are under way.
    fn own_ends(self) -> &'static [(Credential, Extent)] {
        match self {
            On::PasswordChanged => &[
                (Sessions, Others),
                (ApiTokens, All),
                (ResetLinks, All),
                (ChangeLinks, All),
            ],
            On::PasswordChangedKeepingTokens => {
                &[(Sessions, Others), (ResetLinks, All), (ChangeLinks, All)]
            }
            On::PasswordReset => &[
                (Sessions, All),
                (ApiTokens, All),
                (Identities, All),
                (ResetLinks, All),
                (VerifyLinks, All),
                (ChangeLinks, All),
                (Invitations, BeyondStudent),
            ],
            On::PasswordResetUnverified => &[
                (Sessions, All),
                (ApiTokens, All),
                (Identities, All),
                (SecondFactor, All),
                (ResetLinks, All),
                (VerifyLinks, All),
                (ChangeLinks, All),
                (Invitations, BeyondStudent),
            ],
            On::ResetStarted => &[
                (Sessions, All),
                (ApiTokens, All),
                (Identities, All),
                (ResetLinks, All),
                (VerifyLinks, All),
                (ChangeLinks, All),
                (Invitations, All),
            ],
            On::EmailChanged => &[(ResetLinks, All), (VerifyLinks, All), (ChangeLinks, All)],
            On::EmailRestored => &[
                (Sessions, All),
                (ApiTokens, All),
                (Identities, All),
                (SecondFactor, Newer),
                (ResetLinks, All),
                (VerifyLinks, All),
                (ChangeLinks, All),
                (UndoLinks, Newer),
                (KeepLinks, All),
                (Invitations, All),
            ],
            On::EmailRestoredUnverified => &[
                (Sessions, All),
                (ApiTokens, All),
                (Identities, All),
                (SecondFactor, All),
                (ResetLinks, All),
                (VerifyLinks, All),
                (ChangeLinks, All),
                (UndoLinks, Newer),
                (KeepLinks, All),
                (Invitations, All),
            ],
            On::Disabled => &[
                (Sessions, All),
                (ApiTokens, All),
                (ResetLinks, All),
                (VerifyLinks, All),
                (ChangeLinks, All),
                (Invitations, All),
            ],
            On::RolesChanged => &[(Invitations, BeyondRoles)],
            On::ErasureRequested => &[
                (Sessions, All),
                (ResetLinks, All),
                (VerifyLinks, All),
                (ChangeLinks, All),
                (Invitations, All),
            ],
            On::ErasureCancelled => &[(KeepLinks, All)],
            On::Erased => &[
                (Sessions, All),
                (ApiTokens, All),
                (Identities, All),
                (SecondFactor, All),
                (ResetLinks, All),
                (VerifyLinks, All),
                (ChangeLinks, All),
                (UndoLinks, All),
                (KeepLinks, All),
                (Invitations, All),
                (Exports, All),
            ],
            On::FactorEnabled => &[(Sessions, Others)],
            On::FactorDisabled => &[(SecondFactor, All)],
            On::FactorRemoved => &[(Sessions, All), (SecondFactor, All)],
            On::IdentityUnlinked => &[(SignInCodes, All), (LinkFlows, All)],
            On::Enabled | On::IdentityLinked => &[],
        }
    }

    /// The one-time tokens that this event ends, each with its extent.
    pub(crate) fn ended_purposes(self) -> Vec<(Purpose, Extent)> {
        let ended = Credential::iter()
            .filter_map(|credential| Some((credential.purpose()?, self.ends(credential)?)));
        ended.collect()
    }
}

impl Credential {
    /// The purpose of the one-time tokens that this is, if it is one.
    fn purpose(self) -> Option<Purpose> {
        match self {
            SignInCodes => Some(Purpose::SignIn),
            ResetLinks => Some(Purpose::ResetPassword),
            VerifyLinks => Some(Purpose::VerifyEmail),
            ChangeLinks => Some(Purpose::ChangeEmail),
            UndoLinks => Some(Purpose::UndoEmail),
            KeepLinks => Some(Purpose::KeepAccount),
            _ => None,
        }
    }
}

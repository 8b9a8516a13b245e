//! Who may make an account for themselves.

/// Who may make an account for themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegistrationMode {
    /// Everybody, at once.
    Open,
    /// Everybody who shows that the address is theirs.
    Verified,
    /// Whoever was invited.
    Invite,
    /// Nobody.
    Closed,
}

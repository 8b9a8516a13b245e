//! How learners come into a course, as its staff has set it.

/// What holds where nobody has set anything: no limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct EnrollmentSettings {
    /// How many learners can be in it at once.
    pub(crate) seats: Option<i32>,
    /// For how many days whoever enrolls may learn in it.
    pub(crate) access_days: Option<i32>,
    /// For how many months the certificates of the course are valid.
    pub(crate) certificate_months: Option<i32>,
}

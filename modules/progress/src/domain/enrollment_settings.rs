//! How learners come into a course, as its staff has set it.

/// What holds where nobody has set anything: no limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct EnrollmentSettings {
    /// How many learners can be in it at once.
    pub(crate) seats: Option<i32>,
}

//! Seats as they are shown.

use kernel::CourseId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::EnrollmentSettings;

/// The enrollment settings of a course.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct CourseEnrollmentSettings {
    pub(crate) course_id: CourseId,
    /// How many learners can be in it at once; absent when it is any number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, maximum = 100000, example = 30)]
    pub(crate) seats: Option<i32>,
    /// For how many days whoever enrolls may learn in it; absent when it is without an end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1, maximum = 3650, example = 90)]
    pub(crate) access_days: Option<i32>,
    /// For how many months its certificates are valid; absent when they are without an end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1, maximum = 240, example = 24)]
    pub(crate) certificate_months: Option<i32>,
    /// How many learners are in it.
    #[schema(minimum = 0, maximum = 1000000000, example = 1)]
    pub(crate) enrolled: i64,
    /// How many learners are on its waiting list.
    #[schema(minimum = 0, maximum = 1000000000, example = 0)]
    pub(crate) waiting: i64,
}

impl CourseEnrollmentSettings {
    pub(super) fn of(
        course_id: CourseId,
        settings: EnrollmentSettings,
        (enrolled, waiting): (i64, i64),
    ) -> Self {
        Self {
            course_id,
            seats: settings.seats,
            access_days: settings.access_days,
            certificate_months: settings.certificate_months,
            enrolled,
            waiting,
        }
    }
}

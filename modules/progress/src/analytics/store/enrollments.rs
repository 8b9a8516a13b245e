//! Counts of the enrollments of a version, by one pass over them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use kernel::{CourseId, LessonId};
use sea_orm::{ConnectionTrait, Statement};
use uuid::Uuid;

use crate::error::Error;

/// The enrollments of a version.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct EnrollmentCounts {
    pub(crate) enrolled: i64,
    pub(crate) left: i64,
    pub(crate) active_in_week: i64,
    pub(crate) active_in_month: i64,
    pub(crate) completed: i64,
    /// How many took so many days.
    pub(crate) days: BTreeMap<i32, i64>,
    /// How many have a score in this tenth.
    pub(crate) scores: BTreeMap<i32, i64>,
    /// How many went no further than to this lesson.
    pub(crate) stopped: BTreeMap<LessonId, i64>,
}

/// From when on learners count as active in the last week and the last month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Since {
    pub(crate) week: DateTime<Utc>,
    pub(crate) month: DateTime<Utc>,
}

/// The first part names the types of the columns of all.
const OF_VERSION: &str = "
WITH those AS MATERIALIZED (
    SELECT status, completed_at, last_activity_at, furthest_lesson, days_to_complete, score_percent
    FROM enrollment WHERE course_id = $1 AND version = $2
)
SELECT 'stopped' AS kind, furthest_lesson AS lesson, 0 AS value, COUNT(*) AS count FROM those
    WHERE completed_at IS NULL AND furthest_lesson IS NOT NULL AND (status IN ('left', 'expired') OR last_activity_at < $4)
    GROUP BY furthest_lesson
UNION ALL SELECT 'days', NULL, days_to_complete, COUNT(*) FROM those
    WHERE days_to_complete IS NOT NULL GROUP BY days_to_complete
UNION ALL SELECT 'score', NULL, CASE WHEN score_percent >= 100 THEN 9 ELSE score_percent / 10 END, COUNT(*) FROM those
    WHERE score_percent IS NOT NULL GROUP BY CASE WHEN score_percent >= 100 THEN 9 ELSE score_percent / 10 END
UNION ALL SELECT 'enrolled', NULL, 0, COUNT(*) FROM those
UNION ALL SELECT 'left', NULL, 0, COUNT(*) FROM those WHERE status = 'left'
UNION ALL SELECT 'week', NULL, 0, COUNT(*) FROM those WHERE status <> 'left' AND last_activity_at >= $3
UNION ALL SELECT 'month', NULL, 0, COUNT(*) FROM those WHERE status <> 'left' AND last_activity_at >= $4
UNION ALL SELECT 'completed', NULL, 0, COUNT(*) FROM those WHERE completed_at IS NOT NULL";

pub(crate) async fn count(
    db: &impl ConnectionTrait,
    course: CourseId,
    version: i64,
    since: Since,
) -> Result<EnrollmentCounts, Error> {
    let values = [
        course.uuid().into(),
        version.into(),
        since.week.into(),
        since.month.into(),
    ];
    let backend = db.get_database_backend();
    let statement = Statement::from_sql_and_values(backend, OF_VERSION, values);
    let mut counts = EnrollmentCounts::default();
    for row in db.query_all_raw(statement).await? {
        let kind: String = row.try_get_by_index(0)?;
        let value: i32 = row.try_get_by_index(2)?;
        let count: i64 = row.try_get_by_index(3)?;
        match kind.as_str() {
            "stopped" => {
                let lesson: Uuid = row.try_get_by_index(1)?;
                counts.stopped.insert(lesson.into(), count);
            }
            "days" => {
                counts.days.insert(value, count);
            }
            "score" => {
                counts.scores.insert(value, count);
            }
            "enrolled" => counts.enrolled = count,
            "left" => counts.left = count,
            "week" => counts.active_in_week = count,
            "month" => counts.active_in_month = count,
            _ => counts.completed = count,
        }
    }
    Ok(counts)
}

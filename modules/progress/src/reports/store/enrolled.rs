//! When learners enrolled.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use kernel::CourseId;
use sea_orm::{ConnectionTrait, DatabaseBackend, Statement};

use crate::error::Error;

/// How many learners enrolled on each day, in UTC.
pub(crate) async fn count_days(
    db: &impl ConnectionTrait,
    course: CourseId,
) -> Result<BTreeMap<NaiveDate, i64>, Error> {
    let backend = db.get_database_backend();
    let day = match backend {
        DatabaseBackend::Postgres => "to_char(enrolled_at AT TIME ZONE 'UTC', 'YYYY-MM-DD')",
        _ => "substr(enrolled_at, 1, 10)",
    };
    let sql = format!(
        "SELECT {day} AS day, COUNT(*) AS count FROM enrollment WHERE course_id = $1 GROUP BY {day}"
    );
    let statement = Statement::from_sql_and_values(backend, sql, [course.uuid().into()]);
    let mut days = BTreeMap::new();
    for row in db.query_all_raw(statement).await? {
        let day: String = row.try_get_by_index(0)?;
        if let Ok(day) = day.parse() {
            days.insert(day, row.try_get_by_index(1)?);
        }
    }
    Ok(days)
}

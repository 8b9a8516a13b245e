//! The counts of lessons and exercises.

use std::collections::BTreeMap;

use kernel::CourseId;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query, SimpleExpr};
use sea_orm::{ConnectionTrait, DbErr, Statement};
use uuid::Uuid;

use crate::domain::{Cell, LevelSums, Measure, Statistics};
use crate::entity::analytics_count::{Column, Entity};
use crate::error::Error;
use crate::store::free_slot;

/// Databases bound the parameters of a statement.
const ROWS_AT_ONCE: usize = 200;

/// Changes the counts of a course.
pub(crate) async fn add(
    db: &impl ConnectionTrait,
    course: CourseId,
    changes: Statistics,
) -> Result<(), Error> {
    let slot = free_slot(db, "analytics_count");
    let sum = Expr::col((Entity, Column::Count)).add(Expr::col(("excluded", Column::Count)));
    let key = [
        Column::CourseId,
        Column::Version,
        Column::ItemId,
        Column::Measure,
        Column::Bucket,
        Column::Slot,
    ];
    let raise = OnConflict::columns(key)
        .value(Column::Count, sum)
        .to_owned();
    let changed: Vec<_> = changes.into_cells().collect();
    for rows in changed.chunks(ROWS_AT_ONCE) {
        let mut insert = Query::insert();
        insert
            .into_table(Entity)
            .columns(key.into_iter().chain([Column::Count]))
            .on_conflict(raise.clone());
        for (cell, by) in rows {
            let values: [SimpleExpr; 7] = [
                course.uuid().into(),
                cell.version.into(),
                cell.item.into(),
                cell.measure.into(),
                cell.bucket.into(),
                slot.clone(),
                (*by).into(),
            ];
            insert
                .values(values)
                .map_err(|error| DbErr::Custom(error.to_string()))?;
        }
        db.execute(&insert).await?;
    }
    Ok(())
}

/// The counts of an item of a version.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct ItemCounts {
    pub(crate) started: i64,
    /// Those who have completed a lesson, by the bucket of their time.
    pub(crate) completed: BTreeMap<i16, i64>,
    pub(crate) passed_first: LevelSums,
    pub(crate) failed_first: LevelSums,
    pub(crate) first_shares: i64,
    pub(crate) tries: i64,
}

/// Only times are told apart by their buckets; of levels, sums are enough.
const OF_VERSION: &str = "
SELECT item_id, measure, CAST(CASE WHEN measure = 2 THEN bucket ELSE 0 END AS INTEGER) AS cell,
    CAST(SUM(count) AS BIGINT), CAST(SUM(count * bucket) AS BIGINT), CAST(SUM(count * bucket * bucket) AS BIGINT)
FROM analytics_count WHERE course_id = $1 AND version = $2
GROUP BY item_id, measure, CASE WHEN measure = 2 THEN bucket ELSE 0 END";

/// The counts of a version, by lesson and exercise.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    course: CourseId,
    version: i64,
) -> Result<BTreeMap<Uuid, ItemCounts>, Error> {
    let values = [course.uuid().into(), version.into()];
    let backend = db.get_database_backend();
    let statement = Statement::from_sql_and_values(backend, OF_VERSION, values);
    let mut items: BTreeMap<Uuid, ItemCounts> = BTreeMap::new();
    for row in db.query_all_raw(statement).await? {
        let item = items.entry(row.try_get_by_index(0)?).or_default();
        let measure: i16 = row.try_get_by_index(1)?;
        let sums = LevelSums {
            learners: row.try_get_by_index(3)?,
            levels: row.try_get_by_index(4)?,
            squares: row.try_get_by_index(5)?,
        };
        match Measure::of(measure) {
            Some(Measure::Started) => item.started = sums.learners,
            Some(Measure::Completed) => {
                let bucket = i16::try_from(row.try_get_by_index::<i32>(2)?).unwrap_or(0);
                item.completed.insert(bucket, sums.learners);
            }
            Some(Measure::PassedFirst) => item.passed_first = sums,
            Some(Measure::FailedFirst) => item.failed_first = sums,
            Some(Measure::FirstShares) => item.first_shares = sums.learners,
            Some(Measure::Tries) => item.tries = sums.learners,
            None => {}
        }
    }
    Ok(items)
}

/// All counts, for comparing them with the log.
pub(crate) async fn list_all(
    db: &impl ConnectionTrait,
) -> Result<BTreeMap<(CourseId, Cell), i64>, Error> {
    let sum = "SELECT course_id, version, item_id, measure, bucket, CAST(SUM(count) AS BIGINT) FROM analytics_count \
        GROUP BY course_id, version, item_id, measure, bucket HAVING SUM(count) <> 0";
    let statement = Statement::from_string(db.get_database_backend(), sum);
    let mut counts = BTreeMap::new();
    for row in db.query_all_raw(statement).await? {
        let course: Uuid = row.try_get_by_index(0)?;
        let cell = Cell {
            version: row.try_get_by_index(1)?,
            item: row.try_get_by_index(2)?,
            measure: row.try_get_by_index(3)?,
            bucket: row.try_get_by_index(4)?,
        };
        counts.insert((course.into(), cell), row.try_get_by_index(5)?);
    }
    Ok(counts)
}

//! Which version of each projection is shown, and up to where the log was folded for it.

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QuerySelect, Statement};

use crate::domain::Projection;
use crate::entity::activity;
use crate::error::Error;

const SAVE: &str = "
INSERT INTO projection (name, version, checkpoint, rebuilt_at)
VALUES ($1, $2, (SELECT COALESCE(MAX(global_seq), 0) FROM activity), $3)
ON CONFLICT (name) DO UPDATE
SET version = excluded.version, checkpoint = excluded.checkpoint, rebuilt_at = excluded.rebuilt_at";

/// Notes that a projection holds the log of this moment in the version of this release.
pub(crate) async fn save(
    db: &impl ConnectionTrait,
    projection: Projection,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let values = [
        projection.name().into(),
        projection.version().into(),
        now.into(),
    ];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), SAVE, values);
    db.execute_raw(statement).await?;
    Ok(())
}

const LIST: &str = "
SELECT name, version, checkpoint FROM projection";

/// What is stored of a projection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProjectionRecord {
    pub(crate) name: String,
    pub(crate) version: i32,
    /// The last fact that a rebuild has folded.
    pub(crate) checkpoint: i64,
}

/// The number of the last fact of the log; 0 when there is none.
pub(crate) async fn newest_fact(db: &impl ConnectionTrait) -> Result<i64, Error> {
    let newest: Option<Option<i64>> = activity::Entity::find()
        .select_only()
        .expr_as(activity::Column::GlobalSeq.max(), "newest")
        .into_tuple()
        .one(db)
        .await?;
    Ok(newest.flatten().unwrap_or(0))
}

pub(crate) async fn list(db: &impl ConnectionTrait) -> Result<Vec<ProjectionRecord>, Error> {
    let statement = Statement::from_string(db.get_database_backend(), LIST);
    let mut found = Vec::new();
    for row in db.query_all_raw(statement).await? {
        found.push(ProjectionRecord {
            name: row.try_get_by_index(0)?,
            version: row.try_get_by_index(1)?,
            checkpoint: row.try_get_by_index(2)?,
        });
    }
    Ok(found)
}

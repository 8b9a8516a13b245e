//! How courses are graded.

use chrono::{DateTime, Utc};
use kernel::CourseId;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Set, TryInsertResult};

use crate::domain::Grading;
use crate::entity::gradebook::{ActiveModel, Column, Entity};
use crate::error::Error;

/// The grading of a course and its revision; nothing while nobody has set one.
pub(crate) async fn find(
    db: &impl ConnectionTrait,
    course: CourseId,
) -> Result<Option<(i64, Grading)>, Error> {
    let row = Entity::find_by_id(course.uuid()).one(db).await?;
    row.map(|row| Ok((row.revision, serde_json::from_str(&row.grading)?)))
        .transpose()
}

/// Puts a grading in place of the one with this revision, which is 0 where there is none; says whether it was still
/// that one.
pub(crate) async fn replace(
    db: &impl ConnectionTrait,
    course: CourseId,
    revision: i64,
    grading: &Grading,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let text = serde_json::to_string(grading)?;
    let changed = match revision {
        0 => {
            let row = ActiveModel {
                course_id: Set(course.uuid()),
                revision: Set(1),
                grading: Set(text),
                changed_at: Set(now),
            };
            let inserted = Entity::insert(row)
                .on_conflict_do_nothing()
                .exec_without_returning(db)
                .await?;
            match inserted {
                TryInsertResult::Inserted(rows) => rows,
                TryInsertResult::Conflicted | TryInsertResult::Empty => 0,
            }
        }
        _ => {
            let updated = Entity::update_many()
                .col_expr(Column::Revision, Expr::value(revision + 1))
                .col_expr(Column::Grading, Expr::value(text))
                .col_expr(Column::ChangedAt, Expr::value(now))
                .filter(Column::CourseId.eq(course.uuid()))
                .filter(Column::Revision.eq(revision))
                .exec(db)
                .await?;
            updated.rows_affected
        }
    };
    Ok(changed == 1)
}

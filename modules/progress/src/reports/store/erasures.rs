//! Reports that contain somebody who is erased.
//!
//! An erasure and a report that becomes ready hold the course, so that one sees what the other has done: a report that
//! is ready first is ended by the erasure, and one that was begun before the erasure is written again.

use kernel::{CourseId, UserId};
use sea_orm::sea_query::{Expr, ExprTrait, LockType, OnConflict, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use crate::domain::{ReportFailure, ReportState};
use crate::entity::course_erasure::{Column, Entity};
use crate::entity::{course, enrollment, report};
use crate::error::Error;

/// How many learners of a course were erased.
pub(crate) async fn count(db: &impl ConnectionTrait, course: CourseId) -> Result<i64, Error> {
    let found = Entity::find_by_id(course.uuid()).one(db).await?;
    Ok(found.map_or(0, |row| row.count))
}

/// Ends the reports of the courses of a learner who is erased: those that are ready have failed, and those that are
/// being written are written again. Called while the enrollments of the learner are still there.
pub(crate) async fn invalidate(db: &impl ConnectionTrait, learner: UserId) -> Result<(), Error> {
    course::Entity::find()
        .select_only()
        .column(course::Column::Id)
        .filter(course::Column::Id.in_subquery(courses_of(learner)))
        .order_by_asc(course::Column::Id)
        .lock(LockType::NoKeyUpdate)
        .into_tuple::<Uuid>()
        .all(db)
        .await?;
    count_one_more(db, learner).await?;
    let restarts = Expr::col(report::Column::Restarts).add(1);
    report::Entity::update_many()
        .col_expr(
            report::Column::State,
            Expr::value(ReportState::Queued.into_str()),
        )
        .col_expr(report::Column::Restarts, restarts)
        .filter(report::Column::CourseId.in_subquery(courses_of(learner)))
        .filter(report::Column::State.eq(ReportState::Running.into_str()))
        .exec(db)
        .await?;
    let failure = ReportFailure::LearnerErased.into_str();
    report::Entity::update_many()
        .col_expr(
            report::Column::State,
            Expr::value(ReportState::Failed.into_str()),
        )
        .col_expr(report::Column::Failure, Expr::value(failure))
        .filter(report::Column::CourseId.in_subquery(courses_of(learner)))
        .filter(report::Column::State.eq(ReportState::Ready.into_str()))
        .exec(db)
        .await?;
    Ok(())
}

async fn count_one_more(db: &impl ConnectionTrait, learner: UserId) -> Result<(), Error> {
    let mut courses = courses_of(learner);
    courses.expr(Expr::val(1_i64));
    let more = Expr::col((Entity, Column::Count)).add(1);
    let mut insert = Query::insert();
    insert
        .into_table(Entity)
        .columns([Column::CourseId, Column::Count])
        .select_from(courses)
        .map_err(|error| DbErr::Custom(error.to_string()))?
        .on_conflict(
            OnConflict::column(Column::CourseId)
                .value(Column::Count, more)
                .to_owned(),
        );
    db.execute(&insert).await?;
    Ok(())
}

fn courses_of(learner: UserId) -> SelectStatement {
    Query::select()
        .column(enrollment::Column::CourseId)
        .from(enrollment::Entity)
        .and_where(enrollment::Column::LearnerId.eq(learner.uuid()))
        .to_owned()
}

//! What a learner has in each of their courses.

use kernel::{CourseId, UserId};
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, QueryResult};
use uuid::Uuid;

use crate::domain::Totals;
use crate::entity::{enrollment, exercise_progress, lesson_progress};
use crate::error::Error;

/// The totals of each course that a learner is or was in, by one statement.
pub(crate) async fn list_course_totals(
    db: &impl ConnectionTrait,
    learner: UserId,
) -> Result<Vec<(CourseId, Totals)>, Error> {
    use enrollment::{Column, Entity};
    use exercise_progress::Column as OfExercise;
    use lesson_progress::Column as OfLesson;

    let lessons = counted(lesson_progress::Entity, OfLesson::EnrollmentId)
        .and_where(OfLesson::CompletedAt.is_not_null())
        .to_owned();
    let exercises = |column: OfExercise| {
        counted(exercise_progress::Entity, OfExercise::EnrollmentId)
            .and_where(column.eq(true))
            .to_owned()
    };
    let select = Query::select()
        .columns([Column::CourseId, Column::Points])
        .expr(Expr::col(Column::CompletedAt).is_not_null())
        .expr(Expr::SubQuery(None, Box::new(lessons.into())))
        .expr(Expr::SubQuery(
            None,
            Box::new(exercises(OfExercise::Passed).into()),
        ))
        .expr(Expr::SubQuery(
            None,
            Box::new(exercises(OfExercise::Perfect).into()),
        ))
        .from(Entity)
        .and_where(Column::LearnerId.eq(learner.uuid()))
        .to_owned();
    let rows = db.query_all(&select).await?;
    let totals: Result<Vec<_>, DbErr> = rows.iter().map(totals).collect();
    Ok(totals?)
}

/// How many rows of a table belong to the enrollment of the outer statement.
fn counted<E, C>(table: E, enrollment: C) -> SelectStatement
where
    E: sea_orm::EntityTrait,
    C: ColumnTrait,
{
    Query::select()
        .expr(Expr::cust("COUNT(*)"))
        .from(table)
        .and_where(
            Expr::col((table, enrollment)).equals((enrollment::Entity, enrollment::Column::Id)),
        )
        .to_owned()
}

fn totals(row: &QueryResult) -> Result<(CourseId, Totals), DbErr> {
    let count = |place| -> Result<i32, DbErr> {
        let count: i64 = row.try_get_by_index(place)?;
        Ok(i32::try_from(count).unwrap_or(i32::MAX))
    };
    let course: Uuid = row.try_get_by_index(0)?;
    let totals = Totals {
        points: row.try_get_by_index(1)?,
        courses: i32::from(row.try_get_by_index::<bool>(2)?),
        lessons: count(3)?,
        exercises: count(4)?,
        perfects: count(5)?,
        ..Totals::default()
    };
    Ok((course.into(), totals))
}

//! The texts of a draft as a new version, without a way through the memory of this process.

use kernel::CourseId;
use sea_orm::sea_query::{Expr, ExprTrait, Func, InsertStatement, Query, SimpleExpr};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, QueryTrait,
};
use uuid::Uuid;

use crate::entity::column::bytes_of;
use crate::entity::{course_version, exercise, lesson, version_exercise, version_lesson};
use crate::error::Error;

/// Writes the lessons and exercises of the draft as those of version `number`.
pub(crate) async fn copy(
    db: &impl ConnectionTrait,
    course: CourseId,
    number: i64,
) -> Result<(), Error> {
    let lessons = lesson::Entity::find()
        .select_only()
        .column(lesson::Column::CourseId)
        .expr_as(Expr::value(number), "number")
        .columns([
            lesson::Column::Id,
            lesson::Column::SectionId,
            lesson::Column::Position,
            lesson::Column::Body,
        ])
        .filter(lesson::Column::CourseId.eq(course.uuid()))
        .into_query();
    let mut insert = Query::insert();
    insert.into_table(version_lesson::Entity).columns([
        version_lesson::Column::CourseId,
        version_lesson::Column::Number,
        version_lesson::Column::LessonId,
        version_lesson::Column::SectionId,
        version_lesson::Column::Position,
        version_lesson::Column::Body,
    ]);
    run(db, &mut insert, lessons).await?;

    let exercises = exercise::Entity::find()
        .select_only()
        .column(exercise::Column::CourseId)
        .expr_as(Expr::value(number), "number")
        .columns([
            exercise::Column::Id,
            exercise::Column::LessonId,
            exercise::Column::Position,
            exercise::Column::Body,
        ])
        .filter(exercise::Column::CourseId.eq(course.uuid()))
        .into_query();
    let mut insert = Query::insert();
    insert.into_table(version_exercise::Entity).columns([
        version_exercise::Column::CourseId,
        version_exercise::Column::Number,
        version_exercise::Column::ExerciseId,
        version_exercise::Column::LessonId,
        version_exercise::Column::Position,
        version_exercise::Column::Body,
    ]);
    run(db, &mut insert, exercises).await
}

async fn run(
    db: &impl ConnectionTrait,
    insert: &mut InsertStatement,
    rows: sea_orm::sea_query::SelectStatement,
) -> Result<(), Error> {
    let insert = insert
        .select_from(rows)
        .map_err(|error| DbErr::Custom(error.to_string()))?;
    db.execute(&*insert).await?;
    Ok(())
}

/// Writes down what each version of a course keeps, where that was not done yet. Neither database
/// reads the texts for it.
pub(crate) async fn weigh(db: &impl ConnectionTrait, course: CourseId) -> Result<(), Error> {
    use course_version::Column as OfVersion;

    let number = || (course_version::Entity, OfVersion::Number);
    let lessons = version_lesson::Entity::find()
        .filter(version_lesson::Column::CourseId.eq(course.uuid()))
        .filter(version_lesson::Column::Number.into_expr().equals(number()));
    let exercises = version_exercise::Entity::find()
        .filter(version_exercise::Column::CourseId.eq(course.uuid()))
        .filter(
            version_exercise::Column::Number
                .into_expr()
                .equals(number()),
        );
    let own = [OfVersion::Meta, OfVersion::Outline, OfVersion::ChangeNotes];
    let own = own.map(|column| Func::cust("octet_length").arg(Expr::col(column)).into());
    let bytes = own.into_iter().fold(
        bytes_of(lessons, version_lesson::Column::Body)
            .add(bytes_of(exercises, version_exercise::Column::Body)),
        |sum: SimpleExpr, part: SimpleExpr| sum.add(part),
    );
    course_version::Entity::update_many()
        .col_expr(OfVersion::Bytes, bytes)
        .filter(OfVersion::CourseId.eq(course.uuid()))
        .filter(OfVersion::Bytes.is_null())
        .exec(db)
        .await?;
    Ok(())
}

/// How many versions a course has, and the bytes of all that were weighed.
pub(crate) async fn kept(db: &impl ConnectionTrait, course: CourseId) -> Result<(u64, u64), Error> {
    let sizes: Vec<Option<i64>> = course_version::Entity::find()
        .select_only()
        .column(course_version::Column::Bytes)
        .filter(course_version::Column::CourseId.eq(course.uuid()))
        .into_tuple()
        .all(db)
        .await?;
    let bytes = sizes.iter().flatten();
    let bytes = bytes.map(|bytes| u64::try_from(*bytes).unwrap_or(0)).sum();
    Ok((u64::try_from(sizes.len()).unwrap_or(u64::MAX), bytes))
}

/// Whether a lesson or an exercise of the draft is missing in version `number` or says something
/// else there.
pub(crate) async fn differs(
    db: &impl ConnectionTrait,
    course: CourseId,
    number: i64,
) -> Result<bool, Error> {
    use version_exercise::Column as OfExercise;
    use version_lesson::Column as OfLesson;

    let same = version_lesson::Entity::find()
        .filter(OfLesson::CourseId.eq(course.uuid()))
        .filter(OfLesson::Number.eq(number))
        .filter(
            OfLesson::LessonId
                .into_expr()
                .equals((lesson::Entity, lesson::Column::Id)),
        )
        .filter(
            OfLesson::Body
                .into_expr()
                .equals((lesson::Entity, lesson::Column::Body)),
        );
    let other: Option<Uuid> = lesson::Entity::find()
        .select_only()
        .column(lesson::Column::Id)
        .filter(lesson::Column::CourseId.eq(course.uuid()))
        .filter(Expr::exists(same.into_query()).not())
        .into_tuple()
        .one(db)
        .await?;
    if other.is_some() {
        return Ok(true);
    }
    let same = version_exercise::Entity::find()
        .filter(OfExercise::CourseId.eq(course.uuid()))
        .filter(OfExercise::Number.eq(number))
        .filter(
            OfExercise::ExerciseId
                .into_expr()
                .equals((exercise::Entity, exercise::Column::Id)),
        )
        .filter(
            OfExercise::Body
                .into_expr()
                .equals((exercise::Entity, exercise::Column::Body)),
        );
    let other: Option<Uuid> = exercise::Entity::find()
        .select_only()
        .column(exercise::Column::Id)
        .filter(exercise::Column::CourseId.eq(course.uuid()))
        .filter(Expr::exists(same.into_query()).not())
        .into_tuple()
        .one(db)
        .await?;
    Ok(other.is_some())
}

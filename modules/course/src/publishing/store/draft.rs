//! The texts of a draft as a new version, without a way through the memory of this process.

use kernel::CourseId;
use sea_orm::sea_query::{
    Expr, ExprTrait, Func, InsertStatement, OnConflict, Query, SelectStatement, SimpleExpr,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select,
};
use uuid::Uuid;

use crate::entity::{
    course_version, exercise, lesson, version_content, version_exercise, version_lesson,
};
use crate::error::Error;

/// Writes the lessons and exercises of the draft as those of version `number`. What an earlier version says already is
/// not even read.
pub(crate) async fn copy(
    db: &impl ConnectionTrait,
    course: CourseId,
    number: i64,
) -> Result<(), Error> {
    let of_course = lesson::Entity::find().filter(lesson::Column::CourseId.eq(course.uuid()));
    copy_contents(db, of_course, lesson::Column::Body, lesson::Column::Sha256).await?;
    let lessons = lesson::Entity::find()
        .select_only()
        .column(lesson::Column::CourseId)
        .expr_as(Expr::value(number), "number")
        .columns([
            lesson::Column::Id,
            lesson::Column::SectionId,
            lesson::Column::Position,
            lesson::Column::Sha256,
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
        version_lesson::Column::Sha256,
    ]);
    run(db, &mut insert, lessons).await?;

    let of_course = exercise::Entity::find().filter(exercise::Column::CourseId.eq(course.uuid()));
    copy_contents(
        db,
        of_course,
        exercise::Column::Body,
        exercise::Column::Sha256,
    )
    .await?;
    let exercises = exercise::Entity::find()
        .select_only()
        .column(exercise::Column::CourseId)
        .expr_as(Expr::value(number), "number")
        .columns([
            exercise::Column::Id,
            exercise::Column::LessonId,
            exercise::Column::Position,
            exercise::Column::Sha256,
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
        version_exercise::Column::Sha256,
    ]);
    run(db, &mut insert, exercises).await
}

/// Keeps what parts of a draft say and no version of the course has said yet.
async fn copy_contents<E: EntityTrait>(
    db: &impl ConnectionTrait,
    parts: Select<E>,
    body: E::Column,
    sha256: E::Column,
) -> Result<(), Error> {
    use version_content::Column;

    let course = Expr::col((body.entity_name(), Column::CourseId));
    let kept = version_content::Entity::find()
        .filter(Column::CourseId.into_expr().eq(course.clone()))
        .filter(
            Column::Sha256
                .into_expr()
                .equals((body.entity_name(), sha256)),
        );
    let text = Expr::col((body.entity_name(), body));
    let new = parts
        .select_only()
        .expr_as(course, "course_id")
        .column(sha256)
        .column(body)
        .expr_as(Func::cust("octet_length").arg(text), "bytes")
        .filter(Expr::exists(kept.into_query()).not())
        .into_query();
    let mut insert = Query::insert();
    insert
        .into_table(version_content::Entity)
        .columns([
            Column::CourseId,
            Column::Sha256,
            Column::Body,
            Column::Bytes,
        ])
        // Two parts of a draft may say the same.
        .on_conflict(OnConflict::new().do_nothing().to_owned());
    run(db, &mut insert, new).await
}

async fn run(
    db: &impl ConnectionTrait,
    insert: &mut InsertStatement,
    rows: SelectStatement,
) -> Result<(), Error> {
    let insert = insert
        .select_from(rows)
        .map_err(|error| DbErr::Custom(error.to_string()))?;
    db.execute(&*insert).await?;
    Ok(())
}

/// How many versions a course has, and the bytes of all that is kept of them.
pub(crate) async fn kept(db: &impl ConnectionTrait, course: CourseId) -> Result<(u64, u64), Error> {
    use course_version::Column as OfVersion;
    use version_content::Column as OfContent;

    let contents: Option<i64> = version_content::Entity::find()
        .select_only()
        .expr_as(sum_of(OfContent::Bytes), "bytes")
        .filter(OfContent::CourseId.eq(course.uuid()))
        .into_tuple()
        .one(db)
        .await?;
    let versions: Option<(i64, i64)> = course_version::Entity::find()
        .select_only()
        .expr_as(Expr::cust("COUNT(*)"), "versions")
        .expr_as(sum_of(OfVersion::Bytes), "bytes")
        .filter(OfVersion::CourseId.eq(course.uuid()))
        .into_tuple()
        .one(db)
        .await?;
    let (versions, bytes) = versions.unwrap_or_default();
    let bytes = bytes.saturating_add(contents.unwrap_or_default());
    let count = |number: i64| u64::try_from(number).unwrap_or(0);
    Ok((count(versions), count(bytes)))
}

/// PostgreSQL adds large integers up to a decimal number.
fn sum_of<C: ColumnTrait>(bytes: C) -> SimpleExpr {
    let sum = Func::coalesce([bytes.sum(), Expr::value(0_i64)]);
    Expr::from(sum).cast_as("BIGINT")
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
            OfLesson::Sha256
                .into_expr()
                .equals((lesson::Entity, lesson::Column::Sha256)),
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
            OfExercise::Sha256
                .into_expr()
                .equals((exercise::Entity, exercise::Column::Sha256)),
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

//! The exercises of a draft that may refer to assets; most do not, and their texts are not read.

use kernel::{CourseId, ExerciseId};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use crate::domain::ExerciseBody;
use crate::entity::column::{contains, decode};
use crate::entity::exercise;
use crate::error::Error;

const REFERENCE: &str = "assets/";

pub(crate) async fn exercises(
    db: &impl ConnectionTrait,
    course: CourseId,
) -> Result<Vec<(ExerciseId, ExerciseBody)>, Error> {
    let rows = exercise::Entity::find()
        .filter(exercise::Column::CourseId.eq(course.uuid()))
        .filter(contains(Expr::col(exercise::Column::Body), REFERENCE))
        .all(db)
        .await?;
    rows.into_iter()
        .map(|row| Ok((row.id.into(), decode(&row.body)?)))
        .collect()
}

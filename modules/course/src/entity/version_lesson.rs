//! A lesson as it was published.

use sea_orm::entity::prelude::*;

use super::version_content;

/// One row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "version_lesson")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub course_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub lesson_id: Uuid,
    pub section_id: Uuid,
    pub position: i32,
    /// What it says, among the contents of the course.
    pub sha256: String,
}

/// The way to what it says.
pub(crate) fn content() -> RelationDef {
    Entity::belongs_to(version_content::Entity)
        .from((Column::CourseId, Column::Sha256))
        .to((
            version_content::Column::CourseId,
            version_content::Column::Sha256,
        ))
        .into()
}

impl ActiveModelBehavior for ActiveModel {}

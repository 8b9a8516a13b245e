//! What the catalogue shows of the newest version of a course.

use sea_orm::entity::prelude::*;

/// One row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "catalogue")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub course_id: Uuid,
    pub number: i64,
    pub slug: String,
    pub title: String,
    pub title_key: String,
    pub summary: String,
    pub difficulty: String,
    pub language: String,
    pub author_names: String,
    pub license: Option<String>,
    pub duration_minutes: i32,
    pub category: Option<String>,
    pub category_key: Option<String>,
    pub cover: Option<String>,
    pub tags: String,
    pub visibility: String,
    pub published_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

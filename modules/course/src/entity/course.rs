//! The draft of a course and what the platform knows of it.

use sea_orm::entity::prelude::*;

/// One row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "course")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    #[sea_orm(unique)]
    pub slug: String,
    pub title_key: String,
    pub search: String,
    pub difficulty: String,
    pub language: String,
    pub category: Option<String>,
    pub category_key: Option<String>,
    pub tags: String,
    pub status: String,
    pub body: String,
    pub prerequisites: String,
    pub seed: String,
    pub published_version: i64,
    pub terms: Option<String>,
    pub version: i64,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

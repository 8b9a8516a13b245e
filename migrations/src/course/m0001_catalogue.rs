//! Courses: their drafts, their published versions, the catalogue and the answers to exercises.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, boolean, integer, string, string_null, string_uniq, text,
    timestamp_with_time_zone, uuid, uuid_null,
};

use crate::shared;

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0001_catalogue"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        shared::create(manager).await?;
        for table in drafts().into_iter().chain(published()) {
            manager.create_table(table).await?;
        }
        for (name, table, columns) in [
            ("course_created", "course", ["created_at", "id"].as_slice()),
            ("course_title", "course", &["title_folded", "id"]),
            ("staff_user", "staff", &["user_id"]),
            ("version_lesson_lesson", "version_lesson", &["lesson_id"]),
            (
                "version_exercise_exercise",
                "version_exercise",
                &["exercise_id"],
            ),
            (
                "version_exercise_parent",
                "version_exercise",
                &["course_id", "number", "lesson_id"],
            ),
            (
                "catalogue_published",
                "catalogue",
                &["visibility", "published_at", "course_id"],
            ),
            (
                "catalogue_title",
                "catalogue",
                &["visibility", "title_folded", "course_id"],
            ),
            ("catalogue_tag_tag", "catalogue_tag", &["tag"]),
            (
                "submission_exercise",
                "submission",
                &["exercise_id", "created_at", "id"],
            ),
            ("submission_learner", "submission", &["learner_id"]),
        ] {
            manager.create_index(index(name, table, columns)).await?;
        }
        for (name, table, columns) in [
            ("section_key", "section", ["course_id", "key"].as_slice()),
            ("lesson_key", "lesson", &["section_id", "key"]),
            ("exercise_key", "exercise", &["lesson_id", "key"]),
            (
                "submission_attempt",
                "submission",
                &["exercise_id", "learner_id", "attempt"],
            ),
        ] {
            manager
                .create_index(index(name, table, columns).unique().to_owned())
                .await?;
        }
        Ok(())
    }
}

fn index(name: &str, table: &str, columns: &[&str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(name.to_owned()).table(table.to_owned());
    for column in columns {
        index.col((*column).to_owned());
    }
    index
}

fn child(table: &str, parent: &str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .from(table.to_owned(), format!("{parent}_id"))
        .to(parent.to_owned(), "id")
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned()
}

fn drafts() -> Vec<TableCreateStatement> {
    let course = Table::create()
        .table("course")
        .col(uuid("id").primary_key())
        .col(string_uniq("slug"))
        .col(string("title_folded"))
        .col(text("search"))
        .col(string("difficulty"))
        .col(string_null("category"))
        .col(text("tags"))
        .col(string("status"))
        .col(text("body"))
        .col(string("seed"))
        .col(big_integer("published_version"))
        .col(big_integer("version"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .to_owned();
    let staff = Table::create()
        .table("staff")
        .col(uuid("course_id"))
        .col(uuid("user_id"))
        .col(string("role"))
        .col(timestamp_with_time_zone("created_at"))
        .primary_key(Index::create().col("course_id").col("user_id"))
        .foreign_key(&mut child("staff", "course"))
        .to_owned();
    let section = Table::create()
        .table("section")
        .col(uuid("id").primary_key())
        .col(uuid("course_id"))
        .col(integer("position"))
        .col(string("key"))
        .col(text("body"))
        .col(big_integer("version"))
        .foreign_key(&mut child("section", "course"))
        .to_owned();
    let lesson = Table::create()
        .table("lesson")
        .col(uuid("id").primary_key())
        .col(uuid("course_id"))
        .col(uuid("section_id"))
        .col(integer("position"))
        .col(string("key"))
        .col(text("body"))
        .col(big_integer("version"))
        .foreign_key(&mut child("lesson", "course"))
        .to_owned();
    let exercise = Table::create()
        .table("exercise")
        .col(uuid("id").primary_key())
        .col(uuid("course_id"))
        .col(uuid("lesson_id"))
        .col(integer("position"))
        .col(string("key"))
        .col(text("body"))
        .col(big_integer("version"))
        .foreign_key(&mut child("exercise", "course"))
        .foreign_key(&mut child("exercise", "lesson"))
        .to_owned();
    vec![course, staff, section, lesson, exercise]
}

fn published() -> Vec<TableCreateStatement> {
    let course_version = Table::create()
        .table("course_version")
        .col(uuid("course_id"))
        .col(big_integer("number"))
        .col(text("change_notes"))
        .col(uuid_null("published_by"))
        .col(timestamp_with_time_zone("published_at"))
        .col(text("meta"))
        .col(text("outline"))
        .primary_key(Index::create().col("course_id").col("number"))
        .to_owned();
    let version_lesson = Table::create()
        .table("version_lesson")
        .col(uuid("course_id"))
        .col(big_integer("number"))
        .col(uuid("lesson_id"))
        .col(uuid("section_id"))
        .col(integer("position"))
        .col(text("body"))
        .primary_key(
            Index::create()
                .col("course_id")
                .col("number")
                .col("lesson_id"),
        )
        .to_owned();
    let version_exercise = Table::create()
        .table("version_exercise")
        .col(uuid("course_id"))
        .col(big_integer("number"))
        .col(uuid("exercise_id"))
        .col(uuid("lesson_id"))
        .col(integer("position"))
        .col(text("body"))
        .primary_key(
            Index::create()
                .col("course_id")
                .col("number")
                .col("exercise_id"),
        )
        .to_owned();
    let catalogue = Table::create()
        .table("catalogue")
        .col(uuid("course_id").primary_key())
        .col(big_integer("number"))
        .col(string("slug"))
        .col(string("title"))
        .col(string("title_folded"))
        .col(text("summary"))
        .col(string("difficulty"))
        .col(string_null("category"))
        .col(text("tags"))
        .col(string("visibility"))
        .col(timestamp_with_time_zone("published_at"))
        .col(text("search"))
        .to_owned();
    let catalogue_tag = Table::create()
        .table("catalogue_tag")
        .col(uuid("course_id"))
        .col(string("tag"))
        .primary_key(Index::create().col("course_id").col("tag"))
        .to_owned();
    let submission = Table::create()
        .table("submission")
        .col(uuid("id").primary_key())
        .col(uuid("exercise_id"))
        .col(uuid("lesson_id"))
        .col(uuid("course_id"))
        .col(big_integer("number"))
        .col(uuid("learner_id"))
        .col(integer("attempt"))
        .col(text("answer"))
        .col(integer("score"))
        .col(integer("max_score"))
        .col(boolean("passed"))
        .col(text("feedback"))
        .col(timestamp_with_time_zone("created_at"))
        .to_owned();
    vec![
        course_version,
        version_lesson,
        version_exercise,
        catalogue,
        catalogue_tag,
        submission,
    ]
}

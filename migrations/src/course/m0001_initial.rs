//! Courses: their drafts, their published versions, the catalogue and the answers to exercises.

mod learners;

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, boolean, integer, string, string_null, string_uniq, text, text_null,
    timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null,
};
use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseBackend};

use crate::shared::{self, NewIndex, child};

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0001_initial"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        shared::create(manager).await?;
        let tables = [drafts(), published(), learners::tables()].concat();
        let indexes = [INDEXES, learners::INDEXES].concat();
        shared::create_all(manager, tables, &indexes).await?;
        // Words are listed byte by byte, which on PostgreSQL is a collation of its own.
        let db = manager.get_connection();
        let bytewise = match db.get_database_backend() {
            DatabaseBackend::Postgres => " COLLATE \"C\"",
            _ => "",
        };
        if !bytewise.is_empty() {
            // In the columns themselves, because each comparison has to be by the order of their indexes.
            for (table, column) in [
                ("search_word", "word"),
                ("search_typo", "variant"),
                ("search_typo", "word"),
            ] {
                let alter =
                    format!("ALTER TABLE {table} ALTER COLUMN {column} TYPE varchar COLLATE \"C\"");
                db.execute_unprepared(&alter).await?;
            }
        }
        for index in [
            format!("catalogue_tag_tag ON catalogue_tag (tag{bytewise})"),
            format!(
                "catalogue_category ON catalogue (visibility, category_key{bytewise}, category)"
            ),
            "search_word_word ON search_word (word, course_id, points)".to_owned(),
            "search_word_strong ON search_word (word, course_id, points) WHERE points >= 10"
                .to_owned(),
            "search_typo_word ON search_typo (word)".to_owned(),
            // Only what the staff grades pays for these.
            "submission_queue ON submission (course_id, created_at, id) WHERE state = 'queued'"
                .to_owned(),
            "submission_grader ON submission (graded_by, id) WHERE graded_by IS NOT NULL"
                .to_owned(),
            "submission_claim ON submission (claimed_by) WHERE claimed_by IS NOT NULL".to_owned(),
            "regrade_due ON regrade (requested_at, id) WHERE state IN ('checking', 'applying')"
                .to_owned(),
        ] {
            db.execute_unprepared(&format!("CREATE INDEX {index}"))
                .await?;
        }
        Ok(())
    }
}

const INDEXES: &[NewIndex] = &[
    ("course_created", "course", &["created_at", "id"], false),
    ("course_title", "course", &["title_key", "id"], false),
    ("staff_user", "staff", &["user_id"], false),
    ("section_key", "section", &["course_id", "key"], true),
    ("lesson_course", "lesson", &["course_id"], false),
    ("lesson_key", "lesson", &["section_id", "key"], true),
    ("exercise_course", "exercise", &["course_id"], false),
    ("exercise_key", "exercise", &["lesson_id", "key"], true),
    ("asset_content", "asset", &["sha256"], false),
    ("blob_stored", "blob", &["stored_at"], false),
    ("version_asset_blob", "version_asset", &["sha256"], false),
    (
        "version_lesson_lesson",
        "version_lesson",
        &["lesson_id"],
        false,
    ),
    (
        "version_exercise_exercise",
        "version_exercise",
        &["exercise_id"],
        false,
    ),
    (
        "version_exercise_parent",
        "version_exercise",
        &["course_id", "number", "lesson_id"],
        false,
    ),
    (
        "catalogue_published",
        "catalogue",
        &["visibility", "published_at", "course_id"],
        false,
    ),
    (
        "catalogue_title",
        "catalogue",
        &["visibility", "title_key", "course_id"],
        false,
    ),
];

fn drafts() -> Vec<TableCreateStatement> {
    let course = Table::create()
        .table("course")
        .col(uuid("id").primary_key())
        .col(string_uniq("slug"))
        .col(string("title_key"))
        .col(text("search"))
        .col(string("difficulty"))
        .col(string("language"))
        .col(string_null("category"))
        .col(string_null("category_key"))
        .col(text("tags"))
        .col(string("status"))
        .col(text("body"))
        .col(text("prerequisites"))
        .col(string("seed"))
        .col(big_integer("published_version"))
        .col(text_null("terms"))
        .col(big_integer("version"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .to_owned();
    let staff = Table::create()
        .table("staff")
        .col(uuid("course_id"))
        .col(uuid("user_id"))
        .col(string("role"))
        .col(boolean("accepted"))
        .col(timestamp_with_time_zone("created_at"))
        .primary_key(Index::create().col("course_id").col("user_id"))
        .foreign_key(&mut child("staff", "course_id", "course"))
        .to_owned();
    let section = Table::create()
        .table("section")
        .col(uuid("id").primary_key())
        .col(uuid("course_id"))
        .col(integer("position"))
        .col(string("key"))
        .col(text("body"))
        .col(big_integer("version"))
        .foreign_key(&mut child("section", "course_id", "course"))
        .to_owned();
    let lesson = Table::create()
        .table("lesson")
        .col(uuid("id").primary_key())
        .col(uuid("course_id"))
        .col(uuid("section_id"))
        .col(integer("position"))
        .col(string("key"))
        .col(string("title"))
        .col(integer("minutes"))
        .col(string("completion"))
        .col(text("body"))
        .col(string("sha256"))
        .col(big_integer("version"))
        .foreign_key(&mut child("lesson", "course_id", "course"))
        .to_owned();
    let exercise = Table::create()
        .table("exercise")
        .col(uuid("id").primary_key())
        .col(uuid("course_id"))
        .col(uuid("lesson_id"))
        .col(integer("position"))
        .col(string("key"))
        .col(string("title"))
        .col(integer("points"))
        .col(text("body"))
        .col(string("sha256"))
        .col(big_integer("version"))
        .foreign_key(&mut child("exercise", "course_id", "course"))
        .foreign_key(&mut child("exercise", "lesson_id", "lesson"))
        .to_owned();
    let blob = Table::create()
        .table("blob")
        .col(string("sha256").primary_key())
        .col(integer("bytes"))
        .col(timestamp_with_time_zone("stored_at"))
        .col(integer("pending"))
        .col(timestamp_with_time_zone_null("going_since"))
        .to_owned();
    let asset = named("asset")
        .col(uuid("course_id"))
        .primary_key(Index::create().col("course_id").col("name_key"))
        .foreign_key(&mut child("asset", "course_id", "course"))
        .to_owned();
    vec![course, staff, section, lesson, exercise, blob, asset]
}

/// Files by their names; the content that a row names is kept for as long as the row is there.
fn named(table: &'static str) -> TableCreateStatement {
    let mut content = ForeignKey::create();
    content.from(table, "sha256").to("blob", "sha256");
    content.on_delete(ForeignKeyAction::Restrict);
    Table::create()
        .table(table)
        .col(string("name_key"))
        .col(string("name"))
        .col(string("media_type"))
        .col(integer("bytes"))
        .col(string("sha256"))
        .col(timestamp_with_time_zone("created_at"))
        .foreign_key(&mut content)
        .to_owned()
}

/// What a part of a version says is kept for as long as the version is there.
fn content_of(table: &'static str) -> ForeignKeyCreateStatement {
    let mut content = ForeignKey::create();
    content
        .from(table, ("course_id", "sha256"))
        .to("version_content", ("course_id", "sha256"));
    content.on_delete(ForeignKeyAction::Restrict);
    content
}

fn published() -> Vec<TableCreateStatement> {
    let course_version = Table::create()
        .table("course_version")
        .col(uuid("course_id"))
        .col(big_integer("number"))
        .col(string("title"))
        .col(text("change_notes"))
        .col(uuid_null("published_by"))
        .col(timestamp_with_time_zone("published_at"))
        .col(text("meta"))
        .col(text("outline"))
        .col(big_integer("bytes"))
        .primary_key(Index::create().col("course_id").col("number"))
        .to_owned();
    let version_content = Table::create()
        .table("version_content")
        .col(uuid("course_id"))
        .col(string("sha256"))
        .col(text("body"))
        .col(big_integer("bytes"))
        .primary_key(Index::create().col("course_id").col("sha256"))
        .to_owned();
    let version_lesson = Table::create()
        .table("version_lesson")
        .col(uuid("course_id"))
        .col(big_integer("number"))
        .col(uuid("lesson_id"))
        .col(uuid("section_id"))
        .col(integer("position"))
        .col(string("sha256"))
        .foreign_key(&mut content_of("version_lesson"))
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
        .col(string("sha256"))
        .foreign_key(&mut content_of("version_exercise"))
        .primary_key(
            Index::create()
                .col("course_id")
                .col("number")
                .col("exercise_id"),
        )
        .to_owned();
    let version_asset = named("version_asset")
        .col(uuid("course_id"))
        .col(big_integer("number"))
        .primary_key(
            Index::create()
                .col("course_id")
                .col("number")
                .col("name_key"),
        )
        .to_owned();
    let scheduled_publish = Table::create()
        .table("scheduled_publish")
        .col(uuid("course_id").primary_key())
        .col(timestamp_with_time_zone("publish_at"))
        .col(text("change_notes"))
        .col(uuid("scheduled_by"))
        .col(text_null("failure"))
        .foreign_key(&mut child("scheduled_publish", "course_id", "course"))
        .to_owned();
    let catalogue = Table::create()
        .table("catalogue")
        .col(uuid("course_id").primary_key())
        .col(big_integer("number"))
        .col(string("slug"))
        .col(string("title"))
        .col(string("title_key"))
        .col(text("summary"))
        .col(string("difficulty"))
        .col(string("language"))
        .col(text("author_names"))
        .col(string_null("license"))
        .col(integer("duration_minutes"))
        .col(string_null("category"))
        .col(string_null("category_key"))
        .col(string_null("cover"))
        .col(text("tags"))
        .col(string("visibility"))
        .col(timestamp_with_time_zone("published_at"))
        .to_owned();
    let catalogue_tag = Table::create()
        .table("catalogue_tag")
        .col(uuid("course_id"))
        .col(string("tag"))
        .primary_key(Index::create().col("course_id").col("tag"))
        .to_owned();
    let search_word = Table::create()
        .table("search_word")
        .col(uuid("course_id"))
        .col(string("word"))
        .col(integer("points"))
        .primary_key(Index::create().col("course_id").col("word"))
        .to_owned();
    let search_typo = Table::create()
        .table("search_typo")
        .col(string("variant"))
        .col(string("word"))
        .primary_key(Index::create().col("variant").col("word"))
        .to_owned();
    vec![
        course_version,
        version_content,
        version_lesson,
        version_exercise,
        version_asset,
        scheduled_publish,
        catalogue,
        catalogue_tag,
        search_word,
        search_typo,
    ]
}

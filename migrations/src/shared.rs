//! The tables that every module has: events in and out, leases, idempotency keys, erasures.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_pk_auto, integer, small_integer, string, text, text_null,
    timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_uniq,
};

/// Creates them in the database of `manager`.
pub(crate) async fn create(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let outbox = Table::create()
        .table("outbox")
        .col(big_pk_auto("position"))
        .col(uuid_uniq("event_id"))
        .col(string("stream"))
        .col(text("envelope"))
        .col(small_integer("state"))
        .col(text_null("error"))
        .col(timestamp_with_time_zone("created_at"))
        .to_owned();
    let inbox = Table::create()
        .table("inbox")
        .col(big_pk_auto("position"))
        .col(uuid_uniq("event_id"))
        .col(string("stream"))
        .col(string("kind"))
        .col(text("envelope"))
        .col(small_integer("state"))
        .col(integer("attempts"))
        .col(timestamp_with_time_zone("available_at"))
        .col(text_null("error"))
        .col(timestamp_with_time_zone("received_at"))
        .to_owned();
    let event_stream = Table::create()
        .table("event_stream")
        .col(string("stream").primary_key())
        .col(big_integer("sequence"))
        .to_owned();
    let lease = Table::create()
        .table("lease")
        .col(string("name").primary_key())
        .col(uuid("holder"))
        .col(big_integer("fence"))
        .col(timestamp_with_time_zone("expires_at"))
        .to_owned();
    let idempotency = Table::create()
        .table("idempotency")
        .col(string("scope"))
        .col(string("idempotency_key"))
        .col(string("fingerprint"))
        .col(text_null("result"))
        .col(timestamp_with_time_zone("created_at"))
        .primary_key(Index::create().col("scope").col("idempotency_key"))
        .to_owned();
    let pending_erasure = Table::create()
        .table("pending_erasure")
        .col(uuid("user_id").primary_key())
        .col(text_null("request"))
        .col(text("removed"))
        .col(timestamp_with_time_zone("created_at"))
        .to_owned();
    let clock_reading = Table::create()
        .table("clock_reading")
        .col(small_integer("id").primary_key())
        .col(timestamp_with_time_zone("read_at"))
        .to_owned();
    let tables = vec![
        outbox,
        inbox,
        event_stream,
        lease,
        idempotency,
        pending_erasure,
        clock_reading,
    ];
    let in_order = &["stream", "state", "position"];
    let indexes: &[NewIndex] = &[
        ("outbox_state", "outbox", &["state", "position"], false),
        ("outbox_stream", "outbox", in_order, false),
        ("inbox_state", "inbox", &["state", "position"], false),
        ("inbox_stream", "inbox", in_order, false),
        ("idempotency_created", "idempotency", &["created_at"], false),
    ];
    create_all(manager, tables, indexes).await
}

/// Name, table, columns, and whether their values occur once.
pub(crate) type NewIndex = (&'static str, &'static str, &'static [&'static str], bool);

/// Creates tables in the order in which they refer to each other, and their indexes.
pub(crate) async fn create_all(
    manager: &SchemaManager<'_>,
    tables: Vec<TableCreateStatement>,
    indexes: &[NewIndex],
) -> Result<(), DbErr> {
    for table in tables {
        manager.create_table(table).await?;
    }
    for (name, table, columns, unique) in indexes {
        let mut index = Index::create();
        index.name(*name).table(*table);
        for column in *columns {
            index.col(*column);
        }
        if *unique {
            index.unique();
        }
        manager.create_index(index).await?;
    }
    Ok(())
}

/// Ties the rows of `table` to those of its parent by `column`, so that they go with them.
pub(crate) fn child(
    table: &'static str,
    column: &'static str,
    parent: &'static str,
) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .from(table, column)
        .to(parent, "id")
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned()
}

/// Creates the tables of sagas, for a module that keeps some.
pub(crate) async fn create_sagas(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let saga = Table::create()
        .table("saga")
        .col(uuid("id").primary_key())
        .col(string("kind"))
        .col(uuid("subject"))
        .col(string("state"))
        .col(string("step"))
        .col(text("data"))
        .col(integer("attempts"))
        .col(timestamp_with_time_zone_null("deadline"))
        .col(timestamp_with_time_zone("available_at"))
        .col(text_null("error"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .col(timestamp_with_time_zone_null("finished_at"))
        .to_owned();
    let saga_step = Table::create()
        .table("saga_step")
        .col(uuid("saga_id"))
        .col(string("step"))
        .col(text("result"))
        .col(timestamp_with_time_zone("done_at"))
        .primary_key(Index::create().col("saga_id").col("step"))
        .foreign_key(&mut child("saga_step", "saga_id", "saga"))
        .to_owned();
    let indexes: &[NewIndex] = &[
        ("saga_due", "saga", &["state", "available_at"], false),
        (
            "saga_subject",
            "saga",
            &["subject", "kind", "created_at"],
            false,
        ),
    ];
    create_all(manager, vec![saga, saga_step], indexes).await
}

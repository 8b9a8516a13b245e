//! Users' inboxes, how to reach them, and what is sent to them.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, boolean, integer, string, string_null, text, text_null, timestamp_with_time_zone,
    timestamp_with_time_zone_null, uuid, uuid_null,
};

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
        let recipient = Table::create()
            .table("recipient")
            .col(uuid("user_id").primary_key())
            .col(string("display_name"))
            .col(string("email"))
            .col(boolean("email_verified"))
            .col(string("locale"))
            .col(string("time_zone"))
            .col(timestamp_with_time_zone("updated_at"))
            .col(big_integer("user_sequence"))
            .to_owned();
        // Only the bare id stays, so that an event that comes late does not bring a user back.
        let erased_user = Table::create()
            .table("erased_user")
            .col(uuid("user_id").primary_key())
            .col(timestamp_with_time_zone("erased_at"))
            .to_owned();
        let notification = Table::create()
            .table("notification")
            .col(uuid("id").primary_key())
            .col(uuid("user_id"))
            .col(uuid("event_id"))
            .col(string("category"))
            .col(string("kind"))
            .col(string("title"))
            .col(text("body"))
            .col(text("data"))
            .col(string_null("link"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone_null("read_at"))
            .col(timestamp_with_time_zone_null("removed_at"))
            .col(big_integer("version"))
            .to_owned();
        let delivery = Table::create()
            .table("delivery")
            .col(uuid("id").primary_key())
            .col(uuid_null("notification_id"))
            .col(uuid_null("user_id"))
            // An email with a link is in no inbox; its secret is requested when it is sent.
            .col(string_null("template"))
            .col(uuid_null("token_id"))
            .col(string("channel"))
            .col(string("lane"))
            .col(string("state"))
            .col(integer("attempts"))
            // None once there is nothing more to try, so that an index finds what is due.
            .col(timestamp_with_time_zone_null("available_at"))
            .col(text_null("error"))
            .col(string("correlation"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone("updated_at"))
            .col(timestamp_with_time_zone_null("sent_at"))
            .foreign_key(&mut child("delivery", "notification_id", "notification"))
            .to_owned();
        let tables = vec![recipient, erased_user, notification, delivery];
        shared::create_all(manager, tables, INDEXES).await
    }
}

const INDEXES: &[NewIndex] = &[
    (
        "notification_event",
        "notification",
        &["user_id", "event_id"],
        true,
    ),
    (
        "notification_newest",
        "notification",
        &["user_id", "created_at", "id"],
        false,
    ),
    (
        "notification_unread",
        "notification",
        &["user_id", "removed_at", "read_at"],
        false,
    ),
    (
        "delivery_channel",
        "delivery",
        &["notification_id", "channel"],
        true,
    ),
    (
        "delivery_template",
        "delivery",
        &["token_id", "template"],
        true,
    ),
    (
        "delivery_due",
        "delivery",
        &["lane", "available_at", "id"],
        false,
    ),
    ("delivery_newest", "delivery", &["created_at", "id"], false),
    ("delivery_user", "delivery", &["user_id"], false),
];

//! People, their sessions and the keys that sign their tokens.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, binary, boolean, string, string_null, string_uniq, text, timestamp_with_time_zone,
    timestamp_with_time_zone_null, uuid,
};

use crate::shared;

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0001_accounts"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        shared::create(manager).await?;
        let person = Table::create()
            .table("person")
            .col(uuid("id").primary_key())
            .col(string("username"))
            .col(string_uniq("username_folded"))
            .col(string("email"))
            .col(string_uniq("email_folded"))
            .col(timestamp_with_time_zone_null("email_verified_at"))
            .col(string("display_name"))
            .col(text("bio"))
            .col(string_null("avatar_url"))
            .col(string("locale"))
            .col(string("time_zone"))
            .col(string("visibility"))
            .col(string("roles"))
            .col(boolean("disabled"))
            .col(boolean("reset_required"))
            .col(timestamp_with_time_zone_null("frozen_at"))
            .col(timestamp_with_time_zone_null("erased_at"))
            .col(timestamp_with_time_zone("rights_changed_at"))
            .col(text("password_hash"))
            .col(big_integer("version"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone("updated_at"))
            .to_owned();
        let session = Table::create()
            .table("session")
            .col(uuid("id").primary_key())
            .col(uuid("user_id"))
            .col(string("device"))
            .col(string("address"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone("last_seen_at"))
            .col(timestamp_with_time_zone("authenticated_at"))
            .col(timestamp_with_time_zone("expires_at"))
            .col(timestamp_with_time_zone_null("ended_at"))
            .foreign_key(
                ForeignKey::create()
                    .from("session", "user_id")
                    .to("person", "id")
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .to_owned();
        let refresh_token = Table::create()
            .table("refresh_token")
            .col(binary("token_hash").primary_key())
            .col(uuid("session_id"))
            .col(ColumnDef::new("parent_hash").binary())
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone_null("used_at"))
            .foreign_key(
                ForeignKey::create()
                    .from("refresh_token", "session_id")
                    .to("session", "id")
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .to_owned();
        let signing_key = Table::create()
            .table("signing_key")
            .col(string("key_id").primary_key())
            .col(text("sealed_private_key"))
            .col(string("public_x"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone("activates_at"))
            .col(timestamp_with_time_zone_null("retires_at"))
            .col(timestamp_with_time_zone_null("removed_at"))
            .to_owned();
        let login_delay = Table::create()
            .table("login_delay")
            .col(string("account_key").primary_key())
            .col(big_integer("failures"))
            .col(timestamp_with_time_zone("not_before"))
            .to_owned();
        let setup_token = Table::create()
            .table("setup_token")
            .col(binary("token_hash").primary_key())
            .col(timestamp_with_time_zone("created_at"))
            .to_owned();
        for table in [
            person,
            session,
            refresh_token,
            signing_key,
            login_delay,
            setup_token,
        ] {
            manager.create_table(table).await?;
        }
        for (name, table, columns) in [
            ("person_created", "person", ["created_at", "id"].as_slice()),
            ("session_user", "session", &["user_id", "ended_at"]),
            ("refresh_token_parent", "refresh_token", &["parent_hash"]),
            ("refresh_token_session", "refresh_token", &["session_id"]),
        ] {
            let mut index = Index::create();
            index.name(name).table(table);
            for column in columns {
                index.col(*column);
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

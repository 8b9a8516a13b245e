//! The audit log, a chain of hashes whose head is kept beside it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, binary, integer, string, string_null, text, timestamp_with_time_zone, uuid_null,
};

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0003_audit"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // The first row that the head names is 1; no foreign key, because entries outlive people.
        let audit = Table::create()
            .table("audit")
            .col(big_integer("sequence").primary_key())
            .col(string("action"))
            .col(uuid_null("actor_id"))
            .col(uuid_null("subject_id"))
            .col(string_null("address"))
            .col(string("request_id"))
            .col(text("detail"))
            .col(timestamp_with_time_zone("occurred_at"))
            .col(binary("hash"))
            .to_owned();
        let audit_head = Table::create()
            .table("audit_head")
            .col(integer("id").primary_key())
            .col(big_integer("sequence"))
            .col(binary("hash"))
            .col(binary("seal"))
            .to_owned();
        for table in [audit, audit_head] {
            manager.create_table(table).await?;
        }
        for (name, columns) in [
            ("audit_subject", ["subject_id", "sequence"].as_slice()),
            ("audit_action", &["action", "sequence"]),
        ] {
            let mut index = Index::create();
            index.name(name).table("audit");
            for column in columns {
                index.col(*column);
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

//! Which tokens that owed a second factor have been used.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{string, timestamp_with_time_zone};

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0005_challenges"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let used_challenge = Table::create()
            .table("used_challenge")
            .col(string("id").primary_key())
            .col(timestamp_with_time_zone("expires_at"))
            .to_owned();
        manager.create_table(used_challenge).await
    }
}

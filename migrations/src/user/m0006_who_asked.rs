//! Who invited whom, and what a person did without reading the whole audit log.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::uuid_null;

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0006_who_asked"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let asked_by = Table::alter()
            .table("proof")
            .add_column(uuid_null("asked_by"))
            .to_owned();
        manager.alter_table(asked_by).await?;
        let by_actor = Index::create()
            .name("audit_actor")
            .table("audit")
            .col("actor_id")
            .col("sequence")
            .to_owned();
        manager.create_index(by_actor).await
    }
}

//! What a person did is found without reading the whole audit log.

use sea_orm_migration::prelude::*;

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0006_audit_actor"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let by_actor = Index::create()
            .name("audit_actor")
            .table("audit")
            .col("actor_id")
            .col("sequence")
            .to_owned();
        manager.create_index(by_actor).await
    }
}

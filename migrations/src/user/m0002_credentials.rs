//! One-time proofs, second factors, identities at other providers and API tokens.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, binary, binary_uniq, string, string_null, text, text_null,
    timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null,
};

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0002_credentials"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let proof = Table::create()
            .table("proof")
            .col(uuid("id").primary_key())
            .col(string("purpose"))
            .col(uuid_null("user_id"))
            .col(string("email"))
            .col(binary_uniq("token_hash"))
            .col(text_null("data"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone("expires_at"))
            .col(timestamp_with_time_zone_null("used_at"))
            .foreign_key(&mut owned_by_person("proof"))
            .to_owned();
        let totp = Table::create()
            .table("totp")
            .col(uuid("user_id").primary_key())
            .col(text("sealed_secret"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone_null("confirmed_at"))
            .col(big_integer("last_step"))
            .foreign_key(&mut owned_by_person("totp"))
            .to_owned();
        let recovery_code = Table::create()
            .table("recovery_code")
            .col(binary("code_hash").primary_key())
            .col(uuid("user_id"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone_null("used_at"))
            .foreign_key(&mut owned_by_person("recovery_code"))
            .to_owned();
        let identity = Table::create()
            .table("identity")
            .col(uuid("id").primary_key())
            .col(uuid("user_id"))
            .col(string("provider"))
            .col(string("subject"))
            .col(string_null("email"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone_null("last_used_at"))
            .foreign_key(&mut owned_by_person("identity"))
            .to_owned();
        let provider_flow = Table::create()
            .table("provider_flow")
            .col(binary("state_hash").primary_key())
            .col(string("provider"))
            .col(uuid_null("user_id"))
            .col(string("nonce"))
            .col(text("sealed_verifier"))
            .col(string_null("return_to"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone("expires_at"))
            .foreign_key(&mut owned_by_person("provider_flow"))
            .to_owned();
        let api_token = Table::create()
            .table("api_token")
            .col(uuid("id").primary_key())
            .col(uuid("user_id"))
            .col(string("name"))
            .col(binary_uniq("token_hash"))
            .col(string("scopes"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone("expires_at"))
            .col(timestamp_with_time_zone_null("last_used_at"))
            .foreign_key(&mut owned_by_person("api_token"))
            .to_owned();
        for table in [
            proof,
            totp,
            recovery_code,
            identity,
            provider_flow,
            api_token,
        ] {
            manager.create_table(table).await?;
        }
        for (name, table, columns) in [
            ("proof_user", "proof", ["user_id", "purpose"].as_slice()),
            ("proof_purpose", "proof", &["purpose", "created_at", "id"]),
            ("recovery_code_user", "recovery_code", &["user_id"]),
            ("identity_user", "identity", &["user_id"]),
            ("api_token_user", "api_token", &["user_id"]),
        ] {
            let mut index = Index::create();
            index.name(name).table(table);
            for column in columns {
                index.col(*column);
            }
            manager.create_index(index).await?;
        }
        let one_person_per_identity = Index::create()
            .name("identity_subject")
            .table("identity")
            .col("provider")
            .col("subject")
            .unique()
            .to_owned();
        manager.create_index(one_person_per_identity).await
    }
}

fn owned_by_person(table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .from(table, "user_id")
        .to("person", "id")
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned()
}

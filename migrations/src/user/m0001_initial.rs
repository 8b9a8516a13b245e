//! Accounts, their credentials and sessions, the audit log, and the sagas of export and erasure.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, binary, binary_null, binary_uniq, boolean, integer, string, string_null,
    string_uniq, text, text_null, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid,
    uuid_null,
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
        shared::create_sagas(manager).await?;
        let tables = [accounts(), credentials(), audit()].concat();
        shared::create_all(manager, tables, INDEXES).await
    }
}

const INDEXES: &[NewIndex] = &[
    ("account_created", "account", &["created_at", "id"], false),
    ("session_user", "session", &["user_id", "ended_at"], false),
    ("session_place", "session", &["user_id", "id"], false),
    (
        "refresh_token_parent",
        "refresh_token",
        &["parent_hash"],
        false,
    ),
    (
        "refresh_token_session",
        "refresh_token",
        &["session_id"],
        false,
    ),
    (
        "known_caller_value",
        "known_caller",
        &["user_id", "kind", "value"],
        true,
    ),
    (
        "one_time_token_email",
        "one_time_token",
        &["email", "purpose"],
        false,
    ),
    (
        "one_time_token_user",
        "one_time_token",
        &["user_id", "purpose"],
        false,
    ),
    (
        "one_time_token_purpose",
        "one_time_token",
        &["purpose", "created_at", "id"],
        false,
    ),
    ("recovery_code_user", "recovery_code", &["user_id"], false),
    ("identity_user", "identity", &["user_id"], false),
    (
        "identity_subject",
        "identity",
        &["provider", "subject"],
        true,
    ),
    ("api_token_user", "api_token", &["user_id"], false),
    ("audit_subject", "audit", &["subject_id", "sequence"], false),
    ("audit_action", "audit", &["action", "sequence"], false),
    ("audit_actor", "audit", &["actor_id", "sequence"], false),
];

fn accounts() -> Vec<TableCreateStatement> {
    let account = Table::create()
        .table("account")
        .col(uuid("id").primary_key())
        .col(string("username"))
        .col(string_uniq("username_folded"))
        .col(string("email"))
        .col(string_uniq("email_folded"))
        .col(timestamp_with_time_zone_null("email_verified_at"))
        .col(timestamp_with_time_zone_null("owner_shown_at"))
        .col(string("display_name"))
        .col(text("bio"))
        .col(string_null("avatar_url"))
        .col(string("locale"))
        .col(string("time_zone"))
        .col(string("visibility"))
        .col(string("roles"))
        .col(boolean("disabled"))
        .col(boolean("reset_required"))
        .col(timestamp_with_time_zone_null("deletion_scheduled_at"))
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
        .col(string("ip_address"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("last_seen_at"))
        .col(timestamp_with_time_zone("authenticated_at"))
        .col(timestamp_with_time_zone("expires_at"))
        .col(timestamp_with_time_zone_null("ended_at"))
        .foreign_key(&mut child("session", "user_id", "account"))
        .to_owned();
    let refresh_token = Table::create()
        .table("refresh_token")
        .col(binary("token_hash").primary_key())
        .col(uuid("session_id"))
        .col(binary_null("parent_hash"))
        .col(binary_null("salt"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone_null("used_at"))
        .foreign_key(&mut child("refresh_token", "session_id", "session"))
        .to_owned();
    let signing_key = Table::create()
        .table("signing_key")
        .col(string("key_id").primary_key())
        .col(string("purpose"))
        .col(text("sealed_private_key"))
        .col(string("public_x"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("activates_at"))
        .col(timestamp_with_time_zone_null("retires_at"))
        .col(timestamp_with_time_zone_null("removed_at"))
        .col(boolean("revoked").default(false))
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
    let known_caller = Table::create()
        .table("known_caller")
        .col(uuid("id").primary_key())
        .col(uuid("user_id"))
        .col(string("kind"))
        .col(string("value"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("last_seen_at"))
        .foreign_key(&mut child("known_caller", "user_id", "account"))
        .to_owned();
    vec![
        account,
        session,
        refresh_token,
        signing_key,
        login_delay,
        setup_token,
        known_caller,
    ]
}

fn credentials() -> Vec<TableCreateStatement> {
    let one_time_token = Table::create()
        .table("one_time_token")
        .col(uuid("id").primary_key())
        .col(string("purpose"))
        .col(uuid_null("user_id"))
        .col(string("email"))
        .col(binary_uniq("token_hash"))
        .col(text_null("sealed_secret"))
        .col(text_null("data"))
        .col(uuid_null("requested_by"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("expires_at"))
        .col(timestamp_with_time_zone_null("used_at"))
        .foreign_key(&mut child("one_time_token", "user_id", "account"))
        .to_owned();
    let totp = Table::create()
        .table("totp")
        .col(uuid("user_id").primary_key())
        .col(text("sealed_secret"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone_null("confirmed_at"))
        .col(big_integer("last_step"))
        .foreign_key(&mut child("totp", "user_id", "account"))
        .to_owned();
    let recovery_code = Table::create()
        .table("recovery_code")
        .col(binary("code_hash").primary_key())
        .col(uuid("user_id"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone_null("used_at"))
        .foreign_key(&mut child("recovery_code", "user_id", "account"))
        .to_owned();
    let identity = Table::create()
        .table("identity")
        .col(uuid("id").primary_key())
        .col(uuid("user_id"))
        .col(string("provider"))
        .col(string("subject"))
        .col(string_null("email"))
        .col(string_null("granted_role"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone_null("last_used_at"))
        .foreign_key(&mut child("identity", "user_id", "account"))
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
        .foreign_key(&mut child("provider_flow", "user_id", "account"))
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
        .foreign_key(&mut child("api_token", "user_id", "account"))
        .to_owned();
    let used_challenge = Table::create()
        .table("used_challenge")
        .col(string("id").primary_key())
        .col(timestamp_with_time_zone("expires_at"))
        .to_owned();
    vec![
        one_time_token,
        totp,
        recovery_code,
        identity,
        provider_flow,
        api_token,
        used_challenge,
    ]
}

fn audit() -> Vec<TableCreateStatement> {
    // The first row that the head names is 1; no foreign key, because entries outlive users.
    let audit = Table::create()
        .table("audit")
        .col(big_integer("sequence").primary_key())
        .col(string("action"))
        .col(uuid_null("actor_id"))
        .col(uuid_null("subject_id"))
        .col(string_null("ip_address"))
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
    vec![audit, audit_head]
}

//! The request bodies and queries of this room.

use kernel::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::schema;

/// The link of the email that keeps an account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "token": "the value of #token= in the link of the email" }))]
#[schema(as = RestoreAccount)]
pub(crate) struct KeepAccount {
    #[schema(schema_with = schema::link_token)]
    pub token: SecretString,
}

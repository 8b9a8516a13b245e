//! What the processes of an installation must have alike.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
use kernel::{Env, SecretString};
use rest::derived_key;
use rpc::Consistency;

use crate::config::Settings;

/// The clock and settings of this process. A mark shows whether two processes have the same value and not
/// which; that of the master key is of a key that is derived for this alone.
pub fn of(settings: &Settings, master_key: Option<&SecretString>, env: &Env) -> Consistency {
    let public_url = mark(settings.public_url().as_bytes());
    let mut marks = BTreeMap::from([("server.public_url", public_url)]);
    if let Some(key) = master_key {
        marks.insert("auth.master_key", mark(&derived_key(key, "consistency")));
    }
    Consistency::new(env.clone(), marks)
}

fn mark(value: &[u8]) -> String {
    let hash = digest(&SHA256, value);
    let bytes = hash.as_ref().iter().take(8);
    bytes.map(|byte| format!("{byte:02x}")).collect()
}

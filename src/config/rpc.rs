//! The calls between the processes of an installation, and the rules that a schema cannot express.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use rpc::{Access, AddressError, Consistency, Peer, Tls, TlsError, TlsFiles};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

const FILES: [&str; 3] = ["certificate_file", "key_file", "ca_file"];

#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RpcSettings {
    /// The address on which other processes call the modules of this one, `0.0.0.0:9090`; never expose it. Empty: disabled.
    #[schema(pattern = "^((\\[[0-9a-fA-F:.]+\\]|[0-9.]+):[0-9]{1,5})?$")]
    pub address: String,
    /// The processes that run the user module if this one does not: `http://host:port`, or `https://host:port` with certificates; one URL per instance.
    #[schema(inline, max_items = 100)]
    pub user: Vec<String>,
    /// The processes that run the course module if this one does not, as for the user module.
    #[schema(inline, max_items = 100)]
    pub course: Vec<String>,
    /// The certificate of this process and its intermediate certificates, as a PEM file. Set it with `rpc.key_file` and `rpc.ca_file` for mutual TLS; without all three the network must be private.
    #[schema(max_length = 1000)]
    pub certificate_file: String,
    /// The private key of the certificate, as a PEM file.
    #[schema(max_length = 1000)]
    pub key_file: String,
    /// The certificates of the CA that issued the certificates of all processes, as a PEM file.
    #[schema(max_length = 1000)]
    pub ca_file: String,
    /// The DNS names in the certificates of processes that may call this one, such as `gateway`.
    #[schema(inline, max_items = 100)]
    pub peers: Vec<String>,
}

impl RpcSettings {
    /// The certificates of this process, when it has any.
    ///
    /// # Errors
    /// When they cannot be used; the text names the setting.
    pub fn tls(&self) -> Result<Option<Tls>> {
        if self.certificate_file.is_empty() {
            return Ok(None);
        }
        let files = TlsFiles {
            certificate: self.certificate_file.clone().into(),
            key: self.key_file.clone().into(),
            ca: self.ca_file.clone().into(),
        };
        let tls = Tls::open(files);
        tls.map(Some)
            .map_err(|error| anyhow::anyhow!("{}: {error}", key_of(&error)))
    }

    /// Who may call this process; without certificates, everybody who reaches it.
    ///
    /// # Errors
    /// When `rpc.peers` has an invalid name.
    pub fn access(&self, tls: Option<Tls>) -> Result<Option<Access>> {
        let access = tls.map(|tls| Access::new(tls, &self.peers));
        access.transpose().context("rpc.peers")
    }

    /// The processes at `urls`, the value of `key`.
    ///
    /// # Errors
    /// When one of them is not a valid URL.
    pub fn peers(
        key: &str,
        urls: &[String],
        tls: Option<&Tls>,
        consistency: &Consistency,
    ) -> Result<Vec<Peer>> {
        let peers = urls.iter().map(|url| {
            let peer = Peer::at(url, tls.cloned())?;
            Ok(peer.compared(consistency))
        });
        let peers: Result<Vec<Peer>, AddressError> = peers.collect();
        peers.with_context(|| key.to_owned())
    }

    /// Whether processes on other machines could call without a certificate.
    pub fn is_unprotected(&self) -> bool {
        let address = self.address.parse::<SocketAddr>();
        self.certificate_file.is_empty() && address.is_ok_and(|address| !address.ip().is_loopback())
    }
}

fn key_of(error: &TlsError) -> &'static str {
    match error {
        TlsError::Certificate(_) => "rpc.certificate_file",
        TlsError::Key(_) => "rpc.key_file",
        TlsError::Ca(_) => "rpc.ca_file",
    }
}

pub(super) fn faults(tree: &Value) -> Vec<String> {
    let Ok(settings) = serde_json::from_value::<RpcSettings>(tree["rpc"].clone()) else {
        // The schema reports what is wrong with them.
        return Vec::new();
    };
    let values = [
        &settings.certificate_file,
        &settings.key_file,
        &settings.ca_file,
    ];
    let missing = FILES.into_iter().zip(values);
    let missing = missing.filter(|(_, value)| value.is_empty());
    let missing: Vec<&str> = missing.map(|(name, _)| name).collect();
    match missing.len() {
        0 => faults_with_tls(&settings),
        3 => faults_without_tls(&settings),
        _ => missing
            .into_iter()
            .map(|name| {
                format!("  rpc.{name}: is missing; TLS needs rpc.certificate_file, rpc.key_file and rpc.ca_file, so set all three or none")
            })
            .collect(),
    }
}

fn faults_with_tls(settings: &RpcSettings) -> Vec<String> {
    let mut faults = Vec::new();
    if let Err(error) = settings.tls() {
        faults.push(format!("  {error}"));
    }
    if !settings.address.is_empty() && settings.peers.is_empty() {
        faults.push("  rpc.peers: no process may call this one; list the DNS names in the certificates of those that may, such as gateway,course, or leave rpc.address empty".to_owned());
    }
    faults.extend(addresses(settings, "http://").map(|key| {
        format!("  {key}: certificates are set, so write https://host:port, or leave the files of rpc empty")
    }));
    faults
}

fn faults_without_tls(settings: &RpcSettings) -> Vec<String> {
    let mut faults = Vec::new();
    if !settings.peers.is_empty() {
        faults.push("  rpc.peers: callers are identified only by certificates; set rpc.certificate_file, rpc.key_file and rpc.ca_file too, or leave it empty".to_owned());
    }
    faults.extend(addresses(settings, "https://").map(|key| {
        format!("  {key}: https needs rpc.certificate_file, rpc.key_file and rpc.ca_file; set them, or write http://host:port")
    }));
    faults
}

/// The keys of the URLs with this scheme.
fn addresses<'a>(
    settings: &'a RpcSettings,
    scheme: &'static str,
) -> impl Iterator<Item = &'static str> + 'a {
    let addresses = [
        ("rpc.user", &settings.user),
        ("rpc.course", &settings.course),
    ];
    addresses
        .into_iter()
        .filter(move |(_, urls)| urls.iter().any(|url| url.starts_with(scheme)))
        .map(|(key, _)| key)
}

//! Certificate authorities of one's own, and the rules that a schema cannot express.

use std::fmt::Write;

use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::explain::quoted;

#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TlsSettings {
    /// A PEM file of CA certificates to trust beside those of the system, such as a school's own CA: for the mail server, identity providers, RabbitMQ, and Redis. PostgreSQL has `sslrootcert` in `database.url`, and the processes have `rpc.ca_file`. Empty: none.
    #[schema(max_length = 1000)]
    pub ca_file: String,
}

impl TlsSettings {
    /// The CA certificates of one's own as PEM; empty when there are none.
    ///
    /// # Errors
    /// When the file cannot be used; the text names the setting.
    pub fn ca_pem(&self) -> Result<String> {
        match self.ca_file.as_str() {
            "" => Ok(String::new()),
            path => read(path).context("tls.ca_file"),
        }
    }

    /// The same together with those of the system, for a library that trusts only what it is given.
    ///
    /// # Errors
    /// As [`TlsSettings::ca_pem`].
    pub(crate) fn all_ca_pem(&self) -> Result<String> {
        let mut pem = self.ca_pem()?;
        for certificate in rustls_native_certs::load_native_certs().certs {
            let text = BASE64_STANDARD.encode(certificate);
            let _ = write!(
                pem,
                "\n-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n"
            );
        }
        Ok(pem)
    }
}

fn read(path: &str) -> Result<String> {
    let file = quoted(path);
    let pem = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read {file}; give a file of CA certificates as PEM"))?;
    let mut store = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        let added = certificate.map(|certificate| store.add(certificate));
        let usable = added.is_ok_and(|added| added.is_ok());
        ensure!(
            usable,
            "{file} has a part that is not a certificate; give a file of CA certificates as PEM"
        );
    }
    ensure!(
        !store.is_empty(),
        "{file} has no certificate; it begins with -----BEGIN CERTIFICATE-----"
    );
    Ok(pem)
}

pub(super) fn faults(tree: &Value) -> Vec<String> {
    let path = tree["tls"]["ca_file"].as_str().unwrap_or_default();
    if path.is_empty() {
        return Vec::new();
    }
    let fault = |error: anyhow::Error| format!("  tls.ca_file: {error}");
    read(path).err().map(fault).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{TlsSettings, faults};

    #[test]
    fn a_file_of_authorities_has_certificates_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).expect("a file");
            path.display().to_string()
        };
        let own = rcgen::generate_simple_self_signed(["school.example".to_owned()]);
        let own = own.expect("a certificate").cert.pem();
        let good = file("good.pem", &own.repeat(2));
        assert_eq!(
            faults(&json!({ "tls": { "ca_file": good } })),
            Vec::<String>::new()
        );
        let pem = TlsSettings { ca_file: good }
            .ca_pem()
            .expect("certificates");
        assert_eq!(pem.matches("BEGIN CERTIFICATE").count(), 2);
        let cut = own.replace("MII", "AAA");
        for (path, word) in [
            (file("empty.pem", ""), "no certificate"),
            (file("cut.pem", &cut), "not a certificate"),
            (folder.path().join("none.pem").display().to_string(), "read"),
        ] {
            let found = faults(&json!({ "tls": { "ca_file": path } }));
            let [fault] = found.as_slice() else {
                panic!("one fault: {found:?}");
            };
            assert!(fault.starts_with("  tls.ca_file: "), "{fault}");
            assert!(fault.contains(word), "{fault}");
        }
        let none = TlsSettings {
            ca_file: String::new(),
        };
        assert_eq!(none.ca_pem().expect("none"), "");
    }
}

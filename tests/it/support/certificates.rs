//! Certificates that a test makes, and the files that a process reads them from.

use std::fs;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};
use rpc::{Access, Tls, TlsFiles};
use tempfile::TempDir;

/// A CA.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate and its key, as PEM.
pub(crate) struct Issued {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

impl Authority {
    pub(crate) fn named(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let key = KeyPair::generate().expect("a key");
        Self(CertifiedIssuer::self_signed(params, key).expect("a CA"))
    }

    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    /// A certificate for these names that counts now.
    pub(crate) fn issue(&self, names: &[&str]) -> Issued {
        self.sign(CertificateParams::new(owned(names)).expect("names"))
    }

    /// As [`Authority::issue`], but its time has passed.
    pub(crate) fn issue_expired(&self, names: &[&str]) -> Issued {
        let mut params = CertificateParams::new(owned(names)).expect("names");
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2021, 1, 1);
        self.sign(params)
    }

    fn sign(&self, params: CertificateParams) -> Issued {
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.0).expect("a certificate");
        Issued {
            certificate: certificate.pem(),
            key: key.serialize_pem(),
        }
    }
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// The three files of a process.
pub(crate) struct Files(TempDir);

impl Files {
    /// What `authority` issues for these names, and the CA itself.
    pub(crate) fn of(authority: &Authority, names: &[&str]) -> Self {
        Self::with(&authority.issue(names), &authority.pem())
    }

    pub(crate) fn with(issued: &Issued, ca: &str) -> Self {
        let files = Self(tempfile::tempdir().expect("a folder"));
        files.replace(issued, ca);
        files
    }

    pub(crate) fn replace(&self, issued: &Issued, ca: &str) {
        self.write("certificate.pem", &issued.certificate);
        self.write("key.pem", &issued.key);
        self.write("ca.pem", ca);
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.0.path().join(name), text).expect("written");
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    pub(crate) fn tls(&self) -> Tls {
        let files = TlsFiles {
            certificate: self.path("certificate.pem").into(),
            key: self.path("key.pem").into(),
            ca: self.path("ca.pem").into(),
        };
        Tls::open(files).expect("good files")
    }

    /// The settings of a process that uses these files.
    pub(crate) fn settings(&self) -> [(&'static str, String); 3] {
        [
            ("rpc.certificate_file", self.path("certificate.pem")),
            ("rpc.key_file", self.path("key.pem")),
            ("rpc.ca_file", self.path("ca.pem")),
        ]
    }

    /// Lets those with a certificate for one of `names` in.
    pub(crate) fn admitting(&self, names: &[&str]) -> Option<Access> {
        Some(Access::new(self.tls(), &owned(names)).expect("DNS names"))
    }
}

//! Mail servers as schools have them: with encryption, a password, and a CA of their own.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rcgen::{KeyPair, PKCS_ED25519, PKCS_RSA_SHA256, RsaKeySize};

use crate::support::certificates::{Authority, Files};
use crate::support::mail::wait_for;
use crate::support::process::{Process, gopro, quiet_port, run, seed_demo};
use crate::support::services_required;
use crate::support::storage::Storage;

/// A server with an account `me` whose password is `secret`.
struct MailServer {
    child: Child,
    port: u16,
    files: Files,
    mailbox: tempfile::TempDir,
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _waited = self.child.wait();
    }
}

impl MailServer {
    /// `None`, said aloud, when there is no server to start.
    fn start(mode: &str) -> Option<Self> {
        let import = Command::new("python3")
            .args(["-c", "import aiosmtpd"])
            .stderr(Stdio::null())
            .status();
        if !import.is_ok_and(|status| status.success()) {
            assert!(!services_required(), "python3 -m aiosmtpd is not installed");
            testkit::left_out("SMTP with TLS (python3 -m aiosmtpd is not installed)");
            return None;
        }
        let files = Files::of(&Authority::named("a school"), &["localhost"]);
        let mailbox = tempfile::tempdir().expect("a folder");
        let port = quiet_port();
        let script = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/it/support/mail_server.py"
        );
        let mut child = Command::new("python3")
            .args([script, mode, &port.to_string()])
            .args([files.path("certificate.pem"), files.path("key.pem")])
            .arg(mailbox.path().join("box"))
            .stdout(Stdio::piped())
            .spawn()
            .expect("a server");
        let mut line = String::new();
        let output = child.stdout.take().expect("its output");
        let read = BufReader::new(output).read_line(&mut line);
        assert!(read.is_ok() && line == "ready\n", "{line}");
        Some(Self {
            child,
            port,
            files,
            mailbox,
        })
    }

    /// The settings under which emails arrive, with this password.
    fn settings(&self, mode: &str, password: &str, own_ca: bool) -> Vec<String> {
        let port = self.port;
        let url = match mode {
            "tls" => format!("smtps://me:{password}@localhost:{port}"),
            _ => format!("smtp://me:{password}@localhost:{port}?tls=required"),
        };
        let mut settings = vec![
            format!("mail.smtp_url={url}"),
            "mail.from=School <learn@school.example>".to_owned(),
        ];
        if own_ca {
            settings.push(format!("tls.ca_file={}", self.files.path("ca.pem")));
        }
        settings
    }

    /// The emails that have arrived.
    fn arrived(&self) -> Vec<String> {
        let folder = self.mailbox.path().join("box/new");
        let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let texts = files.map(|file| std::fs::read_to_string(file.path()).expect("an email"));
        texts.collect()
    }
}

fn with(storage: &Storage, settings: &[String], arguments: &[&str]) -> (i32, String, String) {
    let mut command = gopro(storage);
    command.args(arguments);
    for setting in settings {
        command.args(["--set", setting]);
    }
    run(&mut command)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_email_shows_what_the_server_says_and_what_to_do_about_it() {
    let storage = Storage::new().await;
    for mode in ["starttls", "tls"] {
        let Some(server) = MailServer::start(mode) else {
            return;
        };
        let test = |password, own_ca| {
            let settings = server.settings(mode, password, own_ca);
            with(&storage, &settings, &["mail", "test", "ada@example.org"])
        };
        let (code, output, errors) = test("secret", true);
        assert_eq!(code, 0, "{mode}: {errors}");
        assert!(output.contains("accepted: 250 "), "{mode}: {output}");
        let (code, _, errors) = test("secret", false);
        assert_ne!(code, 0, "{mode}");
        assert!(errors.contains("tls.ca_file"), "{mode}: {errors}");
        let (code, _, errors) = test("wrong", true);
        assert_ne!(code, 0, "{mode}");
        assert!(
            errors.contains("the user and the password") && errors.contains("535"),
            "{mode}: {errors}"
        );
        assert!(!errors.contains("wrong@"), "{mode}: {errors}");
        let arrived = server.arrived();
        let [email] = arrived.as_slice() else {
            panic!("{mode}: {arrived:?}");
        };
        for words in [
            "From: School <learn@school.example>",
            "To: ada@example.org",
            "Subject: GO-PRO test email",
            "Auto-Submitted: auto-generated",
            "MIME-Version: 1.0",
            "Message-ID: <",
        ] {
            assert!(email.contains(words), "{mode}: {words} is missing: {email}");
        }
    }
    let nobody = format!("mail.smtp_url=smtp://localhost:{}", quiet_port());
    let (code, _, errors) = with(&storage, &[nobody], &["mail", "test", "ada@example.org"]);
    assert_ne!(code, 0);
    assert!(errors.contains("check the host and the port"), "{errors}");
    let (code, _, errors) = with(&storage, &[], &["mail", "test", "ada"]);
    assert_ne!(code, 0);
    assert!(errors.contains("is not an email address"), "{errors}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_server_the_test_email_is_a_file() {
    let storage = Storage::new().await;
    let (code, output, errors) = with(&storage, &[], &["mail", "test", "ada@example.org"]);
    assert_eq!(code, 0, "{errors}");
    let path = output.split("written to ").nth(1).expect("a path").trim();
    let email = std::fs::read_to_string(storage.folder.path().join(Path::new(path)));
    assert!(email.expect("an email").contains("Subject: GO-PRO test"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_connects_to_the_mail_server_and_to_every_identity_provider() {
    let Some(server) = MailServer::start("starttls") else {
        return;
    };
    let storage = Storage::new().await;
    seed_demo(&storage);
    let school = crate::support::idp::Idp::start();
    let provider = |issuer: &str| {
        vec![
            format!("auth.providers.school.issuer={issuer}"),
            "auth.providers.school.client_id=gopro".to_owned(),
            "auth.providers.school.client_secret=secret".to_owned(),
        ]
    };
    let mut good = server.settings("starttls", "secret", true);
    good.extend(provider(&school.url));
    let (code, output, errors) = with(&storage, &good, &["doctor"]);
    assert_eq!(code, 0, "{output} {errors}");
    for line in [
        "ok    the mail server accepts these settings",
        "ok    the identity provider school responds",
    ] {
        assert!(output.contains(line), "{output}");
    }
    let mut wrong = server.settings("starttls", "wrong", true);
    wrong.extend(provider(&format!("{}/", school.url)));
    let (code, output, _) = with(&storage, &wrong, &["doctor"]);
    assert_ne!(code, 0);
    for line in [
        "FAIL  the mail server cannot be used",
        "check the user and the password",
        &format!("set issuer to \"{}\"", school.url),
    ] {
        assert!(output.contains(line), "{line} is missing: {output}");
    }
    let cases: [(&str, serde_json::Value, &str); 3] = [
        (
            "id_token_signing_alg_values_supported",
            serde_json::json!(["HS256"]),
            "signs ID tokens in no supported way",
        ),
        (
            "token_endpoint_auth_methods_supported",
            serde_json::json!(["private_key_jwt"]),
            "takes no client secret",
        ),
        (
            "jwks_uri",
            serde_json::json!(format!("{}/nowhere", school.url)),
            "its jwks_uri returned no keys",
        ),
    ];
    for (field, value, words) in cases {
        let before = school.state().discovery.clone();
        school.state().discovery[field] = value;
        let (code, output, _) = with(&storage, &provider(&school.url), &["doctor"]);
        school.state().discovery = before;
        assert_ne!(code, 0, "{field}");
        assert!(output.contains(words), "{field}: {output}");
    }
    let away = format!("http://127.0.0.1:{}", quiet_port());
    let (code, output, _) = with(&storage, &provider(&away), &["doctor"]);
    assert_ne!(code, 0);
    assert!(output.contains("check its issuer, DNS"), "{output}");
}

/// Says whether dkimpy, which knows nothing of GO-PRO, accepts the signature of an email.
const VERIFY: &str = "import sys, dkim
name, text = sys.argv[2], sys.argv[3]
look_up = lambda asked, timeout=5: text.encode() if asked.decode() == name else None
print(dkim.verify(open(sys.argv[1], 'rb').read(), dnsfunc=look_up))";

fn has_verifier() -> bool {
    let import = Command::new("python3")
        .args(["-c", "import dkim, nacl"])
        .stderr(Stdio::null())
        .status();
    if import.is_ok_and(|status| status.success()) {
        return true;
    }
    assert!(!services_required(), "dkimpy[ed25519] is not installed");
    testkit::left_out("the signatures of emails (dkimpy is not installed)");
    false
}

#[tokio::test(flavor = "multi_thread")]
async fn signed_emails_are_accepted_by_another_implementation_until_a_word_changes() {
    if !has_verifier() {
        return;
    }
    let storage = Storage::new().await;
    let folder = storage.folder.path().to_owned();
    let rsa = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).expect("a key");
    let short = KeyPair::generate_for(&PKCS_ED25519).expect("a key");
    for (selector, key) in [("rsa1", rsa), ("ed1", short)] {
        let file = folder.join(format!("{selector}.pem"));
        std::fs::write(&file, key.serialize_pem()).expect("a file");
        let settings = [
            "mail.from=School <learn@School.example>".to_owned(),
            format!("mail.dkim_selector={selector}"),
            format!("mail.dkim_key_file={}", file.display()),
        ];
        let (code, output, errors) = with(&storage, &settings, &["mail", "dkim"]);
        assert_eq!(code, 0, "{errors}");
        let (name, text) = output.trim().split_once(". IN TXT (").expect("a record");
        assert_eq!(name, format!("{selector}._domainkey.school.example"));
        let text = text.replace("\" \"", "").replace(['"', ')'], "");
        let (code, output, errors) = with(&storage, &settings, &["mail", "test", "a@example.org"]);
        assert_eq!(code, 0, "{errors}");
        let path = output.split("written to ").nth(1).expect("a path").trim();
        let mut files = vec![folder.join(path)];
        let flags: Vec<&str> = settings.iter().flat_map(|one| ["--set", one]).collect();
        let server = Process::serve(&storage, &flags).await;
        let address = format!("ada@{selector}.example");
        let account = serde_json::json!({
            "email": address, "username": format!("ada-{selector}"),
            "display_name": "Ada  Öztürk", "password": "correct horse battery staple",
        });
        let registered = server.client().post("/api/v1/auth/register", account).await;
        registered.expect_status(201);
        wait_for(&folder.join("data"), &address, "#token=").await;
        server.terminate();
        let mails = std::fs::read_dir(folder.join("data/mail")).expect("emails");
        let mails = mails.map(|mail| mail.expect("an email").path());
        files.extend(mails.filter(|path| path.extension().is_some_and(|end| end == "eml")));
        let verify = |file: &Path| {
            let verified = Command::new("python3")
                .args(["-c", VERIFY])
                .arg(file)
                .args([&format!("{name}."), &text])
                .output();
            let output = verified.expect("python3").stdout;
            String::from_utf8(output).expect("text").trim().to_owned()
        };
        let signed: Vec<_> = files
            .iter()
            .filter(|file| {
                let email = std::fs::read_to_string(file).expect("an email");
                email.contains(&format!(" s={selector};"))
            })
            .collect();
        assert!(signed.len() >= 2, "{signed:?}");
        for file in signed {
            assert_eq!(verify(file), "True", "{}", file.display());
            let email = std::fs::read_to_string(file).expect("an email");
            let forged = folder.join("forged.eml");
            for (from, to) in [
                ("From: School", "From: Schoool"),
                ("\r\n\r\n", "\r\n\r\nmore "),
            ] {
                assert!(email.contains(from), "{email}");
                std::fs::write(&forged, email.replacen(from, to, 1)).expect("a file");
                assert_eq!(verify(&forged), "False", "{from:?}");
            }
            let second = format!("From: Eve <eve@school.example>\r\n{email}");
            std::fs::write(&forged, second).expect("a file");
            assert_eq!(verify(&forged), "False", "a second sender");
        }
    }
    let (code, _, errors) = with(&storage, &[], &["mail", "dkim"]);
    assert_ne!(code, 0);
    assert!(errors.contains("set mail.dkim_selector"), "{errors}");
}

//! Mail to a real SMTP server, when one can be started.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use kernel::SecretString;

use super::stage::{Stage, registered};
use crate::Transport;
use crate::delivery::DeliveryState;

struct Server {
    child: Child,
    port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _waited = self.child.wait();
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test has no configuration file; this variable says that nothing may be left out"
)]
fn services_required() -> bool {
    std::env::var("GOPRO_TEST_REQUIRE_SERVICES").is_ok_and(|value| value == "1")
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

fn has_server() -> bool {
    let import = Command::new("python3")
        .args(["-c", "import aiosmtpd"])
        .stderr(Stdio::null())
        .status();
    import.is_ok_and(|status| status.success())
}

async fn start(folder: &Path, largest: u32) -> Option<Server> {
    if !has_server() {
        assert!(
            !services_required(),
            "SMTP: python3 -m aiosmtpd is not installed"
        );
        testkit::left_out("SMTP (python3 -m aiosmtpd is not installed)");
        return None;
    }
    let port = free_port();
    let child = Command::new("python3")
        .args(["-m", "aiosmtpd", "-n", "-l", &format!("127.0.0.1:{port}")])
        .args([
            "-s",
            &largest.to_string(),
            "-c",
            "aiosmtpd.handlers.Mailbox",
        ])
        .arg(folder)
        .spawn()
        .unwrap();
    let server = Server { child, port };
    let reachable = async {
        while tokio::net::TcpStream::connect(("127.0.0.1", port))
            .await
            .is_err()
        {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), reachable)
        .await
        .unwrap();
    Some(server)
}

fn to(port: u16) -> Option<Transport> {
    let url = SecretString::from(format!("smtp://127.0.0.1:{port}"));
    Some(Transport::Smtp { url })
}

#[tokio::test]
async fn a_mail_reaches_a_real_server_whole() {
    let folder =
        std::env::temp_dir().join(format!("gopro-smtp-{}-{}", std::process::id(), free_port()));
    let Some(server) = start(&folder, 1_000_000).await else {
        return;
    };
    let stage = Stage::with(to(server.port)).await;
    stage.hear(&registered(1, "Åsa Öberg", "de")).await;
    stage.module.sender().drain().await.unwrap();
    let delivery = stage.delivery().await;
    assert_eq!(delivery.error, None);
    assert_eq!(delivery.state, DeliveryState::Sent);
    let files: Vec<_> = std::fs::read_dir(folder.join("new")).unwrap().collect();
    assert_eq!(files.len(), 1);
    let mail = std::fs::read_to_string(files[0].as_ref().unwrap().path()).unwrap();
    assert!(mail.contains(&format!("Message-ID: <{}@learn.example.org>", delivery.id)));
    assert!(mail.contains("X-RcptTo: user1@example.org"), "{mail}");
    assert!(mail.contains("multipart/alternative"));
    let decoded = Command::new("python3")
        .args(["-c", "import sys,email,email.policy;m=email.message_from_file(open(sys.argv[1],encoding='utf-8'),policy=email.policy.default);print(m['to']);print(m['subject']);print(m.get_body(('plain',)).get_content());assert not m.defects"])
        .arg(files[0].as_ref().unwrap().path())
        .output()
        .unwrap();
    let decoded = String::from_utf8(decoded.stdout).unwrap();
    assert!(
        decoded.starts_with(
            "Åsa Öberg <user1@example.org>\nWillkommen bei GO-PRO, Åsa Öberg!\nHallo Åsa Öberg,"
        ),
        "{decoded}"
    );
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn a_server_that_is_away_gets_the_mail_later() {
    let stage = Stage::with(to(free_port())).await;
    stage.hear(&registered(1, "Ada", "en")).await;
    stage.module.sender().drain().await.unwrap();
    stage.assert_state(DeliveryState::Queued, 1).await;
    assert!(stage.delivery().await.error.is_some());
}

#[tokio::test]
async fn a_refusal_for_good_is_not_tried_again() {
    let folder =
        std::env::temp_dir().join(format!("gopro-smtp-{}-{}", std::process::id(), free_port()));
    let Some(server) = start(&folder, 100).await else {
        return;
    };
    let stage = Stage::with(to(server.port)).await;
    stage.hear(&registered(1, "Ada", "en")).await;
    stage.module.sender().drain().await.unwrap();
    stage.assert_state(DeliveryState::Failed, 1).await;
    let error = stage.delivery().await.error.unwrap();
    assert!(error.contains("552"), "{error}");
    let _gone = std::fs::remove_dir_all(folder);
}

//! Email to a real SMTP server, when one can be started.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use kernel::SecretString;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};

use super::Transport;
use crate::domain::DeliveryState;
use crate::tests::{ModuleTest, registered};

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
    Some(Transport::Smtp {
        url,
        allow_plaintext_password: false,
        ca_pem: String::new(),
    })
}

/// A server that offers to take passwords and no encryption; gives all that it received.
async fn start_without_encryption(
    welcome: &'static [u8],
) -> (u16, tokio::task::JoinHandle<String>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let received = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let (reader, mut writer) = stream.into_split();
        let mut lines = BufReader::new(reader).lines();
        let mut received = String::new();
        writer.write_all(b"220 ready\r\n").await.unwrap();
        while let Ok(Some(line)) = lines.next_line().await {
            received.push_str(&format!("{line}\n"));
            let answer: &[u8] = match line.split(' ').next().unwrap_or_default() {
                "EHLO" => b"250-here\r\n250 AUTH PLAIN LOGIN\r\n",
                "AUTH" => welcome,
                "QUIT" => b"221 bye\r\n",
                _ => b"554 no\r\n",
            };
            if writer.write_all(answer).await.is_err() {
                break;
            }
        }
        received
    });
    (port, received)
}

#[tokio::test]
async fn a_server_without_encryption_gets_no_password() {
    let (port, received) = start_without_encryption(b"235 welcome\r\n").await;
    let url = SecretString::from(format!("smtp://me:secret@127.0.0.1:{port}?tls=required"));
    let test = ModuleTest::with(Some(Transport::Smtp {
        url,
        allow_plaintext_password: false,
        ca_pem: String::new(),
    }))
    .await;
    test.receive(&registered(1, "Ada", "en")).await;
    test.drain().await;
    let received = received.await.unwrap();
    assert!(received.contains("EHLO"), "{received}");
    assert!(
        !received.contains("AUTH") && !received.contains("MAIL"),
        "{received}"
    );
    test.assert_state(DeliveryState::Queued, 1).await;
}

#[tokio::test]
async fn a_wrong_password_costs_no_email() {
    let (port, received) = start_without_encryption(b"535 wrong\r\n").await;
    let url = SecretString::from(format!("smtp://me:secret@127.0.0.1:{port}"));
    let test = ModuleTest::with(Some(Transport::Smtp {
        url,
        allow_plaintext_password: true,
        ca_pem: String::new(),
    }))
    .await;
    test.receive(&registered(1, "Ada", "en")).await;
    test.drain().await;
    assert!(received.await.unwrap().contains("AUTH"));
    test.assert_state(DeliveryState::Queued, 1).await;
    let error = test.delivery().await.error.unwrap();
    assert!(error.contains("535"), "{error}");
}

/// A server that sends these lines, one for each it receives, and then never ends a line; returns how much
/// it could say.
async fn start_without_end(lines: &'static [&'static [u8]]) -> (u16, tokio::task::JoinHandle<u64>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let said = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let (reader, mut writer) = stream.into_split();
        let mut heard = BufReader::new(reader).lines();
        for line in lines {
            writer.write_all(line).await.unwrap();
            heard.next_line().await.unwrap();
        }
        let (piece, mut said) = ([b'x'; 16 * 1024], 0);
        while writer.write_all(&piece).await.is_ok() {
            said += piece.len() as u64;
        }
        said
    });
    (port, said)
}

#[tokio::test]
async fn a_server_that_never_ends_a_line_is_given_up_after_a_few_kilobytes() {
    for lines in [
        &[] as &[&[u8]],
        &[b"220 ready\r\n"],
        &[b"220 ready\r\n" as &[u8], b"250 here\r\n", b"250 taken\r\n"],
    ] {
        let (port, said) = start_without_end(lines).await;
        let test = ModuleTest::with(to(port)).await;
        test.receive(&registered(1, "Ada", "en")).await;
        test.drain().await;
        test.assert_state(DeliveryState::Queued, 1).await;
        let error = test.delivery().await.error.unwrap();
        assert!(error.contains("more than 32 KiB"), "{error}");
        let limit = std::time::Duration::from_secs(5);
        let said = tokio::time::timeout(limit, said).await.unwrap().unwrap();
        // What the system keeps for both ends comes on top.
        assert!(said < 32 * 1024 * 1024, "{said}");
    }
}

#[tokio::test]
async fn an_email_reaches_a_real_server_complete() {
    let folder =
        std::env::temp_dir().join(format!("gopro-smtp-{}-{}", std::process::id(), free_port()));
    let Some(server) = start(&folder, 1_000_000).await else {
        return;
    };
    let test = ModuleTest::with(to(server.port)).await;
    test.receive(&registered(1, "Åsa Öberg", "de")).await;
    test.drain().await;
    let delivery = test.delivery().await;
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
async fn a_server_that_was_down_gets_the_email_later() {
    let test = ModuleTest::with(to(free_port())).await;
    test.receive(&registered(1, "Ada", "en")).await;
    test.drain().await;
    test.assert_state(DeliveryState::Queued, 1).await;
    assert!(test.delivery().await.error.is_some());
}

#[tokio::test]
async fn a_refusal_for_good_is_not_tried_again() {
    let folder =
        std::env::temp_dir().join(format!("gopro-smtp-{}-{}", std::process::id(), free_port()));
    let Some(server) = start(&folder, 100).await else {
        return;
    };
    let test = ModuleTest::with(to(server.port)).await;
    test.receive(&registered(1, "Ada", "en")).await;
    test.drain().await;
    test.assert_state(DeliveryState::Failed, 1).await;
    let error = test.delivery().await.error.unwrap();
    assert!(error.contains("552"), "{error}");
    let _gone = std::fs::remove_dir_all(folder);
}

//! Which callers and servers are accepted over TLS.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use contracts::course::{Admission, CourseApi, OutlineView};
use kernel::{CourseId, Failure, Fault, Kind, UserId};
use rpc::{Access, RemoteCourse, RemoteUser};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use tokio::io::AsyncReadExt;

use super::{COURSE, RpcTest, holds_of_courses, holds_of_users, peer, secure_peer};
use crate::support::certificates::{Authority, Files};
use crate::support::gateway::GatewayTest;
use crate::support::process::quiet_port;
use crate::support::{AppTest, Client};

/// A course module that counts how often it is called.
#[derive(Default)]
pub(super) struct Counting(AtomicUsize);

impl Counting {
    pub(super) fn asked(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl CourseApi for Counting {
    async fn outline(&self, _: CourseId) -> Result<Option<OutlineView>, Failure> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Ok(None)
    }

    async fn admit(&self, _: CourseId, _: UserId, _: Option<&str>) -> Result<Admission, Failure> {
        Ok(Admission::default())
    }
}

pub(super) async fn counting(access: Option<Access>) -> (Arc<Counting>, RpcTest) {
    let course = Arc::new(Counting::default());
    let serving = RpcTest::admitting(access, None, Some(course.clone())).await;
    (course, serving)
}

/// A new connection with these files, and a question on it.
pub(super) async fn ask(server: &RpcTest, files: &Files) -> Result<(), Failure> {
    let course = RemoteCourse::new(vec![secure_peer(server, files)]);
    let outline = course.outline(COURSE.parse().expect("an id")).await?;
    assert!(outline.is_none());
    Ok(())
}

pub(super) async fn is_refused(server: &RpcTest, files: &Files) {
    let refused = ask(server, files).await.expect_err("it may not ask");
    assert_eq!(refused.kind(), Kind::Unavailable);
    assert_eq!(refused.code(), "module.unreachable");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_permitted_caller_is_answered_as_in_the_same_process() {
    let app = AppTest::demo().await;
    let ca = Authority::named("ours");
    let access = Files::of(&ca, &["localhost"]).admitting(&["gateway", "course"]);
    let (user, course) = (app.user().api(), app.course().api());
    let server = RpcTest::admitting(access, Some(user), Some(course)).await;
    let files = Files::of(&ca, &["course.internal", "course"]);
    holds_of_users(&app, &RemoteUser::new(vec![secure_peer(&server, &files)])).await;
    holds_of_courses(&app, &RemoteCourse::new(vec![secure_peer(&server, &files)])).await;
    server.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_is_not_permitted_is_rejected_before_it_reaches_a_module() {
    let (ca, other) = (Authority::named("ours"), Authority::named("other"));
    let access = Files::of(&ca, &["localhost"]).admitting(&["gateway"]);
    let (course, server) = counting(access).await;
    for files in [
        Files::with(&other.issue(&["gateway"]), &ca.pem()),
        Files::with(&ca.issue_expired(&["gateway"]), &ca.pem()),
        Files::of(&ca, &["notification", "gateway.example.org"]),
        Files::of(&ca, &[]),
    ] {
        is_refused(&server, &files).await;
    }
    let plain = RemoteCourse::new(vec![peer(&server.address)]);
    let refused = plain.outline(COURSE.parse().expect("an id")).await;
    assert_eq!(refused.expect_err("no TLS").kind(), Kind::Unavailable);
    let address = server.address.clone();
    let ca_pem = ca.pem();
    let anonymous =
        tokio::task::spawn_blocking(move || answer_without_certificate(&address, &ca_pem));
    let refused = anonymous
        .await
        .expect("an end")
        .expect_err("no certificate");
    assert!(
        refused.to_string().contains("CertificateRequired"),
        "{refused}"
    );
    assert_eq!(course.asked(), 0);

    ask(&server, &Files::of(&ca, &["gateway"]))
        .await
        .expect("it may ask");
    assert_eq!(course.asked(), 1);
    server.end().await;
}

/// What a server says to a client that trusts its CA and has no certificate.
fn answer_without_certificate(address: &str, ca: &str) -> std::io::Result<Vec<u8>> {
    let mut roots = RootCertStore::empty();
    let ca = CertificateDer::from_pem_slice(ca.as_bytes()).expect("a CA");
    roots.add(ca).expect("a CA");
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions");
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let name = ServerName::try_from("localhost").expect("a name");
    let connection = ClientConnection::new(Arc::new(config), name).expect("a connection");
    let stream = TcpStream::connect(address).expect("connected");
    let mut stream = StreamOwned::new(connection, stream);
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")?;
    let mut answer = vec![0; 1];
    stream.read_exact(&mut answer)?;
    Ok(answer)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_certificate_is_for_another_host_is_not_asked() {
    let ca = Authority::named("ours");
    let access = Files::of(&ca, &["elsewhere"]).admitting(&["gateway"]);
    let (course, server) = counting(access).await;
    is_refused(&server, &Files::of(&ca, &["gateway"])).await;
    assert_eq!(course.asked(), 0);
    server.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_never_ends_a_handshake_holds_nobody_up_and_is_cut() {
    let ca = Authority::named("ours");
    let access = Files::of(&ca, &["localhost"]).admitting(&["gateway"]);
    let (course, server) = counting(access).await;
    let mut silent = Vec::new();
    for _ in 0..50 {
        let stream = tokio::net::TcpStream::connect(&server.address).await;
        silent.push(stream.expect("connected"));
    }
    ask(&server, &Files::of(&ca, &["gateway"]))
        .await
        .expect("an answer");
    assert_eq!(course.asked(), 1);
    let begun = Instant::now();
    for stream in &mut silent {
        let cut = tokio::time::timeout(Duration::from_secs(20), stream.read(&mut [0])).await;
        assert!(matches!(cut, Ok(Ok(0) | Err(_))), "{:?}", begun.elapsed());
    }
    server.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_with_a_certificate_asks_a_service_with_one() {
    let ca = Authority::named("ours");
    let (service, gateway) = (Files::of(&ca, &["localhost"]), Files::of(&ca, &["gateway"]));
    let port = quiet_port();
    let (address, user) = (
        format!("127.0.0.1:{port}"),
        format!("https://localhost:{port}"),
    );
    let files = service.settings();
    let mut settings: Vec<_> = files
        .iter()
        .map(|(key, value)| (*key, value.as_str()))
        .collect();
    settings.extend([("rpc.address", address.as_str()), ("rpc.peers", "gateway")]);
    let app = AppTest::spawn_with(&settings).await;
    app.new_user("anna", &[]).await;
    let files = gateway.settings();
    let mut settings: Vec<_> = files
        .iter()
        .map(|(key, value)| (*key, value.as_str()))
        .collect();
    settings.push(("rpc.user", user.as_str()));
    let front = GatewayTest::before(&app, &settings).await;
    let mut client = Client::new(&front.url());
    client.log_in("anna", crate::support::app::PASSWORD).await;
    let me = client.get("/api/v1/users/me").await.expect_status(200);
    assert_eq!(me["username"], "anna");
}

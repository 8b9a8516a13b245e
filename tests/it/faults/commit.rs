//! A connection that is lost during a commit, so that the client does not learn whether it took effect.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::ledger::{Ledger, course};
use crate::support::app::PASSWORD;
use crate::support::client::send;
use crate::support::process::{Process, seed_demo};
use crate::support::storage::Storage;

/// When the connection is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lost {
    /// The server never receives the commit.
    Before,
    /// The server commits, and its answer never arrives.
    After,
}

/// Which transaction is cut: the one in which this text was sent.
type Target = Arc<Mutex<Option<(String, Lost)>>>;

/// Stands before a PostgreSQL server and cuts one connection at its commit.
async fn cutter(server: String, target: Target) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = TcpStream::connect(&server).await.expect("PostgreSQL");
            tokio::spawn(pass(client, server, Arc::clone(&target)));
        }
    });
    address
}

async fn pass(mut client: TcpStream, mut server: TcpStream, target: Target) {
    let (mut asked, mut answered) = (vec![0; 64 * 1024], vec![0; 64 * 1024]);
    let mut concerned = None;
    loop {
        tokio::select! {
            read = client.read(&mut asked) => {
                let Ok(count @ 1..) = read else { return };
                let asked = &asked[..count];
                concerned = concerned.or_else(|| wanted(&target, asked));
                let cut = concerned.filter(|_| contains(asked, b"COMMIT"));
                if cut.is_some() {
                    *target.lock().unwrap_or_else(PoisonError::into_inner) = None;
                }
                if cut == Some(Lost::Before) {
                    return;
                }
                if server.write_all(asked).await.is_err() {
                    return;
                }
                if cut == Some(Lost::After) {
                    // The answer is there, so the commit is too.
                    let _ = server.read(&mut answered).await;
                    return;
                }
            }
            read = server.read(&mut answered) => {
                let Ok(count @ 1..) = read else { return };
                if client.write_all(&answered[..count]).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// How the connection is to be lost, if it is the one that is meant.
fn wanted(target: &Target, asked: &[u8]) -> Option<Lost> {
    let target = target.lock().unwrap_or_else(PoisonError::into_inner);
    let (text, lost) = target.as_ref()?;
    contains(asked, text.as_bytes()).then_some(*lost)
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[tokio::test(flavor = "multi_thread")]
async fn r21_a_commit_whose_outcome_nobody_knows_counts_once_when_it_is_repeated() {
    let Some(url) = testkit::postgres_url() else {
        testkit::left_out("a connection lost during a commit; SQLite has none");
        return;
    };
    let mut storage = Storage::new().await;
    seed_demo(&storage);
    let direct = storage.database_url.clone();
    let (_, place) = url.rsplit_once('@').unwrap_or(("", &url));
    let place = place.split('/').next().expect("a server").to_owned();
    let target = Target::default();
    let cutter = cutter(place.clone(), Arc::clone(&target)).await;
    // In the clear, so that the commit is seen.
    let through = direct.replace(&place, &cutter.to_string());
    storage.database_url = format!("{through}?sslmode=disable");
    let server = Process::serve(&storage, &[]).await;
    let mut ledger = Ledger::open(&server).await;
    let mut instructor = server.client();
    instructor.log_in("instructor", PASSWORD).await;
    let mut cut = 0;
    for lost in [Lost::Before, Lost::After] {
        for number in 0..5 {
            let title = format!("Lost {lost:?} {number}");
            let create = || {
                let request = instructor.request(Method::POST, "/api/v1/courses");
                let key = format!("{lost:?}-{number}");
                send(request.header("Idempotency-Key", key).json(&course(&title)))
            };
            let wanted = Some((title.clone(), lost));
            *target.lock().unwrap_or_else(PoisonError::into_inner) = wanted;
            let answer = create().await;
            assert_eq!(answer.status, 503, "{}", answer.text);
            assert!(answer.header("retry-after").is_some(), "when to repeat it");
            cut += 1;
            let repeated = create().await;
            assert_eq!(repeated.status, 201, "{}", repeated.text);
            // A commit that counted is answered as it was; one that did not is made.
            let replayed = repeated.header("idempotency-replayed").is_some();
            assert_eq!(replayed, lost == Lost::After);
            let again = create().await;
            assert_eq!(again.json()["id"], repeated.json()["id"]);
        }
        assert!(ledger.change().await, "the others go on");
    }
    storage.settle(&[&server.internal_url]).await;
    storage.database_url = direct;
    ledger.check(&storage).await;
    let mine = instructor.get("/api/v1/courses?mine=true&limit=200").await;
    let mine = mine.expect_status(200);
    let titles = mine["items"].as_array().expect("items").iter();
    let lost = titles.filter(|course| {
        let title = course["title"].as_str().expect("a title");
        title.starts_with("Lost ")
    });
    assert_eq!(lost.count(), cut);
    println!(
        "R-21 {cut} connections lost during a commit, half of them after it: each answered 503, each repeated with its key, one effect each"
    );
}

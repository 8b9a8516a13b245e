//! A TCP proxy that a test can make deaf, and cut.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Passing {
    All,
    /// Questions arrive, and no answer comes back.
    Questions,
    /// Nothing, while every connection stays open.
    Nothing,
}

pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    passing: watch::Sender<Passing>,
    /// How many there were.
    connections: Arc<AtomicU64>,
    /// Connections with a smaller number stay open and pass nothing any more.
    stranded: watch::Sender<u64>,
    /// Counts the cuts: a connection lives as long as the number that it began with.
    cuts: watch::Sender<u64>,
    listening: JoinHandle<()>,
}

impl Proxy {
    pub(crate) async fn to(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (passing, _) = watch::channel(Passing::All);
        let (cuts, _) = watch::channel(0);
        let (stranded, _) = watch::channel(0);
        let (open, ended, left) = (passing.clone(), cuts.clone(), stranded.clone());
        let connections = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&connections);
        let listening = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let Ok(server) = TcpStream::connect(&server).await else {
                    continue;
                };
                let (from_client, to_client) = client.into_split();
                let (from_server, to_server) = server.into_split();
                let question = |passing| passing != Passing::Nothing;
                let answer = |passing| passing == Passing::All;
                let mut cut = ended.subscribe();
                let mine = count.fetch_add(1, Ordering::SeqCst);
                let (first, second) = (left.subscribe(), left.subscribe());
                let hangs = move |first: &watch::Receiver<u64>| mine < *first.borrow();
                let question = move |passing| question(passing) && !hangs(&first);
                let answer = move |passing| answer(passing) && !hangs(&second);
                let there = forward(from_client, to_server, open.subscribe(), question);
                let back = forward(from_server, to_client, open.subscribe(), answer);
                tokio::spawn(async move {
                    cut.borrow_and_update();
                    // What was held back when it is cut is lost.
                    tokio::select! {
                        biased;
                        _ = cut.changed() => {}
                        () = there => {}
                        () = back => {}
                    }
                });
            }
        });
        Self {
            address,
            passing,
            connections,
            stranded,
            cuts,
            listening,
        }
    }

    /// Those that are open now hang for ever, and new ones pass.
    pub(crate) fn strand(&self) {
        self.stranded
            .send_replace(self.connections.load(Ordering::SeqCst));
    }

    pub(crate) fn pass(&self, passing: Passing) {
        self.passing.send_replace(passing);
    }

    /// Ends every connection.
    pub(crate) fn cut(&self) {
        self.cuts.send_modify(|cuts| *cuts += 1);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.listening.abort();
        self.cut();
    }
}

async fn forward(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    mut passing: watch::Receiver<Passing>,
    open: impl Fn(Passing) -> bool,
) {
    let mut bytes = [0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut bytes).await {
        if passing.wait_for(|now| open(*now)).await.is_err() {
            return;
        }
        if to.write_all(&bytes[..count]).await.is_err() {
            return;
        }
    }
}

//! How much of a mail server's answers is read: the library reads a line to its end, however far
//! that is, so that the bytes are counted before it gets them.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::io::{AsyncRead as _, AsyncWrite as _};
use lettre::transport::smtp;
#[expect(
    deprecated,
    reason = "nothing else of the library encrypts a stream that somebody else has opened"
)]
use lettre::transport::smtp::client::AsyncNetworkStream;
use lettre::transport::smtp::client::{AsyncTokioStream, TlsParameters};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// So much a server may say while it takes one email; with certificates, greetings and answers it is
/// a few kilobytes. The library reads all lines of an answer again with each further one, so the time that
/// this takes grows with its square.
const MOST_WORDS: usize = 32 * 1024;

/// A connection of which no more than [`MOST_WORDS`] bytes are read.
#[derive(Debug)]
pub(super) struct Bounded {
    stream: TcpStream,
    left: usize,
}

impl Bounded {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            left: MOST_WORDS,
        }
    }
}

impl AsyncTokioStream for Bounded {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.stream.peer_addr()
    }
}

impl AsyncRead for Bounded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        let count = buffer.filled().len() - before;
        if count > self.left {
            self.left = 0;
            return Poll::Ready(Err(io::Error::other(format!(
                "the server sent more than {} KiB for one email; check which server responds at this address",
                MOST_WORDS / 1024
            ))));
        }
        self.left -= count;
        read
    }
}

impl AsyncWrite for Bounded {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// A connection that was encrypted before the first word.
#[derive(Debug)]
#[expect(deprecated, reason = "see above")]
pub(super) struct Encrypted(AsyncNetworkStream);

#[expect(deprecated, reason = "see above")]
impl Encrypted {
    pub(super) async fn over(stream: Bounded, tls: TlsParameters) -> Result<Self, smtp::Error> {
        let mut stream = AsyncNetworkStream::use_existing_tokio1(Box::new(stream));
        stream.upgrade_tls(tls).await?;
        Ok(Self(stream))
    }
}

impl AsyncTokioStream for Encrypted {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.0.peer_addr()
    }
}

impl AsyncRead for Encrypted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.0).poll_read(context, buffer.initialize_unfilled());
        read.map_ok(|count| buffer.advance(count))
    }
}

impl AsyncWrite for Encrypted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_close(context)
    }
}

//! Connections to services: pooled, and none that keeps a worker busy by talking without end.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::future::BoxFuture;
use futures::{FutureExt, TryFutureExt};
use hyper::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tower::Service;

use super::upload::Upload;

const CONNECT_WITHIN: Duration = Duration::from_secs(2);
/// Shorter than the 5 s after which a service closes an idle connection, so that no request meets
/// one that is just being closed.
const IDLE: Duration = Duration::from_secs(3);
/// More than the head of any answer, and what is read at once of a body.
const BUFFER: usize = 32 * 1024;
/// So often in a row a connection finds something to read before others have their turn: the parser
/// itself goes on as long as it is fed.
const READS: u8 = 2;

/// It follows no redirects and leaves bodies as they are.
pub(super) type Client = legacy::Client<Fair, Upload>;

/// Connections of one worker: one of another would be lost when that ends first.
pub(super) fn client() -> Client {
    let mut connector = HttpConnector::new();
    connector.set_connect_timeout(Some(CONNECT_WITHIN));
    connector.set_nodelay(true);
    legacy::Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE)
        .http1_max_buf_size(BUFFER)
        .build(Fair(connector))
}

/// Makes connections that take turns with the other work of a thread.
#[derive(Debug, Clone)]
pub(super) struct Fair(HttpConnector);

/// A connection that pauses after some reads.
pub(super) struct FairStream {
    stream: TokioIo<TcpStream>,
    reads: u8,
}

impl Service<Uri> for Fair {
    type Response = FairStream;
    type Error = <HttpConnector as Service<Uri>>::Error;
    type Future = BoxFuture<'static, Result<FairStream, Self::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, address: Uri) -> Self::Future {
        let connecting = self.0.call(address);
        let connecting = connecting.map_ok(|stream| FairStream { stream, reads: 0 });
        connecting.boxed()
    }
}

impl Connection for FairStream {
    fn connected(&self) -> Connected {
        self.stream.connected()
    }
}

impl Read for FairStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        if self.reads == READS {
            self.reads = 0;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.reads = match read {
            Poll::Ready(_) => self.reads + 1,
            Poll::Pending => 0,
        };
        read
    }
}

impl Write for FairStream {
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

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }
}

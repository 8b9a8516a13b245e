//! A connection that lets nothing through but HTTP/1.1.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use actix_web::web::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;

use super::answered::Answered;
use super::connections::Place;
use super::fault::{Fault, Mark};
use super::scanner::{Next, Scanner};

/// A client that sends the head of a request slower than this holds a connection, and is cut.
const HEAD_WITHIN: Duration = Duration::from_secs(10);
/// How long what a refused client still sends is thrown away: closing at once would take the answer
/// from it as well.
const LINGER: Duration = Duration::from_secs(1);
/// How long, and how much, is read of a body after its request was answered.
const LEFT_OVER_WITHIN: Duration = Duration::from_secs(5);
const MOST_LEFT_OVER: usize = 1024 * 1024;
const PIECE: usize = 8 * 1024;
/// A client that takes nothing of its answer for so long is cut, because the answer waits in memory.
const STALLED_AFTER: Duration = Duration::from_secs(60);

/// A connection of a client.
pub(super) struct Strict {
    stream: TcpStream,
    mark: Mark,
    scanner: Scanner,
    /// What is good and was not taken yet.
    good: BytesMut,
    /// The beginning of a head.
    held: BytesMut,
    /// What follows a request that was not answered yet. Each turn of a connection serves one request,
    /// or a client that sends thousands at once would hold up all others.
    later: BytesMut,
    /// Until when the head must be whole.
    waiting: Option<Pin<Box<Sleep>>>,
    /// Until when what comes after a fault is thrown away.
    lingering: Option<Pin<Box<Sleep>>>,
    answered: Answered,
    left_over: Option<LeftOver>,
    /// How long the client may take nothing of its answer.
    patience: Duration,
    /// Until when the client must take something of its answer.
    stalled: Option<Pin<Box<Sleep>>>,
    ended: Option<Ended>,
    /// Free for another connection when this one is gone.
    _place: Option<Place>,
}

/// What comes of a body that nobody waits for any more.
struct LeftOver {
    until: Pin<Box<Sleep>>,
    length: usize,
}

/// Why nothing more is read.
#[derive(Clone, Copy, PartialEq)]
enum Ended {
    ByClient,
    ByFault,
}

impl Strict {
    pub(super) fn new(stream: TcpStream, mark: Mark, place: Option<Place>) -> Self {
        Self {
            stream,
            mark,
            scanner: Scanner::default(),
            good: BytesMut::new(),
            held: BytesMut::new(),
            later: BytesMut::new(),
            waiting: None,
            lingering: None,
            answered: Answered::default(),
            left_over: None,
            patience: STALLED_AFTER,
            stalled: None,
            ended: None,
            _place: place,
        }
    }

    pub(super) fn answered(&self) -> Answered {
        self.answered.clone()
    }

    /// Whether a body goes on for too long after its request was answered: the framework would read
    /// it to its end, however far that is. Otherwise the task is woken when it is.
    fn has_outlasted_its_answer(&mut self, context: &mut Context<'_>) -> bool {
        let answered = self.answered.so_far() >= self.scanner.heads();
        if !answered || !self.scanner.is_in_body() {
            self.left_over = None;
            return false;
        }
        let left_over = self.left_over.get_or_insert_with(|| LeftOver {
            until: Box::pin(tokio::time::sleep(LEFT_OVER_WITHIN)),
            length: 0,
        });
        left_over.length > MOST_LEFT_OVER || left_over.until.as_mut().poll(context).is_ready()
    }

    fn refuse(&mut self, fault: Fault) {
        self.good
            .extend_from_slice(self.mark.request(fault).as_bytes());
        self.held.clear();
        self.ended = Some(Ended::ByFault);
    }

    /// Notes what comes after the good bytes; `rest` is what is left of what was looked at.
    fn go_on(&mut self, next: &Next, rest: &[u8]) {
        self.held.clear();
        match next {
            Next::More => self.waiting = None,
            Next::Another => {
                self.waiting = None;
                self.later.extend_from_slice(rest);
            }
            Next::Head => {
                self.held.extend_from_slice(rest);
                self.waiting
                    .get_or_insert_with(|| Box::pin(tokio::time::sleep(HEAD_WITHIN)));
            }
            Next::Refused(fault) => self.refuse(*fault),
            // The handler learns that the body broke off, at the latest when it reads it.
            Next::Broken => {
                self.answered.note_broken(self.scanner.heads());
                self.ended = Some(Ended::ByFault);
            }
        }
    }

    /// Reads what is to be good as a whole straight to where it is wanted.
    fn read_through(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        let bytes = &mut buffer.filled_mut()[before..];
        if bytes.is_empty() {
            self.ended = Some(Ended::ByClient);
            return Poll::Ready(Ok(()));
        }
        if let Some(left_over) = &mut self.left_over {
            left_over.length += bytes.len();
        }
        if self.is_busy() {
            self.later.extend_from_slice(bytes);
            buffer.set_filled(before);
            return Poll::Ready(Ok(()));
        }
        let (good, next) = self.scanner.scan(bytes);
        let rest = bytes[good..].to_vec();
        buffer.set_filled(before + good);
        self.go_on(&next, &rest);
        Poll::Ready(Ok(()))
    }

    /// Whether a request is being answered of which nothing is left to be read.
    fn is_busy(&self) -> bool {
        !self.scanner.is_in_body() && self.answered.so_far() < self.scanner.heads()
    }

    /// Takes the next request of those that have arrived.
    fn take_next(&mut self) {
        let mut bytes = std::mem::take(&mut self.later);
        let (good, next) = self.scanner.scan(&mut bytes);
        let rest = bytes.split_off(good);
        self.good = bytes;
        match next {
            Next::Another => self.later = rest,
            next => self.go_on(&next, &rest),
        }
    }

    /// Reads the rest of a head that did not come as a whole.
    fn read_head(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut space = [0; PIECE];
        let mut piece = ReadBuf::new(&mut space);
        match Pin::new(&mut self.stream).poll_read(context, &mut piece) {
            Poll::Pending => {
                let waiting = self.waiting.as_mut();
                let over = waiting.is_some_and(|sleep| sleep.as_mut().poll(context).is_ready());
                if !over {
                    return Poll::Pending;
                }
                self.refuse(Fault::Slow);
            }
            Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
            Poll::Ready(Ok(())) if piece.filled().is_empty() => {
                let nothing = self.held.iter().all(|byte| b"\r\n".contains(byte));
                match nothing {
                    true => self.ended = Some(Ended::ByClient),
                    false => self.refuse(Fault::Malformed),
                }
            }
            Poll::Ready(Ok(())) => {
                let mut bytes = std::mem::take(&mut self.held);
                bytes.extend_from_slice(piece.filled());
                let (good, next) = self.scanner.scan(&mut bytes);
                let rest = bytes.split_off(good);
                self.good = bytes;
                self.go_on(&next, &rest);
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for Strict {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        loop {
            if !self.good.is_empty() {
                let length = self.good.len().min(buffer.remaining());
                buffer.put_slice(&self.good[..length]);
                self.good.advance(length);
                return Poll::Ready(Ok(()));
            }
            if self.ended.is_none() && self.has_outlasted_its_answer(context) {
                self.ended = Some(Ended::ByFault);
            }
            if self.ended.is_some() {
                return Poll::Ready(Ok(()));
            }
            if !self.later.is_empty() {
                self.answered.wake_after_next(context.waker());
                if self.is_busy() {
                    return Poll::Pending;
                }
                self.take_next();
            } else if self.held.is_empty() {
                ready!(self.read_through(context, buffer))?;
            } else {
                ready!(self.read_head(context))?;
            }
            if buffer.filled().len() > before {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl AsyncWrite for Strict {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        // The next read may be far away; the time begins with the answer.
        self.has_outlasted_its_answer(context);
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let patience = self.patience;
        let stalled = self
            .stalled
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
        ready!(stalled.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_shutdown(context))?;
        if self.ended != Some(Ended::ByFault) {
            return Poll::Ready(Ok(()));
        }
        let this = &mut *self;
        let lingering = this
            .lingering
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(LINGER)));
        let mut space = [0; PIECE];
        loop {
            if lingering.as_mut().poll(context).is_ready() {
                return Poll::Ready(Ok(()));
            }
            let mut piece = ReadBuf::new(&mut space);
            let read = ready!(Pin::new(&mut this.stream).poll_read(context, &mut piece));
            if read.is_err() || piece.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;
    use std::time::Duration;

    use kernel::Env;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};

    use super::{Mark, Strict};

    const LARGE: usize = 64 * 1024 * 1024;

    /// The server's end of a connection, and the client's.
    async fn connected(patience: Duration) -> (Strict, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a listener");
        let address = listener.local_addr().expect("its address");
        let client = TcpStream::connect(address).await.expect("a connection");
        let (server, _) = listener.accept().await.expect("its other end");
        let mut strict = Strict::new(server, Mark::new(&Env::system()), None);
        strict.patience = patience;
        (strict, client)
    }

    #[actix_web::test]
    async fn a_request_is_given_out_once_the_one_before_it_is_answered() {
        let (mut strict, mut client) = connected(Duration::from_secs(3)).await;
        let get = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        let post = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}";
        let requests: [&[u8]; 4] = [get, get, post, get];
        client.write_all(&requests.concat()).await.expect("sent");
        let mut buffer = [0; 4096];
        for request in requests {
            let count = strict.read(&mut buffer).await.expect("a request");
            assert_eq!(&buffer[..count], request);
            let early = strict.read(&mut buffer);
            let early = tokio::time::timeout(Duration::from_millis(50), early).await;
            assert!(early.is_err(), "the next one came early");
            strict.answered().count();
        }
    }

    #[actix_web::test]
    async fn a_client_that_takes_nothing_of_its_answer_is_cut() {
        let (mut strict, _client) = connected(Duration::from_millis(200)).await;
        let error = strict.write_all(&vec![0; LARGE]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
    }

    #[actix_web::test]
    async fn a_client_that_takes_its_answer_slowly_gets_all_of_it() {
        let (mut strict, mut client) = connected(Duration::from_secs(3)).await;
        let taking = async {
            let mut taken = 0;
            let mut piece = vec![0; LARGE / 8];
            while taken < LARGE {
                tokio::time::sleep(Duration::from_millis(250)).await;
                taken += client.read(&mut piece).await.expect("a piece");
            }
            taken
        };
        let answer = vec![0; LARGE];
        let (written, taken) = tokio::join!(strict.write_all(&answer), taking);
        written.expect("the whole answer");
        assert_eq!(taken, LARGE);
        assert!(strict.stalled.is_none(), "each piece begins the wait anew");
    }
}

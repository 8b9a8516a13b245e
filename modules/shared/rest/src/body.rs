//! Bodies that are no JSON and too large to be held in memory.

use std::future::{Ready, poll_fn, ready};
use std::pin::Pin;

use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, dev, web};
use futures::Stream;

use crate::Error;
use crate::content::{arrive, too_large};

/// A body of any media type, piece by piece.
pub struct Body {
    payload: web::Payload,
    announced: u64,
    arrived: u64,
}

impl FromRequest for Body {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, actix_web::Error>>;

    fn from_request(req: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let length = req.headers().get(header::CONTENT_LENGTH);
        let length = length.and_then(|value| value.to_str().ok()?.parse().ok());
        let payload = web::Payload::from_request(req, payload).into_inner();
        ready(payload.map(|payload| Self {
            payload,
            announced: length.unwrap_or(0),
            arrived: 0,
        }))
    }
}

impl Body {
    /// The next piece of a body of `limit` bytes at most, until it ends.
    ///
    /// # Errors
    /// When it is too large, too slow, or breaks off.
    pub async fn next(&mut self, limit: u64) -> Result<Option<web::Bytes>, Error> {
        if self.announced > limit {
            return Err(too_large());
        }
        let next = poll_fn(|context| Pin::new(&mut self.payload).poll_next(context));
        let next = async { Ok(next.await.transpose()?) };
        let piece = arrive(next).await?;
        let bytes = piece.as_ref().map_or(0, web::Bytes::len);
        self.arrived += u64::try_from(bytes).unwrap_or(u64::MAX);
        match self.arrived > limit {
            true => Err(too_large()),
            false => Ok(piece),
        }
    }
}

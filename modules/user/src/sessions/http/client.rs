//! What a request says of the client that sends it.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use super::super::device::Client;

impl FromRequest for Client {
    type Error = rest::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let agent = request.headers().get("user-agent");
        let agent = agent.and_then(|value| value.to_str().ok());
        let ip_address = rest::client_address(request).map(|ip_address| ip_address.to_string());
        ready(Ok(Self {
            agent: agent.unwrap_or("unknown").chars().take(100).collect(),
            ip_address: ip_address.unwrap_or_default(),
        }))
    }
}

//! When a gateway received a request, signed by the gateway.

use actix_web::{HttpMessage, HttpRequest, web};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};

use crate::RequestId;
use crate::client_address::is_from_trusted;

/// When a gateway of this installation received the request: milliseconds since 1970, a dot, and its signature.
pub const FORWARDED_AT: &str = "x-forwarded-at";

/// The key by which a service recognizes its own gateway: any proxy passes on a header that
/// a client has made up.
#[derive(Clone)]
pub struct GatewayKey(hmac::Key);

impl GatewayKey {
    /// The key of an installation, which all its processes make of the one secret that they share.
    pub fn new(master_key: &[u8]) -> Self {
        let secret = [b"gateway/", master_key].concat();
        Self(hmac::Key::new(hmac::HMAC_SHA256, &secret))
    }

    /// The signed statement that the request with this id was received at `moment`; it is valid for no other request.
    pub fn sign(&self, moment: DateTime<Utc>, request: &str) -> String {
        let millis = moment.timestamp_millis();
        let tag = hmac::sign(&self.0, signed(millis, request).as_bytes());
        format!("{millis}.{}", BASE64_URL_SAFE_NO_PAD.encode(tag))
    }

    fn verify(&self, value: &str, request: &str) -> Option<DateTime<Utc>> {
        let (millis, tag) = value.split_once('.')?;
        let millis = millis.parse().ok()?;
        let tag = BASE64_URL_SAFE_NO_PAD.decode(tag).ok()?;
        hmac::verify(&self.0, signed(millis, request).as_bytes(), &tag).ok()?;
        DateTime::from_timestamp_millis(millis)
    }
}

fn signed(millis: i64, request: &str) -> String {
    format!("x-forwarded-at {millis} {request}")
}

/// When the request came to the gateway of this installation, by that gateway's clock.
pub(crate) fn received_at(req: &HttpRequest) -> Option<DateTime<Utc>> {
    let key = req.app_data::<web::Data<GatewayKey>>()?;
    let mut values = req.headers().get_all(FORWARDED_AT);
    let (value, None) = (values.next()?.to_str().ok()?, values.next()) else {
        return None;
    };
    let request = req.extensions().get::<RequestId>()?.to_string();
    is_from_trusted(req)
        .then(|| key.verify(value, &request))
        .flatten()
}

#[cfg(test)]
mod tests {
    use actix_web::HttpMessage;
    use actix_web::test::TestRequest;
    use actix_web::web::Data;
    use chrono::DateTime;

    use super::{FORWARDED_AT, GatewayKey, received_at};
    use crate::{RequestId, TrustedProxies};

    const ID: &str = "request-1";
    const MASTER: &[u8] = b"one secret of the installation";

    /// What a process with this key believes of a request from a peer with these headers.
    fn believed(key: Option<&[u8]>, peer: &str, values: &[&str]) -> Option<i64> {
        let trusted = TrustedProxies::new(&["10.0.0.0/8".to_owned()]);
        let mut request = TestRequest::default()
            .peer_addr(peer.parse().expect("an address"))
            .app_data(Data::new(trusted.expect("a network")));
        if let Some(key) = key {
            request = request.app_data(Data::new(GatewayKey::new(key)));
        }
        for value in values {
            request = request.append_header((FORWARDED_AT, *value));
        }
        let request = request.to_http_request();
        request.extensions_mut().insert(RequestId::from(ID));
        received_at(&request).map(|at| at.timestamp_millis())
    }

    #[test]
    fn only_the_signed_word_of_the_own_gateway_counts() {
        let moment = DateTime::from_timestamp_millis(1_000).expect("a moment");
        let good = GatewayKey::new(MASTER).sign(moment, ID);
        let trusted = "10.0.0.5:1";
        assert_eq!(believed(Some(MASTER), trusted, &[&good]), Some(1_000));
        let later = good.replacen("1000", "2000", 1);
        let other_request = GatewayKey::new(MASTER).sign(moment, "request-2");
        let other_key = GatewayKey::new(b"another secret").sign(moment, ID);
        for (key, peer, values) in [
            (None, trusted, vec![good.as_str()]),
            (Some(MASTER), "192.0.2.7:1", vec![&good]),
            (Some(MASTER), trusted, vec![&good, &good]),
            (Some(MASTER), trusted, vec!["1000"]),
            (Some(MASTER), trusted, vec!["1000."]),
            (Some(MASTER), trusted, vec![&later]),
            (Some(MASTER), trusted, vec![&other_request]),
            (Some(MASTER), trusted, vec![&other_key]),
            (Some(MASTER), trusted, vec![]),
        ] {
            assert_eq!(believed(key, peer, &values), None, "{peer} {values:?}");
        }
    }
}

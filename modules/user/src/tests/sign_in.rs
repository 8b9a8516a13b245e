//! Signing in with others as time goes by, with a provider on this machine.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::Duration;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use kernel::{Fault, UserId};
use rest::Caller;
use serde_json::{Value, json};
use testkit::{FixedClock, TestDatabase, ambient};

use super::{PASSWORD, Room, operation, settings};
use crate::command::AuditQuery;
use crate::service::{Beginning, Device, LoggedIn, ProviderAnswer, SignedIn};
use crate::{Error, ProviderKind, ProviderSettings, Settings, User};

const RETURN_URL: &str = "https://app.example.org/in";
/// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A well-behaved provider that remembers what it was asked.
struct Provider {
    url: String,
    told: Arc<Mutex<Told>>,
}

struct Told {
    key: Vec<u8>,
    key_id: String,
    public: String,
    claims: Value,
    asked: Vec<String>,
}

impl Provider {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let told = Arc::new(Mutex::new(Told::with_key("first")));
        let (base, shared) = (url.clone(), Arc::clone(&told));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                answer(stream, &base, &shared);
            }
        });
        Self { url, told }
    }

    fn rotate(&self, key_id: &str) {
        let mut told = self.told.lock().expect("no test has failed inside");
        let next = Told::with_key(key_id);
        (told.key, told.key_id, told.public) = (next.key, next.key_id, next.public);
    }

    fn asked(&self, path: &str) -> usize {
        let told = self.told.lock().expect("no test has failed inside");
        told.asked.iter().filter(|asked| *asked == path).count()
    }
}

impl Told {
    fn with_key(key_id: &str) -> Self {
        let pair = Ed25519KeyPair::generate().expect("a key");
        Self {
            key: pair.to_pkcs8v1().expect("a document").as_ref().to_vec(),
            key_id: key_id.to_owned(),
            public: BASE64_URL_SAFE_NO_PAD.encode(pair.public_key()),
            claims: json!({}),
            asked: Vec::new(),
        }
    }
}

fn answer(mut stream: TcpStream, base: &str, told: &Mutex<Told>) {
    let mut bytes = vec![0; 16_384];
    let count = stream.read(&mut bytes).unwrap_or(0);
    let text = String::from_utf8_lossy(&bytes[..count]).into_owned();
    let path = text.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut told = told.lock().expect("no test has failed inside");
    let body = match path.as_str() {
        "/keys" => {
            let key =
                json!({ "kty": "OKP", "crv": "Ed25519", "kid": told.key_id, "x": told.public });
            json!({ "keys": [key] })
        }
        "/token" => {
            let mut header = Header::new(Algorithm::EdDSA);
            header.kid = Some(told.key_id.clone());
            let key = EncodingKey::from_ed_der(&told.key);
            let token = jsonwebtoken::encode(&header, &told.claims, &key).expect("a token");
            json!({ "access_token": "opaque", "token_type": "bearer", "id_token": token })
        }
        _ => json!({
            "issuer": base,
            "authorization_endpoint": format!("{base}/authorize"),
            "token_endpoint": format!("{base}/token"),
            "jwks_uri": format!("{base}/keys"),
        }),
    };
    told.asked.push(path);
    let body = body.to_string();
    let _ = write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
}

async fn room(provider: &Provider) -> Room {
    let database = TestDatabase::new::<migrations::user::Migrator>().await;
    let clock = FixedClock::at("2026-03-01T12:00:00Z");
    let school = ProviderSettings {
        name: "school".to_owned(),
        kind: ProviderKind::Oidc,
        issuer: provider.url.clone(),
        client_id: "gopro".to_owned(),
        client_secret: "hush".to_owned().into(),
        scopes: Vec::new(),
    };
    let settings = Settings {
        providers: vec![school],
        return_urls: vec![RETURN_URL.to_owned()],
        ..settings()
    };
    let user = User::new(database.clone(), ambient(&clock), settings).await;
    Room {
        user: user.expect("the module opens"),
        clock,
        database,
    }
}

/// A sign-in that has begun, as its browser comes back with it.
async fn begin(
    room: &Room,
    provider: &Provider,
    caller: Option<&Caller>,
    returns: bool,
) -> ProviderAnswer {
    let beginning = Beginning {
        provider: "school".to_owned(),
        return_to: returns.then(|| RETURN_URL.to_owned()),
        code_challenge: returns.then(|| CHALLENGE.to_owned()),
    };
    let begun = room.service().begin_sign_in(caller, beginning).await;
    let begun = begun.expect("begun");
    let url = url::Url::parse(&begun.authorization_url).expect("an address");
    let nonce = url.query_pairs().find(|(name, _)| name == "nonce");
    let now = ambient(&room.clock).now().timestamp();
    let claims = json!({
        "iss": provider.url, "aud": "gopro", "sub": "1", "iat": now, "exp": now + 300,
        "nonce": nonce.expect("a nonce").1, "email": "nora@example.net", "email_verified": true,
    });
    let mut told = provider.told.lock().expect("no test has failed inside");
    told.claims = claims;
    ProviderAnswer {
        code: Some("a code".to_owned()),
        state: Some(begun.state),
        issuer: None,
        browser: Some(begun.browser),
    }
}

fn device() -> Device {
    Device {
        name: "test".to_owned(),
        address: "127.0.0.1".to_owned(),
    }
}

async fn finish(room: &Room, answer: &ProviderAnswer) -> Result<SignedIn, Error> {
    let service = room.service();
    service
        .finish_sign_in(&operation(), "school", answer, device())
        .await
}

async fn last_reason(room: &Room) -> Value {
    let filter = AuditQuery {
        action: Some("identity.refused".to_owned()),
        actor: None,
        subject: None,
    };
    let slice = kernel::Slice::first(1);
    let page = room.service().audit_log(&filter, &slice).await;
    let page = page.expect("the log");
    let row = page.items.first().expect("a row");
    row.detail["reason"].clone()
}

fn is_in(done: Result<SignedIn, Error>) -> bool {
    matches!(done, Ok(SignedIn::In(LoggedIn::Tokens(_))))
}

#[tokio::test]
async fn a_state_works_for_ten_minutes() {
    let provider = Provider::start();
    let room = room(&provider).await;
    let answer = begin(&room, &provider, None, false).await;
    room.clock.advance(Duration::minutes(10));
    let refused = finish(&room, &answer).await.err().expect("too late");
    assert_eq!(refused.code(), "auth.provider_refused");
    assert_eq!(last_reason(&room).await, "state_expired");
    let answer = begin(&room, &provider, None, false).await;
    room.clock.advance(Duration::minutes(4));
    assert!(is_in(finish(&room, &answer).await), "in time");
    begin(&room, &provider, None, false).await;
    room.clock.advance(Duration::minutes(11));
    assert_eq!(room.user.sweep().await.expect("swept"), 1, "the open state");
}

#[tokio::test]
async fn the_code_of_an_application_works_for_a_minute() {
    let provider = Provider::start();
    let room = room(&provider).await;
    for (seconds, good) in [(59, true), (60, false)] {
        let answer = begin(&room, &provider, None, true).await;
        let Ok(SignedIn::Return(url)) = finish(&room, &answer).await else {
            panic!("the browser goes on to the application");
        };
        let code = url.split("#code=").nth(1).expect("a code").to_owned();
        room.clock.advance(Duration::seconds(seconds));
        let (code, verifier) = (code.into(), VERIFIER.to_owned().into());
        let exchanged = room
            .service()
            .exchange_sign_in(&operation(), &code, &verifier, device())
            .await;
        assert_eq!(exchanged.is_ok(), good, "after {seconds} seconds");
    }
}

#[tokio::test]
async fn keys_are_asked_for_again_at_most_every_half_minute_and_the_rest_each_hour() {
    let provider = Provider::start();
    let room = room(&provider).await;
    let answer = begin(&room, &provider, None, false).await;
    assert!(is_in(finish(&room, &answer).await), "the first");
    provider.rotate("second");
    for _ in 0..3 {
        let answer = begin(&room, &provider, None, false).await;
        assert!(!is_in(finish(&room, &answer).await), "too early");
        assert_eq!(last_reason(&room).await, "id_token_unknown_key");
    }
    assert_eq!(provider.asked("/keys"), 1);
    room.clock.advance(Duration::seconds(31));
    let answer = begin(&room, &provider, None, false).await;
    assert!(is_in(finish(&room, &answer).await), "the new key");
    assert_eq!(provider.asked("/keys"), 2);
    let discovery = "/.well-known/openid-configuration";
    assert_eq!(provider.asked(discovery), 1);
    room.clock.advance(Duration::minutes(61));
    let answer = begin(&room, &provider, None, false).await;
    assert!(is_in(finish(&room, &answer).await), "an hour later");
    assert_eq!(provider.asked(discovery), 2);
}

#[tokio::test]
async fn a_link_asks_that_the_person_was_seen_lately_and_ends_with_their_rights() {
    let provider = Provider::start();
    let room = room(&provider).await;
    let id = room.register("ada").await.expect("registered");
    let tokens = room.log_in("ada", PASSWORD).await.expect("in");
    let caller = Caller {
        user_id: id,
        session_id: tokens.session_id,
        roles: vec![kernel::Role::Student].into(),
        scope: String::new(),
    };
    let answer = begin(&room, &provider, Some(&caller), false).await;
    room.clock.advance(Duration::seconds(5));
    end_rights(&room, id).await;
    let refused = finish(&room, &answer).await.err().expect("shut out since");
    assert_eq!(refused.code(), "auth.provider_refused");
    assert_eq!(last_reason(&room).await, "rights_changed");
    room.clock.advance(Duration::seconds(5));
    let answer = begin(&room, &provider, Some(&caller), false).await;
    let linked = finish(&room, &answer).await;
    assert!(matches!(linked, Ok(SignedIn::Linked(_))), "linked");
    room.clock.advance(Duration::minutes(10));
    let beginning = Beginning {
        provider: "school".to_owned(),
        return_to: None,
        code_challenge: None,
    };
    let late = room.service().begin_sign_in(Some(&caller), beginning).await;
    let late = late.err().expect("too long ago");
    assert_eq!(late.code(), "auth.step_up_needed");
    let identity = room.service().identities(id).await.expect("listed")[0].id;
    let late = room.service().unlink(&operation(), &caller, identity).await;
    assert_eq!(
        late.expect_err("too long ago").code(),
        "auth.step_up_needed"
    );
}

/// As a change of the person's rights does, without ending the session.
async fn end_rights(room: &Room, id: UserId) {
    let txn = room.database.begin().await.expect("begun");
    let person = crate::store::people::find_for_change(&*txn, id).await;
    let mut person = person.expect("asked").expect("there");
    room.service().touch(&mut person);
    crate::store::people::update(&*txn, &person)
        .await
        .expect("updated");
    txn.commit().await.expect("committed");
}

#[tokio::test]
async fn of_many_answers_to_one_sign_in_one_counts() {
    let provider = Provider::start();
    let room = room(&provider).await;
    let answer = begin(&room, &provider, None, false).await;
    let tries = (0..8).map(|_| finish(&room, &answer));
    let done = futures_of(tries).await;
    assert_eq!(done.into_iter().filter(|done| *done).count(), 1);
}

/// Runs all at once and says which of them led in.
async fn futures_of(
    tries: impl Iterator<Item = impl Future<Output = Result<SignedIn, Error>>>,
) -> Vec<bool> {
    let mut waiting: Vec<_> = tries.map(Box::pin).collect();
    let mut done = vec![None; waiting.len()];
    std::future::poll_fn(|context| {
        for (attempt, done) in waiting.iter_mut().zip(&mut done) {
            if done.is_none()
                && let std::task::Poll::Ready(result) = attempt.as_mut().poll(context)
            {
                *done = Some(is_in(result));
            }
        }
        match done.iter().all(Option::is_some) {
            true => std::task::Poll::Ready(()),
            false => std::task::Poll::Pending,
        }
    })
    .await;
    done.into_iter().flatten().collect()
}

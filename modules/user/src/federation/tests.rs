//! Signing in with others as time goes by, with a provider on this machine.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::Duration;
use futures::future::join_all;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use kernel::Caller;
use kernel::{Fault, UserId};
use serde_json::{Value, json};
use testkit::{FixedClock, TestDatabase, env};

use super::request::{BeginQuery, CallbackQuery, ExchangeSignIn};
use super::signed_in::SignedIn;
use crate::audit::AuditQuery;
use crate::sessions::{Client, LoginAnswer};
use crate::tests::{ModuleTest, PASSWORD, operation, settings};
use crate::{Error, ProviderKind, ProviderSettings, Settings, User};

const RETURN_URL: &str = "https://app.example.org/in";
/// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A well-behaved provider that remembers its requests.
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

/// The path and the body of a request.
fn read(stream: &mut TcpStream) -> (String, String) {
    let (mut text, mut bytes) = (String::new(), [0; 4096]);
    loop {
        let count = stream.read(&mut bytes).unwrap_or(0);
        text.push_str(&String::from_utf8_lossy(&bytes[..count]));
        let path = text.split(' ').nth(1).unwrap_or_default().to_owned();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_default();
        let head = head.to_ascii_lowercase();
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
        if count == 0 || (!head.is_empty() && body.len() >= length.unwrap_or(0)) {
            return (path, body.to_owned());
        }
    }
}

fn answer(mut stream: TcpStream, base: &str, told: &Mutex<Told>) {
    let (path, body) = read(&mut stream);
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
            let mut fields = url::form_urlencoded::parse(body.as_bytes());
            let code = fields.find(|(name, _)| name == "code");
            let mut claims = told.claims.clone();
            claims["nonce"] = json!(code.map(|(_, nonce)| nonce));
            let token = jsonwebtoken::encode(&header, &claims, &key).expect("a token");
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

fn module_settings(provider: &Provider) -> Settings {
    let school = ProviderSettings {
        name: "school".to_owned(),
        label: "School of Ada".to_owned(),
        kind: ProviderKind::Oidc,
        issuer: provider.url.clone(),
        client_id: "gopro".to_owned(),
        client_secret: "hush".to_owned().into(),
        scopes: Vec::new(),
        private_network: false,
        roles: None,
    };
    Settings {
        providers: vec![school],
        return_urls: vec![RETURN_URL.to_owned()],
        ..settings()
    }
}

async fn module_test(provider: &Provider) -> ModuleTest {
    let database = TestDatabase::new::<migrations::user::Migrator>().await;
    let clock = FixedClock::at("2026-03-01T12:00:00Z");
    let settings = module_settings(provider);
    let user = User::new(database.clone(), env(&clock), settings).await;
    ModuleTest {
        user: user.expect("the module opens"),
        clock,
        database,
    }
}

/// What a browser comes back with.
struct Answer {
    query: CallbackQuery,
    browser: String,
}

/// A sign-in that has begun, as its browser comes back with it.
async fn begin(
    test: &ModuleTest,
    provider: &Provider,
    caller: Option<&Caller>,
    returns: bool,
) -> Answer {
    let query = BeginQuery {
        redirect: false,
        return_to: returns.then(|| RETURN_URL.to_owned()),
        code_challenge: returns.then(|| CHALLENGE.to_owned()),
    };
    let begun = test.user.federation.begin(caller, "school", query).await;
    let begun = begun.expect("begun");
    let url = url::Url::parse(&begun.view.authorization_url).expect("an address");
    // Its code is the nonce of the sign-in, so that the provider answers several at once.
    let nonce = url.query_pairs().find(|(name, _)| name == "nonce");
    let code = nonce.expect("a nonce").1.into_owned();
    let now = env(&test.clock).now().timestamp();
    let claims = json!({
        "iss": provider.url, "aud": "gopro", "sub": "1", "iat": now, "exp": now + 300,
        "email": "nora@example.net", "email_verified": true,
    });
    let mut told = provider.told.lock().expect("no test has failed inside");
    told.claims = claims;
    let query = CallbackQuery {
        code: Some(code),
        state: Some(begun.view.state),
        iss: None,
        error: None,
    };
    Answer {
        query,
        browser: begun.browser,
    }
}

fn client() -> Client {
    Client {
        agent: "test".to_owned(),
        ip_address: "127.0.0.1".to_owned(),
    }
}

async fn finish(test: &ModuleTest, answer: &Answer) -> Result<SignedIn, Error> {
    let (federation, browser) = (&test.user.federation, Some(answer.browser.as_str()));
    federation
        .finish(&operation(), "school", &answer.query, browser, client())
        .await
}

async fn last_reason(test: &ModuleTest) -> Value {
    let filter = AuditQuery {
        action: Some("identity.refused".to_owned()),
        actor: None,
        subject: None,
    };
    let page_request = kernel::PageRequest::first(1);
    let page = test.user.audit.list(&filter, &page_request).await;
    let page = page.expect("the log");
    let row = page.items.first().expect("a row");
    row.detail["reason"].clone()
}

fn is_in(done: Result<SignedIn, Error>) -> bool {
    matches!(done, Ok(SignedIn::In(LoginAnswer::Tokens(_))))
}

#[tokio::test]
async fn a_state_works_for_ten_minutes() {
    let provider = Provider::start();
    let test = module_test(&provider).await;
    let answer = begin(&test, &provider, None, false).await;
    test.clock.advance(Duration::minutes(10));
    let refused = finish(&test, &answer).await.err().expect("too late");
    assert_eq!(refused.code(), "auth.sign_in_invalid");
    assert_eq!(last_reason(&test).await, "state_expired");
    let answer = begin(&test, &provider, None, false).await;
    test.clock.advance(Duration::minutes(4));
    assert!(is_in(finish(&test, &answer).await), "in time");
    begin(&test, &provider, None, false).await;
    test.clock.advance(Duration::minutes(11));
    assert_eq!(test.user.sweep().await.expect("swept"), 1, "the open state");
}

#[tokio::test]
async fn the_code_of_an_application_works_for_a_minute() {
    let provider = Provider::start();
    let test = module_test(&provider).await;
    for (seconds, good) in [(59, true), (60, false)] {
        let answer = begin(&test, &provider, None, true).await;
        let Ok(SignedIn::Return(url)) = finish(&test, &answer).await else {
            panic!("the browser goes on to the application");
        };
        let code = url.split("#code=").nth(1).expect("a code").to_owned();
        test.clock.advance(Duration::seconds(seconds));
        let body = ExchangeSignIn {
            code: code.into(),
            code_verifier: VERIFIER.to_owned().into(),
            device: None,
        };
        let exchanged = test
            .user
            .federation
            .exchange(&operation(), body, client())
            .await;
        assert_eq!(exchanged.is_ok(), good, "after {seconds} seconds");
    }
}

#[tokio::test]
async fn keys_are_requested_at_most_every_half_minute_and_the_rest_each_hour() {
    let provider = Provider::start();
    let test = module_test(&provider).await;
    let answer = begin(&test, &provider, None, false).await;
    assert!(is_in(finish(&test, &answer).await), "the first");
    provider.rotate("second");
    for _ in 0..3 {
        let answer = begin(&test, &provider, None, false).await;
        assert!(!is_in(finish(&test, &answer).await), "too early");
        assert_eq!(last_reason(&test).await, "id_token_unknown_key");
    }
    assert_eq!(provider.asked("/keys"), 1);
    test.clock.advance(Duration::seconds(31));
    let answer = begin(&test, &provider, None, false).await;
    assert!(is_in(finish(&test, &answer).await), "the new key");
    assert_eq!(provider.asked("/keys"), 2);
    let discovery = "/.well-known/openid-configuration";
    assert_eq!(provider.asked(discovery), 1);
    test.clock.advance(Duration::minutes(61));
    let answer = begin(&test, &provider, None, false).await;
    assert!(is_in(finish(&test, &answer).await), "an hour later");
    assert_eq!(provider.asked(discovery), 2);
}

#[tokio::test]
async fn linking_requires_recent_authentication_and_ends_with_the_users_rights() {
    let provider = Provider::start();
    let test = module_test(&provider).await;
    let id = test.register("ada").await.expect("registered");
    let tokens = test.log_in("ada", PASSWORD).await.expect("in");
    let caller = Caller {
        user_id: id,
        session_id: tokens.session_id,
        roles: vec![kernel::Role::Student].into(),
        scope: String::new(),
    };
    let answer = begin(&test, &provider, Some(&caller), false).await;
    test.clock.advance(Duration::seconds(5));
    end_rights(&test, id).await;
    let refused = finish(&test, &answer).await.err().expect("disabled since");
    assert_eq!(refused.code(), "auth.sign_in_invalid");
    assert_eq!(last_reason(&test).await, "rights_changed");
    test.clock.advance(Duration::seconds(5));
    let answer = begin(&test, &provider, Some(&caller), false).await;
    let linked = finish(&test, &answer).await;
    assert!(matches!(linked, Ok(SignedIn::Linked(_))), "linked");
    test.clock.advance(Duration::minutes(10));
    let query = BeginQuery {
        redirect: false,
        return_to: None,
        code_challenge: None,
    };
    let federation = &test.user.federation;
    let late = federation.begin(Some(&caller), "school", query).await;
    let late = late.err().expect("too long ago");
    assert_eq!(late.code(), "auth.step_up_required");
    let identity = test.user.federation.list(id).await.expect("listed")[0].id;
    let late = test
        .user
        .federation
        .unlink(&operation(), &caller, identity)
        .await;
    assert_eq!(
        late.expect_err("too long ago").code(),
        "auth.step_up_required"
    );
}

/// As a change of the user's rights does, without ending the session.
async fn end_rights(test: &ModuleTest, id: UserId) {
    let txn = test.database.begin().await.expect("begun");
    let account = crate::users::find_for_change(&txn, id).await;
    let mut account = account.expect("asked").expect("there");
    account.renew_rights(kernel::Clock::now(&test.clock));
    crate::users::update(&txn, &account).await.expect("updated");
    txn.commit().await.expect("committed");
}

#[tokio::test]
async fn of_many_answers_to_one_sign_in_one_counts() {
    let provider = Provider::start();
    let test = module_test(&provider).await;
    let answer = begin(&test, &provider, None, false).await;
    let tries = (0..8).map(|_| finish(&test, &answer));
    let done = join_all(tries).await;
    let entered = done.into_iter().map(is_in).filter(|entered| *entered);
    assert_eq!(entered.count(), 1);
}

/// Signs one newcomer in so many times at once, by turns at two instances on one database; the codes of those
/// who were refused.
async fn first_sign_ins(provider: &Provider, test: &ModuleTest, times: usize) -> Vec<String> {
    let settings = module_settings(provider);
    let other = User::new(test.database.clone(), env(&test.clock), settings).await;
    let instances = [test.user.clone(), other.expect("a second instance")];
    let mut answers = Vec::new();
    for _ in 0..times {
        answers.push(begin(test, provider, None, false).await);
    }
    let tries = answers.iter().enumerate().map(|(number, answer)| {
        let federation = &instances[number % 2].federation;
        async move {
            let (operation, browser) = (operation(), Some(answer.browser.as_str()));
            let done = federation.finish(&operation, "school", &answer.query, browser, client());
            done.await
        }
    });
    let mut refused = Vec::new();
    for done in join_all(tries).await {
        match done {
            Ok(SignedIn::In(LoginAnswer::Tokens(_))) => {}
            Ok(_) => panic!("neither in nor refused"),
            Err(error) => {
                // A slow disk may keep some from their transaction.
                if error.code() != "storage.unavailable" {
                    assert!(error.retry_after().is_some(), "{error} says when to retry");
                }
                refused.push(error.code().to_owned());
            }
        }
    }
    refused
}

#[tokio::test]
async fn many_first_sign_ins_of_one_person_at_two_instances_make_one_account_and_all_lead_in() {
    let provider = Provider::start();
    let test = module_test(&provider).await;
    let refused = first_sign_ins(&provider, &test, 40).await;
    let is_slow = |code: &String| code == "storage.unavailable";
    assert!(refused.iter().all(is_slow), "{refused:?}");
    assert_eq!(test.count_audited("account.created").await, 1);
    assert_eq!(test.count_audited("identity.linked").await, 1);
    let entered = test.count_audited("login.succeeded").await;
    assert_eq!(entered + refused.len(), 40);
    assert_eq!(test.count_published("user.created.v1").await, 1);
}

#[tokio::test]
async fn more_first_sign_ins_of_one_person_than_may_wait_are_told_when_to_retry() {
    let provider = Provider::start();
    let test = module_test(&provider).await;
    let refused = first_sign_ins(&provider, &test, 96).await;
    let (slow, busy): (Vec<_>, Vec<_>) = refused
        .iter()
        .partition(|code| *code == "storage.unavailable");
    assert!(busy.iter().all(|code| *code == "auth.busy"), "{refused:?}");
    assert_eq!(test.count_audited("account.created").await, 1);
    let entered = test.count_audited("login.succeeded").await;
    assert_eq!(entered + refused.len(), 96);
    assert!(
        entered + slow.len() >= 32,
        "those who may wait are let in: {entered}"
    );
}

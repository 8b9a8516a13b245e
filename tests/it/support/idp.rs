//! An identity provider on this machine that is as hostile as a test wants.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
    KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaKeyPair,
};
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};

pub(crate) const CLIENT_ID: &str = "gopro-at-idp";
pub(crate) const CLIENT_SECRET: &str = "the secret of gopro at the idp";
pub(crate) const CODE: &str = "a-good-code";

pub(crate) struct Idp {
    pub(crate) url: String,
    hits: Arc<AtomicUsize>,
    state: Arc<Mutex<State>>,
}

/// How the token endpoint behaves.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenEndpoint {
    Good,
    Silent,
    Huge,
    Redirecting,
    Failing,
    Html,
}

/// Who signs the ID token.
#[derive(Clone)]
pub(crate) enum Signer {
    Rsa(Arc<RsaKeyPair>),
    RsaPss(Arc<RsaKeyPair>),
    Ec(Arc<EcdsaKeyPair>),
    Ec384(Arc<EcdsaKeyPair>),
    Ed(Arc<Ed25519KeyPair>),
    Hmac(Vec<u8>),
    Nobody,
}

pub(crate) struct State {
    pub(crate) discovery: Value,
    pub(crate) keys: Value,
    pub(crate) header: Value,
    pub(crate) claims: Value,
    pub(crate) signer: Signer,
    pub(crate) token_endpoint: TokenEndpoint,
    /// What the last sign-in was begun with.
    pub(crate) challenge: String,
    pub(crate) github_user: Value,
    pub(crate) github_emails: Value,
    /// What it says of the user to who shows the access token.
    pub(crate) user_info: Value,
}

impl Idp {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let signer = Signer::Ed(Arc::new(Ed25519KeyPair::generate().expect("a key")));
        let state = State {
            discovery: json!({
                "issuer": url,
                "authorization_endpoint": format!("{url}/authorize"),
                "token_endpoint": format!("{url}/token"),
                "jwks_uri": format!("{url}/keys"),
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
                "authorization_response_iss_parameter_supported": true,
            }),
            keys: json!([signer.public("one")]),
            header: json!({ "alg": signer.algorithm(), "kid": "one", "typ": "JWT" }),
            claims: json!({}),
            signer,
            token_endpoint: TokenEndpoint::Good,
            challenge: String::new(),
            github_user: json!({ "id": 7, "login": "octo", "name": "Octo Cat" }),
            github_emails: json!([
                { "email": "other@example.net", "primary": false, "verified": true },
                { "email": "octo@example.net", "primary": true, "verified": true },
            ]),
            user_info: Value::Null,
        };
        let idp = Self {
            url,
            hits: Arc::default(),
            state: Arc::new(Mutex::new(state)),
        };
        let (state, hits) = (Arc::clone(&idp.state), Arc::clone(&idp.hits));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (state, hits) = (Arc::clone(&state), Arc::clone(&hits));
                hits.fetch_add(1, Ordering::SeqCst);
                std::thread::spawn(move || answer(stream, &state));
            }
        });
        idp
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test has failed inside")
    }

    /// How often somebody has connected.
    pub(crate) fn hits(&self) -> usize {
        self.hits.load(Ordering::SeqCst)
    }
}

impl State {
    /// From now on this key signs, and it is published.
    pub(crate) fn sign_with(&mut self, signer: Signer, key_id: &str) {
        self.keys = json!([signer.public(key_id)]);
        self.header = json!({ "alg": signer.algorithm(), "kid": key_id, "typ": "JWT" });
        self.signer = signer;
    }

    fn id_token(&self) -> String {
        let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(&self.header), part(&self.claims));
        let signature = BASE64_URL_SAFE_NO_PAD.encode(self.signer.sign(message.as_bytes()));
        format!("{message}.{signature}")
    }
}

impl Signer {
    pub(crate) fn rsa() -> Self {
        Self::Rsa(Arc::new(
            RsaKeyPair::generate(KeySize::Rsa2048).expect("a key"),
        ))
    }

    pub(crate) fn ec() -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING);
        Self::Ec(Arc::new(key.expect("a key")))
    }

    pub(crate) fn rsa_pss() -> Self {
        Self::RsaPss(Arc::new(
            RsaKeyPair::generate(KeySize::Rsa2048).expect("a key"),
        ))
    }

    pub(crate) fn ec_384() -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING);
        Self::Ec384(Arc::new(key.expect("a key")))
    }

    pub(crate) fn ed() -> Self {
        Self::Ed(Arc::new(Ed25519KeyPair::generate().expect("a key")))
    }

    fn algorithm(&self) -> &'static str {
        match self {
            Self::Rsa(_) => "RS256",
            Self::RsaPss(_) => "PS256",
            Self::Ec(_) => "ES256",
            Self::Ec384(_) => "ES384",
            Self::Ed(_) => "EdDSA",
            Self::Hmac(_) => "HS256",
            Self::Nobody => "none",
        }
    }

    pub(crate) fn public(&self, key_id: &str) -> Value {
        let text = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        match self {
            Self::Rsa(key) | Self::RsaPss(key) => {
                let der = key.public_key().as_ref();
                // RFC 8017: the modulus of 2048 bits stands behind nine bytes of DER.
                json!({ "kid": key_id, "kty": "RSA", "use": "sig", "alg": self.algorithm(), "n": text(&der[9..265]), "e": "AQAB" })
            }
            Self::Ec(key) => {
                let point = key.public_key().as_ref();
                json!({ "kid": key_id, "kty": "EC", "crv": "P-256", "x": text(&point[1..33]), "y": text(&point[33..]) })
            }
            Self::Ec384(key) => {
                let point = key.public_key().as_ref();
                json!({ "kid": key_id, "kty": "EC", "crv": "P-384", "x": text(&point[1..49]), "y": text(&point[49..]) })
            }
            Self::Ed(key) => {
                json!({ "kid": key_id, "kty": "OKP", "crv": "Ed25519", "use": "sig", "x": text(key.public_key().as_ref()) })
            }
            Self::Hmac(secret) => json!({ "kid": key_id, "kty": "oct", "k": text(secret) }),
            Self::Nobody => json!({ "kid": key_id }),
        }
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::Rsa(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                    .expect("a signature");
                signature
            }
            Self::RsaPss(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PSS_SHA256, &random, message, &mut signature)
                    .expect("a signature");
                signature
            }
            Self::Ec(key) | Self::Ec384(key) => key
                .sign(&random, message)
                .expect("a signature")
                .as_ref()
                .to_vec(),
            Self::Ed(key) => key.sign(message).as_ref().to_vec(),
            Self::Hmac(secret) => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
                hmac::sign(&key, message).as_ref().to_vec()
            }
            Self::Nobody => Vec::new(),
        }
    }
}

fn answer(mut stream: TcpStream, state: &Mutex<State>) {
    let Some((path, head, body)) = read(&mut stream) else {
        return;
    };
    let state = state.lock().expect("no test has failed inside");
    let (status, text) = match path.as_str() {
        "/.well-known/openid-configuration" => ("200 OK", state.discovery.to_string()),
        "/userinfo" if head.contains("Bearer opaque") || head.contains("bearer opaque") => {
            ("200 OK", state.user_info.to_string())
        }
        "/keys" => ("200 OK", json!({ "keys": state.keys }).to_string()),
        "/api/v3/user" => ("200 OK", state.github_user.to_string()),
        "/api/v3/user/emails" => ("200 OK", state.github_emails.to_string()),
        "/token" | "/login/oauth/access_token" => match state.token_endpoint {
            TokenEndpoint::Good => tokens(&state, &head, &body),
            TokenEndpoint::Huge => ("200 OK", format!("{{\"a\":\"{}\"}}", "x".repeat(200_000))),
            TokenEndpoint::Redirecting => ("302 Found", String::new()),
            TokenEndpoint::Failing => ("500 Internal Server Error", "{}".to_owned()),
            TokenEndpoint::Html => ("200 OK", "<h1>Welcome</h1>".to_owned()),
            TokenEndpoint::Silent => {
                drop(state);
                // Whoever waits here goes first.
                let _ = stream.read_to_end(&mut Vec::new());
                return;
            }
        },
        _ => ("404 Not Found", String::new()),
    };
    let _ = write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nLocation: /keys\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{text}",
        text.len()
    );
}

/// The code counts once more for who shows the verifier and the secret.
fn tokens(state: &State, head: &str, body: &str) -> (&'static str, String) {
    let fields: Vec<(&str, &str)> = body
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .collect();
    let field = |name: &str| {
        let found = fields.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| *value).unwrap_or_default()
    };
    let verifier = field("code_verifier");
    let challenge = BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()).as_ref());
    // As RFC 6749, section 2.3.1, has it: both parts are form-encoded before they are joined.
    let secret = CLIENT_SECRET.replace(' ', "+");
    let basic = BASE64_STANDARD.encode(format!("{CLIENT_ID}:{secret}"));
    let authentic = head.contains(&basic) || field("client_secret") == secret;
    let refused = |error: &str| ("400 Bad Request", json!({ "error": error }).to_string());
    if !authentic {
        return refused("invalid_client");
    }
    if field("code") != CODE || challenge != state.challenge {
        return refused("invalid_grant");
    }
    let answer = json!({ "access_token": "opaque", "token_type": "Bearer", "expires_in": 60, "id_token": state.id_token() });
    ("200 OK", answer.to_string())
}

/// The path, the head and the body of a request.
fn read(stream: &mut TcpStream) -> Option<(String, String, String)> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let count = stream.read(&mut buffer).ok()?;
        bytes.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                let length = name.eq_ignore_ascii_case("content-length");
                length.then(|| value.trim().parse::<usize>().ok())?
            });
            if body.len() >= length.unwrap_or(0) {
                let target = head.split(' ').nth(1)?;
                let path = target.split('?').next()?;
                return Some((path.to_owned(), head.to_owned(), body.to_owned()));
            }
        }
        if count == 0 {
            return None;
        }
    }
}

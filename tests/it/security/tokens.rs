//! Forged and misplaced tokens (S-01 to S-06, S-10).

use std::time::Duration;

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use contracts::user::VerifyingKey;
use kernel::Operation;
use serde_json::{Value, json};
use token::TokenPolicy;
use token::{self, TokenClass};
use uuid::Uuid;

use crate::support::{AppTest, Client};

fn part(value: &Value) -> String {
    BASE64.encode(value.to_string())
}

fn parts(token: &str) -> (Value, Value) {
    let mut parts = token.split('.').map(|part| {
        let bytes = BASE64.decode(part).unwrap_or_default();
        serde_json::from_slice(&bytes).unwrap_or(Value::Null)
    });
    (
        parts.next().expect("a header"),
        parts.next().expect("claims"),
    )
}

async fn refused(client: &Client, token: &str, what: &str) {
    let mut client = client.clone();
    client.token = Some(token.to_owned());
    let answer = client.get("/api/v1/users/me").await;
    assert_eq!(answer.status, 401, "{what}: {}", answer.text);
    let challenge = answer
        .header("www-authenticate")
        .unwrap_or_default()
        .to_owned();
    assert!(challenge.contains("invalid_token"), "{what}: {challenge}");
    answer.expect_problem(401, "auth.token_invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_forged_header_makes_a_token_count() {
    let app = AppTest::spawn().await;
    let lena = app.learner().await;
    let token = lena.token.clone().expect("a token");
    let (header, claims) = parts(&token);
    let signature = token.rsplit('.').next().expect("a signature");
    let keys = lena.get("/.well-known/jwks.json").await.expect_status(200);
    let x = keys["keys"][0]["x"].as_str().expect("a key");
    let public = BASE64.decode(x).expect("base64url");
    let none = part(&json!({ "alg": "none", "typ": "at+jwt", "kid": header["kid"] }));
    refused(&lena, &format!("{none}.{}.", part(&claims)), "alg none").await;
    refused(
        &lena,
        &format!("{none}.{}.{signature}", part(&claims)),
        "alg none, signed",
    )
    .await;
    for (what, secret) in [
        ("the raw public key", public.as_slice()),
        ("its text", x.as_bytes()),
    ] {
        let head = part(&json!({ "alg": "HS256", "typ": "at+jwt", "kid": header["kid"] }));
        let signed = format!("{head}.{}", part(&claims));
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let tag = BASE64.encode(hmac::sign(&key, signed.as_bytes()));
        refused(&lena, &format!("{signed}.{tag}"), what).await;
    }
    for (name, value) in [
        ("jwk", json!({ "kty": "OKP", "crv": "Ed25519", "x": x })),
        ("jku", json!("https://evil.example/keys")),
        ("x5u", json!("https://evil.example/chain")),
        ("x5c", json!(["MIIB"])),
        ("crit", json!(["exp"])),
        ("zip", json!("DEF")),
        ("b64", json!(false)),
    ] {
        let mut head = header.clone();
        head[name] = value;
        refused(
            &lena,
            &format!("{}.{}.{signature}", part(&head), part(&claims)),
            name,
        )
        .await;
    }
    for (name, value) in [
        ("typ", "JWT"),
        ("typ", "mfa+jwt"),
        ("kid", "nobody"),
        ("alg", "ES256"),
    ] {
        let mut head = header.clone();
        head[name] = json!(value);
        refused(
            &lena,
            &format!("{}.{}.{signature}", part(&head), part(&claims)),
            value,
        )
        .await;
    }
    let mut promoted = claims.clone();
    promoted["role"] = json!(["student", "admin"]);
    refused(
        &lena,
        &format!("{}.{}.{signature}", part(&header), part(&promoted)),
        "claims",
    )
    .await;
    for text in ["", "x", "a.b", "a.b.c", "....", &"A".repeat(5000)] {
        refused(&lena, text, "no token at all").await;
    }
    lena.get("/api/v1/users/me").await.expect_status(200);
}

/// Keys of a test's own, and what the wrapper says of tokens that they have truly signed.
struct Signer {
    pair: Ed25519KeyPair,
    keys: Vec<VerifyingKey>,
    policy: TokenPolicy,
}

impl Signer {
    fn new() -> Self {
        let pair = Ed25519KeyPair::generate().expect("a key");
        let x = BASE64.encode(pair.public_key().as_ref());
        Self {
            pair,
            keys: vec![VerifyingKey {
                key_id: "k1".to_owned(),
                x,
            }],
            policy: TokenPolicy {
                issuer: "https://gopro.example".to_owned(),
                audience: "gopro".to_owned(),
                lifetime: Duration::from_secs(900),
            },
        }
    }

    fn header() -> Value {
        json!({ "alg": "EdDSA", "typ": TokenClass::Access.typ(), "kid": "k1" })
    }

    fn claims(&self) -> Value {
        let now = kernel::Env::system().now().timestamp();
        json!({
            "iss": self.policy.issuer,
            "aud": TokenClass::Access.audience(&self.policy),
            "sub": Uuid::now_v7(),
            "sid": Uuid::now_v7(),
            "role": ["student"],
            "scope": "",
            "iat": now,
            "nbf": now,
            "exp": now + 900,
            "jti": "1",
        })
    }

    fn counts(&self, header: &Value, claims: &Value) -> bool {
        let signed = format!("{}.{}", part(header), part(claims));
        let signature = BASE64.encode(self.pair.sign(signed.as_bytes()));
        let token = format!("{signed}.{signature}");
        let now = kernel::Env::system().now();
        token::open_access(&token, &self.keys, &self.policy, now).is_some()
    }
}

#[test]
fn a_true_signature_saves_no_header_that_this_system_does_not_write() {
    let signer = Signer::new();
    let claims = signer.claims();
    assert!(
        signer.counts(&Signer::header(), &claims),
        "the plain one counts"
    );
    let key = json!({ "kty": "OKP", "crv": "Ed25519", "x": signer.keys[0].x });
    for (name, value) in [
        ("jwk", key),
        ("jku", json!("https://evil.example/keys")),
        ("x5u", json!("https://evil.example/chain")),
        ("x5c", json!(["MIIB"])),
        ("x5t", json!("AAAA")),
        ("crit", json!(["exp"])),
        ("zip", json!("DEF")),
        ("b64", json!(false)),
        ("cty", json!("JWT")),
        ("typ", json!("JWT")),
        ("typ", json!("mfa+jwt")),
        ("typ", json!(null)),
        ("kid", json!("k2")),
        ("kid", json!(null)),
        ("kid", json!("../k1")),
        ("alg", json!("none")),
        ("alg", json!("HS256")),
        ("alg", json!("ES256")),
        ("alg", json!("eddsa")),
    ] {
        let mut header = Signer::header();
        header[name] = value.clone();
        assert!(!signer.counts(&header, &claims), "{name} {value}");
    }
}

#[test]
fn a_true_signature_saves_no_claims_that_are_missing_wrong_or_untimely() {
    let signer = Signer::new();
    let (header, good) = (Signer::header(), signer.claims());
    for name in ["iss", "aud", "sub", "sid", "iat", "nbf", "exp"] {
        let mut claims = good.clone();
        claims.as_object_mut().expect("claims").remove(name);
        assert!(!signer.counts(&header, &claims), "without {name}");
        claims[name] = json!(null);
        assert!(!signer.counts(&header, &claims), "null as {name}");
    }
    let now = good["iat"].as_i64().expect("a time");
    for (what, change) in [
        ("another issuer", json!({ "iss": "https://evil.example" })),
        (
            "an issuer in a list",
            json!({ "iss": ["https://gopro.example"] }),
        ),
        (
            "another audience",
            json!({ "aud": TokenClass::Challenge.audience(&signer.policy) }),
        ),
        ("no user", json!({ "sub": "root" })),
        (
            "it has run out",
            json!({ "iat": now - 932, "nbf": now - 932, "exp": now - 32 }),
        ),
        ("it does not count yet", json!({ "nbf": now + 40 })),
        (
            "it was made later",
            json!({ "iat": now + 40, "exp": now + 900 }),
        ),
        ("it lives too long", json!({ "exp": now + 3601 })),
        ("it lives for ever", json!({ "exp": i64::MAX })),
        ("a time that is none", json!({ "exp": "tomorrow" })),
    ] {
        let mut claims = good.clone();
        for (name, value) in change.as_object().expect("a change") {
            claims[name] = value.clone();
        }
        assert!(!signer.counts(&header, &claims), "{what}");
    }
    let early = json!({ "nbf": now + 20 });
    let mut claims = good;
    claims["nbf"] = early["nbf"].clone();
    assert!(signer.counts(&header, &claims), "clocks may differ by 30 s");
}

#[test]
fn a_process_that_is_told_a_shorter_life_of_tokens_refuses_none_of_another() {
    let signer = Signer::new();
    let mut claims = signer.claims();
    let now = claims["iat"].as_i64().expect("a time");
    claims["exp"] = json!(now + 3600);
    assert!(signer.policy.lifetime < Duration::from_secs(3600));
    assert!(signer.counts(&Signer::header(), &claims));
}

/// What each class of token opens, in the order access, challenge, refresh, API token, link.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_one_class_opens_no_door_of_another() {
    let app = AppTest::spawn().await;
    let lena = app.learner().await;
    let made = lena
        .post(
            "/api/v1/users/me/tokens",
            json!({ "name": "t", "scopes": ["profile:read"] }),
        )
        .await
        .expect_status(201);
    app.anonymous()
        .post(
            "/api/v1/auth/password/forgot",
            json!({ "email": "lena@example.org" }),
        )
        .await
        .expect_status(202);
    let link = app
        .mail("lena@example.org", "/account/reset#token=")
        .await
        .token();
    let otto = app.new_user("otto", &[kernel::Role::Student]).await;
    let challenge = challenge_of(&app, &otto).await;
    let tokens = [
        ("access", lena.token.clone().expect("a token")),
        ("challenge", challenge),
        ("refresh", lena.refresh_token.clone().expect("a token")),
        ("api", made["token"].as_str().expect("a token").to_owned()),
        // The last, because it ends the others of its user.
        ("link", link),
    ];
    let client = app.anonymous();
    let mut opened = Vec::new();
    for (class, token) in &tokens {
        let mut bearer = client.clone();
        bearer.token = Some(token.clone());
        let new = "another horse with a better battery";
        let doors = [
            ("api", bearer.get("/api/v1/users/me").await),
            (
                "challenge",
                client
                    .post(
                        "/api/v1/auth/mfa/challenge",
                        json!({ "mfa_token": token, "code": "000000" }),
                    )
                    .await,
            ),
            (
                "refresh",
                client
                    .post(
                        "/api/v1/auth/refresh",
                        json!({ "refresh_token": token_field(token) }),
                    )
                    .await,
            ),
            (
                "verify",
                client
                    .post(
                        "/api/v1/auth/email/verify",
                        json!({ "token": token_field(token) }),
                    )
                    .await,
            ),
            (
                "reset",
                client
                    .post(
                        "/api/v1/auth/password/reset",
                        json!({ "token": token_field(token), "new_password": new }),
                    )
                    .await,
            ),
        ];
        for (door, answer) in doors {
            // A wrong code is reported only to a login that waits for one, so that endpoint accepted the token.
            let knew = answer.text.contains("auth.mfa_code_invalid");
            if answer.status < 300 || knew {
                opened.push(format!("{class} opens {door}"));
            } else {
                assert!(
                    (400..500).contains(&answer.status),
                    "{class} {door}: {}",
                    answer.text
                );
            }
        }
    }
    assert_eq!(
        opened,
        [
            "access opens api",
            "challenge opens challenge",
            "refresh opens refresh",
            "api opens api",
            "link opens reset"
        ]
    );
}

/// The field takes 100 characters; a longer token is cut, which must not help it.
fn token_field(token: &str) -> String {
    token.chars().take(100).collect()
}

/// Sets up a second factor for a user and logs in once more.
async fn challenge_of(app: &AppTest, client: &Client) -> String {
    let begun = client
        .touch("/api/v1/auth/mfa/totp")
        .await
        .expect_status(201);
    let secret = begun["secret"].as_str().expect("a secret");
    let code = crate::support::totp::code(secret);
    client
        .post("/api/v1/auth/mfa/totp/confirm", json!({ "code": code }))
        .await
        .expect_status(200);
    let login = json!({ "login": "otto", "password": crate::support::app::PASSWORD });
    let owed = app
        .anonymous()
        .post("/api/v1/auth/login", login)
        .await
        .expect_status(200);
    owed["mfa_token"]
        .as_str()
        .expect("a second factor is owed")
        .to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn in_an_emergency_a_token_that_was_used_before_counts_no_longer() {
    let app = AppTest::spawn().await;
    let lena = app.learner().await;
    let made = json!({ "name": "script", "scopes": ["profile:read"] });
    let made = lena.post("/api/v1/users/me/tokens", made).await;
    let mut script = lena.clone();
    script.token = made.expect_status(201)["token"].as_str().map(str::to_owned);
    for used in [&lena, &script] {
        used.get("/api/v1/users/me").await.expect_status(200);
    }
    let operation = Operation::system("test");
    let rotated = app.user().rotate_keys(&operation, true).await;
    rotated.expect("a new key");
    let token = lena.token.clone().expect("a token");
    refused(&app.anonymous(), &token, "a token of a lost key").await;
    // An API token is no signed one: it is exchanged anew.
    script.get("/api/v1/users/me").await.expect_status(200);
    let again = app.log_in("lena").await;
    again.get("/api/v1/users/me").await.expect_status(200);
}

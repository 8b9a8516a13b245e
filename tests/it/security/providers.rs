//! Signing in with others: a good provider leads in, and a hostile one (S-29) or an open
//! redirect (S-30) to a refusal, one audit row and no session.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use kernel::{Env, Role};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::app::PASSWORD;
use crate::support::client::send;
use crate::support::idp::{CLIENT_ID, CLIENT_SECRET, CODE, Idp, Signer, TokenEndpoint};
use crate::support::{Answer, AppTest, Client};

pub(super) const RETURN_URL: &str = "https://app.example.org/signed-in";
/// RFC 7636, appendix B.
pub(super) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(super) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A server that knows the providers `school` and `work`, both OpenID Connect, and `github`.
pub(super) struct FederationTest {
    pub(super) app: AppTest,
    school: Idp,
    work: Idp,
    pub(super) admin: Client,
}

/// A sign-in on its way in one browser.
pub(super) struct Begun {
    provider: &'static str,
    pub(super) state: String,
    nonce: String,
    pub(super) cookie: String,
    pub(super) issuer: String,
    code: String,
}

impl FederationTest {
    pub(super) async fn new(extra: &[(&'static str, &str)]) -> Self {
        let (school, work) = (Idp::start(), Idp::start());
        let mut settings = vec![
            ("auth.providers.school.issuer", school.url.as_str()),
            ("auth.providers.school.client_id", CLIENT_ID),
            ("auth.providers.school.client_secret", CLIENT_SECRET),
            ("auth.providers.work.issuer", work.url.as_str()),
            ("auth.providers.work.client_id", CLIENT_ID),
            ("auth.providers.work.client_secret", CLIENT_SECRET),
            ("auth.providers.github.issuer", school.url.as_str()),
            ("auth.providers.github.client_id", CLIENT_ID),
            ("auth.providers.github.client_secret", CLIENT_SECRET),
            ("auth.return_urls", RETURN_URL),
        ];
        settings.extend(extra);
        let app = AppTest::spawn_with(&settings).await;
        let admin = app.admin().await;
        Self {
            app,
            school,
            work,
            admin,
        }
    }

    pub(super) fn idp(&self, provider: &str) -> &Idp {
        match provider {
            "work" => &self.work,
            _ => &self.school,
        }
    }

    pub(super) async fn begin(
        &self,
        client: &Client,
        provider: &'static str,
        query: &str,
    ) -> Begun {
        let path = format!("/api/v1/auth/providers/{provider}/authorize{query}");
        let answer = client.get(&path).await;
        let cookie = answer.header("set-cookie").expect("a cookie").to_owned();
        let text = answer.text.clone();
        let begun = answer.expect_status(200);
        let url = begun["authorization_url"].as_str().expect("an address");
        let idp = self.idp(provider);
        assert!(url.starts_with(&idp.url), "{text}");
        assert_eq!(part(url, "code_challenge_method"), "S256");
        assert_eq!(part(url, "state"), begun["state"]);
        let nonce = part(url, "nonce");
        let now = Env::system().now().timestamp();
        let mut state = idp.state();
        state.challenge = part(url, "code_challenge");
        state.claims = json!({
            "iss": idp.url, "aud": CLIENT_ID, "sub": "248289761001", "nonce": nonce,
            "exp": now + 300, "iat": now, "email": "nora@example.net", "email_verified": true,
            "preferred_username": "nora", "name": "Nora Newcomer",
        });
        Begun {
            provider,
            state: part(url, "state"),
            nonce,
            cookie: cookie.split(';').next().expect("a pair").to_owned(),
            issuer: idp.url.clone(),
            code: CODE.to_owned(),
        }
    }

    pub(super) async fn finish(&self, begun: &Begun) -> Answer {
        let client = self.app.anonymous();
        let query = [
            ("code", begun.code.as_str()),
            ("state", &begun.state),
            ("iss", &begun.issuer),
            ("session_state", "what a provider adds"),
        ];
        let path = format!("/api/v1/auth/providers/{}/callback", begun.provider);
        let request = client.request(Method::GET, &path).query(&query);
        send(request.header("Cookie", &begun.cookie)).await
    }

    /// A whole sign-in with what the provider says changed by `change`.
    pub(super) async fn sign_in(
        &self,
        provider: &'static str,
        change: impl FnOnce(&mut Value),
    ) -> Answer {
        let begun = self.begin(&self.app.anonymous(), provider, "").await;
        change(&mut self.idp(provider).state().claims);
        self.finish(&begun).await
    }

    pub(super) async fn audited(&self, action: &str) -> Vec<Value> {
        let path = format!("/api/v1/users/audit?action={action}&limit=200");
        let log = self.admin.get(&path).await.expect_status(200);
        log["items"].as_array().expect("items").clone()
    }

    /// The rows of refusals, of logins and of accounts, and their events.
    pub(super) async fn counts(&self) -> [usize; 3] {
        let actions = ["identity.refused", "login.succeeded", "account.created"];
        let mut counts = [0; 3];
        for (count, action) in counts.iter_mut().zip(actions) {
            *count = self.audited(action).await.len();
        }
        counts
    }

    /// Fails unless `attack` was refused with one audit row of this reason, no session and no account.
    pub(super) async fn expect_refused(&self, what: &str, reason: &str, before: [usize; 3]) {
        let [refused, logins, accounts] = before;
        let after = self.counts().await;
        assert_eq!(after, [refused + 1, logins, accounts], "{what}");
        let row = &self.audited("identity.refused").await[0];
        assert_eq!(row["detail"]["reason"], reason, "{what}: {row}");
        let text = row.to_string();
        assert!(
            !text.contains(CODE) && !text.contains("eyJ"),
            "{what}: {row}"
        );
    }
}

fn part(url: &str, name: &str) -> String {
    let url = reqwest::Url::parse(url).expect("an address");
    let mut pairs = url.query_pairs();
    let found = pairs.find(|(known, _)| known == name);
    found
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

pub(super) fn client_of(app: &AppTest, tokens: &Value) -> Client {
    let mut client = app.anonymous();
    client.token = tokens["access_token"].as_str().map(str::to_owned);
    client
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newcomer_signs_up_logs_in_again_and_keeps_a_way_in() {
    let test = FederationTest::new(&[]).await;
    let app = &test.app;
    let listed = app.anonymous().get("/api/v1/auth/providers").await;
    let listed = listed.expect_status(200);
    assert_eq!(
        listed["items"][0],
        json!({ "name": "github", "label": "GitHub", "kind": "github" })
    );
    assert_eq!(
        listed["items"][1],
        json!({ "name": "school", "label": "school", "kind": "oidc" })
    );
    let tokens = test.sign_in("school", |_| {}).await.expect_status(200);
    let nora = client_of(app, &tokens);
    let me = nora.get("/api/v1/users/me").await.expect_status(200);
    assert_eq!(me["username"], "nora");
    assert_eq!(me["display_name"], "Nora Newcomer");
    assert_eq!(me["email_verified"], true);
    // Another address at the provider leads to the same account, also one that is somebody's here.
    app.learner().await;
    let again = test.sign_in("school", |claims| {
        claims["email"] = json!("lena@example.org")
    });
    let again = client_of(app, &again.await.expect_status(200));
    let same = again.get("/api/v1/users/me").await.expect_status(200);
    assert_eq!(same["id"], me["id"]);
    assert_eq!(same["email"], "nora@example.net");
    // No password opens an account that has none.
    for password in ["", " ", PASSWORD] {
        let body = json!({ "login": "nora", "password": password });
        let answer = app.anonymous().post("/api/v1/auth/login", body).await;
        answer.expect_status_in(&[401, 422]);
    }
    let path = "/api/v1/users/me/identities";
    let mine = nora.get(path).await.expect_status(200);
    assert_eq!(mine["items"][0]["provider"], "school");
    let school = format!("{path}/{}", mine["items"][0]["id"].as_str().expect("an id"));
    nora.delete(&school)
        .await
        .expect_problem(409, "user.last_credential");
    let begun = test.begin(&nora, "work", "").await;
    let linked = test.finish(&begun).await.expect_status(200);
    assert_eq!(linked["provider"], "work");
    nora.delete(&school).await.expect_status(204);
    nora.delete(&school)
        .await
        .expect_problem(404, "user.identity_not_found");
    let by_work = client_of(app, &test.sign_in("work", |_| {}).await.expect_status(200));
    let same = by_work.get("/api/v1/users/me").await.expect_status(200);
    assert_eq!(same["id"], me["id"]);
    let linked = test.audited("identity.linked").await;
    assert_eq!(linked.len(), 2);
    assert!(linked.iter().all(|row| row["subject"] == me["id"]));
    assert_eq!(test.audited("identity.unlinked").await.len(), 1);
    app.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_signature_that_is_allowed_counts() {
    let test = FederationTest::new(&[]).await;
    for (signer, key_id) in [
        (Signer::rsa(), "rsa"),
        (Signer::rsa_pss(), "rsa-pss"),
        (Signer::ec(), "ec"),
        (Signer::ec_384(), "ec-384"),
        (Signer::ed(), "ed"),
    ] {
        let test = FederationTest::new(&[]).await;
        test.school.state().sign_with(signer, key_id);
        test.sign_in("school", |_| {}).await.expect_status(200);
    }
    let several = |claims: &mut Value| {
        claims["aud"] = json!([CLIENT_ID, "another"]);
        claims["azp"] = json!(CLIENT_ID);
    };
    test.sign_in("school", several).await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verified_address_links_and_an_unverified_one_asks_to_log_in_first() {
    let test = FederationTest::new(&[]).await;
    let app = &test.app;
    app.learner().await;
    let lena = |claims: &mut Value| claims["email"] = json!("LENA@example.org");
    let before = test.counts().await;
    let unverified = |claims: &mut Value| {
        lena(claims);
        claims["email_verified"] = json!(false);
    };
    let answer = test.sign_in("school", unverified).await;
    answer.expect_problem(403, "auth.identity_link_required");
    test.expect_refused("unverified there", "auth.identity_link_required", before)
        .await;
    let body = json!({ "email": "una@example.org", "username": "una", "password": PASSWORD });
    let registered = app.anonymous().post("/api/v1/auth/register", body).await;
    registered.expect_status(201);
    let before = test.counts().await;
    let una = |claims: &mut Value| claims["email"] = json!("una@example.org");
    let answer = test.sign_in("school", una).await;
    answer.expect_problem(403, "auth.identity_link_required");
    test.expect_refused("unverified here", "auth.identity_link_required", before)
        .await;
    let tokens = test.sign_in("school", lena).await.expect_status(200);
    let me = client_of(app, &tokens).get("/api/v1/users/me").await;
    assert_eq!(me.expect_status(200)["username"], "lena");
    // What is linked to one account is not linked to another.
    let eve = app.new_user("eve", &[Role::Student]).await;
    let begun = test.begin(&eve, "school", "").await;
    let before = test.counts().await;
    let answer = test.finish(&begun).await;
    answer.expect_problem(409, "user.identity_taken");
    test.expect_refused("taken", "user.identity_taken", before)
        .await;
    app.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_factor_is_required_and_a_disabled_account_stays_out() {
    let test = FederationTest::new(&[]).await;
    let app = &test.app;
    let lena = app.learner().await;
    let claim = |claims: &mut Value| claims["email"] = json!("lena@example.org");
    let enrollment = lena.touch("/api/v1/auth/mfa/totp").await.expect_status(201);
    let code = code_of(enrollment["secret"].as_str().expect("a secret"));
    lena.post("/api/v1/auth/mfa/totp/confirm", json!({ "code": code }))
        .await
        .expect_status(200);
    let before = test.counts().await;
    let owed = test.sign_in("school", claim).await.expect_status(200);
    assert_eq!(owed["mfa_required"], true);
    assert!(owed.get("access_token").is_none(), "{owed}");
    assert_eq!(test.counts().await, before);
    let users = test.admin.get("/api/v1/users?q=lena").await;
    let id = users.expect_status(200)["items"][0]["id"].clone();
    let path = format!("/api/v1/users/{}", id.as_str().expect("an id"));
    let disabled = test.admin.patch(&path, json!({ "disabled": true })).await;
    disabled.expect_status(200);
    let answer = test.sign_in("school", claim).await;
    answer.expect_problem(403, "auth.account_disabled");
    test.expect_refused("disabled", "auth.account_disabled", before)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_house_lets_nobody_new_in_and_a_bad_token_begins_no_link() {
    let test = FederationTest::new(&[("auth.registration", "closed")]).await;
    let before = test.counts().await;
    let answer = test.sign_in("school", |_| {}).await;
    answer.expect_problem(403, "auth.registration_closed");
    test.expect_refused("closed", "auth.registration_closed", before)
        .await;
    let mut stranger = test.app.anonymous();
    stranger.token = Some("not a token".to_owned());
    let answer = stranger
        .get("/api/v1/auth/providers/school/authorize")
        .await;
    answer.expect_problem(401, "auth.token_invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn github_identifies_the_user() {
    let test = FederationTest::new(&[]).await;
    let mut begun = test.begin(&test.app.anonymous(), "github", "").await;
    begun.issuer = format!("{}/login/oauth", test.school.url);
    let tokens = test.finish(&begun).await.expect_status(200);
    let octo = client_of(&test.app, &tokens);
    let me = octo.get("/api/v1/users/me").await.expect_status(200);
    assert_eq!(me["email"], "octo@example.net");
    assert_eq!(me["username"], "octo");
    test.school.state().github_user["id"] = json!(8);
    test.school.state().github_emails[1]["verified"] = json!(false);
    let begun = test.begin(&test.app.anonymous(), "github", "").await;
    let before = test.counts().await;
    let answer = test.finish(&begun).await;
    answer.expect_problem(403, "auth.identity_link_required");
    test.expect_refused(
        "an unverified primary address",
        "auth.identity_link_required",
        before,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_token_that_is_not_as_it_must_be_lets_nobody_in() {
    let test = FederationTest::new(&[]).await;
    type Change = fn(&mut Value);
    let now = |seconds: i64| json!(Env::system().now().timestamp() + seconds);
    let past = now(-31);
    let future = now(90);
    let changes: [(&str, Change, &str); 11] = [
        (
            "another issuer",
            |c| c["iss"] = json!("https://evil.example"),
            "id_token_issuer",
        ),
        (
            "another audience",
            |c| c["aud"] = json!("another"),
            "id_token_audience",
        ),
        ("no audience", |c| c["aud"] = json!([]), "id_token_audience"),
        (
            "several audiences",
            |c| c["aud"] = json!([CLIENT_ID, "another"]),
            "id_token_audience",
        ),
        (
            "another party",
            |c| c["azp"] = json!("another"),
            "id_token_audience",
        ),
        (
            "another nonce",
            |c| c["nonce"] = json!("another"),
            "id_token_nonce",
        ),
        ("no nonce", |c| c["nonce"] = json!(null), "id_token_nonce"),
        ("no end", |c| c["exp"] = json!(null), "id_token_expired"),
        (
            "a subject with a character that no database keeps",
            |c| c["sub"] = json!("a\u{0}b"),
            "id_token_subject",
        ),
        ("no subject", |c| c["sub"] = json!(null), "id_token_subject"),
        (
            "an empty subject",
            |c| c["sub"] = json!(""),
            "id_token_subject",
        ),
    ];
    for (what, change, reason) in changes {
        let before = test.counts().await;
        let answer = test.sign_in("school", change).await;
        answer.expect_problem(401, "auth.sign_in_invalid");
        test.expect_refused(what, reason, before).await;
    }
    for (claim, value, reason) in [
        ("exp", past, "id_token_expired"),
        ("iat", future.clone(), "id_token_not_yet"),
        ("nbf", future, "id_token_not_yet"),
    ] {
        let before = test.counts().await;
        let answer = test.sign_in("school", |claims| claims[claim] = value).await;
        answer.expect_problem(401, "auth.sign_in_invalid");
        test.expect_refused(claim, reason, before).await;
    }
    let before = test.counts().await;
    let answer = test
        .sign_in("school", |c| c["email_verified"] = json!(null))
        .await;
    answer.expect_problem(403, "auth.provider_email_unverified");
    test.expect_refused(
        "an unverified newcomer",
        "auth.provider_email_unverified",
        before,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_token_that_the_providers_key_has_not_signed_lets_nobody_in() {
    let test = FederationTest::new(&[]).await;
    let rsa = Signer::rsa();
    test.school.state().sign_with(rsa.clone(), "one");
    let modulus = rsa.public("one")["n"]
        .as_str()
        .expect("a modulus")
        .to_owned();
    let modulus = BASE64_URL_SAFE_NO_PAD.decode(modulus).expect("base64url");
    let foreign = test.work.state().signer.clone();
    let header = |alg: &str, kid: &str| json!({ "alg": alg, "kid": kid, "typ": "JWT" });
    let with = |name: &str, value: Value| {
        let mut header = header("RS256", "one");
        header[name] = value;
        header
    };
    let hmac = |secret: &[u8]| Signer::Hmac(secret.to_vec());
    for (what, header, signer, reason) in [
        (
            "none",
            header("none", "one"),
            Signer::Nobody,
            "id_token_algorithm",
        ),
        (
            "the client's secret",
            header("HS256", "one"),
            hmac(CLIENT_SECRET.as_bytes()),
            "id_token_algorithm",
        ),
        (
            "the public key as a secret",
            header("HS256", "one"),
            hmac(&modulus),
            "id_token_algorithm",
        ),
        (
            "no signature",
            header("RS256", "one"),
            Signer::Nobody,
            "id_token_signature",
        ),
        (
            "the algorithm of another key",
            header("EdDSA", "one"),
            foreign.clone(),
            "id_token_algorithm",
        ),
        (
            "the key of another provider",
            header("EdDSA", "two"),
            foreign,
            "id_token_unknown_key",
        ),
        (
            "another key under the same name",
            header("RS256", "one"),
            Signer::rsa(),
            "id_token_signature",
        ),
        (
            "a key that is not published",
            header("RS256", "three"),
            rsa.clone(),
            "id_token_unknown_key",
        ),
        (
            "no key named",
            json!({ "alg": "RS256" }),
            rsa.clone(),
            "id_token_header",
        ),
        (
            "crit",
            with("crit", json!(["x"])),
            rsa.clone(),
            "id_token_header",
        ),
        (
            "jku",
            with("jku", json!("https://evil.example/keys")),
            rsa.clone(),
            "id_token_header",
        ),
        (
            "jwk",
            with("jwk", rsa.public("one")),
            rsa.clone(),
            "id_token_header",
        ),
        (
            "x5u",
            with("x5u", json!("https://evil.example/key")),
            rsa.clone(),
            "id_token_header",
        ),
        (
            "zip",
            with("zip", json!("DEF")),
            rsa.clone(),
            "id_token_header",
        ),
        (
            "an access token",
            with("typ", json!("at+jwt")),
            rsa.clone(),
            "id_token_header",
        ),
    ] {
        let before = test.counts().await;
        let begun = test.begin(&test.app.anonymous(), "school", "").await;
        test.school.state().header = header;
        test.school.state().signer = signer;
        let answer = test.finish(&begun).await;
        answer.expect_problem(401, "auth.sign_in_invalid");
        test.expect_refused(what, reason, before).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_endpoint_that_misbehaves_is_given_up() {
    let test = FederationTest::new(&[]).await;
    for (what, endpoint, reason) in [
        ("slow", TokenEndpoint::Silent, "unreachable"),
        ("huge", TokenEndpoint::Huge, "answer_too_large"),
        ("redirecting", TokenEndpoint::Redirecting, "token_answer"),
        ("failing", TokenEndpoint::Failing, "token_answer"),
        ("a page", TokenEndpoint::Html, "token_answer"),
    ] {
        let before = test.counts().await;
        test.school.state().token_endpoint = endpoint;
        let answer = test.sign_in("school", |_| {}).await;
        answer.expect_problem(503, "auth.provider_unavailable");
        test.expect_refused(what, reason, before).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_belongs_to_another_sign_in_lets_nobody_in() {
    let test = FederationTest::new(&[]).await;
    let anonymous = test.app.anonymous();
    let begun = test.begin(&anonymous, "school", "").await;
    test.finish(&begun).await.expect_status(200);
    let refuse = async |what: &str, begun: &Begun, reason: &str| {
        let before = test.counts().await;
        let answer = test.finish(begun).await;
        answer.expect_problem(401, "auth.sign_in_invalid");
        test.expect_refused(what, reason, before).await;
    };
    refuse("a replayed state", &begun, "state_unknown").await;
    let mut guessed = test.begin(&anonymous, "school", "").await;
    guessed.state = "a".repeat(43);
    refuse("a guessed state", &guessed, "state_unknown").await;
    let mut stolen = test.begin(&anonymous, "school", "").await;
    let other = test.begin(&anonymous, "school", "").await;
    stolen.cookie = other.cookie;
    refuse("a state of another browser", &stolen, "other_browser").await;
    refuse("and it is used up", &stolen, "state_unknown").await;
    let mut bare = test.begin(&anonymous, "school", "").await;
    bare.cookie = "a=b".to_owned();
    refuse("no cookie", &bare, "other_browser").await;
    let mut mixed = test.begin(&anonymous, "school", "").await;
    mixed.issuer = test.work.url.clone();
    refuse("the answer of another issuer", &mixed, "other_issuer").await;
    let mut mixed = test.begin(&anonymous, "school", "").await;
    mixed.provider = "work";
    refuse("the callback of another provider", &mixed, "other_provider").await;
    let mut unnamed = test.begin(&anonymous, "school", "").await;
    unnamed.issuer = String::new();
    refuse("no issuer", &unnamed, "other_issuer").await;
    let mut injected = test.begin(&anonymous, "school", "").await;
    injected.code = "a-code-of-somebody-else".to_owned();
    refuse("an injected code", &injected, "code_refused").await;
    // A code of another sign-in was given for another challenge.
    let first = test.begin(&anonymous, "school", "").await;
    let challenge = test.school.state().challenge.clone();
    let second = test.begin(&anonymous, "school", "").await;
    test.school.state().challenge = challenge;
    assert_ne!(first.nonce, second.nonce);
    refuse("a code of another sign-in", &second, "code_refused").await;
    // The user has said no, or there is nothing at all.
    let denied = test.begin(&anonymous, "school", "").await;
    let before = test.counts().await;
    let path = "/api/v1/auth/providers/school/callback";
    let query = [
        ("error", "access_denied"),
        ("state", &denied.state),
        ("iss", &denied.issuer),
    ];
    let request = anonymous.request(Method::GET, path).query(&query);
    let answer = send(request.header("Cookie", &denied.cookie)).await;
    answer.expect_problem(403, "auth.sign_in_canceled");
    test.expect_refused("denied", "canceled", before).await;
    let silent = test.begin(&anonymous, "school", "").await;
    let before = test.counts().await;
    let query = [("code", CODE), ("state", &silent.state)];
    let request = anonymous.request(Method::GET, path).query(&query);
    let answer = send(request.header("Cookie", &silent.cookie)).await;
    answer.expect_problem(401, "auth.sign_in_invalid");
    test.expect_refused(
        "an issuer that names itself does not",
        "issuer_missing",
        before,
    )
    .await;
    let before = test.counts().await;
    let answer = anonymous.get(path).await;
    answer.expect_problem(401, "auth.sign_in_invalid");
    test.expect_refused("nothing", "state_missing", before)
        .await;
    let answer = anonymous
        .get("/api/v1/auth/providers/nobody/callback")
        .await;
    answer.expect_problem(404, "auth.provider_not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_discovery_that_names_another_issuer_or_an_inner_address_leads_nowhere() {
    let inner = Idp::start();
    let target = inner.url.clone();
    for (name, value) in [
        ("issuer", json!("https://evil.example")),
        ("authorization_endpoint", json!("http://10.0.0.1/authorize")),
    ] {
        let test = FederationTest::new(&[]).await;
        test.school.state().discovery[name] = value;
        let begin = "/api/v1/auth/providers/school/authorize";
        let answer = test.app.anonymous().get(begin).await;
        answer.expect_problem(503, "auth.provider_unavailable");
    }
    for (name, address) in [
        ("token_endpoint", format!("{target}/token")),
        ("jwks_uri", format!("{target}/keys")),
        ("token_endpoint", "https://169.254.169.254/token".to_owned()),
        ("jwks_uri", "https://localhost/keys".to_owned()),
        (
            "token_endpoint",
            "http://accounts.example.com/token".to_owned(),
        ),
    ] {
        let test = FederationTest::new(&[]).await;
        test.school.state().discovery[name] = json!(address);
        let before = test.counts().await;
        let answer = test.sign_in("school", |_| {}).await;
        answer.expect_problem(503, "auth.provider_unavailable");
        test.expect_refused(&address, "address_refused", before)
            .await;
    }
    assert_eq!(inner.hits(), 0, "somebody connected within");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_listed_address_is_returned_to_and_its_code_needs_the_verifier() {
    let test = FederationTest::new(&[]).await;
    let anonymous = test.app.anonymous();
    let begin = "/api/v1/auth/providers/school/authorize";
    for address in [
        "https://evil.example/",
        "https://app.example.org/signed-in/",
        "https://app.example.org/signed-in?x=1",
        "https://app.example.org/signed-in#x",
        "https://APP.example.org/signed-in",
        "https://app.example.org/signed-in/../evil",
        "https://app.example.org@evil.example/signed-in",
        "https://app.example.org.evil.example/signed-in",
        "//app.example.org/signed-in",
        "http://app.example.org/signed-in",
        "javascript:alert(1)",
        "/",
    ] {
        let query = [("return_to", address), ("code_challenge", CHALLENGE)];
        let answer = send(anonymous.request(Method::GET, begin).query(&query)).await;
        let problem = answer.expect_problem(422, "request.invalid");
        assert_eq!(problem["errors"][0]["pointer"], "/query/return_to");
    }
    let bare = format!("?return_to={RETURN_URL}");
    let answer = anonymous.get(&format!("{begin}{bare}")).await;
    answer.expect_problem(422, "request.invalid");
    let query = format!("{bare}&code_challenge={CHALLENGE}");
    let exchange = "/api/v1/auth/providers/exchange";
    let redeem = |code: &str, verifier: &str| {
        let body = json!({ "code": code, "code_verifier": verifier });
        anonymous.post(exchange, body)
    };
    let returned = async || {
        let begun = test.begin(&anonymous, "school", &query).await;
        let answer = test.finish(&begun).await;
        assert_eq!(answer.status, 303, "{}", answer.text);
        let location = answer.header("location").expect("an address").to_owned();
        let start = format!("{RETURN_URL}#code=");
        location.strip_prefix(&start).expect(&location).to_owned()
    };
    let code = returned().await;
    let tokens = redeem(&code, VERIFIER).await.expect_status(200);
    client_of(&test.app, &tokens)
        .get("/api/v1/users/me")
        .await
        .expect_status(200);
    let again = redeem(&code, VERIFIER).await;
    again.expect_problem(401, "auth.sign_in_invalid");
    let code = returned().await;
    let before = test.counts().await;
    let stolen = redeem(&code, &"a".repeat(43)).await;
    stolen.expect_problem(401, "auth.sign_in_invalid");
    test.expect_refused("a stolen code", "verifier", before)
        .await;
    let late = redeem(&code, VERIFIER).await;
    late.expect_problem(401, "auth.sign_in_invalid");
    let mut begun = test.begin(&anonymous, "school", &query).await;
    begun.code = "another".to_owned();
    let before = test.counts().await;
    let answer = test.finish(&begun).await;
    assert_eq!(answer.status, 303, "{}", answer.text);
    let told = format!("{RETURN_URL}#error=auth.sign_in_invalid");
    assert_eq!(answer.header("location"), Some(told.as_str()));
    test.expect_refused("told to the app", "code_refused", before)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_is_sent_on_with_a_cookie_that_only_https_and_this_host_see() {
    let test = FederationTest::new(&[("server.public_url", "https://learn.example.org")]).await;
    let path = "/api/v1/auth/providers/school/authorize?redirect=true";
    let answer = test.app.anonymous().get(path).await;
    assert_eq!(answer.status, 303, "{}", answer.text);
    let location = answer.header("location").expect("an address");
    assert!(location.starts_with(&test.school.url), "{location}");
    assert_eq!(
        part(location, "redirect_uri"),
        "https://learn.example.org/api/v1/auth/providers/school/callback"
    );
    let cookie = answer.header("set-cookie").expect("a cookie");
    assert!(cookie.starts_with("__Host-gopro_sign_in_"), "{cookie}");
    for word in ["; Path=/", "; HttpOnly", "; SameSite=Lax", "; Secure"] {
        assert!(cookie.contains(word), "{word} is missing in {cookie}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
}

/// The code of an authenticator (RFC 6238) at this time.
fn code_of(secret: &str) -> String {
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut bits = String::new();
    for letter in secret.chars() {
        let value = letters.find(letter).expect("base 32");
        bits.push_str(&format!("{value:05b}"));
    }
    let bytes: Vec<u8> = bits
        .as_bytes()
        .chunks_exact(8)
        .map(|byte| byte.iter().fold(0, |sum, bit| sum * 2 + (bit - b'0')))
        .collect();
    let step = Env::system().now().timestamp() / 30;
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &bytes);
    let tag = aws_lc_rs::hmac::sign(&key, &step.to_be_bytes());
    let tag = tag.as_ref();
    let start = usize::from(tag[19] & 15);
    let number = tag[start..start + 4]
        .iter()
        .fold(0_u32, |sum, byte| (sum << 8) | u32::from(*byte));
    format!("{:06}", (number & 0x7fff_ffff) % 1_000_000)
}

//! Rules without HTTP, on a real database.

mod audit;
mod email;
mod keys;
mod mfa;
mod programs;
mod races;
mod registration;
mod sagas;
mod sign_in;
mod takeover;

use std::time::Duration;

use chrono::Duration as Span;
use contracts::user::{Letter, UserApi};
use kernel::{Expected, Fault, IdempotencyKey, Operation, Outcome, Role, SecretString, Slice};
use rest::{Caller, TokenPolicy, TokenVerifier};
use testkit::{FixedClock, TestDatabase, ambient};

use crate::command::SetUp;
use crate::purpose::Purpose;
use crate::service::{
    AdminChange, Credentials, LoggedIn, Registered, Registration, Service, Tokens,
};
use crate::store;
use crate::store::sessions::{self, Session};
use crate::view::Account;
use crate::{Error, NewAccount, RegistrationMode, Settings, User};

const PASSWORD: &str = "correct horse battery staple";

struct Room {
    user: User,
    clock: FixedClock,
    database: TestDatabase,
}

impl Room {
    async fn new() -> Self {
        Self::with(settings()).await
    }

    async fn with(settings: Settings) -> Self {
        let database = TestDatabase::new::<migrations::user::Migrator>().await;
        let clock = FixedClock::at("2026-03-01T12:00:00Z");
        let user = User::new(database.clone(), ambient(&clock), settings).await;
        Self {
            user: user.expect("the module opens"),
            clock,
            database,
        }
    }

    fn service(&self) -> &Service {
        &self.user.service
    }

    async fn register(&self, username: &str) -> Result<kernel::UserId, Error> {
        let account = self.ask(&operation(), registration(username)).await?;
        Ok(account.value.id)
    }

    /// Registers where the account is there at once.
    async fn ask(
        &self,
        operation: &Operation,
        wanted: Registration,
    ) -> Result<Outcome<Account>, Error> {
        match self.service().register(operation, wanted).await? {
            Registered::Account(outcome) => Ok(*outcome),
            Registered::Letter => panic!("a letter was sent instead of making the account"),
        }
    }

    async fn log_in(&self, login: &str, password: &str) -> Result<Tokens, Error> {
        let credentials = credentials(login, password);
        match self.service().log_in(&operation(), credentials).await? {
            LoggedIn::Tokens(tokens) => Ok(tokens),
            LoggedIn::Challenge { .. } => panic!("a second factor is owed"),
        }
    }

    /// The newest letter of a purpose, as its sender would ask for it.
    async fn letter(&self, purpose: Purpose) -> Option<Letter> {
        let slice = Slice::first(1);
        let page = store::proofs::list(self.database.read(), purpose, None, &slice).await;
        let newest = page.expect("the proofs").items.pop();
        let newest = newest.unwrap_or_else(|| panic!("no proof of the purpose {purpose:?}"));
        let letter = self.user.api().letter(newest.id).await;
        letter.expect("the module answers")
    }

    /// The secret of the newest letter's link.
    async fn link(&self, purpose: Purpose) -> SecretString {
        let letter = self.letter(purpose).await.expect("a letter");
        let url = letter.url.expect("a link");
        let (page, token) = url.split_once("#token=").expect("a secret behind the hash");
        assert!(page.starts_with("https://gopro.example/account/"), "{page}");
        token.to_owned().into()
    }

    /// The caller that a person's newest access token shows.
    async fn caller(&self, tokens: &Tokens) -> Caller {
        let caller = self.verifier().verify(&tokens.access_token).await;
        caller.expect("a good token")
    }

    async fn caller_named(&self, username: &str) -> Caller {
        let tokens = self.log_in(username, PASSWORD).await.expect("a session");
        let person = store::people::find_login(self.database.read(), username).await;
        let (person, _) = person.expect("a database").expect("a person");
        Caller {
            user_id: person.id,
            session_id: tokens.session_id,
            roles: person.roles,
            scope: String::new(),
        }
    }

    /// How many rows of the audit log have this action.
    async fn count_audited(&self, action: &str) -> usize {
        let query = crate::command::AuditQuery {
            action: Some(action.to_owned()),
            ..crate::command::AuditQuery::default()
        };
        let page = self.service().audit_log(&query, &Slice::first(100)).await;
        page.expect("the log").items.len()
    }

    fn verifier(&self) -> TokenVerifier {
        TokenVerifier::new(settings().token, self.user.api(), ambient(&self.clock))
    }
}

fn settings() -> Settings {
    Settings {
        token: TokenPolicy {
            issuer: "https://gopro.example".to_owned(),
            audience: "gopro".to_owned(),
            lifetime: Duration::from_secs(900),
        },
        master_key: "0123456789abcdef0123456789abcdef".to_owned().into(),
        session_idle: Duration::from_secs(30 * 24 * 3600),
        session_absolute: Duration::from_secs(90 * 24 * 3600),
        hash_lanes: 1,
        registration: RegistrationMode::Open,
        account_url: "https://gopro.example/account".to_owned(),
        mfa_roles: Vec::new(),
        breached_passwords: None,
        key_rotation: None,
        providers: Vec::new(),
        return_urls: Vec::new(),
    }
}

fn credentials(login: &str, password: &str) -> Credentials {
    Credentials {
        login: login.to_owned(),
        password: password.to_owned().into(),
        device: "test".to_owned(),
        address: "127.0.0.1".to_owned(),
    }
}

fn operation() -> Operation {
    Operation::system("test")
}

fn registration(username: &str) -> Registration {
    Registration {
        username: username.to_owned(),
        email: format!("{username}@example.org"),
        password: PASSWORD.to_owned().into(),
        display_name: None,
        locale: None,
        time_zone: None,
        invitation: None,
    }
}

#[tokio::test]
async fn names_and_addresses_are_unique_without_regard_to_case() {
    let room = Room::new().await;
    room.register("Ada").await.expect("the first");
    let again = room.register("aDA").await.expect_err("the same name");
    assert_eq!(again.code(), "user.taken");
    assert_eq!(again.fields()[0].pointer, "/username");
    let mut other = registration("bea");
    other.email = "ADA@Example.org".to_owned();
    let again = room.service().register(&operation(), other).await;
    assert_eq!(
        again.expect_err("the same address").fields()[0].pointer,
        "/email"
    );
}

#[tokio::test]
async fn a_password_must_be_long_and_hard_to_guess_and_all_faults_are_told_at_once() {
    let room = Room::new().await;
    for (password, code) in [
        ("short", "password_length"),
        ("password1234", "password_guessable"),
        ("adaadaadaada", "password_guessable"),
    ] {
        let mut wanted = registration("ada");
        wanted.password = password.to_owned().into();
        wanted.time_zone = Some("Mars/Olympus".to_owned());
        let error = room.service().register(&operation(), wanted).await;
        let fields = error.expect_err(password).fields();
        let codes: Vec<_> = fields.iter().map(|field| field.code.as_str()).collect();
        assert_eq!(codes, ["time_zone", code]);
    }
}

#[tokio::test]
async fn a_repeated_registration_with_one_key_makes_one_account() {
    let room = Room::new().await;
    let operation = Operation {
        idempotency: Some(IdempotencyKey {
            scope: "anonymous POST /auth/register".to_owned(),
            key: "k".to_owned(),
            fingerprint: "f".to_owned(),
        }),
        ..operation()
    };
    let first = room
        .ask(&operation, registration("ada"))
        .await
        .expect("the first");
    let second = room
        .ask(&operation, registration("ada"))
        .await
        .expect("the replay");
    assert!(!first.replayed && second.replayed);
    assert_eq!(first.value, second.value);
    let mut other = operation.clone();
    if let Some(key) = &mut other.idempotency {
        key.fingerprint = "g".to_owned();
    }
    let mismatch = room.service().register(&other, registration("bea")).await;
    assert_eq!(
        mismatch.expect_err("another body").code(),
        "idempotency.mismatch"
    );
}

#[tokio::test]
async fn a_login_by_name_or_address_gives_a_token_that_counts() {
    let room = Room::new().await;
    let id = room.register("ada").await.expect("registered");
    room.clock.advance(Span::seconds(2));
    for login in ["ada", "ADA", "Ada@Example.ORG"] {
        let tokens = room.log_in(login, PASSWORD).await.expect(login);
        let caller = room
            .verifier()
            .verify(&tokens.access_token)
            .await
            .expect("a good token");
        assert_eq!(caller.user_id, id);
        assert!(caller.has(Role::Student) && !caller.has(Role::Admin));
    }
}

#[tokio::test]
async fn a_token_runs_out_and_a_changed_one_never_counts() {
    let room = Room::new().await;
    room.register("ada").await.expect("registered");
    let tokens = room.log_in("ada", PASSWORD).await.expect("logged in");
    let verifier = room.verifier();
    let mut forged = tokens.access_token.clone();
    let last = if forged.ends_with('A') { "B" } else { "A" };
    forged.replace_range(forged.len() - 1.., last);
    // The last letter of a 64-byte signature holds padding bits, so change one before it too.
    let middle = forged.len() - 10;
    let other = if &forged[middle..=middle] == "A" {
        "B"
    } else {
        "A"
    };
    forged.replace_range(middle..=middle, other);
    assert!(verifier.verify(&forged).await.is_err());
    let header = "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0Iiwia2lkIjoieCJ9";
    let body = tokens.access_token.split('.').nth(1).expect("a body");
    assert!(verifier.verify(&format!("{header}.{body}.")).await.is_err());
    assert!(verifier.verify(&tokens.access_token).await.is_ok());
    room.clock.advance(Span::seconds(900 + 33));
    assert!(verifier.verify(&tokens.access_token).await.is_err());
}

#[tokio::test]
async fn failed_logins_are_slowed_down_for_known_and_unknown_names_alike() {
    let room = Room::new().await;
    room.register("ada").await.expect("registered");
    for name in ["ada", "nobody"] {
        for _ in 0..6 {
            let error = room
                .log_in(name, "wrong wrong wrong")
                .await
                .err()
                .expect("wrong");
            assert_eq!(error.code(), "auth.wrong_credentials");
        }
        let error = room.log_in(name, PASSWORD).await.err().expect("delayed");
        assert_eq!(error.code(), "auth.delayed");
        assert_eq!(error.retry_after(), Some(Duration::from_secs(1)));
    }
    room.clock.advance(Span::seconds(2));
    room.log_in("ada", PASSWORD)
        .await
        .expect("the owner gets in after the wait");
}

#[tokio::test]
async fn a_refresh_token_works_once_and_its_successor_goes_on() {
    let room = Room::new().await;
    room.register("ada").await.expect("registered");
    let first = room.log_in("ada", PASSWORD).await.expect("logged in");
    let second = room
        .service()
        .refresh(&operation(), &first.refresh_token.into())
        .await;
    let second = second.expect("the first rotation");
    room.clock.advance(Span::seconds(60));
    let third = room
        .service()
        .refresh(&operation(), &second.refresh_token.into())
        .await;
    assert_eq!(
        third.expect("the second rotation").session_id,
        first.session_id
    );
}

#[tokio::test]
async fn a_client_that_lost_the_answer_gets_through() {
    let room = Room::new().await;
    room.register("ada").await.expect("registered");
    let first = room.log_in("ada", PASSWORD).await.expect("logged in");
    let token = first.refresh_token.into();
    let lost = room
        .service()
        .refresh(&operation(), &token)
        .await
        .expect("answered");
    let raced = room.service().refresh(&operation(), &token).await;
    assert_eq!(raced.err().expect("at once").code(), "auth.refresh_raced");
    room.clock.advance(Span::seconds(5));
    let again = room
        .service()
        .refresh(&operation(), &token)
        .await
        .expect("asked again");
    let goes_on = room
        .service()
        .refresh(&operation(), &again.refresh_token.into())
        .await;
    let goes_on = goes_on.expect("goes on");
    // Who shows what nobody got is a second holder of the first one.
    let dead = room
        .service()
        .refresh(&operation(), &lost.refresh_token.into())
        .await;
    assert_eq!(
        dead.err().expect("taken back").code(),
        "auth.refresh_refused"
    );
    let over = room
        .service()
        .refresh(&operation(), &goes_on.refresh_token.into())
        .await;
    assert_eq!(over.err().expect("ended").code(), "auth.refresh_refused");
}

#[tokio::test]
async fn a_replayed_refresh_token_ends_the_session() {
    let room = Room::new().await;
    room.register("ada").await.expect("registered");
    let first = room.log_in("ada", PASSWORD).await.expect("logged in");
    let stolen = first.refresh_token.clone().into();
    let second = room
        .service()
        .refresh(&operation(), &stolen)
        .await
        .expect("rotated");
    let third = room
        .service()
        .refresh(&operation(), &second.refresh_token.into())
        .await;
    let third = third.expect("rotated again");
    room.clock.advance(Span::seconds(60));
    let replay = room.service().refresh(&operation(), &stolen).await;
    assert_eq!(
        replay.err().expect("a replay").code(),
        "auth.refresh_refused"
    );
    let owner = room
        .service()
        .refresh(&operation(), &third.refresh_token.into())
        .await;
    assert_eq!(owner.err().expect("ended").code(), "auth.refresh_refused");
    assert!(room.verifier().verify(&third.access_token).await.is_err());
    assert_eq!(room.count_told("user.suspicious_login.v1").await, 1);
    assert_eq!(room.count_audited("session.replayed").await, 1);
}

#[tokio::test]
async fn a_session_ends_when_it_is_idle_and_at_its_absolute_age() {
    let room = Room::new().await;
    room.register("ada").await.expect("registered");
    let idle = room.log_in("ada", PASSWORD).await.expect("logged in");
    room.clock.advance(Span::days(31));
    let late = room
        .service()
        .refresh(&operation(), &idle.refresh_token.into())
        .await;
    assert_eq!(late.err().expect("idle").code(), "auth.refresh_refused");
    let mut tokens = room.log_in("ada", PASSWORD).await.expect("logged in again");
    for _ in 0..4 {
        room.clock.advance(Span::days(20));
        let next = room
            .service()
            .refresh(&operation(), &tokens.refresh_token.into())
            .await;
        tokens = next.expect("within 90 days");
    }
    room.clock.advance(Span::days(11));
    let old = room
        .service()
        .refresh(&operation(), &tokens.refresh_token.into())
        .await;
    assert_eq!(
        old.err().expect("91 days old").code(),
        "auth.refresh_refused"
    );
}

#[tokio::test]
async fn logging_out_ends_the_access_token_at_once() {
    let room = Room::new().await;
    let id = room.register("ada").await.expect("registered");
    let tokens = room.log_in("ada", PASSWORD).await.expect("logged in");
    let other = room.log_in("ada", PASSWORD).await.expect("another device");
    let verifier = room.verifier();
    verifier.verify(&tokens.access_token).await.expect("good");
    room.service()
        .end_session(&operation(), id, tokens.session_id)
        .await
        .expect("ended");
    assert!(verifier.verify(&tokens.access_token).await.is_err());
    assert!(verifier.verify(&other.access_token).await.is_ok());
    let again = room
        .service()
        .end_session(&operation(), id, tokens.session_id)
        .await;
    assert_eq!(
        again.expect_err("ended before").code(),
        "user.session_not_found"
    );
    room.service()
        .end_all_sessions(&operation(), id, None)
        .await
        .expect("all ended");
    assert!(verifier.verify(&other.access_token).await.is_err());
}

fn set_up(token: &SecretString, username: &str) -> SetUp {
    SetUp {
        setup_token: token.clone(),
        email: format!("{username}@example.org"),
        username: username.to_owned(),
        password: PASSWORD.to_owned().into(),
    }
}

#[tokio::test]
async fn a_change_of_roles_counts_at_once_and_the_last_admin_stays() {
    let room = Room::new().await;
    let token = room
        .user
        .setup_token()
        .await
        .expect("asked")
        .expect("no admin yet");
    let wrong = room
        .service()
        .set_up(&operation(), set_up(&"x".to_owned().into(), "eve"))
        .await;
    assert_eq!(
        wrong.expect_err("a wrong token").code(),
        "auth.setup_refused"
    );
    let root = room
        .service()
        .set_up(&operation(), set_up(&token, "root"))
        .await
        .expect("set up")
        .value;
    let twice = room
        .service()
        .set_up(&operation(), set_up(&token, "eve"))
        .await;
    assert_eq!(twice.expect_err("used").code(), "auth.setup_refused");
    assert!(room.user.setup_token().await.expect("asked").is_none());
    let tokens = room.log_in("root", PASSWORD).await.expect("logged in");
    let verifier = room.verifier();
    verifier.verify(&tokens.access_token).await.expect("good");
    let demote = || AdminChange {
        roles: Some(vec![Role::Student].into()),
        disabled: None,
    };
    let last = room
        .service()
        .change(&operation(), root.id, &Expected::Any, demote())
        .await;
    assert_eq!(last.expect_err("the last one").code(), "user.last_admin");
    let second = room
        .user
        .create(&operation(), new_admin("second"))
        .await
        .expect("a second admin");
    let stale = Expected::OneOf(vec![7]);
    let stale = room
        .service()
        .change(&operation(), root.id, &stale, demote())
        .await;
    assert_eq!(stale.expect_err("stale").code(), "request.stale");
    room.clock.advance(Span::seconds(1));
    room.service()
        .change(&operation(), root.id, &Expected::Any, demote())
        .await
        .expect("demoted");
    assert!(
        verifier.verify(&tokens.access_token).await.is_err(),
        "the old token held the old role"
    );
    let next = room
        .service()
        .refresh(&operation(), &tokens.refresh_token.into())
        .await;
    let caller = verifier
        .verify(&next.expect("refreshed").access_token)
        .await
        .expect("good");
    assert!(!caller.has(Role::Admin));
    let shut_out = AdminChange {
        roles: None,
        disabled: Some(true),
    };
    let last = room
        .service()
        .change(&operation(), second, &Expected::Any, shut_out)
        .await;
    assert_eq!(last.expect_err("the last one").code(), "user.last_admin");
}

/// The ids of the keys whose signatures count.
pub(crate) async fn verifying(user: &User) -> Vec<String> {
    let keys = user.api().verifying_keys().await.expect("keys");
    keys.into_iter().map(|key| key.key_id).collect()
}

#[tokio::test]
async fn the_wrong_master_key_is_told_and_the_right_one_keeps_the_keys() {
    let room = Room::new().await;
    let keys = verifying(&room.user).await;
    let same = User::new(room.database.clone(), ambient(&room.clock), settings()).await;
    assert_eq!(verifying(&same.expect("the same key")).await, keys);
    let mut other = settings();
    other.master_key = "another master key of 32 letters".to_owned().into();
    let error = User::new(room.database.clone(), ambient(&room.clock), other).await;
    assert!(
        error
            .err()
            .expect("refused")
            .to_string()
            .contains("master key")
    );
}

#[tokio::test]
async fn others_see_names_and_the_mailer_sees_the_address() {
    let room = Room::new().await;
    let id = room.register("ada").await.expect("registered");
    let unknown = ambient(&room.clock).id();
    let people = room.service().people(&[id, unknown]).await.expect("asked");
    assert_eq!(people.len(), 1);
    assert_eq!(people[0].display_name, "ada");
    let contact = room
        .service()
        .contact(id)
        .await
        .expect("asked")
        .expect("known");
    assert_eq!(contact.email, "ada@example.org");
    assert!(
        room.service()
            .contact(unknown)
            .await
            .expect("asked")
            .is_none()
    );
}

fn keyed(scope: &str) -> Operation {
    Operation {
        idempotency: Some(IdempotencyKey {
            scope: scope.to_owned(),
            key: "k".to_owned(),
            fingerprint: "f".to_owned(),
        }),
        ..operation()
    }
}

fn new_admin(username: &str) -> NewAccount {
    NewAccount {
        id: None,
        username: username.to_owned(),
        email: format!("{username}@example.org"),
        password: PASSWORD.to_owned().into(),
        display_name: None,
        locale: None,
        time_zone: None,
        roles: vec![Role::Admin].into(),
    }
}

#[tokio::test]
async fn a_repeated_setup_with_one_key_gets_the_first_answer() {
    let room = Room::new().await;
    let token = room.user.setup_token().await.expect("asked").expect("one");
    let operation = keyed("anonymous POST /auth/setup");
    let mut weak = set_up(&"x".to_owned().into(), "root");
    weak.password = "short".to_owned().into();
    let stranger = room.service().set_up(&operation, weak).await;
    assert_eq!(
        stranger.expect_err("refused before anything else").code(),
        "auth.setup_refused"
    );
    let first = room
        .service()
        .set_up(&operation, set_up(&token, "root"))
        .await
        .expect("the first; the refused one left the key free");
    let second = room
        .service()
        .set_up(&operation, set_up(&token, "root"))
        .await
        .expect("the replay");
    assert!(!first.replayed && second.replayed);
    assert_eq!(first.value, second.value);
}

#[tokio::test]
async fn the_operators_accounts_keep_the_rules_for_names_and_addresses() {
    let room = Room::new().await;
    let mut account = new_admin("ada@example.org");
    account.email = "no address".to_owned();
    let error = room.user.create(&operation(), account).await;
    let fields = error.expect_err("two faults").fields();
    let pointers: Vec<_> = fields.iter().map(|field| field.pointer.as_str()).collect();
    assert_eq!(pointers, ["/username", "/email"]);
    for name in ["ab", "-ada", "ada.", "a b", "ädä"] {
        let mut account = new_admin(name);
        account.email = "ada@example.org".to_owned();
        let error = room.user.create(&operation(), account).await;
        assert_eq!(error.expect_err(name).fields()[0].pointer, "/username");
    }
    room.user
        .create(&operation(), new_admin("A.d_a-1"))
        .await
        .expect("a good name");
}

fn old_session(room: &Room, user: kernel::UserId) -> Session {
    let now = kernel::Clock::now(&room.clock);
    Session {
        id: ambient(&room.clock).id(),
        user_id: user,
        device: "test".to_owned(),
        address: "127.0.0.1".to_owned(),
        created_at: now,
        last_seen_at: now,
        authenticated_at: now,
        expires_at: now + Span::days(90),
        ended_at: None,
    }
}

#[tokio::test]
async fn the_hundred_and_first_session_ends_the_one_unseen_for_the_longest() {
    let room = Room::new().await;
    let id = room.register("ada").await.expect("registered");
    let oldest = old_session(&room, id);
    let db = room.database.writer();
    sessions::insert(db, &oldest).await.expect("inserted");
    room.clock.advance(Span::seconds(1));
    for _ in 0..99 {
        let session = old_session(&room, id);
        sessions::insert(db, &session).await.expect("inserted");
    }
    let tokens = room.log_in("ada", PASSWORD).await.expect("logged in");
    let open = room
        .service()
        .sessions(id, tokens.session_id)
        .await
        .expect("listed");
    assert_eq!(open.len(), 100);
    assert!(open.iter().any(|session| session.id == tokens.session_id));
    assert!(!open.iter().any(|session| session.id == oldest.id));
}

#[tokio::test]
async fn a_sweep_deletes_what_is_long_over_and_nothing_else() {
    let room = Room::new().await;
    let id = room.register("ada").await.expect("registered");
    let ended = room.log_in("ada", PASSWORD).await.expect("logged in");
    let open = room.log_in("ada", PASSWORD).await.expect("logged in");
    room.service()
        .end_session(&operation(), id, ended.session_id)
        .await
        .expect("ended");
    let wrong = room.log_in("nobody", "wrong wrong wrong").await;
    assert!(wrong.is_err());
    room.clock.advance(Span::hours(23));
    assert_eq!(room.user.sweep().await.expect("swept"), 0);
    room.clock.advance(Span::hours(2));
    assert_eq!(room.user.sweep().await.expect("swept"), 1, "the delay");
    room.clock.advance(Span::days(28));
    room.service()
        .refresh(&operation(), &open.refresh_token.into())
        .await
        .expect("still open");
    room.clock.advance(Span::days(1));
    assert_eq!(room.user.sweep().await.expect("swept"), 1, "the session");
    let digest =
        aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, ended.refresh_token.as_bytes());
    let token = sessions::find_token(room.database.read(), digest.as_ref()).await;
    assert!(token.expect("asked").is_none(), "its token went along");
    let left = room.service().sessions(id, open.session_id).await;
    assert_eq!(left.expect("listed").len(), 1);
}

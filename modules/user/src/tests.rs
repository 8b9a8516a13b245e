//! Rules without HTTP, on a real database: what the tests of all rooms share, and the ways of a user
//! through several of them.

mod races;
mod takeover;

use std::time::Duration;

use chrono::Duration as Span;
use contracts::user::EmailContent;
use kernel::Caller;
use kernel::{IdempotencyKey, Operation, Outcome, PageRequest, Role, SecretString};
use rest::TokenVerifier;
use testkit::{FixedClock, TestDatabase, env};
use token::TokenPolicy;

use crate::accounts::{Account, Register, Registered, SetUp};
use crate::audit::AuditQuery;
use crate::credentials::{ChangePassword, LogIn};
use crate::domain::Purpose;
use crate::sessions::{Client, LoginAnswer, TokenPair, refresh_tokens};
use crate::{Error, NewAccount, RegistrationMode, Settings, User};
use crate::{one_time_tokens, users};

pub(crate) const PASSWORD: &str = "correct horse battery staple";

pub(crate) struct ModuleTest {
    pub user: User,
    pub clock: FixedClock,
    pub database: TestDatabase,
}

impl ModuleTest {
    pub(crate) async fn new() -> Self {
        Self::with(settings()).await
    }

    pub(crate) async fn with(settings: Settings) -> Self {
        let database = TestDatabase::new::<migrations::user::Migrator>().await;
        let clock = FixedClock::at("2026-03-01T12:00:00Z");
        let user = User::new(database.clone(), env(&clock), settings).await;
        Self {
            user: user.expect("the module opens"),
            clock,
            database,
        }
    }

    pub(crate) async fn register(&self, username: &str) -> Result<kernel::UserId, Error> {
        let account = self
            .register_with(&operation(), registration(username))
            .await?;
        Ok(account.value.id)
    }

    /// Registers where the account is there at once.
    pub(crate) async fn register_with(
        &self,
        operation: &Operation,
        wanted: Register,
    ) -> Result<Outcome<Account>, Error> {
        match self.user.accounts.register(operation, wanted).await? {
            Registered::Account(outcome) => Ok(*outcome),
            Registered::EmailSent => panic!("an email was sent instead of making the account"),
        }
    }

    pub(crate) async fn log_in(&self, login: &str, password: &str) -> Result<TokenPair, Error> {
        let (body, client) = credentials(login, password);
        match self
            .user
            .credentials
            .log_in(&operation(), body, client)
            .await?
        {
            LoginAnswer::Tokens(tokens) => Ok(tokens),
            LoginAnswer::Challenge(_) => panic!("a second factor is owed"),
        }
    }

    /// The newest email of a purpose, as its sender would request it.
    pub(crate) async fn email(&self, purpose: Purpose) -> Option<EmailContent> {
        let page_request = PageRequest::first(1);
        let page = one_time_tokens::list(self.database.read(), purpose, None, &page_request).await;
        let newest = page.expect("the tokens").items.pop();
        let newest = newest.unwrap_or_else(|| panic!("no token of the purpose {purpose:?}"));
        let mail = self.user.api().email_content(newest.id).await;
        mail.expect("the module answers")
    }

    /// The secret of the newest email's link.
    pub(crate) async fn link(&self, purpose: Purpose) -> SecretString {
        let mail = self.email(purpose).await.expect("an email");
        let url = mail.url.expect("a link");
        let (page, token) = url.split_once("#token=").expect("a secret behind the hash");
        assert!(page.starts_with("https://gopro.example/account/"), "{page}");
        token.to_owned().into()
    }

    /// Opens the link of a change of address, with the password of everybody here.
    pub(crate) async fn open_change(&self, link: &SecretString) -> Result<Account, Error> {
        let password = PASSWORD.to_owned().into();
        let verification = &self.user.verification;
        verification
            .verify(&operation(), link, Some(&password))
            .await
    }

    /// The caller that a user's newest access token shows.
    pub(crate) async fn caller(&self, tokens: &TokenPair) -> Caller {
        let caller = self.verifier().verify(&tokens.access_token).await;
        caller.expect("a good token")
    }

    pub(crate) async fn caller_named(&self, username: &str) -> Caller {
        let tokens = self.log_in(username, PASSWORD).await.expect("a session");
        let account = users::find_login(self.database.read(), username).await;
        let (account, _) = account.expect("a database").expect("a user");
        Caller {
            user_id: account.id,
            session_id: tokens.session_id,
            roles: account.roles,
            scope: String::new(),
        }
    }

    /// How many rows of the audit log have this action.
    pub(crate) async fn count_audited(&self, action: &str) -> usize {
        let query = AuditQuery {
            action: Some(action.to_owned()),
            ..AuditQuery::default()
        };
        let page = self.user.audit.list(&query, &PageRequest::first(100)).await;
        page.expect("the log").items.len()
    }

    pub(crate) fn verifier(&self) -> TokenVerifier {
        TokenVerifier::new(settings().token, self.user.api(), env(&self.clock))
    }
}

pub(crate) fn settings() -> Settings {
    Settings {
        token: TokenPolicy {
            issuer: "https://gopro.example".to_owned(),
            audience: "gopro".to_owned(),
            lifetime: Duration::from_secs(900),
        },
        master_key: "0123456789abcdef0123456789abcdef".to_owned().into(),
        session_idle: Duration::from_secs(30 * 24 * 3600),
        session_absolute: Duration::from_secs(90 * 24 * 3600),
        hash_concurrency: 1,
        registration: RegistrationMode::Open,
        account_url: "https://gopro.example/account".to_owned(),
        mfa_roles: Vec::new(),
        breached_passwords: None,
        key_rotation: None,
        ca_pem: String::new(),
        providers: Vec::new(),
        return_urls: Vec::new(),
    }
}

pub(crate) fn credentials(login: &str, password: &str) -> (LogIn, Client) {
    let body = LogIn {
        login: login.to_owned(),
        password: password.to_owned().into(),
        device_token: None,
        device: Some("test".to_owned()),
    };
    let client = Client {
        agent: String::new(),
        ip_address: "127.0.0.1".to_owned(),
    };
    (body, client)
}

pub(crate) fn changing(current: &SecretString, new: &SecretString) -> ChangePassword {
    ChangePassword {
        current_password: current.clone(),
        new_password: new.clone(),
        keep_api_tokens: false,
    }
}

pub(crate) fn operation() -> Operation {
    Operation::system("test")
}

pub(crate) fn registration(username: &str) -> Register {
    Register {
        username: username.to_owned(),
        email: format!("{username}@example.org"),
        password: PASSWORD.to_owned().into(),
        display_name: None,
        locale: None,
        time_zone: None,
        invitation: None,
    }
}

pub(crate) fn create_first_admin(token: &SecretString, username: &str) -> SetUp {
    SetUp {
        setup_token: token.clone(),
        email: format!("{username}@example.org"),
        username: username.to_owned(),
        password: PASSWORD.to_owned().into(),
    }
}

#[tokio::test]
async fn others_see_names_and_the_email_sender_sees_the_address() {
    let test = ModuleTest::new().await;
    let id = test.register("ada").await.expect("registered");
    let unknown = env(&test.clock).id();
    let users = test
        .user
        .api()
        .find_users(&[id, unknown])
        .await
        .expect("asked");
    assert_eq!(users.len(), 1);
    assert_eq!(users[0].display_name, "ada");
    let contact = test
        .user
        .api()
        .contact(id)
        .await
        .expect("asked")
        .expect("known");
    assert_eq!(contact.email, "ada@example.org");
    assert!(
        test.user
            .api()
            .contact(unknown)
            .await
            .expect("asked")
            .is_none()
    );
}

pub(crate) fn keyed(scope: &str) -> Operation {
    Operation {
        idempotency: Some(IdempotencyKey {
            scope: scope.to_owned(),
            key: "k".to_owned(),
            fingerprint: "f".to_owned(),
        }),
        ..operation()
    }
}

pub(crate) fn new_admin(username: &str) -> NewAccount {
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
async fn a_sweep_deletes_what_is_long_over_and_nothing_else() {
    let test = ModuleTest::new().await;
    let id = test.register("ada").await.expect("registered");
    let ended = test.log_in("ada", PASSWORD).await.expect("logged in");
    let open = test.log_in("ada", PASSWORD).await.expect("logged in");
    test.user
        .sessions
        .end(&operation(), id, ended.session_id)
        .await
        .expect("ended");
    let wrong = test.log_in("nobody", "wrong wrong wrong").await;
    assert!(wrong.is_err());
    test.clock.advance(Span::hours(23));
    assert_eq!(test.user.sweep().await.expect("swept"), 0);
    test.clock.advance(Span::hours(2));
    assert_eq!(test.user.sweep().await.expect("swept"), 2, "the delays");
    test.clock.advance(Span::days(28));
    test.user
        .sessions
        .refresh(&operation(), &open.refresh_token.into())
        .await
        .expect("still open");
    test.clock.advance(Span::days(1));
    assert_eq!(test.user.sweep().await.expect("swept"), 1, "the session");
    let digest =
        aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, ended.refresh_token.as_bytes());
    let token = refresh_tokens::find(test.database.read(), digest.as_ref()).await;
    assert!(token.expect("asked").is_none(), "its token went along");
    let left = test.user.sessions.list(id, open.session_id).await;
    assert_eq!(left.expect("listed").len(), 1);
}

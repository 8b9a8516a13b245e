//! What each event in the life of an account ends.

use chrono::Duration as Span;
use kernel::Caller;
use kernel::{Fault, Role, SecretString};
use sea_orm::Iterable;

use crate::accounts::ChangeUser;
use crate::accounts::CreateInvitation;
use crate::credentials::ChangePassword;
use crate::domain::Purpose;
use crate::error::Error;
use crate::mfa::tests::enrolled;
use crate::revocation::{AccountEvent, Credential, Extent};
use crate::sessions::CreateApiToken;
use crate::sessions::LoginAnswer;
use crate::tests::{ModuleTest, PASSWORD, new_admin, operation, registration};

const OTHER: &str = "another horse battery staple";
const MODEL: &str = "../../docs/security/model.md";

fn event_named(title: &str) -> Option<AccountEvent> {
    Some(match title {
        "password changed" => AccountEvent::PasswordChanged,
        "password changed, API tokens kept" => AccountEvent::PasswordChangedKeepingTokens,
        "password reset by link" => AccountEvent::PasswordReset,
        "password reset by link, address never verified before" => {
            AccountEvent::PasswordResetUnverified
        }
        "reset started by an administrator" => AccountEvent::ResetStarted,
        "email address changed" => AccountEvent::EmailChanged,
        "change of address undone" => AccountEvent::EmailRestored,
        "change of address undone, address never verified before" => {
            AccountEvent::EmailRestoredUnverified
        }
        "account disabled" => AccountEvent::Disabled,
        "account enabled" => AccountEvent::Enabled,
        "roles changed" => AccountEvent::RolesChanged,
        "erasure requested" => AccountEvent::ErasureRequested,
        "erasure canceled" => AccountEvent::ErasureCancelled,
        "account erased" => AccountEvent::Erased,
        "second factor enabled" => AccountEvent::FactorEnabled,
        "second factor disabled by its owner" => AccountEvent::FactorDisabled,
        "second factor removed by an administrator" => AccountEvent::FactorRemoved,
        "identity linked" => AccountEvent::IdentityLinked,
        "identity unlinked" => AccountEvent::IdentityUnlinked,
        _ => return None,
    })
}

fn credential_named(title: &str) -> Credential {
    match title {
        "sessions" => Credential::Sessions,
        "API tokens" => Credential::ApiTokens,
        "linked identities" => Credential::Identities,
        "second factor" => Credential::SecondFactor,
        "invitations sent" => Credential::Invitations,
        "data exports" => Credential::Exports,
        "`mfa_token`s" => Credential::Challenges,
        "codes of a provider sign-in" => Credential::SignInCodes,
        "linking under way" => Credential::LinkFlows,
        "reset links" => Credential::ResetLinks,
        "verify links" => Credential::VerifyLinks,
        "change links" => Credential::ChangeLinks,
        "undo links" => Credential::UndoLinks,
        "keep links" => Credential::KeepLinks,
        other => panic!("the code knows no {other}"),
    }
}

fn word(extent: Option<Extent>) -> &'static str {
    match extent {
        None => "stays",
        Some(Extent::All) => "ends",
        Some(Extent::Others) => "others end",
        Some(Extent::Newer) => "newer end",
        Some(Extent::BeyondRoles) => "beyond roles ends",
        Some(Extent::BeyondStudent) => "beyond student ends",
    }
}

#[test]
fn the_document_says_what_the_code_ends() {
    let model = std::fs::read_to_string(MODEL).expect("the model");
    let reasons = model.lines().filter_map(|line| {
        let (number, _) = line.split_once(". ")?;
        number.parse::<u32>().ok()
    });
    let reasons: Vec<u32> = reasons.collect();
    let mut columns = Vec::new();
    let mut cells = 0;
    for line in model.lines().filter(|line| line.starts_with("| ")) {
        let row: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        if row[0] == "event" {
            columns = row[1..]
                .iter()
                .map(|title| credential_named(title))
                .collect();
            continue;
        }
        let Some(event) = event_named(row[0]) else {
            continue;
        };
        for (cell, credential) in row[1..].iter().zip(&columns) {
            let (said, reason) = cell.split_once(" (").unwrap_or((cell, ""));
            let ends = event.ends(*credential);
            assert_eq!(said, word(ends), "{event:?} {credential:?}");
            let number = reason.trim_end_matches(')').parse::<u32>().ok();
            let given = number.is_some_and(|number| reasons.contains(&number));
            assert_eq!(given, ends.is_none(), "what stays has a reason: {event:?}");
            cells += 1;
        }
    }
    let all = AccountEvent::iter().count() * Credential::iter().count();
    assert_eq!(cells, all, "every event and credential has its cell");
}

async fn token_of(test: &ModuleTest, caller: &Caller) -> Result<SecretString, Error> {
    let wanted = CreateApiToken {
        name: "script".to_owned(),
        scopes: vec!["profile:read".to_owned()],
        expires_in_days: 30,
    };
    let made = &test.user;
    let made = made
        .sessions
        .create_api_token(&operation(), caller, wanted)
        .await?;
    Ok(made.value.token.expect("a secret").into())
}

async fn counts(test: &ModuleTest, token: &SecretString) -> bool {
    let exchanged = test.user.sessions.exchange_api_token(token).await;
    exchanged.expect("an answer").is_some()
}

async fn reset(test: &ModuleTest, new: &str) {
    let (op, new) = (operation(), new.to_owned().into());
    // So that this email is the newest.
    test.clock.advance(Span::seconds(1));
    let forgot = test.user.credentials.request_reset(&op, "ada@example.org");
    forgot.await.expect("asked");
    let link = test.link(Purpose::ResetPassword).await;
    let done = test.user.credentials.reset(&op, &link, &new);
    done.await.expect("reset");
}

#[tokio::test]
async fn who_registered_with_somebody_elses_address_loses_everything_to_its_owner() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("by a stranger");
    let stranger = test.caller_named("ada").await;
    let token = token_of(&test, &stranger).await.expect("made");
    enrolled(&test).await;
    reset(&test, OTHER).await;
    assert!(!counts(&test, &token).await, "the token is the stranger's");
    test.log_in("ada", OTHER)
        .await
        .expect("no code of a stranger's phone is asked for");
    assert_eq!(test.count_published("user.mfa_changed.v1").await, 2);
}

#[tokio::test]
async fn a_reset_by_who_showed_both_address_and_password_before_leaves_the_second_factor() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("registered");
    let link = test.link(Purpose::VerifyEmail).await;
    let verify = async |password: &str| {
        let password = SecretString::from(password.to_owned());
        let verified = &test.user;
        verified
            .verification
            .verify(&operation(), &link, Some(&password))
            .await
            .map_err(|error| error.code().to_owned())
    };
    let wrong = verify("wrong wrong wrong").await;
    assert_eq!(wrong.expect_err("wrong"), "auth.password_invalid");
    verify(PASSWORD).await.expect("the link still counts");
    enrolled(&test).await;
    reset(&test, OTHER).await;
    let (body, client) = crate::tests::credentials("ada", OTHER);
    let login = test
        .user
        .credentials
        .log_in(&operation(), body, client)
        .await;
    let challenged = matches!(login, Ok(LoginAnswer::Challenge(_)));
    assert!(challenged, "a mailbox is no second factor");
}

#[tokio::test]
async fn a_changed_password_ends_api_tokens_unless_the_user_keeps_them() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("registered");
    let op = operation();
    let mut passwords = [PASSWORD, OTHER];
    for keep_api_tokens in [true, false] {
        test.clock.advance(Span::seconds(2));
        let tokens = test.log_in("ada", passwords[0]).await.expect("a session");
        let caller = test.caller(&tokens).await;
        let token = token_of(&test, &caller).await.expect("made");
        let [current, new] = passwords.map(|text| SecretString::from(text.to_owned()));
        let change = ChangePassword {
            current_password: current,
            new_password: new,
            keep_api_tokens,
        };
        let changed = test.user.credentials.change_password(&op, &caller, change);
        changed.await.expect("changed");
        assert_eq!(counts(&test, &token).await, keep_api_tokens);
        passwords.reverse();
    }
}

#[tokio::test]
async fn no_link_that_went_to_an_address_counts_once_the_address_is_gone() {
    let test = ModuleTest::new().await;
    let op = operation();
    test.register("ada").await.expect("registered");
    let verify = test.link(Purpose::VerifyEmail).await;
    let forgot = test.user.credentials.request_reset(&op, "ada@example.org");
    forgot.await.expect("asked");
    let old = test.link(Purpose::ResetPassword).await;
    let caller = test.caller_named("ada").await;
    let ask = async |email: &str| {
        let asked = &test.user;
        let asked = asked.verification.request_change(&op, &caller, email).await;
        asked.expect("asked");
        test.clock.advance(Span::seconds(1));
        test.link(Purpose::ChangeEmail).await
    };
    let pending = ask("ada@later.example").await;
    let change = ask("ada@new.example").await;
    let moved = test.open_change(&change).await;
    moved.expect("moved");
    let new = OTHER.to_owned().into();
    let by_old = test.user.credentials.reset(&op, &old, &new).await;
    assert_eq!(by_old.expect_err("gone").code(), "auth.link_invalid");
    for link in [verify, pending] {
        let by_old = test.user.verification.verify(&op, &link, None).await;
        assert_eq!(by_old.expect_err("gone").code(), "auth.link_invalid");
    }
}

#[tokio::test]
async fn taking_a_later_change_of_address_back_does_not_end_the_undo_of_an_earlier_one() {
    let test = ModuleTest::new().await;
    let op = operation();
    test.register("ada").await.expect("registered");
    let mut undos = Vec::new();
    for email in ["eve@one.example", "eve@two.example"] {
        let thief = test.caller_named("ada").await;
        let asked = test
            .user
            .verification
            .request_change(&op, &thief, email)
            .await;
        asked.expect("asked");
        let link = test.link(Purpose::ChangeEmail).await;
        let moved = test.open_change(&link).await;
        moved.expect("moved");
        undos.push(test.link(Purpose::UndoEmail).await);
        test.clock.advance(Span::minutes(1));
    }
    let back = test.user.verification.verify(&op, &undos[1], None).await;
    assert_eq!(back.expect("back").email, "eve@one.example");
    test.clock.advance(Span::minutes(1));
    let back = test.user.verification.verify(&op, &undos[0], None).await;
    let back = back.expect("the owner's still counts");
    assert_eq!(back.email, "ada@example.org");
}

#[tokio::test]
async fn an_undo_leaves_the_second_factor_that_was_there_before_the_change() {
    let test = ModuleTest::new().await;
    let op = operation();
    test.register("ada").await.expect("registered");
    let link = test.link(Purpose::VerifyEmail).await;
    let password = SecretString::from(PASSWORD.to_owned());
    let verified = &test.user;
    let verified = verified
        .verification
        .verify(&op, &link, Some(&password))
        .await;
    verified.expect("verified");
    let (phone, _) = enrolled(&test).await;
    let owed = crate::mfa::tests::challenged(&test).await;
    test.clock.advance(Span::minutes(1));
    let tokens = crate::mfa::tests::answer(&test, &owed, &phone.code(&test)).await;
    let caller = test.caller(&tokens.expect("in")).await;
    let asked = &test.user;
    let asked = asked
        .verification
        .request_change(&op, &caller, "ada@new.example");
    asked.await.expect("asked");
    let link = test.link(Purpose::ChangeEmail).await;
    test.open_change(&link).await.expect("moved");
    test.clock.advance(Span::minutes(1));
    let undo = test.link(Purpose::UndoEmail).await;
    test.user
        .verification
        .verify(&op, &undo, None)
        .await
        .expect("back");
    reset(&test, OTHER).await;
    let (body, client) = crate::tests::credentials("ada", OTHER);
    let login = test.user.credentials.log_in(&op, body, client).await;
    assert!(matches!(login, Ok(LoginAnswer::Challenge(_))));
}

#[tokio::test]
async fn what_ended_with_a_disabled_account_does_not_come_back_with_it() {
    let test = ModuleTest::new().await;
    let op = operation();
    let ada = test.register("ada").await.expect("registered");
    let caller = test.caller_named("ada").await;
    let token = token_of(&test, &caller).await.expect("made");
    for disabled in [true, false] {
        let change = ChangeUser {
            roles: None,
            disabled: Some(disabled),
        };
        let any = kernel::Expected::Any;
        let changed = test.user.accounts.change(&op, ada, &any, change).await;
        changed.expect("changed");
    }
    assert!(!counts(&test, &token).await);
    let late = token_of(&test, &caller).await;
    assert_eq!(late.expect_err("ended").code(), "auth.step_up_required");
}

#[tokio::test]
async fn nobody_starts_a_reset_of_a_disabled_account_because_its_link_would_not_count() {
    let test = ModuleTest::new().await;
    let op = operation();
    let ada = test.register("ada").await.expect("registered");
    test.user
        .create(&op, new_admin("root"))
        .await
        .expect("made");
    let root = test.caller_named("root").await;
    let change = ChangeUser {
        roles: None,
        disabled: Some(true),
    };
    let any = kernel::Expected::Any;
    let changed = test.user.accounts.change(&op, ada, &any, change).await;
    changed.expect("disabled");
    let started = test.user.credentials.start_reset(&op, &root, ada).await;
    assert_eq!(started.expect_err("no use").code(), "user.disabled");
}

#[tokio::test]
async fn an_invitation_counts_only_as_long_as_its_sender_may_send_it() {
    let test = ModuleTest::new().await;
    let op = operation();
    for name in ["root", "rita"] {
        test.user.create(&op, new_admin(name)).await.expect("made");
    }
    let rita = test.caller_named("rita").await;
    let mut links = Vec::new();
    for (name, role) in [("ida", Role::Instructor), ("stan", Role::Student)] {
        let wanted = CreateInvitation {
            email: format!("{name}@example.org"),
            roles: Some(vec![role]),
            locale: None,
        };
        let made = test.user.accounts.invite(&op, &rita, wanted).await;
        made.expect("invited");
        test.clock.advance(Span::seconds(1));
        links.push((name, test.link(Purpose::Invite).await));
    }
    let demoted = ChangeUser {
        roles: Some(vec![Role::Instructor]),
        disabled: None,
    };
    let any = kernel::Expected::Any;
    let changed = test.user.accounts.change(&op, rita.user_id, &any, demoted);
    changed.await.expect("demoted");
    let mut codes = Vec::new();
    for (name, link) in links {
        let mut wanted = registration(name);
        wanted.invitation = Some(link);
        let made = test.register_with(&op, wanted).await;
        codes.push(made.map_or_else(|error| error.code().to_owned(), |_| "ok".to_owned()));
    }
    assert_eq!(codes, ["auth.link_invalid", "ok"]);
}

#[tokio::test]
async fn an_undeliverable_address_is_rejected_and_every_spelling_is_one_account() {
    let test = ModuleTest::new().await;
    let op = operation();
    let mut quoted = registration("ada");
    quoted.email = "\"\\ada\"@EXAMPLE.org".to_owned();
    let made = test.register_with(&op, quoted).await.expect("made").value;
    assert_eq!(made.email, "ada@example.org", "as it is written to");
    let mail = test.email(Purpose::VerifyEmail).await.expect("an email");
    assert_eq!(mail.email, "ada@example.org");
    let mut again = registration("bea");
    again.email = "\"ada\"@example.org".to_owned();
    let again = test
        .register_with(&op, again)
        .await
        .expect_err("the same address");
    assert_eq!(again.fields()[0].code, "taken");
    test.log_in("\"ada\"@example.org", PASSWORD)
        .await
        .expect("an address is what it stands for at the login, too");
    let caller = test.caller_named("ada").await;
    let mut operator = new_admin("root");
    operator.email = "\"@\"@example.org".to_owned();
    let by_operator = test.user.create(&op, operator).await;
    let mut stranger = registration("eve");
    stranger.email = "\"@\"@example.org".to_owned();
    let by_stranger = test.register_with(&op, stranger).await.map(drop);
    let change = &test.user;
    let change = change
        .verification
        .request_change(&op, &caller, "\"@\"@example.org");
    for refused in [by_operator.map(drop), by_stranger, change.await] {
        let fields = refused.expect_err("no mail gets there").fields();
        assert_eq!(
            (fields[0].pointer.as_str(), fields[0].code.as_str()),
            ("/email", "format")
        );
    }
}

#[tokio::test]
async fn an_export_is_handed_out_only_to_who_has_lately_shown_who_they_are() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("registered");
    let caller = test.caller_named("ada").await;
    let asked = test
        .user
        .privacy
        .request_export(&operation(), &caller)
        .await;
    let id = asked.expect("asked").value.id;
    test.clock.advance(Span::minutes(11));
    let late = test.download(&caller, id).await;
    assert_eq!(late.expect_err("late").code(), "auth.step_up_required");
    let again = crate::mfa::Again::Password(PASSWORD.to_owned().into());
    let shown = test.user.mfa.step_up(&operation(), &caller, again).await;
    shown.expect("shown");
    let unready = test.download(&caller, id).await;
    assert_eq!(unready.expect_err("early").code(), "user.export_not_ready");
}

#[tokio::test]
async fn no_spelling_of_an_address_gives_more_tries() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("registered");
    for name in ["ada", "bea"] {
        let (first, rest) = name.split_at(1);
        let spellings = [
            format!("{name}@example.org"),
            format!("\"{name}\"@example.org"),
            format!("\"\\{name}\"@example.org"),
            format!("\"{first}\\{rest}\"@EXAMPLE.org"),
        ];
        let mut codes = Vec::new();
        for number in 0..7 {
            let spelling = &spellings[number % spellings.len()];
            let tried = test.log_in(spelling, "wrong wrong wrong").await;
            codes.push(tried.err().expect("wrong").code().to_owned());
        }
        let last = codes.pop();
        assert_eq!(
            last.as_deref(),
            Some("auth.too_many_attempts"),
            "{name}: {codes:?}"
        );
    }
}

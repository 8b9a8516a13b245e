//! The ways in: open, verified, invited, closed.

use kernel::Caller;
use kernel::{Fault, PageRequest, Role};
use serde_json::json;

use super::super::registered::Registered;
use super::super::request::CreateInvitation;
use crate::audit::AuditQuery;
use crate::domain::Purpose;
use crate::domain::RegistrationMode;
use crate::tests::{ModuleTest, PASSWORD, operation, registration, settings};

async fn module_test(mode: RegistrationMode) -> ModuleTest {
    let mut settings = settings();
    settings.registration = mode;
    ModuleTest::with(settings).await
}

impl ModuleTest {
    /// How many emails to those who register were written.
    async fn count_waiting(&self) -> usize {
        let page_request = kernel::PageRequest::first(50);
        let db = self.database.read();
        let tokens = crate::one_time_tokens::list(db, Purpose::Register, None, &page_request).await;
        tokens.expect("the tokens").items.len()
    }
}

fn caller(test: &ModuleTest, roles: &[Role]) -> Caller {
    Caller {
        user_id: testkit::env(&test.clock).id(),
        session_id: testkit::env(&test.clock).id(),
        roles: roles.to_vec().into(),
        scope: String::new(),
    }
}

fn invite(email: &str, roles: &[Role]) -> CreateInvitation {
    CreateInvitation {
        email: email.to_owned(),
        roles: Some(roles.to_vec()),
        locale: None,
    }
}

#[tokio::test]
async fn where_addresses_are_verified_the_account_comes_with_the_link() {
    let test = module_test(RegistrationMode::Verified).await;
    let answer = test
        .user
        .accounts
        .register(&operation(), registration("ada"))
        .await;
    assert!(matches!(answer, Ok(Registered::EmailSent)));
    let early = test.log_in("ada", PASSWORD).await;
    assert_eq!(
        early.err().expect("no account yet").code(),
        "auth.credentials_invalid"
    );
    let mail = test.email(Purpose::Register).await.expect("an email");
    assert_eq!(mail.email, "ada@example.org");
    let link = test.link(Purpose::Register).await;
    let account = test
        .user
        .verification
        .verify(&operation(), &link, None)
        .await;
    assert!(account.expect("made").email_verified);
    test.log_in("ada", PASSWORD).await.expect("logged in");
    let again = test
        .user
        .verification
        .verify(&operation(), &link, None)
        .await;
    assert_eq!(again.expect_err("used").code(), "auth.link_invalid");
}

#[tokio::test]
async fn a_known_address_is_notified_by_email_and_the_answer_is_the_same() {
    let test = module_test(RegistrationMode::Verified).await;
    let first = test
        .user
        .accounts
        .register(&operation(), registration("ada"))
        .await;
    assert!(matches!(first, Ok(Registered::EmailSent)));
    let link = test.link(Purpose::Register).await;
    test.user
        .verification
        .verify(&operation(), &link, None)
        .await
        .expect("made");
    let mut again = registration("eve");
    again.email = "ADA@example.org".to_owned();
    let answer = test.user.accounts.register(&operation(), again).await;
    assert!(matches!(answer, Ok(Registered::EmailSent)));
    let mail = test.email(Purpose::RegisterAgain).await.expect("an email");
    assert_eq!(mail.email, "ada@example.org");
    assert!(mail.url.is_none(), "it informs and opens nothing");
}

#[tokio::test]
async fn each_registration_of_an_address_has_its_link_and_one_wins() {
    let test = module_test(RegistrationMode::Verified).await;
    let mut links = Vec::new();
    for name in ["ada1", "ada2"] {
        let mut wanted = registration(name);
        wanted.email = "ada@example.org".to_owned();
        test.clock.advance(chrono::Duration::seconds(1));
        test.user
            .accounts
            .register(&operation(), wanted)
            .await
            .expect("an email");
        links.push(test.link(Purpose::Register).await);
    }
    for _ in 0..3 {
        let resent = test
            .user
            .verification
            .resend(&operation(), "ada@example.org")
            .await;
        resent.expect("answered");
    }
    let waiting = test.count_waiting().await;
    assert_eq!(waiting, 2, "nobody is led to the registration of another");
    // Who registers an address later does not take the place of who did so before.
    let first = test
        .user
        .verification
        .verify(&operation(), &links[0], None)
        .await;
    assert_eq!(first.expect("an account").username, "ada1");
    // Who reads the emails cannot know whose link it was, so the password of neither counts.
    let login = test.log_in("ada1", PASSWORD).await;
    assert_eq!(
        login.err().expect("contested").code(),
        "auth.password_reset_required"
    );
    let mail = test.email(Purpose::ResetPassword).await.expect("an email");
    assert_eq!(mail.email, "ada@example.org");
    let late = test
        .user
        .verification
        .verify(&operation(), &links[1], None)
        .await;
    assert_eq!(late.expect_err("too late").code(), "auth.link_invalid");
}

#[tokio::test]
async fn a_registration_sends_at_most_five_emails_an_hour() {
    let test = module_test(RegistrationMode::Verified).await;
    test.user
        .accounts
        .register(&operation(), registration("ada"))
        .await
        .expect("an email");
    for _ in 0..10 {
        let resent = test
            .user
            .verification
            .resend(&operation(), "ada@example.org")
            .await;
        resent.expect("answered");
    }
    assert_eq!(test.count_waiting().await, 5);
    let link = test.link(Purpose::Register).await;
    let made = test
        .user
        .verification
        .verify(&operation(), &link, None)
        .await;
    made.expect("an account");
    test.clock.advance(chrono::Duration::hours(2));
    let again = &test.user;
    again
        .verification
        .resend(&operation(), "ada@example.org")
        .await
        .expect("answered");
    assert_eq!(test.count_waiting().await, 5, "there is nothing to verify");
}

#[tokio::test]
async fn an_invitation_makes_one_account_with_the_roles_that_it_names() {
    let test = module_test(RegistrationMode::Invite).await;
    let alone = test
        .user
        .accounts
        .register(&operation(), registration("ada"))
        .await;
    assert_eq!(
        alone.expect_err("not invited").code(),
        "auth.invitation_required"
    );
    test.user
        .create(&operation(), crate::tests::new_admin("root"))
        .await
        .expect("an administrator");
    let admin = test.caller_named("root").await;
    let roles = [Role::Student, Role::Instructor];
    let made = test
        .user
        .accounts
        .invite(&operation(), &admin, invite("ada@example.org", &roles))
        .await;
    made.expect("invited");
    let link = test.link(Purpose::Invite).await;
    let mut wanted = registration("ada");
    wanted.invitation = Some(link.clone());
    let account = test
        .register_with(&operation(), wanted)
        .await
        .expect("made")
        .value;
    assert_eq!(account.roles, roles);
    assert!(account.email_verified, "the link came by that address");
    let filter = AuditQuery {
        action: Some("invitation.accepted".to_owned()),
        ..AuditQuery::default()
    };
    let log = test.user.audit.list(&filter, &PageRequest::first(9)).await;
    let log = log.expect("the log").items;
    assert_eq!(log[0].subject, Some(account.id));
    assert_eq!(log[0].detail["invited_by"], json!(admin.user_id));
    let again = invite("ADA@example.org", &[Role::Student]);
    let again = test.user.accounts.invite(&operation(), &admin, again).await;
    assert_eq!(
        again.expect_err("has an account").code(),
        "user.email_taken"
    );
    let mut second = registration("bea");
    second.invitation = Some(link);
    let refused = test.user.accounts.register(&operation(), second).await;
    assert_eq!(refused.expect_err("used").code(), "auth.link_invalid");
}

#[tokio::test]
async fn instructors_invite_students_and_nobody_else() {
    let test = module_test(RegistrationMode::Invite).await;
    let ivan = caller(&test, &[Role::Instructor]);
    let beyond = test
        .user
        .accounts
        .invite(
            &operation(),
            &ivan,
            invite("eve@example.org", &[Role::Admin]),
        )
        .await;
    assert_eq!(
        beyond.expect_err("beyond").code(),
        "auth.invitation_role_forbidden"
    );
    let made = test
        .user
        .accounts
        .invite(
            &operation(),
            &ivan,
            invite("ada@example.org", &[Role::Student]),
        )
        .await
        .expect("invited")
        .value;
    let others = caller(&test, &[Role::Instructor]);
    let hidden = test
        .user
        .accounts
        .withdraw_invitation(&operation(), &others, made.id)
        .await;
    assert_eq!(
        hidden.expect_err("somebody else's").code(),
        "user.invitation_not_found"
    );
    let page = PageRequest::first(9);
    let theirs = test.user.accounts.list_invitations(&others, &page).await;
    assert!(theirs.expect("a list").items.is_empty());
    let own = test.user.accounts.list_invitations(&ivan, &page).await;
    assert_eq!(own.expect("a list").items[0].id, made.id);
    let link = test.link(Purpose::Invite).await;
    test.user
        .accounts
        .withdraw_invitation(&operation(), &ivan, made.id)
        .await
        .expect("taken back");
    let mut wanted = registration("ada");
    wanted.invitation = Some(link);
    let refused = test.user.accounts.register(&operation(), wanted).await;
    assert_eq!(refused.expect_err("taken back").code(), "auth.link_invalid");
}

#[tokio::test]
async fn an_invitation_that_is_over_can_be_taken_back_unless_it_was_accepted() {
    let test = module_test(RegistrationMode::Invite).await;
    let root = crate::tests::new_admin("root");
    test.user.create(&operation(), root).await.expect("made");
    let root = test.caller_named("root").await;
    let accounts = &test.user.accounts;
    let send = async || {
        let wanted = invite("ada@example.org", &[Role::Student]);
        let made = accounts.invite(&operation(), &root, wanted).await;
        made.expect("invited").value.id
    };
    let replaced = send().await;
    test.clock.advance(chrono::Duration::seconds(1));
    let accepted = send().await;
    for _ in 0..2 {
        let repeated = operation();
        let taken = accounts.withdraw_invitation(&repeated, &root, replaced);
        taken.await.expect("its link works no longer");
    }
    let mut wanted = registration("ada");
    wanted.invitation = Some(test.link(Purpose::Invite).await);
    let registered = accounts.register(&operation(), wanted).await;
    registered.expect("the newer invitation is still open");
    let refused = accounts
        .withdraw_invitation(&operation(), &root, accepted)
        .await;
    assert_eq!(
        refused.expect_err("accepted").code(),
        "user.invitation_accepted"
    );
}

#[tokio::test]
async fn a_closed_platform_takes_nobody() {
    let test = module_test(RegistrationMode::Closed).await;
    let refused = test
        .user
        .accounts
        .register(&operation(), registration("ada"))
        .await;
    assert_eq!(
        refused.expect_err("closed").code(),
        "auth.registration_closed"
    );
}

#[tokio::test]
async fn an_unverified_account_of_an_open_platform_waits_once_addresses_are_required() {
    let open = ModuleTest::new().await;
    open.register("ada").await.expect("registered");
    open.log_in("ada", PASSWORD).await.expect("open");
    let mut strict = settings();
    strict.registration = RegistrationMode::Verified;
    let strict = crate::User::new(open.database.clone(), testkit::env(&open.clock), strict)
        .await
        .expect("the same platform, stricter");
    let (body, client) = crate::tests::credentials("ada", PASSWORD);
    let refused = strict.credentials.log_in(&operation(), body, client).await;
    assert_eq!(
        refused.err().expect("unverified").code(),
        "auth.email_unverified"
    );
    let link = open.link(Purpose::VerifyEmail).await;
    strict
        .verification
        .verify(&operation(), &link, None)
        .await
        .expect("verified");
    let (body, client) = crate::tests::credentials("ada", PASSWORD);
    assert!(
        strict
            .credentials
            .log_in(&operation(), body, client)
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn who_teaches_invites_a_hundred_users_an_hour_and_an_administrator_more() {
    let test = module_test(RegistrationMode::Invite).await;
    let ivan = caller(&test, &[Role::Instructor]);
    let anna = caller(&test, &[Role::Admin]);
    let roles = [Role::Student];
    for (who, most) in [(&ivan, Some(100)), (&anna, None)] {
        for number in 0..101 {
            let wanted = invite(&format!("s{number}@{}.example", who.user_id), &roles);
            let made = test
                .user
                .accounts
                .invite(&operation().by(who.user_id), who, wanted)
                .await;
            match made {
                Ok(_) => assert_ne!(Some(number), most),
                Err(error) => {
                    assert_eq!(error.code(), "auth.email_limit_exceeded");
                    assert_eq!(Some(number), most);
                }
            }
        }
    }
}

#[tokio::test]
async fn an_invitation_is_for_the_invited_address_alone_whatever_its_role() {
    let test = module_test(RegistrationMode::Invite).await;
    test.user
        .create(&operation(), crate::tests::new_admin("root"))
        .await
        .expect("an administrator");
    let admin = test.caller_named("root").await;
    for roles in [vec![Role::Student, Role::Admin], vec![Role::Student]] {
        test.clock.advance(chrono::Duration::seconds(1));
        let wanted = invite("boss@example.org", &roles);
        let made = test
            .user
            .accounts
            .invite(&operation(), &admin, wanted)
            .await;
        made.expect("invited");
        let mut elsewhere = registration("mallory");
        elsewhere.invitation = Some(test.link(Purpose::Invite).await);
        let answer = test.user.accounts.register(&operation(), elsewhere).await;
        let refused = answer.expect_err("not for them");
        assert_eq!(refused.code(), "auth.invitation_email_mismatch");
    }
}

#[tokio::test]
async fn who_has_an_account_and_is_invited_by_an_instructor_is_notified() {
    let test = module_test(RegistrationMode::Invite).await;
    test.user
        .create(&operation(), crate::tests::new_admin("ada"))
        .await
        .expect("an account");
    let ivan = caller(&test, &[Role::Instructor]);
    let wanted = invite("ada@example.org", &[Role::Student]);
    let made = test.user.accounts.invite(&operation(), &ivan, wanted).await;
    made.expect("the same answer");
    let mail = test.email(Purpose::RegisterAgain).await.expect("an email");
    assert!(mail.url.is_none(), "it informs and opens nothing");
}

#[tokio::test]
async fn a_registration_that_no_email_goes_for_still_contests_the_others() {
    let test = module_test(RegistrationMode::Verified).await;
    let op = operation();
    let mut names = vec!["eve"; 5];
    names.push("ada");
    for name in names {
        let mut wanted = registration(name);
        wanted.email = "ada@example.org".to_owned();
        test.clock.advance(chrono::Duration::seconds(1));
        let asked = test.user.accounts.register(&op, wanted).await;
        assert!(matches!(asked, Ok(Registered::EmailSent)));
    }
    assert_eq!(test.count_waiting().await, 5, "the emails of the hour");
    let link = test.link(Purpose::Register).await;
    let made = test.user.verification.verify(&op, &link, None).await;
    made.expect("made by the owner of the address");
    let login = test.log_in("eve", PASSWORD).await;
    assert_eq!(
        login.err().expect("contested").code(),
        "auth.password_reset_required"
    );
    let mail = test.email(Purpose::ResetPassword).await.expect("an email");
    assert_eq!(mail.email, "ada@example.org");
}

#[tokio::test]
async fn what_one_sends_to_an_address_neither_ends_nor_stops_the_invitation_of_another() {
    let test = module_test(RegistrationMode::Invite).await;
    let op = operation();
    test.user
        .create(&op, crate::tests::new_admin("root"))
        .await
        .expect("an administrator");
    let admin = test.caller_named("root").await;
    let ivan = caller(&test, &[Role::Instructor]);
    let mut links = Vec::new();
    for (who, count) in [(&admin, 1), (&ivan, 5), (&admin, 1)] {
        for _ in 0..count {
            test.clock.advance(chrono::Duration::seconds(1));
            let wanted = invite("ada@example.org", &[Role::Student]);
            let made = test.user.accounts.invite(&op, who, wanted).await;
            made.expect("invited");
        }
        links.push(test.link(Purpose::Invite).await);
    }
    let again = invite("ada@example.org", &[Role::Student]);
    let sixth = test.user.accounts.invite(&op, &ivan, again).await;
    assert_eq!(
        sixth.expect_err("enough").code(),
        "auth.email_limit_exceeded"
    );
    let mut codes = Vec::new();
    for link in [&links[0], &links[2]] {
        let mut wanted = registration("ada");
        wanted.invitation = Some(link.clone());
        let made = test.register_with(&op, wanted).await;
        codes.push(made.map_or_else(|error| error.code().to_owned(), |_| "ok".to_owned()));
    }
    assert_eq!(codes, ["auth.link_invalid", "ok"]);
}

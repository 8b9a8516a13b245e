//! The ways in: open, verified, invited, closed.

use kernel::{Fault, Role, Slice};
use rest::Caller;
use serde_json::json;

use super::{PASSWORD, Room, operation, registration, settings};
use crate::RegistrationMode;
use crate::command::{AuditQuery, CreateInvitation};
use crate::purpose::Purpose;
use crate::service::Registered;

async fn room(mode: RegistrationMode) -> Room {
    let mut settings = settings();
    settings.registration = mode;
    Room::with(settings).await
}

impl Room {
    /// How many letters to those who register were written.
    async fn count_waiting(&self) -> usize {
        let slice = kernel::Slice::first(50);
        let db = self.database.read();
        let proofs = crate::store::proofs::list(db, Purpose::Register, None, &slice).await;
        proofs.expect("the proofs").items.len()
    }
}

fn caller(room: &Room, roles: &[Role]) -> Caller {
    Caller {
        user_id: testkit::ambient(&room.clock).id(),
        session_id: testkit::ambient(&room.clock).id(),
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
    let room = room(RegistrationMode::Verified).await;
    let answer = room
        .service()
        .register(&operation(), registration("ada"))
        .await;
    assert!(matches!(answer, Ok(Registered::Letter)));
    let early = room.log_in("ada", PASSWORD).await;
    assert_eq!(
        early.err().expect("no account yet").code(),
        "auth.wrong_credentials"
    );
    let letter = room.letter(Purpose::Register).await.expect("a letter");
    assert_eq!(letter.email, "ada@example.org");
    let link = room.link(Purpose::Register).await;
    let account = room.service().verify_email(&operation(), &link).await;
    assert!(account.expect("made").email_verified);
    room.log_in("ada", PASSWORD).await.expect("logged in");
    let again = room.service().verify_email(&operation(), &link).await;
    assert_eq!(again.expect_err("used").code(), "auth.link_refused");
}

#[tokio::test]
async fn a_known_address_is_told_by_mail_and_the_answer_is_the_same() {
    let room = room(RegistrationMode::Verified).await;
    let first = room
        .service()
        .register(&operation(), registration("ada"))
        .await;
    assert!(matches!(first, Ok(Registered::Letter)));
    let link = room.link(Purpose::Register).await;
    room.service()
        .verify_email(&operation(), &link)
        .await
        .expect("made");
    let mut again = registration("eve");
    again.email = "ADA@example.org".to_owned();
    let answer = room.service().register(&operation(), again).await;
    assert!(matches!(answer, Ok(Registered::Letter)));
    let letter = room.letter(Purpose::RegisterAgain).await.expect("a letter");
    assert_eq!(letter.email, "ada@example.org");
    assert!(letter.url.is_none(), "it informs and opens nothing");
}

#[tokio::test]
async fn each_registration_of_an_address_has_its_link_and_one_wins() {
    let room = room(RegistrationMode::Verified).await;
    let mut links = Vec::new();
    for name in ["ada1", "ada2"] {
        let mut wanted = registration(name);
        wanted.email = "ada@example.org".to_owned();
        room.clock.advance(chrono::Duration::seconds(1));
        room.service()
            .register(&operation(), wanted)
            .await
            .expect("a letter");
        links.push(room.link(Purpose::Register).await);
    }
    for _ in 0..3 {
        let resent = room
            .service()
            .resend_verification(&operation(), "ada@example.org")
            .await;
        resent.expect("answered");
    }
    let waiting = room.count_waiting().await;
    assert_eq!(waiting, 2, "nobody is led to the registration of another");
    // Who registers an address later does not take the place of who did so before.
    let first = room.service().verify_email(&operation(), &links[0]).await;
    assert_eq!(first.expect("an account").username, "ada1");
    // Who reads the mails cannot know whose link it was, so the password of neither counts.
    let login = room.log_in("ada1", PASSWORD).await;
    assert_eq!(
        login.err().expect("contested").code(),
        "auth.reset_required"
    );
    let letter = room.letter(Purpose::ResetPassword).await.expect("a letter");
    assert_eq!(letter.email, "ada@example.org");
    let late = room.service().verify_email(&operation(), &links[1]).await;
    assert_eq!(late.expect_err("too late").code(), "auth.link_refused");
}

#[tokio::test]
async fn a_registration_is_mailed_again_five_times_an_hour() {
    let room = room(RegistrationMode::Verified).await;
    room.service()
        .register(&operation(), registration("ada"))
        .await
        .expect("a letter");
    for _ in 0..10 {
        let resent = room
            .service()
            .resend_verification(&operation(), "ada@example.org")
            .await;
        resent.expect("answered");
    }
    assert_eq!(room.count_waiting().await, 5);
    let link = room.link(Purpose::Register).await;
    let made = room.service().verify_email(&operation(), &link).await;
    made.expect("an account");
    room.clock.advance(chrono::Duration::hours(2));
    let again = room.service();
    again
        .resend_verification(&operation(), "ada@example.org")
        .await
        .expect("answered");
    assert_eq!(room.count_waiting().await, 5, "there is nothing to verify");
}

#[tokio::test]
async fn an_invitation_makes_one_account_with_the_roles_that_it_names() {
    let room = room(RegistrationMode::Invite).await;
    let alone = room
        .service()
        .register(&operation(), registration("ada"))
        .await;
    assert_eq!(
        alone.expect_err("not invited").code(),
        "auth.invitation_needed"
    );
    room.user
        .create(&operation(), super::new_admin("root"))
        .await
        .expect("an administrator");
    let admin = room.caller_named("root").await;
    let roles = [Role::Student, Role::Instructor];
    let made = room
        .service()
        .invite(&operation(), &admin, invite("ada@example.org", &roles))
        .await;
    made.expect("invited");
    let link = room.link(Purpose::Invite).await;
    let mut wanted = registration("ada");
    wanted.invitation = Some(link.clone());
    let account = room.ask(&operation(), wanted).await.expect("made").value;
    assert_eq!(account.roles, roles);
    assert!(account.email_verified, "the link came by that address");
    let filter = AuditQuery {
        action: Some("invitation.accepted".to_owned()),
        ..AuditQuery::default()
    };
    let log = room.service().audit_log(&filter, &Slice::first(9)).await;
    let log = log.expect("the log").items;
    assert_eq!(log[0].subject, Some(account.id));
    assert_eq!(log[0].detail["invited_by"], json!(admin.user_id));
    let again = invite("ADA@example.org", &[Role::Student]);
    let again = room.service().invite(&operation(), &admin, again).await;
    assert_eq!(again.expect_err("has an account").code(), "user.taken");
    let mut second = registration("bea");
    second.invitation = Some(link);
    let refused = room.service().register(&operation(), second).await;
    assert_eq!(refused.expect_err("used").code(), "auth.link_refused");
}

#[tokio::test]
async fn instructors_invite_students_and_nobody_else() {
    let room = room(RegistrationMode::Invite).await;
    let ivan = caller(&room, &[Role::Instructor]);
    let beyond = room
        .service()
        .invite(
            &operation(),
            &ivan,
            invite("eve@example.org", &[Role::Admin]),
        )
        .await;
    assert_eq!(beyond.expect_err("beyond").code(), "auth.invite_beyond");
    let made = room
        .service()
        .invite(
            &operation(),
            &ivan,
            invite("ada@example.org", &[Role::Student]),
        )
        .await
        .expect("invited")
        .value;
    let others = caller(&room, &[Role::Instructor]);
    let hidden = room
        .service()
        .withdraw(&operation(), &others, made.id)
        .await;
    assert_eq!(
        hidden.expect_err("somebody else's").code(),
        "user.invitation_not_found"
    );
    let page = Slice::first(9);
    let theirs = room.service().invitations(&others, &page).await;
    assert!(theirs.expect("a list").items.is_empty());
    let own = room.service().invitations(&ivan, &page).await;
    assert_eq!(own.expect("a list").items[0].id, made.id);
    let link = room.link(Purpose::Invite).await;
    room.service()
        .withdraw(&operation(), &ivan, made.id)
        .await
        .expect("taken back");
    let mut wanted = registration("ada");
    wanted.invitation = Some(link);
    let refused = room.service().register(&operation(), wanted).await;
    assert_eq!(refused.expect_err("taken back").code(), "auth.link_refused");
}

#[tokio::test]
async fn a_closed_platform_takes_nobody() {
    let room = room(RegistrationMode::Closed).await;
    let refused = room
        .service()
        .register(&operation(), registration("ada"))
        .await;
    assert_eq!(
        refused.expect_err("closed").code(),
        "auth.registration_closed"
    );
}

#[tokio::test]
async fn an_unverified_account_of_an_open_platform_waits_once_addresses_are_asked_for() {
    let open = Room::new().await;
    open.register("ada").await.expect("registered");
    open.log_in("ada", PASSWORD).await.expect("open");
    let mut strict = settings();
    strict.registration = RegistrationMode::Verified;
    let strict = crate::User::new(open.database.clone(), testkit::ambient(&open.clock), strict)
        .await
        .expect("the same platform, stricter");
    let credentials = super::credentials("ada", PASSWORD);
    let refused = strict.service.log_in(&operation(), credentials).await;
    assert_eq!(refused.err().expect("unverified").code(), "auth.unverified");
    let link = open.link(Purpose::VerifyEmail).await;
    strict
        .service
        .verify_email(&operation(), &link)
        .await
        .expect("verified");
    let credentials = super::credentials("ada", PASSWORD);
    assert!(
        strict
            .service
            .log_in(&operation(), credentials)
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn who_teaches_invites_a_hundred_people_an_hour_and_an_administrator_more() {
    let room = room(RegistrationMode::Invite).await;
    let ivan = caller(&room, &[Role::Instructor]);
    let anna = caller(&room, &[Role::Admin]);
    let roles = [Role::Student];
    for (who, most) in [(&ivan, Some(100)), (&anna, None)] {
        for number in 0..101 {
            let wanted = invite(&format!("s{number}@{}.example", who.user_id), &roles);
            let made = room
                .service()
                .invite(&operation().by(who.user_id), who, wanted)
                .await;
            match made {
                Ok(_) => assert_ne!(Some(number), most),
                Err(error) => {
                    assert_eq!(error.code(), "auth.too_many_mails");
                    assert_eq!(Some(number), most);
                }
            }
        }
    }
}

#[tokio::test]
async fn a_role_beyond_student_is_for_the_invited_address_alone() {
    let room = room(RegistrationMode::Invite).await;
    room.user
        .create(&operation(), super::new_admin("root"))
        .await
        .expect("an administrator");
    let admin = room.caller_named("root").await;
    for (roles, passes) in [
        (vec![Role::Student, Role::Admin], false),
        (vec![Role::Student], true),
    ] {
        room.clock.advance(chrono::Duration::seconds(1));
        let wanted = invite("boss@example.org", &roles);
        let made = room.service().invite(&operation(), &admin, wanted).await;
        made.expect("invited");
        let mut elsewhere = registration("mallory");
        elsewhere.invitation = Some(room.link(Purpose::Invite).await);
        let answer = room.service().register(&operation(), elsewhere).await;
        match passes {
            true => drop(answer.expect("another address will do")),
            false => {
                let refused = answer.expect_err("not for them");
                assert_eq!(refused.code(), "auth.invited_other");
            }
        }
    }
}

#[tokio::test]
async fn who_has_an_account_and_is_invited_by_an_instructor_is_told_so() {
    let room = room(RegistrationMode::Invite).await;
    room.user
        .create(&operation(), super::new_admin("ada"))
        .await
        .expect("an account");
    let ivan = caller(&room, &[Role::Instructor]);
    let wanted = invite("ada@example.org", &[Role::Student]);
    let made = room.service().invite(&operation(), &ivan, wanted).await;
    made.expect("the same answer");
    let letter = room.letter(Purpose::RegisterAgain).await.expect("a letter");
    assert!(letter.url.is_none(), "it informs and opens nothing");
}

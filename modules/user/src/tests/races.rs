//! Requests at the same moment; on PostgreSQL they truly overlap.

use std::future::Future;

use kernel::{Expected, Fault, Role};
use serde_json::json;

use super::{ModuleTest, PASSWORD, changing, operation};
use crate::User;
use crate::accounts::ChangeUser;
use crate::domain::Purpose;
use crate::error::Error;

/// Runs `task` many times at once and gives the code of each outcome, `ok` for a success.
async fn at_once<F>(test: &ModuleTest, times: usize, task: impl Fn(usize, User) -> F) -> Vec<String>
where
    F: Future<Output = Result<(), Error>> + Send + 'static,
{
    let tasks: Vec<_> = (0..times)
        .map(|number| tokio::spawn(task(number, test.user.clone())))
        .collect();
    let mut codes = Vec::new();
    for task in tasks {
        codes.push(match task.await.expect("no panic") {
            Ok(()) => "ok".to_owned(),
            Err(error) => error.code().to_owned(),
        });
    }
    codes
}

fn count(codes: &[String], code: &str) -> usize {
    codes.iter().filter(|found| *found == code).count()
}

#[tokio::test]
async fn of_many_changes_to_one_version_one_wins_and_the_others_are_stale() {
    let test = ModuleTest::new().await;
    let id = test.register("ada").await.expect("registered");
    let codes = at_once(&test, 8, |number, service| async move {
        let change = json!({ "display_name": format!("Ada {number}") });
        let change = serde_json::from_value(change).expect("a change");
        let first = Expected::OneOf(vec![1]);
        let done = service
            .accounts
            .update(&operation(), id, &first, change)
            .await;
        done.map(drop)
    })
    .await;
    assert_eq!(count(&codes, "ok"), 1, "{codes:?}");
    assert_eq!(count(&codes, "request.version_conflict"), 7, "{codes:?}");
    let account = test.user.accounts.get(id).await.expect("found");
    assert_eq!(account.version, 2);
}

#[tokio::test]
async fn administrators_who_demote_each_other_at_once_leave_one() {
    let test = ModuleTest::new().await;
    let mut ids = Vec::new();
    for number in 0..4 {
        let account = super::new_admin(&format!("root{number}"));
        let made = test.user.create(&operation(), account).await;
        ids.push(made.expect("an admin"));
    }
    let codes = at_once(&test, 4, |number, service| {
        let id = ids[number];
        async move {
            let change = ChangeUser {
                roles: Some(vec![Role::Student]),
                disabled: None,
            };
            let done = service
                .accounts
                .change(&operation(), id, &Expected::Any, change)
                .await;
            done.map(drop)
        }
    })
    .await;
    assert_eq!(count(&codes, "ok"), 3, "{codes:?}");
    assert_eq!(count(&codes, "user.last_admin"), 1, "{codes:?}");
}

#[tokio::test]
async fn many_guesses_at_once_have_the_budget_of_one_after_another() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("registered");
    let codes = at_once(&test, 20, |number, service| async move {
        let login = ["ada", "ADA"][number % 2];
        let (body, client) = super::credentials(login, "wrong wrong wrong");
        service
            .credentials
            .log_in(&operation(), body, client)
            .await
            .map(drop)
    })
    .await;
    assert_eq!(count(&codes, "auth.credentials_invalid"), 6, "{codes:?}");
    assert_eq!(count(&codes, "auth.too_many_attempts"), 14, "{codes:?}");
}

#[tokio::test]
async fn a_login_with_the_old_password_does_not_outlive_its_change() {
    let test = ModuleTest::new().await;
    let id = test.register("ada").await.expect("registered");
    let mut passwords = [PASSWORD, "another horse battery staple"];
    for round in 0..4 {
        let first = test.log_in("ada", passwords[0]).await.expect("logged in");
        let caller = test.verifier().verify(&first.access_token).await;
        let caller = caller.expect("a good token");
        test.clock.advance(chrono::Duration::minutes(1));
        let [old, new] = passwords;
        let change = {
            let service = test.user.clone();
            let (old, new) = (old.to_owned().into(), new.to_owned().into());
            tokio::spawn(async move {
                let operation = operation();
                let done =
                    service
                        .credentials
                        .change_password(&operation, &caller, changing(&old, &new));
                done.await
            })
        };
        let codes = at_once(&test, 3, |_, service| async move {
            let (body, client) = super::credentials("ada", old);
            service
                .credentials
                .log_in(&operation(), body, client)
                .await
                .map(drop)
        })
        .await;
        change.await.expect("no panic").expect("changed");
        // Whoever got in by the old password before the change was put out by it.
        let sessions = test
            .user
            .sessions
            .list(id, first.session_id)
            .await
            .expect("sessions");
        assert_eq!(sessions.len(), 1, "round {round}: {codes:?}");
        passwords.reverse();
    }
}

#[tokio::test]
async fn of_many_changes_of_one_password_one_wins() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("registered");
    let first = test.log_in("ada", PASSWORD).await.expect("logged in");
    let caller = test.verifier().verify(&first.access_token).await;
    let caller = caller.expect("a good token");
    let codes = at_once(&test, 3, |number, service| {
        let caller = caller.clone();
        async move {
            let new = format!("another horse battery staple {number}").into();
            let old = PASSWORD.to_owned().into();
            let operation = operation();
            let done =
                service
                    .credentials
                    .change_password(&operation, &caller, changing(&old, &new));
            done.await.map(drop)
        }
    })
    .await;
    assert_eq!(count(&codes, "ok"), 1, "{codes:?}");
    assert_eq!(count(&codes, "auth.password_invalid"), 2, "{codes:?}");
}

/// The refresh tokens that `times` refreshes with `token` at once have given.
async fn refreshed_at_once(test: &ModuleTest, times: usize, token: &str) -> Vec<String> {
    let tasks: Vec<_> = (0..times)
        .map(|_| {
            let (service, token) = (test.user.clone(), token.to_owned().into());
            tokio::spawn(async move {
                let tokens = service.sessions.refresh(&operation(), &token).await;
                tokens.map(|tokens| tokens.refresh_token)
            })
        })
        .collect();
    let mut given = Vec::new();
    for task in tasks {
        let token = task.await.expect("no panic");
        given.push(token.expect("nobody is turned away"));
    }
    given
}

#[tokio::test]
async fn refreshes_at_once_with_one_token_get_the_same_successor_and_the_session_goes_on() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("registered");
    let first = test.log_in("ada", PASSWORD).await.expect("logged in");
    let mut token = first.refresh_token;
    for times in [5, 50, 5] {
        let mut given = refreshed_at_once(&test, times, &token).await;
        given.dedup();
        assert_eq!(given.len(), 1, "{times} at once");
        assert_ne!(given[0], token);
        token = given.remove(0);
        // A tab that wakes up some seconds late goes on with the others.
        test.clock.advance(chrono::Duration::seconds(3));
    }
    test.clock.advance(chrono::Duration::minutes(20));
    let next = refreshed_at_once(&test, 1, &token).await;
    assert_ne!(next[0], token);
}

#[tokio::test]
async fn a_late_tab_gets_the_newest_token_of_a_race_and_a_replay_after_it_ends_the_session() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("registered");
    let first = test.log_in("ada", PASSWORD).await.expect("logged in");
    let first = first.refresh_token;
    let second = refreshed_at_once(&test, 1, &first).await.remove(0);
    let third = refreshed_at_once(&test, 1, &second).await.remove(0);
    test.clock.advance(chrono::Duration::seconds(9));
    assert_eq!(
        refreshed_at_once(&test, 2, &first).await,
        [third.as_str(); 2]
    );
    test.clock.advance(chrono::Duration::seconds(2));
    for replayed in [first, third] {
        let refused = test
            .user
            .sessions
            .refresh(&operation(), &replayed.into())
            .await;
        let refused = refused.err().expect("the session has ended");
        assert_eq!(refused.code(), "auth.refresh_token_invalid");
    }
    assert_eq!(test.count_audited("session.replayed").await, 1);
}

#[tokio::test]
async fn clients_that_all_lost_the_answer_and_send_again_at_once_go_on_together() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("registered");
    let first = test.log_in("ada", PASSWORD).await.expect("logged in");
    let lost = refreshed_at_once(&test, 1, &first.refresh_token).await;
    test.clock.advance(chrono::Duration::minutes(5));
    let mut again = refreshed_at_once(&test, 5, &first.refresh_token).await;
    again.dedup();
    assert_eq!(again.len(), 1);
    assert_eq!(again, lost, "nobody has used it");
    refreshed_at_once(&test, 5, &again[0]).await;
}

#[tokio::test]
async fn a_registration_sent_fifty_times_at_once_with_one_key_turns_nobody_away() {
    let test = ModuleTest::new().await;
    let codes = at_once(&test, 50, |_, service| async move {
        let operation = super::keyed("anonymous POST /auth/register");
        let wanted = super::registration("ada");
        service
            .accounts
            .register(&operation, wanted)
            .await
            .map(drop)
    })
    .await;
    assert_eq!(count(&codes, "ok"), 50, "{codes:?}");
    assert_eq!(test.count_audited("account.created").await, 1);
}

#[tokio::test]
async fn a_setup_sent_fifty_times_at_once_with_one_key_turns_nobody_away() {
    let test = ModuleTest::new().await;
    let token = test.user.setup_token().await.expect("asked").expect("one");
    let codes = at_once(&test, 50, |_, service| {
        let wanted = super::create_first_admin(&token, "root");
        async move {
            let operation = super::keyed("anonymous POST /auth/setup");
            service
                .accounts
                .create_first_admin(&operation, wanted)
                .await
                .map(drop)
        }
    })
    .await;
    assert_eq!(count(&codes, "ok"), 50, "{codes:?}");
}

#[tokio::test]
async fn a_reset_sent_fifty_times_at_once_works_once_and_fails_the_others() {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("registered");
    test.user
        .credentials
        .request_reset(&operation(), "ada@example.org")
        .await
        .expect("asked");
    let link = test.link(crate::domain::Purpose::ResetPassword).await;
    let codes = at_once(&test, 50, |number, service| {
        let link = link.clone();
        async move {
            let new = format!("another horse battery staple {number}").into();
            service
                .credentials
                .reset(&operation(), &link, &new)
                .await
                .map(drop)
        }
    })
    .await;
    assert_eq!(count(&codes, "ok"), 1, "{codes:?}");
    assert_eq!(count(&codes, "auth.link_invalid"), 49, "{codes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_accounts_that_move_to_one_address_at_once_one_gets_it_and_the_others_fail() {
    let test = ModuleTest::new().await;
    let op = operation();
    let mut links = Vec::new();
    for name in ["ada", "bea", "cyd", "dan"] {
        test.register(name).await.expect("registered");
        let caller = test.caller_named(name).await;
        let asked = &test.user;
        let asked = asked
            .verification
            .request_change(&op, &caller, "new@example.org");
        asked.await.expect("asked");
        test.clock.advance(chrono::Duration::seconds(1));
        links.push(test.link(Purpose::ChangeEmail).await);
    }
    let links = std::sync::Arc::new(links);
    let mut codes = at_once(&test, 4, |number, service| {
        let links = links.clone();
        async move {
            let op = operation();
            service
                .verification
                .verify(&op, &links[number], Some(&PASSWORD.to_owned().into()))
                .await
                .map(drop)
        }
    })
    .await;
    codes.sort();
    assert_eq!(
        codes,
        [
            "ok",
            "user.email_taken",
            "user.email_taken",
            "user.email_taken"
        ]
    );
}

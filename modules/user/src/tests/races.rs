//! Requests at the same moment; on PostgreSQL they truly overlap.

use std::future::Future;

use kernel::{Expected, Fault, Role, SecretString};
use serde_json::json;

use super::{PASSWORD, Room, operation};
use crate::Error;
use crate::service::{AdminChange, Service};

/// Runs `task` many times at once and gives the code of each outcome, `ok` for a success.
async fn at_once<F>(
    room: &Room,
    times: usize,
    task: impl Fn(usize, std::sync::Arc<Service>) -> F,
) -> Vec<String>
where
    F: Future<Output = Result<(), Error>> + Send + 'static,
{
    let tasks: Vec<_> = (0..times)
        .map(|number| tokio::spawn(task(number, room.user.service.clone())))
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
    let room = Room::new().await;
    let id = room.register("ada").await.expect("registered");
    let codes = at_once(&room, 8, |number, service| async move {
        let change = json!({ "display_name": format!("Ada {number}") });
        let change = serde_json::from_value(change).expect("a change");
        let first = Expected::OneOf(vec![1]);
        let done = service.update_me(&operation(), id, &first, change).await;
        done.map(drop)
    })
    .await;
    assert_eq!(count(&codes, "ok"), 1, "{codes:?}");
    assert_eq!(count(&codes, "request.stale"), 7, "{codes:?}");
    let account = room.service().account(id).await.expect("found");
    assert_eq!(account.version, 2);
}

#[tokio::test]
async fn administrators_who_demote_each_other_at_once_leave_one() {
    let room = Room::new().await;
    let mut ids = Vec::new();
    for number in 0..4 {
        let account = super::new_admin(&format!("root{number}"));
        let made = room.user.create(&operation(), account).await;
        ids.push(made.expect("an admin"));
    }
    let codes = at_once(&room, 4, |number, service| {
        let id = ids[number];
        async move {
            let change = AdminChange {
                roles: Some(vec![Role::Student].into()),
                disabled: None,
            };
            let done = service
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
async fn many_guesses_at_once_share_the_budget_of_one_after_another() {
    let room = Room::new().await;
    room.register("ada").await.expect("registered");
    let codes = at_once(&room, 20, |number, service| async move {
        let login = ["ada", "ada@example.org"][number % 2];
        let credentials = super::credentials(login, "wrong wrong wrong");
        service.log_in(&operation(), credentials).await.map(drop)
    })
    .await;
    assert_eq!(count(&codes, "auth.wrong_credentials"), 6, "{codes:?}");
    assert_eq!(count(&codes, "auth.delayed"), 14, "{codes:?}");
}

#[tokio::test]
async fn a_login_with_the_old_password_does_not_outlive_its_change() {
    let room = Room::new().await;
    let id = room.register("ada").await.expect("registered");
    let mut passwords = [PASSWORD, "another horse battery staple"];
    for round in 0..4 {
        let first = room.log_in("ada", passwords[0]).await.expect("logged in");
        let caller = room.verifier().verify(&first.access_token).await;
        let caller = caller.expect("a good token");
        room.clock.advance(chrono::Duration::minutes(1));
        let [old, new] = passwords;
        let change = {
            let service = room.user.service.clone();
            let (old, new) = (old.to_owned().into(), new.to_owned().into());
            tokio::spawn(async move {
                let operation = operation();
                let done = service.change_password(&operation, &caller, &old, &new);
                done.await
            })
        };
        let codes = at_once(&room, 3, |_, service| async move {
            let credentials = super::credentials("ada", old);
            service.log_in(&operation(), credentials).await.map(drop)
        })
        .await;
        change.await.expect("no panic").expect("changed");
        // Whoever got in by the old password before the change was put out by it.
        let sessions = room
            .service()
            .sessions(id, first.session_id)
            .await
            .expect("sessions");
        assert_eq!(sessions.len(), 1, "round {round}: {codes:?}");
        passwords.reverse();
    }
}

#[tokio::test]
async fn of_many_changes_of_one_password_one_wins() {
    let room = Room::new().await;
    room.register("ada").await.expect("registered");
    let first = room.log_in("ada", PASSWORD).await.expect("logged in");
    let caller = room.verifier().verify(&first.access_token).await;
    let caller = caller.expect("a good token");
    let codes = at_once(&room, 3, |number, service| {
        let caller = caller.clone();
        async move {
            let new = format!("another horse battery staple {number}").into();
            let old = PASSWORD.to_owned().into();
            let operation = operation();
            let done = service.change_password(&operation, &caller, &old, &new);
            done.await
        }
    })
    .await;
    assert_eq!(count(&codes, "ok"), 1, "{codes:?}");
    assert_eq!(count(&codes, "auth.wrong_password"), 2, "{codes:?}");
}

#[tokio::test]
async fn of_many_refreshes_with_one_token_one_succeeds() {
    let room = Room::new().await;
    room.register("ada").await.expect("registered");
    let first = room.log_in("ada", PASSWORD).await.expect("logged in");
    let token = first.refresh_token;
    let codes = at_once(&room, 20, |_, service| {
        let token: SecretString = token.clone().into();
        async move { service.refresh(&operation(), &token).await.map(drop) }
    })
    .await;
    assert_eq!(count(&codes, "ok"), 1, "{codes:?}");
    assert_eq!(count(&codes, "auth.refresh_raced"), 19, "{codes:?}");
}

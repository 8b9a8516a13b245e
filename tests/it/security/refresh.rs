//! Refresh tokens that come back (S-09).

use gopro::module_name::ModuleName;
use sea_orm::ConnectionTrait;
use serde_json::json;

use crate::support::app::PASSWORD;
use crate::support::process::Process;
use crate::support::storage::Storage;

/// The next refresh token, or the code of the refusal.
async fn refresh(server: &Process, token: &str) -> Result<String, String> {
    let body = json!({ "refresh_token": token });
    let answer = server.client().post("/api/v1/auth/refresh", body).await;
    let body = answer.json();
    let text = |name: &str| body[name].as_str().expect("a text").to_owned();
    match answer.status {
        200 => Ok(text("refresh_token")),
        401 => Err(text("code")),
        other => panic!("{other}: {body}"),
    }
}

async fn register(server: &Process) -> String {
    let new = json!({ "username": "lena", "email": "lena@example.org", "password": PASSWORD });
    let registered = server.client().post("/api/v1/auth/register", new).await;
    registered.expect_status(201);
    let mut lena = server.client();
    lena.log_in("lena", PASSWORD).await;
    lena.refresh_token.expect("a refresh token")
}

/// What was used is past the time within which its successor is given again.
async fn long_ago(storage: &Storage) {
    let databases = storage.databases().await;
    let user = databases
        .of(ModuleName::User)
        .expect("a module")
        .for_migrations();
    let used =
        "UPDATE refresh_token SET used_at = '2026-01-01T00:00:00+00:00' WHERE used_at IS NOT NULL";
    user.execute_unprepared(used).await.expect("moved back");
}

fn refused() -> Result<String, String> {
    Err("auth.refresh_token_invalid".to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_after_a_restart_ends_the_session_and_one_after_a_restore_succeeds_once() {
    let storage = Storage::new().await;
    let server = Process::serve(&storage, &[]).await;
    let first = register(&server).await;
    storage.settle(&[&server.internal_url]).await;
    assert_eq!(server.terminate(), 0);
    let backup = storage.copy().await;

    let server = Process::serve(&storage, &[]).await;
    let second = refresh(&server, &first).await.expect("the first use");
    let third = refresh(&server, &second).await.expect("its successor");
    server.kill();
    let server = Process::serve(&storage, &[]).await;
    long_ago(&storage).await;
    assert_eq!(refresh(&server, &first).await, refused());
    assert_eq!(refresh(&server, &third).await, refused(), "it has ended");
    drop(server);

    // The restored data knows nothing of what was issued later.
    let server = Process::serve(&backup, &[]).await;
    assert_eq!(refresh(&server, &third).await, refused());
    assert_eq!(refresh(&server, &second).await, refused());
    let again = refresh(&server, &first).await.expect("one success");
    let next = refresh(&server, &again).await.expect("its successor");
    long_ago(&backup).await;
    assert_eq!(refresh(&server, &first).await, refused());
    assert_eq!(refresh(&server, &next).await, refused(), "it has ended");
}

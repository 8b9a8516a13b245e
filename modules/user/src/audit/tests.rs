//! The audit log: what was changed is found, and where it begins.

use kernel::{Fault, PageRequest};
use sea_orm::ConnectionTrait;
use testkit::env;

use crate::audit::AuditQuery;
use crate::tests::{ModuleTest, PASSWORD, operation, settings};
use crate::{AuditVerification, User};

async fn busy_room() -> ModuleTest {
    let test = ModuleTest::new().await;
    test.register("ada").await.expect("registered");
    for password in ["wrong wrong wrong", PASSWORD, "wrong again", PASSWORD] {
        let tried = test.log_in("ada", password).await;
        assert_eq!(tried.is_ok(), password == PASSWORD);
    }
    test
}

async fn damage(test: &ModuleTest, statement: &str) -> AuditVerification {
    let done = test
        .database
        .for_migrations()
        .execute_unprepared(statement)
        .await;
    done.expect("the log is damaged");
    test.user.verify_audit().await.expect("read")
}

fn first_bad_row(verdict: &AuditVerification) -> Option<i64> {
    match verdict {
        AuditVerification::Whole { .. } => None,
        AuditVerification::Broken { sequence, .. } => Some(*sequence),
    }
}

#[tokio::test]
async fn every_security_event_is_a_row_with_who_where_and_when() {
    let test = busy_room().await;
    let filter = AuditQuery::default();
    let page = test.user.audit.list(&filter, &PageRequest::first(50)).await;
    let rows = page.expect("the log").items;
    let actions: Vec<_> = rows.iter().rev().map(|row| row.action.as_str()).collect();
    assert_eq!(
        actions,
        [
            "account.created",
            "login.failed",
            "login.succeeded",
            "login.failed",
            "login.succeeded"
        ]
    );
    assert!(rows.iter().all(|row| row.subject.is_some()));
    let whole = test.user.verify_audit().await.expect("read");
    assert_eq!(whole, AuditVerification::Whole { rows: 5 });
}

#[tokio::test]
async fn an_edited_row_is_found() {
    let test = busy_room().await;
    let verdict = damage(
        &test,
        "UPDATE audit SET action = 'login.succeeded' WHERE sequence = 2",
    )
    .await;
    assert_eq!(first_bad_row(&verdict), Some(2));
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_shown_as_it_stands() {
    let test = busy_room().await;
    damage(
        &test,
        "UPDATE audit SET detail = 'no JSON' WHERE sequence = 2",
    )
    .await;
    let query = AuditQuery::default();
    let page = test.user.audit.list(&query, &PageRequest::first(50)).await;
    let rows = page.expect("the log").items;
    assert_eq!(rows.len(), 5);
    assert_eq!(rows[3].detail["unreadable"], "no JSON");
}

#[tokio::test]
async fn a_removed_row_is_found() {
    let test = busy_room().await;
    let verdict = damage(&test, "DELETE FROM audit WHERE sequence = 3").await;
    assert_eq!(first_bad_row(&verdict), Some(3));
}

#[tokio::test]
async fn rows_that_changed_places_are_found() {
    let test = busy_room().await;
    let verdict = damage(
        &test,
        "UPDATE audit SET sequence = 100 WHERE sequence = 2;
         UPDATE audit SET sequence = 2 WHERE sequence = 3;
         UPDATE audit SET sequence = 3 WHERE sequence = 100;",
    )
    .await;
    assert_eq!(first_bad_row(&verdict), Some(2));
}

#[tokio::test]
async fn a_cut_end_is_found_even_when_the_head_is_moved_back() {
    let test = busy_room().await;
    let verdict = damage(&test, "DELETE FROM audit WHERE sequence = 5").await;
    assert_eq!(first_bad_row(&verdict), Some(5));
    let verdict = damage(
        &test,
        "UPDATE audit_head SET sequence = 4, hash = (SELECT hash FROM audit WHERE sequence = 4)",
    )
    .await;
    assert_eq!(first_bad_row(&verdict), Some(4), "the seal needs the key");
}

#[tokio::test]
async fn an_emptied_log_is_found() {
    let test = busy_room().await;
    let verdict = damage(&test, "DELETE FROM audit; DELETE FROM audit_head;").await;
    assert_eq!(first_bad_row(&verdict), Some(1));
}

#[tokio::test]
async fn another_master_key_seals_nothing() {
    let test = busy_room().await;
    let mut other = settings();
    other.master_key = "another key of at least 32 letters".to_owned().into();
    let opened = User::new(test.database.clone(), testkit::env(&test.clock), other).await;
    let error = opened.err().expect("the signing keys do not open");
    assert_eq!(error.code(), "server.internal_error");
}

#[tokio::test]
async fn a_log_that_was_changed_stays_so_whatever_is_recorded_after() {
    let test = busy_room().await;
    // Whoever can write the database shortens the log and makes the head fit, without the master key.
    let verdict = damage(
        &test,
        "UPDATE audit_head SET sequence = 3, hash = (SELECT hash FROM audit WHERE sequence = 3)",
    )
    .await;
    assert_eq!(first_bad_row(&verdict), Some(5));
    let verdict = damage(&test, "DELETE FROM audit WHERE sequence > 3").await;
    assert_eq!(first_bad_row(&verdict), Some(3));
    let failed = test.log_in("ada", "wrong wrong wrong").await;
    assert_eq!(
        failed.err().expect("wrong").code(),
        "auth.credentials_invalid"
    );
    let verdict = test.user.verify_audit().await.expect("read");
    assert_eq!(first_bad_row(&verdict), Some(4));

    let mut settings = settings();
    settings.master_key = "the master key that follows".to_owned().into();
    let (op, next) = (operation(), settings.master_key.clone());
    let replaced = test.user.replace_master_key(&op, next).await;
    replaced.expect("replaced");
    let user = User::new(test.database.clone(), env(&test.clock), settings).await;
    let verdict = user.expect("it opens").verify_audit().await.expect("read");
    assert_eq!(first_bad_row(&verdict), Some(5));
}

#[tokio::test]
async fn rows_outside_the_log_and_a_log_that_is_gone_are_found() {
    let test = busy_room().await;
    let copy = |sequence: i64| {
        format!(
            "INSERT INTO audit SELECT {sequence}, action, actor_id, subject_id, ip_address, request_id, \
             detail, occurred_at, hash FROM audit WHERE sequence = 1"
        )
    };
    for outside in [-5, 0, 1_000_000] {
        let verdict = damage(&test, &copy(outside)).await;
        assert_eq!(first_bad_row(&verdict), Some(outside));
        let remove = format!("DELETE FROM audit WHERE sequence = {outside}");
        assert_eq!(first_bad_row(&damage(&test, &remove).await), None);
    }
    damage(&test, "DELETE FROM audit").await;
    damage(&test, "DELETE FROM audit_head").await;
    let user = User::new(test.database.clone(), env(&test.clock), settings()).await;
    let verdict = user.expect("it opens").verify_audit().await.expect("read");
    assert!(
        first_bad_row(&verdict).is_some(),
        "nobody begins it anew: {verdict:?}"
    );
}

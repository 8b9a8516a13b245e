//! The audit log: what was changed is found, and where it begins.

use kernel::{Fault, Slice};
use sea_orm::ConnectionTrait;

use super::{PASSWORD, Room, settings};
use crate::command::AuditQuery;
use crate::{AuditVerdict, User};

async fn busy_room() -> Room {
    let room = Room::new().await;
    room.register("ada").await.expect("registered");
    for password in ["wrong wrong wrong", PASSWORD, "wrong again", PASSWORD] {
        let tried = room.log_in("ada", password).await;
        assert_eq!(tried.is_ok(), password == PASSWORD);
    }
    room
}

async fn damage(room: &Room, statement: &str) -> AuditVerdict {
    let done = room.database.writer().execute_unprepared(statement).await;
    done.expect("the log is damaged");
    room.user.verify_audit().await.expect("read")
}

fn first_bad_row(verdict: &AuditVerdict) -> Option<i64> {
    match verdict {
        AuditVerdict::Whole { .. } => None,
        AuditVerdict::Broken { sequence, .. } => Some(*sequence),
    }
}

#[tokio::test]
async fn every_security_event_is_a_row_with_who_where_and_when() {
    let room = busy_room().await;
    let filter = AuditQuery::default();
    let page = room.service().audit_log(&filter, &Slice::first(50)).await;
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
    let whole = room.user.verify_audit().await.expect("read");
    assert_eq!(whole, AuditVerdict::Whole { rows: 5 });
}

#[tokio::test]
async fn an_edited_row_is_found() {
    let room = busy_room().await;
    let verdict = damage(
        &room,
        "UPDATE audit SET action = 'login.succeeded' WHERE sequence = 2",
    )
    .await;
    assert_eq!(first_bad_row(&verdict), Some(2));
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_shown_as_it_stands() {
    let room = busy_room().await;
    damage(
        &room,
        "UPDATE audit SET detail = 'no JSON' WHERE sequence = 2",
    )
    .await;
    let query = AuditQuery::default();
    let page = room.service().audit_log(&query, &Slice::first(50)).await;
    let rows = page.expect("the log").items;
    assert_eq!(rows.len(), 5);
    assert_eq!(rows[3].detail["unreadable"], "no JSON");
}

#[tokio::test]
async fn a_removed_row_is_found() {
    let room = busy_room().await;
    let verdict = damage(&room, "DELETE FROM audit WHERE sequence = 3").await;
    assert_eq!(first_bad_row(&verdict), Some(3));
}

#[tokio::test]
async fn rows_that_changed_places_are_found() {
    let room = busy_room().await;
    let verdict = damage(
        &room,
        "UPDATE audit SET sequence = 100 WHERE sequence = 2;
         UPDATE audit SET sequence = 2 WHERE sequence = 3;
         UPDATE audit SET sequence = 3 WHERE sequence = 100;",
    )
    .await;
    assert_eq!(first_bad_row(&verdict), Some(2));
}

#[tokio::test]
async fn a_cut_end_is_found_even_when_the_head_is_moved_back() {
    let room = busy_room().await;
    let verdict = damage(&room, "DELETE FROM audit WHERE sequence = 5").await;
    assert_eq!(first_bad_row(&verdict), Some(5));
    let verdict = damage(
        &room,
        "UPDATE audit_head SET sequence = 4, hash = (SELECT hash FROM audit WHERE sequence = 4)",
    )
    .await;
    assert_eq!(first_bad_row(&verdict), Some(4), "the seal needs the key");
}

#[tokio::test]
async fn an_emptied_log_is_found() {
    let room = busy_room().await;
    let verdict = damage(&room, "DELETE FROM audit; DELETE FROM audit_head;").await;
    assert_eq!(first_bad_row(&verdict), Some(1));
}

#[tokio::test]
async fn another_master_key_seals_nothing() {
    let room = busy_room().await;
    let mut other = settings();
    other.master_key = "another key of at least 32 letters".to_owned().into();
    let opened = User::new(room.database.clone(), testkit::ambient(&room.clock), other).await;
    let error = opened.err().expect("the signing keys do not open");
    assert_eq!(error.code(), "server.failed");
}

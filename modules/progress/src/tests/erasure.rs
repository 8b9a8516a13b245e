//! Forgetting a person, and finding projections that were tampered with.

use contracts::user::UserDeleted;
use kernel::{Fault, Slice};
use sea_orm::{ConnectionTrait, DbErr};

use super::*;
use crate::service::Scope;
use crate::views::Period;

#[tokio::test]
async fn a_deleted_person_leaves_nothing_behind() {
    let world = World::with_course().await;
    let (me, other) = (learner(), user(0xa09));
    for person in [me, other] {
        world.register(person, "Ada", "UTC").await;
        world.enroll(person).await;
        world.complete(person, 1).await.unwrap();
    }
    world.tell(&UserDeleted { user_id: me }).await;
    let error = world.service.progress(me, course(), None).await;
    assert_eq!(error.unwrap_err().code(), "progress.not_enrolled");
    assert_eq!(world.points(me).await, 0);
    let earned = world.service.earned(me, &Slice::first(5)).await.unwrap();
    assert!(earned.items.is_empty());
    let board = world
        .service
        .leaderboard(other, Scope::Global, Period::All, false, &Slice::first(5))
        .await
        .unwrap();
    assert_eq!(board.items.len(), 1);
    assert!(board.items[0].me);
    world.assert_verified().await;
}

#[tokio::test]
async fn a_projection_that_was_changed_by_hand_is_found() {
    let world = World::with_course().await;
    let me = learner();
    world.enroll(me).await;
    world.complete(me, 1).await.unwrap();
    let change = async |sql: &str| -> Result<(), DbErr> {
        world.database.writer().execute_unprepared(sql).await?;
        Ok(())
    };
    change("UPDATE learner SET points = points + 1")
        .await
        .unwrap();
    let found = world.service.verify().await.unwrap();
    assert_eq!(found.len(), 1);
    assert!(found[0].subject.starts_with("totals of learner"));
    let beyond = change("UPDATE enrollment SET done = total + 1").await;
    assert!(beyond.is_err(), "the database itself refuses it");
}

//! Forgetting a person, and finding projections that were tampered with.

use contracts::user::{UserDeleted, UserUpdated};
use kernel::{Fault, Slice};
use sea_orm::{ConnectionTrait, DbErr};

use super::*;
use crate::service::Scope;
use crate::view::Period;

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

fn renamed(person: UserId, name: &str) -> UserUpdated {
    UserUpdated {
        user_id: person,
        username: "ada".to_owned(),
        display_name: name.to_owned(),
        email: "ada@example.com".to_owned(),
        locale: "en".to_owned(),
        time_zone: "UTC".to_owned(),
    }
}

#[tokio::test]
async fn what_comes_late_brings_nobody_back() {
    let world = World::with_course().await;
    let me = learner();
    world.register(me, "Ada", "UTC").await;
    world.enroll(me).await;
    world.tell_as(&UserDeleted { user_id: me }, 3).await;
    world.tell_as(&renamed(me, "Augusta"), 2).await;
    world.grade(me, 1, 1, 10, true).await;
    world.tell_as(&UserDeleted { user_id: me }, 3).await;
    let refused = world.try_enroll(me).await.unwrap_err();
    assert_eq!(refused.code(), "progress.forgotten");
    let db = world.database.read();
    assert_eq!(crate::store::learners::find(db, me).await.unwrap(), None);
    let waiting = crate::store::early_grades::list(db, me, course()).await;
    assert_eq!(waiting.unwrap(), vec![]);
}

#[tokio::test]
async fn an_older_name_does_not_replace_a_newer_one() {
    let world = World::new().await;
    let me = learner();
    world.tell_as(&renamed(me, "Augusta"), 3).await;
    world.tell_as(&renamed(me, "Ada"), 2).await;
    let known = crate::store::learners::find(world.database.read(), me).await;
    let known = known.unwrap().unwrap();
    assert_eq!(known.display_name.as_deref(), Some("Augusta"));
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

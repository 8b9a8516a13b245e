//! A person and their inbox.

use chrono::Duration;
use kernel::{Expected, Fault, Kind, NotificationId, Slice};
use proptest::prelude::*;

use super::stage::{Stage, caller, completed, enrolled, registered, unlocked};
use crate::message::Category;

async fn with_three() -> Stage {
    let stage = Stage::new().await;
    stage.hear(&registered(1, "Ada", "en")).await;
    stage.later(Duration::seconds(1));
    stage.hear(&enrolled(1, "Go")).await;
    stage.later(Duration::seconds(1));
    stage.hear(&unlocked(1, "First Steps", 10)).await;
    stage
}

#[tokio::test]
async fn the_newest_message_comes_first() {
    let stage = with_three().await;
    let titles: Vec<_> = stage
        .inbox(&caller(1))
        .await
        .into_iter()
        .map(|view| view.title)
        .collect();
    assert_eq!(
        titles,
        [
            "Achievement unlocked: First Steps",
            "You are enrolled in Go",
            "Welcome to GO-PRO, Ada!"
        ]
    );
    assert!(stage.inbox(&caller(2)).await.is_empty());
}

#[tokio::test]
async fn a_walk_through_the_pages_sees_each_message_once_while_others_arrive() {
    let stage = with_three().await;
    let mut slice = Slice::first(1);
    let mut seen = Vec::new();
    loop {
        let page = stage
            .service()
            .list(&caller(1), None, None, &slice)
            .await
            .unwrap();
        seen.extend(page.items.into_iter().map(|view| view.title));
        stage.later(Duration::seconds(1));
        stage.hear(&completed(1, "Another")).await;
        match page.next {
            Some(keys) => slice.from = Some(keys),
            None => break,
        }
    }
    assert_eq!(seen.len(), 3, "{seen:?}");
}

#[tokio::test]
async fn the_inbox_is_filtered_and_counted() {
    let stage = with_three().await;
    let me = caller(1);
    let newest = stage.inbox(&me).await[0].clone();
    let service = stage.service();
    service
        .mark(&me, newest.id, &Expected::Any, Some(true))
        .await
        .unwrap();
    assert_eq!(service.unread_count(&me).await.unwrap().unread, 2);
    let slice = Slice {
        count: true,
        ..Slice::first(1)
    };
    let unread = service.list(&me, None, Some(true), &slice).await.unwrap();
    assert_eq!((unread.items.len(), unread.total), (1, Some(2)));
    let read = service.list(&me, None, Some(false), &slice).await.unwrap();
    assert_eq!((read.items[0].id, read.total), (newest.id, Some(1)));
    let courses = service
        .list(&me, Some(Category::Course), None, &slice)
        .await
        .unwrap();
    assert_eq!(courses.items[0].title, "You are enrolled in Go");
    assert_eq!(courses.total, Some(1));
    let none = service
        .list(&me, Some(Category::Reminder), None, &slice)
        .await
        .unwrap();
    assert_eq!((none.items.len(), none.total), (0, Some(0)));
}

#[tokio::test]
async fn marking_raises_the_version_only_when_something_changes() {
    let stage = with_three().await;
    let me = caller(1);
    let first = stage.inbox(&me).await[0].clone();
    let at = |version| Expected::OneOf(vec![version]);
    let service = stage.service();
    let read = service
        .mark(&me, first.id, &at(1), Some(true))
        .await
        .unwrap();
    assert_eq!((read.read, read.version), (true, 2));
    let same = service
        .mark(&me, first.id, &at(2), Some(true))
        .await
        .unwrap();
    assert_eq!(same.version, 2);
    let untouched = service.mark(&me, first.id, &at(2), None).await.unwrap();
    assert_eq!((untouched.read, untouched.version), (true, 2));
    let stale = service
        .mark(&me, first.id, &at(1), Some(false))
        .await
        .unwrap_err();
    assert_eq!((stale.kind(), stale.code()), (Kind::Stale, "request.stale"));
    let unread = service
        .mark(&me, first.id, &at(2), Some(false))
        .await
        .unwrap();
    assert_eq!((unread.read, unread.version), (false, 3));
    assert_eq!(service.read(&me, first.id).await.unwrap(), unread);
}

#[tokio::test]
async fn all_messages_can_be_marked_at_once_and_only_ones_own() {
    let stage = with_three().await;
    stage.hear(&registered(2, "Bob", "en")).await;
    let service = stage.service();
    assert_eq!(service.mark_all(&caller(1)).await.unwrap().marked, 3);
    assert_eq!(service.mark_all(&caller(1)).await.unwrap().marked, 0);
    assert_eq!(service.unread_count(&caller(2)).await.unwrap().unread, 1);
    assert!(
        stage
            .inbox(&caller(1))
            .await
            .iter()
            .all(|view| view.read && view.version == 2)
    );
}

#[tokio::test]
async fn anothers_message_is_not_there() {
    let stage = with_three().await;
    let (mine, other) = (stage.inbox(&caller(1)).await[0].id, caller(2));
    let service = stage.service();
    let any = Expected::Any;
    for error in [
        service.read(&other, mine).await.unwrap_err(),
        service
            .mark(&other, mine, &any, Some(true))
            .await
            .unwrap_err(),
        service.remove(&other, mine, &any).await.unwrap_err(),
        service
            .read(&other, NotificationId::from(uuid::Uuid::from_u128(77)))
            .await
            .unwrap_err(),
    ] {
        assert_eq!(
            (error.kind(), error.code()),
            (Kind::NotFound, "notification.not_found")
        );
    }
    assert!(!service.read(&caller(1), mine).await.unwrap().read);
}

#[tokio::test]
async fn a_removed_message_is_gone_but_its_mail_still_leaves() {
    let stage = Stage::new().await;
    stage.hear(&registered(1, "Ada", "en")).await;
    let me = caller(1);
    let id = stage.inbox(&me).await[0].id;
    let service = stage.service();
    let stale = service
        .remove(&me, id, &Expected::OneOf(vec![9]))
        .await
        .unwrap_err();
    assert_eq!(stale.kind(), Kind::Stale);
    service
        .remove(&me, id, &Expected::OneOf(vec![1]))
        .await
        .unwrap();
    assert!(stage.inbox(&me).await.is_empty());
    assert_eq!(service.unread_count(&me).await.unwrap().unread, 0);
    let again = service.remove(&me, id, &Expected::Any).await.unwrap_err();
    assert_eq!(again.kind(), Kind::NotFound);
    stage.module.sender().drain().await.unwrap();
    assert_eq!(stage.mailbox().len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]
    #[test]
    fn the_unread_count_is_what_the_list_shows(marks in proptest::collection::vec((0..3_usize, any::<bool>()), 0..12)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let stage = with_three().await;
            let me = caller(1);
            let ids: Vec<_> = stage.inbox(&me).await.into_iter().map(|view| view.id).collect();
            for (index, read) in marks {
                let marked = stage.service().mark(&me, ids[index], &Expected::Any, Some(read)).await.unwrap();
                assert_eq!(marked.read, read);
                let unread = stage.inbox(&me).await.iter().filter(|view| !view.read).count();
                let count = stage.service().unread_count(&me).await.unwrap().unread;
                assert_eq!(u64::try_from(unread).unwrap(), count);
            }
        });
    }
}

//! A user and their inbox.

use chrono::Duration;
use kernel::{Caller, Expected, Fault, Kind, NotificationId, PageRequest};
use proptest::prelude::*;

use super::request::{NotificationFilter, UpdateNotification};
use super::service::Service;
use super::view::NotificationView;
use crate::domain::Category;
use crate::tests::{ModuleTest, caller, completed, enrolled, registered, unlocked};

impl ModuleTest {
    pub(crate) fn inbox_service(&self) -> &Service {
        &self.module.inbox
    }

    pub(crate) async fn inbox(&self, caller: &Caller) -> Vec<NotificationView> {
        let page_request = PageRequest::first(200);
        let service = self.inbox_service();
        let page = service.list(caller, &ALL, &page_request).await;
        page.unwrap().items
    }
}

const ALL: NotificationFilter = NotificationFilter {
    category: None,
    unread: None,
};

fn only(unread: bool) -> NotificationFilter {
    NotificationFilter {
        unread: Some(unread),
        ..ALL
    }
}

fn about(category: Category) -> NotificationFilter {
    NotificationFilter {
        category: Some(category),
        ..ALL
    }
}

fn marked(read: bool) -> UpdateNotification {
    UpdateNotification { read: Some(read) }
}

async fn with_three() -> ModuleTest {
    let test = ModuleTest::new().await;
    test.receive(&registered(1, "Ada", "en")).await;
    test.later(Duration::seconds(1)).await;
    test.receive(&enrolled(1, "Go")).await;
    test.later(Duration::seconds(1)).await;
    test.receive(&unlocked(1, "First Steps", 10)).await;
    test
}

#[tokio::test]
async fn the_newest_message_comes_first() {
    let test = with_three().await;
    let titles: Vec<_> = test
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
    assert!(test.inbox(&caller(2)).await.is_empty());
}

#[tokio::test]
async fn a_walk_through_the_pages_sees_each_message_once_while_others_arrive() {
    let test = with_three().await;
    let mut page_request = PageRequest::first(1);
    let mut seen = Vec::new();
    loop {
        let page = test
            .inbox_service()
            .list(&caller(1), &ALL, &page_request)
            .await
            .unwrap();
        seen.extend(page.items.into_iter().map(|view| view.title));
        test.later(Duration::seconds(1)).await;
        test.receive(&completed(1, "Another")).await;
        match page.next {
            Some(keys) => page_request.from = Some(keys),
            None => break,
        }
    }
    assert_eq!(seen.len(), 3, "{seen:?}");
}

#[tokio::test]
async fn the_inbox_is_filtered_and_counted() {
    let test = with_three().await;
    let me = caller(1);
    let newest = test.inbox(&me).await[0].clone();
    let service = test.inbox_service();
    service
        .update(&me, newest.id, &Expected::Any, &marked(true))
        .await
        .unwrap();
    assert_eq!(service.unread_count(&me).await.unwrap().unread, 2);
    let page_request = PageRequest {
        count: true,
        ..PageRequest::first(1)
    };
    let unread = service.list(&me, &only(true), &page_request).await.unwrap();
    assert_eq!((unread.items.len(), unread.total), (1, Some(2)));
    let read = service
        .list(&me, &only(false), &page_request)
        .await
        .unwrap();
    assert_eq!((read.items[0].id, read.total), (newest.id, Some(1)));
    let courses = service
        .list(&me, &about(Category::Course), &page_request)
        .await
        .unwrap();
    assert_eq!(courses.items[0].title, "You are enrolled in Go");
    assert_eq!(courses.total, Some(1));
    let none = service
        .list(&me, &about(Category::Reminder), &page_request)
        .await
        .unwrap();
    assert_eq!((none.items.len(), none.total), (0, Some(0)));
}

#[tokio::test]
async fn marking_raises_the_version_only_when_something_changes() {
    let test = with_three().await;
    let me = caller(1);
    let first = test.inbox(&me).await[0].clone();
    let at = |version| Expected::OneOf(vec![version]);
    let service = test.inbox_service();
    let read = service
        .update(&me, first.id, &at(1), &marked(true))
        .await
        .unwrap();
    assert_eq!((read.read, read.version), (true, 2));
    let same = service
        .update(&me, first.id, &at(2), &marked(true))
        .await
        .unwrap();
    assert_eq!(same.version, 2);
    let untouched = service
        .update(&me, first.id, &at(2), &UpdateNotification { read: None })
        .await
        .unwrap();
    assert_eq!((untouched.read, untouched.version), (true, 2));
    let stale = service
        .update(&me, first.id, &at(1), &marked(false))
        .await
        .unwrap_err();
    assert_eq!(
        (stale.kind(), stale.code()),
        (Kind::Stale, "request.version_conflict")
    );
    let unread = service
        .update(&me, first.id, &at(2), &marked(false))
        .await
        .unwrap();
    assert_eq!((unread.read, unread.version), (false, 3));
    assert_eq!(service.get(&me, first.id).await.unwrap(), unread);
}

#[tokio::test]
async fn all_messages_can_be_marked_at_once_and_only_ones_own() {
    let test = with_three().await;
    test.receive(&registered(2, "Bob", "en")).await;
    let service = test.inbox_service();
    assert_eq!(service.mark_all_read(&caller(1)).await.unwrap().marked, 3);
    assert_eq!(service.mark_all_read(&caller(1)).await.unwrap().marked, 0);
    assert_eq!(service.unread_count(&caller(2)).await.unwrap().unread, 1);
    assert!(
        test.inbox(&caller(1))
            .await
            .iter()
            .all(|view| view.read && view.version == 2)
    );
}

#[tokio::test]
async fn anothers_message_is_not_there() {
    let test = with_three().await;
    let (mine, other) = (test.inbox(&caller(1)).await[0].id, caller(2));
    let service = test.inbox_service();
    let any = Expected::Any;
    for error in [
        service.get(&other, mine).await.unwrap_err(),
        service
            .update(&other, mine, &any, &marked(true))
            .await
            .unwrap_err(),
        service.delete(&other, mine, &any).await.unwrap_err(),
        service
            .get(&other, NotificationId::from(uuid::Uuid::from_u128(77)))
            .await
            .unwrap_err(),
    ] {
        assert_eq!(
            (error.kind(), error.code()),
            (Kind::NotFound, "notification.not_found")
        );
    }
    assert!(!service.get(&caller(1), mine).await.unwrap().read);
}

#[tokio::test]
async fn a_deleted_notification_is_gone_but_its_email_is_still_sent() {
    let test = ModuleTest::new().await;
    test.receive(&registered(1, "Ada", "en")).await;
    let me = caller(1);
    let id = test.inbox(&me).await[0].id;
    let service = test.inbox_service();
    let stale = service
        .delete(&me, id, &Expected::OneOf(vec![9]))
        .await
        .unwrap_err();
    assert_eq!(stale.kind(), Kind::Stale);
    service
        .delete(&me, id, &Expected::OneOf(vec![1]))
        .await
        .unwrap();
    assert!(test.inbox(&me).await.is_empty());
    assert_eq!(service.unread_count(&me).await.unwrap().unread, 0);
    let again = service.delete(&me, id, &Expected::Any).await.unwrap_err();
    assert_eq!(again.kind(), Kind::NotFound);
    test.drain().await;
    assert_eq!(test.mailbox().len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]
    #[test]
    fn the_unread_count_is_what_the_list_shows(marks in proptest::collection::vec((0..3_usize, any::<bool>()), 0..12)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let test = with_three().await;
            let me = caller(1);
            let ids: Vec<_> = test.inbox(&me).await.into_iter().map(|view| view.id).collect();
            for (index, read) in marks {
                let marked = test.inbox_service().update(&me, ids[index], &Expected::Any, &marked(read)).await.unwrap();
                assert_eq!(marked.read, read);
                let unread = test.inbox(&me).await.iter().filter(|view| !view.read).count();
                let count = test.inbox_service().unread_count(&me).await.unwrap().unread;
                assert_eq!(u64::try_from(unread).unwrap(), count);
            }
        });
    }
}

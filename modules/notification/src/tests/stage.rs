//! A module with everything around it that a test needs.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bus::{InboxWorker, accept};
use chrono::Duration;
use contracts::progress::{ProgressAchievementUnlocked, ProgressCourseCompleted, ProgressEnrolled};
use contracts::user::{ContactView, Letter, PersonView, UserApi, UserCreated, VerifyingKey};
use kernel::{
    Ambient, Envelope, Event, Failure, Fault, Kind, ProofId, Role, Roles, SessionId, Slice, UserId,
};
use rest::Caller;
use sea_orm::EntityTrait;
use testkit::{FixedClock, TestDatabase};
use uuid::Uuid;

use crate::delivery::DeliveryState;
use crate::service::Service;
use crate::store;
use crate::store::deliveries::DeliveryRecord;
use crate::view::NotificationView;
use crate::{MailSettings, Notification, Transport};

pub(super) struct Stage {
    pub(super) database: TestDatabase,
    pub(super) clock: FixedClock,
    pub(super) ambient: Ambient,
    pub(super) module: Notification,
    pub(super) users: Arc<Users>,
    pub(super) mails: PathBuf,
    pub(super) folder: PathBuf,
    worker: InboxWorker,
}

/// A user module that knows whom it is told to know.
#[derive(Default)]
pub(super) struct Users {
    pub(super) known: Mutex<Vec<ContactView>>,
    pub(super) away: Mutex<bool>,
    pub(super) letters: Mutex<HashMap<ProofId, Letter>>,
}

#[derive(Debug, thiserror::Error)]
#[error("the user module is away")]
struct Away;

impl Fault for Away {
    fn kind(&self) -> Kind {
        Kind::Unavailable
    }

    fn code(&self) -> &str {
        "test.away"
    }
}

#[async_trait]
impl UserApi for Users {
    async fn people(&self, _: &[UserId]) -> Result<Vec<PersonView>, Failure> {
        Ok(Vec::new())
    }

    async fn contact(&self, id: UserId) -> Result<Option<ContactView>, Failure> {
        if *self.away.lock().unwrap() {
            return Err(Failure::of(&Away));
        }
        let known = self.known.lock().unwrap();
        Ok(known.iter().find(|contact| contact.id == id).cloned())
    }

    async fn verifying_keys(&self) -> Result<Vec<VerifyingKey>, Failure> {
        Ok(Vec::new())
    }

    async fn session_open(&self, _: UserId, _: SessionId, _: i64) -> Result<bool, Failure> {
        Ok(true)
    }

    async fn letter(&self, proof: ProofId) -> Result<Option<Letter>, Failure> {
        if *self.away.lock().unwrap() {
            return Err(Failure::of(&Away));
        }
        Ok(self.letters.lock().unwrap().get(&proof).cloned())
    }

    async fn exchange(&self, _: &str) -> Result<Option<String>, Failure> {
        Ok(None)
    }
}

impl Stage {
    /// A stage whose mails lie in a folder.
    pub(super) async fn new() -> Self {
        Self::with(None).await
    }

    /// A stage with another transport than the folder.
    pub(super) async fn with(transport: Option<Transport>) -> Self {
        let database = TestDatabase::new::<migrations::notification::Migrator>().await;
        let clock = FixedClock::at("2026-03-01T10:00:00Z");
        let ambient = testkit::ambient(&clock);
        let users = Arc::new(Users::default());
        let name = format!("gopro-notification-{}", ambient.id::<kernel::kind::Event>());
        let folder = std::env::temp_dir().join(name);
        let mails = folder.join("mail");
        let settings = MailSettings {
            from: "GO-PRO <no-reply@learn.example.org>".to_owned(),
            public_url: "https://learn.example.org".to_owned(),
            transport: transport.unwrap_or_else(|| Transport::Folder(mails.clone())),
        };
        let asked: Arc<dyn UserApi> = Arc::clone(&users) as Arc<dyn UserApi>;
        let module = Notification::new(database.clone(), ambient.clone(), asked, settings).unwrap();
        let worker = InboxWorker::new(module.subscription(), ambient.clone());
        Self {
            database,
            clock,
            ambient,
            module,
            users,
            mails,
            folder,
            worker,
        }
    }

    pub(super) fn service(&self) -> &Service {
        &self.module.service
    }

    /// Lets an event arrive, as the bus would.
    pub(super) async fn hear<E: Event>(&self, event: &E) -> Envelope {
        let envelope = self.envelope(event);
        self.deliver(&envelope).await;
        envelope
    }

    pub(super) async fn deliver(&self, envelope: &Envelope) {
        accept(&self.database, &[envelope], self.ambient.now())
            .await
            .unwrap();
        while self.worker.drain().await.unwrap() > 0 {}
        let rows = database::inbox::Entity::find()
            .all(self.database.read())
            .await
            .unwrap();
        for row in rows {
            assert_eq!(
                row.state,
                database::inbox::DONE,
                "{}: {:?}",
                row.kind,
                row.error
            );
        }
    }

    pub(super) fn envelope<E: Event>(&self, event: &E) -> Envelope {
        Envelope {
            specversion: "1.0".to_owned(),
            id: self.ambient.id(),
            source: "/gopro/test".to_owned(),
            kind: E::TYPE.to_owned(),
            subject: event.subject(),
            time: self.ambient.now(),
            datacontenttype: "application/json".to_owned(),
            dataschema: format!("/events/{}", E::TYPE),
            aggregatetype: E::AGGREGATE.to_owned(),
            sequence: 1,
            correlationid: "request-1".to_owned(),
            causationid: None,
            traceparent: None,
            actor: None,
            data: serde_json::to_value(event).unwrap(),
        }
    }

    /// The kinds of the events that the module has told, in order.
    pub(super) async fn told(&self) -> Vec<Envelope> {
        let rows = database::outbox::Entity::find()
            .all(self.database.read())
            .await
            .unwrap();
        rows.iter()
            .map(|row| serde_json::from_str(&row.envelope).unwrap())
            .collect()
    }

    pub(super) async fn inbox(&self, caller: &Caller) -> Vec<NotificationView> {
        let slice = Slice::first(200);
        let page = self.service().list(caller, None, None, &slice).await;
        page.unwrap().items
    }

    pub(super) async fn deliveries(&self) -> Vec<DeliveryRecord> {
        let slice = Slice::first(200);
        let page = store::deliveries::list(self.database.read(), None, &slice).await;
        page.unwrap().items
    }

    /// The one delivery that there is.
    pub(super) async fn delivery(&self) -> DeliveryRecord {
        let mut all = self.deliveries().await;
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0)
    }

    pub(super) async fn assert_state(&self, state: DeliveryState, attempts: i32) {
        let delivery = self.delivery().await;
        assert_eq!((delivery.state, delivery.attempts), (state, attempts));
    }

    /// The mails in the folder.
    pub(super) fn mailbox(&self) -> Vec<String> {
        let mut files: Vec<_> = std::fs::read_dir(&self.mails)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        files
            .iter()
            .map(|path| std::fs::read_to_string(path).unwrap())
            .collect()
    }

    pub(super) fn later(&self, by: Duration) {
        self.clock.advance(by);
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _gone = std::fs::remove_dir_all(&self.folder);
    }
}

pub(super) fn person(number: u128) -> UserId {
    Uuid::from_u128(number).into()
}

pub(super) fn caller(number: u128) -> Caller {
    Caller {
        user_id: person(number),
        session_id: Uuid::from_u128(number + 1000).into(),
        roles: Roles::from(vec![Role::Student]),
        scope: String::new(),
    }
}

pub(super) fn registered(number: u128, name: &str, locale: &str) -> UserCreated {
    UserCreated {
        user_id: person(number),
        username: format!("user{number}"),
        display_name: name.to_owned(),
        email: format!("user{number}@example.org"),
        locale: locale.to_owned(),
        time_zone: "Europe/Rome".to_owned(),
        roles: Roles::from(vec![Role::Student]),
    }
}

pub(super) fn contact(number: u128, name: &str) -> ContactView {
    ContactView {
        id: person(number),
        display_name: name.to_owned(),
        email: format!("user{number}@example.org"),
        locale: "en".to_owned(),
        time_zone: "UTC".to_owned(),
    }
}

pub(super) fn enrolled(number: u128, title: &str) -> ProgressEnrolled {
    ProgressEnrolled {
        enrollment_id: Uuid::from_u128(1).into(),
        learner_id: person(number),
        course_id: Uuid::from_u128(2).into(),
        course_title: title.to_owned(),
        version: 1,
    }
}

pub(super) fn completed(number: u128, title: &str) -> ProgressCourseCompleted {
    ProgressCourseCompleted {
        enrollment_id: Uuid::from_u128(1).into(),
        learner_id: person(number),
        course_id: Uuid::from_u128(2).into(),
        course_title: title.to_owned(),
        completed_at: "2026-03-01T09:00:00Z".parse().unwrap(),
    }
}

pub(super) fn unlocked(number: u128, name: &str, points: i32) -> ProgressAchievementUnlocked {
    ProgressAchievementUnlocked {
        learner_id: person(number),
        achievement_id: Uuid::from_u128(3).into(),
        name: name.to_owned(),
        description: "You completed your first lesson.".to_owned(),
        points,
        unlocked_at: "2026-03-01T09:00:00Z".parse().unwrap(),
    }
}

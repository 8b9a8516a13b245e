//! A module with everything around it that a test needs.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bus::{InboxWorker, accept};
use chrono::{DateTime, Duration, Utc};
use contracts::progress::{
    EnrollmentOrigin, ProgressAchievementUnlocked, ProgressCourseCompleted, ProgressEnrolled,
};
use contracts::user::{ContactView, EmailContent, UserApi, UserCreated, UserView, VerifyingKey};
use kernel::Caller;
use kernel::{
    Env, Envelope, Event, Failure, Fault, Kind, OneTimeTokenId, Role, Roles, SessionId, UserId,
};
use sea_orm::{ConnectionTrait, DatabaseBackend, EntityTrait};
use testkit::{FixedClock, TestDatabase};
use uuid::Uuid;

use crate::{MailSettings, Notification, Transport};

pub(crate) struct ModuleTest {
    pub(crate) database: TestDatabase,
    pub(crate) clock: FixedClock,
    pub(crate) env: Env,
    pub(crate) module: Notification,
    pub(crate) users: Arc<Users>,
    pub(crate) mails: PathBuf,
    pub(crate) folder: PathBuf,
    worker: InboxWorker,
}

/// A user module that knows the users that a test gives it.
#[derive(Default)]
pub(crate) struct Users {
    pub(crate) known: Mutex<Vec<ContactView>>,
    pub(crate) away: Mutex<bool>,
    pub(crate) emails: Mutex<HashMap<OneTimeTokenId, EmailContent>>,
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
    async fn find_users(&self, _: &[UserId]) -> Result<Vec<UserView>, Failure> {
        Ok(Vec::new())
    }

    async fn identify(&self, _: &[String]) -> Result<Vec<Option<UserId>>, Failure> {
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

    async fn credential_keys(&self) -> Result<Vec<VerifyingKey>, Failure> {
        Ok(Vec::new())
    }

    async fn sign_credential(&self, _: &str) -> Result<String, Failure> {
        Ok(String::new())
    }

    async fn session_open(
        &self,
        _: UserId,
        _: SessionId,
        _: i64,
    ) -> Result<Option<Roles>, Failure> {
        Ok(Some(vec![Role::Student].into()))
    }

    async fn email_content(&self, token: OneTimeTokenId) -> Result<Option<EmailContent>, Failure> {
        if *self.away.lock().unwrap() {
            return Err(Failure::of(&Away));
        }
        Ok(self.emails.lock().unwrap().get(&token).cloned())
    }

    async fn exchange(&self, _: &str) -> Result<Option<String>, Failure> {
        Ok(None)
    }
}

impl ModuleTest {
    /// A module whose emails lie in a folder.
    pub(crate) async fn new() -> Self {
        Self::with(None).await
    }

    /// A module with another transport than the folder.
    pub(crate) async fn with(transport: Option<Transport>) -> Self {
        let database = TestDatabase::new::<migrations::notification::Migrator>().await;
        let clock = FixedClock::at("2026-03-01T10:00:00Z");
        let env = testkit::env(&clock);
        let users = Arc::new(Users::default());
        let name = format!("gopro-notification-{}", env.id::<kernel::kind::Event>());
        let folder = std::env::temp_dir().join(name);
        let mails = folder.join("mail");
        let settings = MailSettings {
            from: "GO-PRO <no-reply@learn.example.org>".to_owned(),
            public_url: "https://learn.example.org".to_owned(),
            transport: transport.unwrap_or_else(|| Transport::Folder(mails.clone())),
            dkim: None,
        };
        let asked: Arc<dyn UserApi> = Arc::clone(&users) as Arc<dyn UserApi>;
        let module = Notification::new(database.clone(), env.clone(), asked, settings).unwrap();
        let worker = InboxWorker::new(module.subscription(), env.clone());
        Self {
            database,
            clock,
            env,
            module,
            users,
            mails,
            folder,
            worker,
        }
    }

    /// Lets an event arrive, as the bus would.
    pub(crate) async fn receive<E: Event>(&self, event: &E) -> Envelope {
        let envelope = self.envelope(event);
        self.deliver(&envelope).await;
        envelope
    }

    pub(crate) async fn deliver(&self, envelope: &Envelope) {
        accept(&self.database, &[envelope], self.env.now())
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

    pub(crate) fn envelope<E: Event>(&self, event: &E) -> Envelope {
        Envelope {
            specversion: "1.0".to_owned(),
            id: self.env.id(),
            source: "/gopro/test".to_owned(),
            kind: E::TYPE.to_owned(),
            subject: event.subject(),
            time: self.env.now(),
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

    /// The events that the module has published, in order.
    pub(crate) async fn published(&self) -> Vec<Envelope> {
        let rows = database::outbox::Entity::find()
            .all(self.database.read())
            .await
            .unwrap();
        rows.iter()
            .map(|row| serde_json::from_str(&row.envelope).unwrap())
            .collect()
    }

    /// The emails in the folder.
    pub(crate) fn mailbox(&self) -> Vec<String> {
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

    /// Lets time pass. A PostgreSQL server's clock cannot be moved, so there the deliveries are.
    pub(crate) async fn later(&self, by: Duration) {
        self.clock.advance(by);
        if self.database.backend() != DatabaseBackend::Postgres {
            return;
        }
        let seconds = by.num_seconds();
        let earlier = format!(
            "UPDATE delivery SET available_at = available_at - make_interval(secs => {seconds})"
        );
        let writer = self.database.for_migrations();
        writer.execute_unprepared(&earlier).await.unwrap();
    }

    /// The time by which the workers of this database claim and wait.
    pub(crate) async fn shared_now(&self) -> DateTime<Utc> {
        let own = self.env.now();
        database::clock(self.database.read(), own).await.unwrap()
    }
}

impl Drop for ModuleTest {
    fn drop(&mut self) {
        let _gone = std::fs::remove_dir_all(&self.folder);
    }
}

pub(crate) fn user(number: u128) -> UserId {
    Uuid::from_u128(number).into()
}

pub(crate) fn caller(number: u128) -> Caller {
    Caller {
        user_id: user(number),
        session_id: Uuid::from_u128(number + 1000).into(),
        roles: Roles::from(vec![Role::Student]),
        scope: String::new(),
    }
}

pub(crate) fn registered(number: u128, name: &str, locale: &str) -> UserCreated {
    UserCreated {
        user_id: user(number),
        username: format!("user{number}"),
        display_name: name.to_owned(),
        email: format!("user{number}@example.org"),
        email_verified: true,
        locale: locale.to_owned(),
        time_zone: "Europe/Rome".to_owned(),
        roles: Roles::from(vec![Role::Student]),
    }
}

pub(crate) fn contact(number: u128, name: &str) -> ContactView {
    ContactView {
        id: user(number),
        display_name: name.to_owned(),
        email: format!("user{number}@example.org"),
        email_verified: true,
        locale: "en".to_owned(),
        time_zone: "UTC".to_owned(),
    }
}

pub(crate) fn enrolled(number: u128, title: &str) -> ProgressEnrolled {
    ProgressEnrolled {
        enrollment_id: Uuid::from_u128(1).into(),
        learner_id: user(number),
        course_id: Uuid::from_u128(2).into(),
        course_title: title.to_owned(),
        version: 1,
        returning: false,
        origin: EnrollmentOrigin::Learner,
    }
}

pub(crate) fn completed(number: u128, title: &str) -> ProgressCourseCompleted {
    ProgressCourseCompleted {
        enrollment_id: Uuid::from_u128(1).into(),
        learner_id: user(number),
        course_id: Uuid::from_u128(2).into(),
        course_title: title.to_owned(),
        completed_at: "2026-03-01T09:00:00Z".parse().unwrap(),
        certificate_code: Some("ABCD-EFGH-JKMN-PQR8".to_owned()),
    }
}

pub(crate) fn unlocked(number: u128, name: &str, points: i32) -> ProgressAchievementUnlocked {
    ProgressAchievementUnlocked {
        learner_id: user(number),
        achievement_id: Uuid::from_u128(3).into(),
        name: name.to_owned(),
        description: "You completed your first lesson.".to_owned(),
        points,
        unlocked_at: "2026-03-01T09:00:00Z".parse().unwrap(),
    }
}

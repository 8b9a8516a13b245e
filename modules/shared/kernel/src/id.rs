//! Typed ids: a course's id cannot be handed to a function that wants a lesson's.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

/// An id of a `K`: a UUIDv7 (RFC 9562), written in JSON as the hyphenated lower-case form.
pub struct Id<K> {
    uuid: Uuid,
    kind: PhantomData<fn() -> K>,
}

impl<K> Id<K> {
    /// The bare UUID, for a database column.
    pub fn uuid(self) -> Uuid {
        self.uuid
    }
}

/// The kinds that an [`Id`] can be of; none of them has a value.
pub mod kind {
    /// A user's account.
    pub enum User {}
    /// A login on one device.
    pub enum Session {}
    /// A device that a user has logged in with.
    pub enum Device {}
    /// A one-time token, such as the link of a password reset.
    pub enum OneTimeToken {}
    /// A token for programs that a user has made.
    pub enum ApiToken {}
    /// A user's account at another provider.
    pub enum Identity {}
    /// A piece of work across modules.
    pub enum Saga {}
    /// A course.
    pub enum Course {}
    /// A section of a course.
    pub enum Section {}
    /// A lesson of a course.
    pub enum Lesson {}
    /// An exercise of a lesson.
    pub enum Exercise {}
    /// An invitation to a course.
    pub enum Invitation {}
    /// Grading the answers to an exercise again.
    pub enum Regrade {}
    /// A report.
    pub enum Report {}
    /// One answer to an exercise.
    pub enum Submission {}
    /// One user's enrollment in one course.
    pub enum Enrollment {}
    /// Learners who take a course together.
    pub enum Cohort {}
    /// One fact in the activity log.
    pub enum Activity {}
    /// An achievement that users can earn.
    pub enum Achievement {}
    /// A message in a user's inbox.
    pub enum Notification {}
    /// One notification or email on its way by one channel.
    pub enum Delivery {}
    /// An event of a module.
    pub enum Event {}
}

/// The id of a user's account.
pub type UserId = Id<kind::User>;
/// The id of a login on one device.
pub type SessionId = Id<kind::Session>;
/// The id of a device that a user has logged in with.
pub type DeviceId = Id<kind::Device>;
/// The id of a one-time token; it is not the secret and proves nothing.
pub type OneTimeTokenId = Id<kind::OneTimeToken>;
/// The id of a token for programs.
pub type ApiTokenId = Id<kind::ApiToken>;
/// The id of a user's account at another provider.
pub type IdentityId = Id<kind::Identity>;
/// The id of a piece of work across modules.
pub type SagaId = Id<kind::Saga>;
/// The id of a course.
pub type CourseId = Id<kind::Course>;
/// The id of a section of a course.
pub type SectionId = Id<kind::Section>;
/// The id of a lesson.
pub type LessonId = Id<kind::Lesson>;
/// The id of an exercise.
pub type ExerciseId = Id<kind::Exercise>;
/// The id of an invitation to a course; it is not the code and lets nobody in.
pub type InvitationId = Id<kind::Invitation>;
/// The id of a regrade of an exercise.
pub type RegradeId = Id<kind::Regrade>;
/// The id of a report about the learners of a course.
pub type ReportId = Id<kind::Report>;
/// The id of an answer to an exercise.
pub type SubmissionId = Id<kind::Submission>;
/// The id of an enrollment.
pub type EnrollmentId = Id<kind::Enrollment>;
/// The id of a cohort of a course.
pub type CohortId = Id<kind::Cohort>;
/// The id of a fact in the activity log.
pub type ActivityId = Id<kind::Activity>;
/// The id of an achievement.
pub type AchievementId = Id<kind::Achievement>;
/// The id of a message in a user's inbox.
pub type NotificationId = Id<kind::Notification>;
/// The id of a delivery.
pub type DeliveryId = Id<kind::Delivery>;
/// The id of an event.
pub type EventId = Id<kind::Event>;

impl<K> From<Uuid> for Id<K> {
    fn from(uuid: Uuid) -> Self {
        Self {
            uuid,
            kind: PhantomData,
        }
    }
}

impl<K> From<Id<K>> for Uuid {
    fn from(id: Id<K>) -> Self {
        id.uuid
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K> Copy for Id<K> {}

impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.uuid == other.uuid
    }
}

impl<K> Eq for Id<K> {}

impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.uuid.cmp(&other.uuid)
    }
}

impl<K> Hash for Id<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.uuid.hash(state);
    }
}

impl<K> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.uuid, f)
    }
}

impl<K> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.uuid, f)
    }
}

impl<K> FromStr for Id<K> {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::try_parse(text).map(Self::from)
    }
}

impl<K> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.uuid.serialize(serializer)
    }
}

impl<'de, K> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Uuid::deserialize(deserializer).map(Self::from)
    }
}

impl<K> PartialSchema for Id<K> {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)))
            .description(Some("A UUIDv7 (RFC 9562)."))
            .examples([serde_json::json!("01920000-0000-7000-8000-000000000001")])
            .into()
    }
}

impl<K> ToSchema for Id<K> {
    fn name() -> std::borrow::Cow<'static, str> {
        "ResourceId".into()
    }
}

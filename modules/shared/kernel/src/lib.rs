//! The words that every module speaks: ids, time, chance, faults, events and pages.
//! No web framework, no database and no broker may be known here.

mod ambient;
mod event;
mod fault;
mod id;
mod operation;
mod page;
mod roles;
pub mod text;

pub use ambient::{Ambient, Chance, Clock, SystemChance, SystemClock};
pub use event::{Envelope, Event, EventError};
pub use fault::{Failure, Fault, FieldFault, Kind};
pub use id::{
    AchievementId, ActivityId, ApiTokenId, CourseId, EnrollmentId, EventId, ExerciseId, Id,
    IdentityId, LessonId, NotificationId, ProofId, SagaId, SectionId, SessionId, SubmissionId,
    UserId, kind,
};
pub use operation::{Expected, IdempotencyKey, Operation, Outcome, Stale};
pub use page::{Key, Page, Slice};
pub use roles::{Role, Roles};
pub use secrecy::{ExposeSecret, SecretString};

//! The words that every module speaks: ids, time, chance, faults, events and pages.
//! No web framework, no database and no broker may be known here.

mod caller;
mod env;
mod event;
mod fault;
mod id;
mod one_per_user;
mod operation;
mod page;
mod piece;
mod roles;
mod steady_clock;
pub mod text;

pub use caller::Caller;
pub use env::{Clock, Env, Rng, SystemClock, SystemRng};
pub use event::{Envelope, Event, EventError};
pub use fault::{Failure, Fault, FieldFault, Kind, with_causes};
pub use id::{
    AchievementId, ActivityId, ApiTokenId, CohortId, CourseId, DeliveryId, DeviceId, EnrollmentId,
    EventId, ExerciseId, Id, IdentityId, InvitationId, LessonId, NotificationId, OneTimeTokenId,
    RegradeId, ReportId, SagaId, SectionId, SessionId, SubmissionId, UserId, kind,
};
pub use one_per_user::{OnePerUser, Turn};
pub use operation::{Expected, ExpectedHash, IdempotencyKey, Operation, Outcome, Stale};
pub use page::{Key, Page, PageRequest};
pub use piece::{Keyed, Piece, Place};
pub use roles::{Role, Roles};
pub use secrecy::{ExposeSecret, SecretString};
pub use steady_clock::SteadyClock;

//! How a saga goes from step to step in time.

use chrono::{DateTime, Duration, Utc};
use database::saga::{Saga, SagaState};
use kernel::{SagaId, UserId};

use super::steps::SWEEP;

/// How long a step may take before its saga has failed.
pub(super) const PATIENCE: Duration = Duration::hours(1);
/// After what time a step that had no answer is requested again.
const AGAIN: Duration = Duration::minutes(5);
/// How soon it is looked whether the last events have left the house.
const LOOK: Duration = Duration::minutes(1);

/// A saga that begins now with `step`.
pub(super) fn begin(id: SagaId, kind: &str, user: UserId, step: &str, now: DateTime<Utc>) -> Saga {
    Saga {
        id,
        kind: kind.to_owned(),
        subject: user.uuid(),
        state: SagaState::Running,
        step: step.to_owned(),
        data: "{}".to_owned(),
        attempts: 0,
        deadline: None,
        available_at: now,
        error: None,
        created_at: now,
        updated_at: now,
        finished_at: None,
    }
}

/// Gives the present step its time.
pub(super) fn enter(saga: &mut Saga, step: &str, now: DateTime<Utc>) {
    step.clone_into(&mut saga.step);
    saga.attempts = 0;
    saga.error = None;
    saga.deadline = Some(now + PATIENCE);
}

/// Says when to look after a step that was begun.
pub(super) fn wait(saga: &mut Saga, now: DateTime<Utc>) {
    let pause = match saga.step == SWEEP {
        true => LOOK,
        false => AGAIN,
    };
    let next = now + pause;
    saga.attempts += 1;
    saga.available_at = saga.deadline.map_or(next, |deadline| deadline.min(next));
}

pub(super) fn finish(saga: &mut Saga, state: SagaState, now: DateTime<Utc>) {
    saga.state = state;
    saga.deadline = None;
    saga.error = None;
    saga.finished_at = Some(now);
}

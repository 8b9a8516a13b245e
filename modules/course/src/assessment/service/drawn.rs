//! What an attempt is asked.

use std::sync::Arc;

use kernel::UserId;

use crate::domain::Draw;
use crate::publishing::VersionExercise;

/// An exercise as an attempt has it.
pub(crate) fn drawn(
    asked: Arc<VersionExercise>,
    seed: &str,
    learner: UserId,
    attempt: i32,
) -> Arc<VersionExercise> {
    if !asked.body.is_drawn() {
        return asked;
    }
    let draw = Draw {
        seed,
        exercise: asked.exercise_id,
        learner,
        attempt,
    };
    Arc::new(VersionExercise {
        body: draw.apply(&asked.body),
        ..VersionExercise::clone(&asked)
    })
}

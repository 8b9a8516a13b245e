//! What is answered wrongly most, for those who teach.

use kernel::{Caller, ExerciseId};

use super::super::request::ReadMistakes;
use super::super::store;
use super::super::view::{ExerciseMistakes, Mistake};
use super::Service;
use crate::domain::Need;
use crate::error::Error;
use crate::publishing::EditionQuery;

impl Service {
    /// The most frequent answers that did not pass. They stay in this module, which alone knows the answers.
    pub(crate) async fn mistakes(
        &self,
        caller: &Caller,
        exercise: ExerciseId,
        query: &ReadMistakes,
    ) -> Result<ExerciseMistakes, Error> {
        let newest = EditionQuery::default();
        let read = self
            .publishing
            .edition_of_exercise(caller, exercise, &newest);
        let (course, _) = read.await?;
        let db = self.database.read();
        let may = self.authoring.require(db, caller, &course, Need::Read);
        may.await?;
        let found = store::mistakes(db, exercise, query.version).await?;
        let mistakes = found
            .into_iter()
            .map(|(answer, count)| Mistake { answer, count });
        Ok(ExerciseMistakes {
            exercise_id: exercise,
            mistakes: mistakes.collect(),
        })
    }
}

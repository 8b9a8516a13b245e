//! The most frequent wrong answers.

use kernel::ExerciseId;
use sea_orm::{ConnectionTrait, Statement};

use crate::domain::Answer;
use crate::domain::question::Grader;
use crate::entity::column::decode;
use crate::error::Error;

/// The newest answers by the order of an index, so that the work is bounded however many there are. Essays and programs,
/// which the staff grades, are texts of their learners, of which no two are the same.
const MOST_FREQUENT: &str = "
SELECT answer, COUNT(*) FROM (
    SELECT answer, number, passed, state FROM submission
    WHERE exercise_id = $1 ORDER BY created_at DESC, id DESC LIMIT 2000
) AS newest
WHERE passed = FALSE AND state = 'graded' AND answer <> 'null' AND ($2 = 0 OR number = $2)
GROUP BY answer ORDER BY COUNT(*) DESC, answer LIMIT 50";

/// How many are shown.
const SHOWN: usize = 10;

/// The most frequent answers that did not pass, to one version or to any, with how often they were given.
pub(crate) async fn mistakes(
    db: &impl ConnectionTrait,
    exercise: ExerciseId,
    version: Option<i64>,
) -> Result<Vec<(Answer, i64)>, Error> {
    let values = [exercise.uuid().into(), version.unwrap_or(0).into()];
    let backend = db.get_database_backend();
    let statement = Statement::from_sql_and_values(backend, MOST_FREQUENT, values);
    let mut found = Vec::new();
    for row in db.query_all_raw(statement).await? {
        let answer: String = row.try_get_by_index(0)?;
        let answer: Answer = decode(&answer)?;
        if answer.kind().grader() == Grader::Machine && found.len() < SHOWN {
            found.push((answer, row.try_get_by_index(1)?));
        }
    }
    Ok(found)
}

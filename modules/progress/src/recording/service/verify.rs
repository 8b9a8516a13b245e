//! Folding the log and comparing: every projection must be what its facts say.

use std::collections::BTreeMap;
use std::fmt::Debug;

use database::Database;
use kernel::{CourseId, UserId};

use super::super::store::projections;
use super::fold::{self, Outlines};
use crate::domain::{Board, Cell, Statistics};
use crate::error::Error;
use crate::{analytics, leaderboards, learners};

const LEARNERS_AT_ONCE: u64 = 200;

/// What the logs say of each course.
type Counts = BTreeMap<CourseId, Statistics>;

/// A projection that differs from the fold of its log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// Which projection, of whom.
    pub subject: String,
    /// What the log gives.
    pub expected: String,
    /// What is stored.
    pub found: String,
}

/// Compares the projections of every learner with their log.
pub(crate) async fn verify(database: &Database) -> Result<Vec<Mismatch>, Error> {
    let mut mismatches = Vec::new();
    let mut wrong = fold_all(database, &mut mismatches).await?;
    if !wrong.is_empty() {
        // Learners are compared one after the other, so that whatever they do meanwhile makes a difference that another
        // look does not find again.
        let again = fold_all(database, &mut Vec::new()).await?;
        wrong.retain(|cell, counts| {
            let difference = |(expected, found): &(i64, i64)| found - expected;
            again.get(cell).map(difference) == Some(difference(counts))
        });
    }
    for ((course, cell), (expected, found)) in wrong {
        mismatches.push(Mismatch {
            subject: format!("count {cell:?} of course {course}"),
            expected: expected.to_string(),
            found: found.to_string(),
        });
    }
    for wrong in leaderboards::wrong_counts(database).await? {
        let Board { scope, period } = &wrong.board;
        let (level, bucket) = (wrong.level, wrong.bucket);
        mismatches.push(Mismatch {
            subject: format!("count of bucket {bucket} at level {level} of {scope} {period}"),
            expected: wrong.learners.to_string(),
            found: wrong.counted.to_string(),
        });
    }
    Ok(mismatches)
}

/// The counts that differ from what the logs of all learners say, with what they say first.
async fn fold_all(
    database: &Database,
    mismatches: &mut Vec<Mismatch>,
) -> Result<BTreeMap<(CourseId, Cell), (i64, i64)>, Error> {
    let (mut counts, mut known) = (Counts::new(), Outlines::new());
    let mut last = None;
    loop {
        let db = database.read();
        let learners = learners::list_after(db, last, LEARNERS_AT_ONCE).await?;
        let Some(newest) = learners.last() else {
            break;
        };
        last = Some(newest.id);
        for learner in &learners {
            verify_learner(database, learner.id, &mut known, &mut counts, mismatches).await?;
        }
    }
    let mut compared: BTreeMap<(CourseId, Cell), (i64, i64)> = BTreeMap::new();
    for (course, counts) in counts {
        for (cell, count) in counts.into_cells() {
            compared.insert((course, cell), (count, 0));
        }
    }
    for (cell, count) in analytics::list_all(database.read()).await? {
        compared.entry(cell).or_insert((0, 0)).1 = count;
    }
    compared.retain(|_, (expected, found)| expected != found);
    Ok(compared)
}

/// One learner is locked while they are compared, so that no change comes between.
async fn verify_learner(
    database: &Database,
    learner: UserId,
    known: &mut Outlines,
    counts: &mut Counts,
    mismatches: &mut Vec<Mismatch>,
) -> Result<(), Error> {
    let txn = database.begin().await?;
    let Some(learner) = learners::lock(&txn, learner).await? else {
        return Ok(());
    };
    let folded = fold::fold(&txn, &learner, known).await?;
    for one in &folded.enrollments {
        let name = format!("enrollment {}", one.enrollment.id);
        let expected = Some(&one.enrollment);
        compare(&name, &expected, &one.stored.as_ref(), mismatches);
        let Some(stored) = &one.stored else {
            continue;
        };
        let stored = projections::find(&txn, stored).await?;
        let subject = format!("state of {name}");
        compare(&subject, &one.state, &stored, mismatches);
    }
    for (course, of_learner) in folded.counts {
        counts.entry(course).or_default().merge(of_learner);
    }
    let rows = leaderboards::list_of(&txn, learner.id).await?;
    let seen = rows.iter().all(|row| row.visible == learner.is_shown());
    let stored: BTreeMap<Board, i64> = rows
        .into_iter()
        .map(|row| (row.board, row.points))
        .collect();
    let name = format!("learner {}", learner.id);
    let (of_totals, of_streak) = (format!("totals of {name}"), format!("streak of {name}"));
    compare(&of_totals, &folded.totals, &learner.totals, mismatches);
    compare(&of_streak, &folded.streak, &learner.streak, mismatches);
    let (scores, calendar) = (format!("scores of {name}"), format!("calendar of {name}"));
    compare(&scores, &folded.scores, &stored, mismatches);
    compare(&format!("visibility of {name}"), &true, &seen, mismatches);
    compare(&calendar, &Vec::new(), &folded.misdated, mismatches);
    Ok(())
}

fn compare<T: PartialEq + Debug>(
    subject: &str,
    expected: &T,
    found: &T,
    mismatches: &mut Vec<Mismatch>,
) {
    if expected != found {
        mismatches.push(Mismatch {
            subject: subject.to_owned(),
            expected: format!("{expected:?}"),
            found: format!("{found:?}"),
        });
    }
}

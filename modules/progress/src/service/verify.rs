//! Folding the log and comparing: every projection must be what its facts say.

use std::collections::BTreeMap;
use std::fmt::Debug;

use kernel::{CourseId, EnrollmentId};

use super::fold::{Shape, State, Tally};
use super::streak::Streak;
use super::{Service, scores};
use crate::error::Error;
use crate::store;
use crate::store::activity::Entry;
use crate::store::learners::Learner;

const LEARNERS_AT_ONCE: u64 = 200;

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

impl Service {
    /// Compares the projections of every learner with their log.
    pub(crate) async fn verify(&self) -> Result<Vec<Mismatch>, Error> {
        let mut mismatches = Vec::new();
        let mut last = None;
        loop {
            let db = self.database.read();
            let learners = store::learners::list_after(db, last, LEARNERS_AT_ONCE).await?;
            let Some(newest) = learners.last() else {
                return Ok(mismatches);
            };
            last = Some(newest.id);
            for learner in &learners {
                self.verify_learner(learner.clone(), &mut mismatches)
                    .await?;
            }
        }
    }

    /// One learner is locked while they are compared, so that no change comes between.
    async fn verify_learner(
        &self,
        learner: Learner,
        mismatches: &mut Vec<Mismatch>,
    ) -> Result<(), Error> {
        let txn = self.database.begin().await?;
        let learner = match store::learners::lock(&*txn, learner.id).await {
            Err(Error::Forgotten) => return Ok(()),
            locked => locked?,
        };
        let log = store::activity::list_of(&*txn, learner.id).await?;
        let mut folds: BTreeMap<EnrollmentId, (Shape, State)> = BTreeMap::new();
        for enrollment in store::enrollments::list_of(&*txn, learner.id).await? {
            let outline =
                store::outlines::find(&*txn, enrollment.course, enrollment.version).await?;
            let shape = outline.as_ref().map(Shape::of).unwrap_or_default();
            let of_stream = log.iter().filter(|entry| entry.stream == enrollment.id);
            let state = State::fold(&shape, of_stream.map(|entry| &entry.occurrence));
            let stored = store::projections::load(&*txn, &enrollment).await?;
            let mut expected = enrollment.clone();
            expected.reflect(&state);
            expected.total = shape.total();
            let name = format!("enrollment {}", enrollment.id);
            compare(&name, &expected, &enrollment, mismatches);
            compare(&format!("state of {name}"), &state, &stored, mismatches);
            folds.insert(enrollment.id, (shape, State::default()));
        }
        let unlocked = store::achievements::unlocked_of(&*txn, learner.id).await?;
        let mut points = BTreeMap::new();
        let (mut tally, streak) = replay(&log, &mut folds, &mut points);
        for one in &unlocked {
            tally.points += i64::from(one.points);
            for place in scores::places(None, one.at) {
                *points.entry(place).or_insert(0) += i64::from(one.points);
            }
        }
        let rows = store::scores::list_of(&*txn, learner.id).await?;
        let stored: BTreeMap<(String, String), i64> = rows
            .into_iter()
            .map(|row| ((row.scope, row.period), row.points))
            .collect();
        let name = format!("learner {}", learner.id);
        compare(
            &format!("totals of {name}"),
            &tally,
            &learner.tally,
            mismatches,
        );
        compare(
            &format!("streak of {name}"),
            &streak,
            &learner.streak,
            mismatches,
        );
        compare(&format!("scores of {name}"), &points, &stored, mismatches);
        Ok(())
    }
}

/// Totals, streak and scores, from the log of one learner in the order of recording.
fn replay(
    log: &[Entry],
    folds: &mut BTreeMap<EnrollmentId, (Shape, State)>,
    points: &mut BTreeMap<(String, String), i64>,
) -> (Tally, Streak) {
    let (mut tally, mut streak) = (Tally::default(), Streak::default());
    for entry in log {
        let Some((shape, state)) = folds.get_mut(&entry.stream) else {
            continue;
        };
        let before = state.tally();
        state.apply(shape, &entry.occurrence);
        let after = state.tally();
        tally = tally.moved(before, after);
        if entry.occurrence.fact.keeps_streak() {
            (streak, _) = streak.touch(entry.day);
        }
        let gained = after.points - before.points;
        if gained != 0 {
            add(points, entry.course, entry, gained);
        }
    }
    (tally, streak)
}

fn add(points: &mut BTreeMap<(String, String), i64>, course: CourseId, entry: &Entry, gained: i64) {
    for place in scores::places(Some(course), entry.recorded_at) {
        *points.entry(place).or_insert(0) += gained;
    }
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

//! Folding the log and comparing: every projection must be what its facts say.

use std::collections::BTreeMap;
use std::fmt::Debug;

use database::Database;
use kernel::{CourseId, EnrollmentId, UserId};

use super::super::store::activity::ActivityRecord;
use super::super::store::{activity, enrollments, projections};
use crate::domain::{
    Board, Cell, Fact, Occurrence, Replay, Shape, Standing, Statistics, Streak, Totals,
};
use crate::error::Error;
use crate::learners::ZoneChange;
use crate::{analytics, leaderboards, learners, outlines, rewards};

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
    let mut wrong = fold(database, &mut mismatches).await?;
    if !wrong.is_empty() {
        // Learners are compared one after the other, so that whatever they do meanwhile makes a difference that another
        // look does not find again.
        let again = fold(database, &mut Vec::new()).await?;
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
async fn fold(
    database: &Database,
    mismatches: &mut Vec<Mismatch>,
) -> Result<BTreeMap<(CourseId, Cell), (i64, i64)>, Error> {
    let mut counts = Counts::new();
    let mut last = None;
    loop {
        let db = database.read();
        let learners = learners::list_after(db, last, LEARNERS_AT_ONCE).await?;
        let Some(newest) = learners.last() else {
            break;
        };
        last = Some(newest.id);
        for learner in &learners {
            verify_learner(database, learner.id, &mut counts, mismatches).await?;
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
    counts: &mut Counts,
    mismatches: &mut Vec<Mismatch>,
) -> Result<(), Error> {
    let txn = database.begin().await?;
    let Some(learner) = learners::lock(&txn, learner).await? else {
        return Ok(());
    };
    let log = activity::list_of(&txn, learner.id).await?;
    let mut replays: BTreeMap<EnrollmentId, Replay> = BTreeMap::new();
    for enrollment in enrollments::list_of(&txn, learner.id).await? {
        let of_stream = log.iter().filter(|record| record.stream == enrollment.id);
        let facts: Vec<&Occurrence> = of_stream.map(|record| &record.occurrence).collect();
        let mut expected = enrollment.clone();
        let mut shapes = BTreeMap::new();
        for fact in &facts {
            if let Fact::Enrolled { version } | Fact::Upgraded { version } = fact.fact {
                expected.version = version;
                let outline = outlines::find(&txn, enrollment.course, version).await?;
                let shape = outline.as_ref().map(Shape::of).unwrap_or_default();
                shapes.insert(version, shape);
            }
        }
        let start = Replay::new(shapes);
        let mut replay = start.clone();
        for fact in facts {
            replay.apply(fact);
        }
        let stored = projections::find(&txn, &enrollment).await?;
        expected.reflect(replay.state(), replay.shape());
        let name = format!("enrollment {}", enrollment.id);
        compare(&name, &expected, &enrollment, mismatches);
        let subject = format!("state of {name}");
        compare(&subject, replay.state(), &stored, mismatches);
        let standing = Standing {
            version: expected.version,
            state: replay.state(),
            shape: replay.shape(),
        };
        let counts = counts.entry(enrollment.course).or_default();
        counts.add(standing, 1);
        replays.insert(enrollment.id, start);
    }
    let earned = rewards::earned_of(&txn, learner.id).await?;
    let mut points = BTreeMap::new();
    let zones = learners::list_zones_of(&txn, learner.id).await?;
    let streak = streak_of(&log, &replays, &zones);
    let mut totals = replay(&log, &mut replays, &mut points);
    for one in &earned {
        totals.points += i64::from(one.points);
        for board in Board::counting(None, one.at) {
            *points.entry(board).or_insert(0) += i64::from(one.points);
        }
    }
    let rows = leaderboards::list_of(&txn, learner.id).await?;
    let seen = rows.iter().all(|row| row.visible == learner.is_shown());
    let stored: BTreeMap<Board, i64> = rows
        .into_iter()
        .map(|row| (row.board, row.points))
        .collect();
    let name = format!("learner {}", learner.id);
    let (of_totals, of_streak) = (format!("totals of {name}"), format!("streak of {name}"));
    compare(&of_totals, &totals, &learner.totals, mismatches);
    compare(&of_streak, &streak, &learner.streak, mismatches);
    compare(&format!("scores of {name}"), &points, &stored, mismatches);
    compare(&format!("visibility of {name}"), &true, &seen, mismatches);
    Ok(())
}

/// The streak, from the log of one learner and the zones that they had before each fact.
fn streak_of(
    log: &[ActivityRecord],
    known: &BTreeMap<EnrollmentId, Replay>,
    zones: &[ZoneChange],
) -> Streak {
    let mut streak = Streak::default();
    let mut zone = "UTC";
    let mut zones = zones.iter().peekable();
    for (facts, record) in (0..).zip(log.iter().map(Some).chain([None])) {
        while let Some(change) = zones.next_if(|change| change.facts <= facts) {
            zone = &change.time_zone;
            streak = streak.change_zone(zone);
        }
        let Some(record) = record.filter(|record| known.contains_key(&record.stream)) else {
            continue;
        };
        if record.occurrence.fact.keeps_streak() {
            (streak, _) = streak.learn(record.occurrence.at, zone);
        }
    }
    streak
}

/// Totals and scores, from the log of one learner in the order of recording.
fn replay(
    log: &[ActivityRecord],
    replays: &mut BTreeMap<EnrollmentId, Replay>,
    points: &mut BTreeMap<Board, i64>,
) -> Totals {
    let mut totals = Totals::default();
    for record in log {
        let Some(replay) = replays.get_mut(&record.stream) else {
            continue;
        };
        let before = replay.state().totals();
        replay.apply(&record.occurrence);
        let after = replay.state().totals();
        totals = totals.moved(before, after);
        let gained = after.points - before.points;
        if gained != 0 {
            for board in Board::counting(Some(record.course), record.recorded_at) {
                *points.entry(board).or_insert(0) += gained;
            }
        }
    }
    totals
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

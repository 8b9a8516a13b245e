//! Folding the log of a learner: all that their facts, zones, and achievements say, from nothing.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use chrono::NaiveDate;
use contracts::course::OutlineView;
use kernel::{ActivityId, CourseId, EnrollmentId};
use sea_orm::ConnectionTrait;

use super::super::store::activity::{self, ActivityRecord};
use super::super::store::enrollments;
use crate::domain::{
    Board, Enrollment, Fact, Learner, Replay, Shape, Standing, State, Statistics, Streak, Totals,
    Vacation, local_day,
};
use crate::error::Error;
use crate::learners::ZoneChange;
use crate::{learners, outlines, rewards};

/// What the log of a learner says.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fold {
    pub(crate) enrollments: Vec<FoldedEnrollment>,
    pub(crate) totals: Totals,
    pub(crate) streak: Streak,
    pub(crate) scores: BTreeMap<Board, i64>,
    pub(crate) counts: BTreeMap<CourseId, Statistics>,
    /// The facts that the calendar shows on another day than the one on which they fell.
    pub(crate) misdated: Vec<(ActivityId, NaiveDate)>,
    /// How many facts were folded.
    pub(crate) facts: usize,
}

/// What the log says of one enrollment.
#[derive(Debug, Clone)]
pub(crate) struct FoldedEnrollment {
    pub(crate) enrollment: Enrollment,
    /// The same as it is stored; nothing where its row is missing.
    pub(crate) stored: Option<Enrollment>,
    pub(crate) state: State,
}

/// The outlines that were read for the folds so far.
pub(crate) type Outlines = BTreeMap<(CourseId, i64), Option<Arc<OutlineView>>>;

/// Folds the log of a learner.
pub(crate) async fn fold(
    db: &impl ConnectionTrait,
    learner: &Learner,
    known: &mut Outlines,
) -> Result<Fold, Error> {
    let log = activity::list_of(db, learner.id).await?;
    let stored = enrollments::list_of(db, learner.id).await?;
    let mut stored: BTreeMap<EnrollmentId, Enrollment> =
        stored.into_iter().map(|one| (one.id, one)).collect();
    let mut streams: BTreeMap<EnrollmentId, Vec<&ActivityRecord>> =
        stored.keys().map(|id| (*id, Vec::new())).collect();
    for record in &log {
        streams.entry(record.stream).or_default().push(record);
    }
    let mut fold = Fold {
        facts: log.len(),
        ..Fold::default()
    };
    let mut replays: BTreeMap<EnrollmentId, Replay> = BTreeMap::new();
    for (id, facts) in streams {
        let stored = stored.remove(&id);
        let course = stored.as_ref().map(|one| one.course);
        let Some(course) = course.or_else(|| facts.first().map(|fact| fact.course)) else {
            continue;
        };
        let versions = load(db, course, &facts, known).await?;
        let Some(mut enrollment) = enrollment_of(id, learner, stored.as_ref(), &facts, &versions)
        else {
            continue;
        };
        let shapes = versions.iter().map(|(version, outline)| {
            let shape = outline.as_deref().map(Shape::of).unwrap_or_default();
            (*version, shape)
        });
        let start = Replay::new(shapes.collect());
        let mut replay = start.clone();
        for fact in &facts {
            replay.apply(&fact.occurrence);
        }
        if let Some(version) = replay.version() {
            enrollment.version = version;
        }
        enrollment.reflect(replay.state(), replay.shape());
        let standing = Standing {
            version: enrollment.version,
            state: replay.state(),
            shape: replay.shape(),
        };
        fold.counts.entry(course).or_default().add(standing, 1);
        fold.enrollments.push(FoldedEnrollment {
            enrollment,
            stored,
            state: replay.state().clone(),
        });
        replays.insert(id, start);
    }
    let zones = learners::list_zones_of(db, learner.id).await?;
    (fold.streak, fold.misdated) = days_of(&log, &replays, &zones, &learner.vacations);
    (fold.totals, fold.scores) = totals_of(&log, &mut replays);
    for one in rewards::earned_of(db, learner.id).await? {
        fold.totals.points += i64::from(one.points);
        for board in Board::counting(None, one.at) {
            *fold.scores.entry(board).or_insert(0) += i64::from(one.points);
        }
    }
    Ok(fold)
}

/// The outlines of the versions that the learner was on.
async fn load(
    db: &impl ConnectionTrait,
    course: CourseId,
    facts: &[&ActivityRecord],
    known: &mut Outlines,
) -> Result<BTreeMap<i64, Option<Arc<OutlineView>>>, Error> {
    let mut versions = BTreeMap::new();
    for fact in facts {
        let (Fact::Enrolled { version } | Fact::Upgraded { version }) = fact.occurrence.fact else {
            continue;
        };
        let outline = match known.entry((course, version)) {
            Entry::Occupied(known) => known.get().clone(),
            Entry::Vacant(unknown) => {
                let found = outlines::find(db, course, version).await?;
                unknown.insert(found.map(Arc::new)).clone()
            }
        };
        versions.insert(version, outline);
    }
    Ok(versions)
}

/// The enrollment to which the facts lead; one whose row is missing is made of the version that it began with.
fn enrollment_of(
    id: EnrollmentId,
    learner: &Learner,
    stored: Option<&Enrollment>,
    facts: &[&ActivityRecord],
    versions: &BTreeMap<i64, Option<Arc<OutlineView>>>,
) -> Option<Enrollment> {
    if let Some(stored) = stored {
        return Some(stored.clone());
    }
    let at = facts.first()?.occurrence.at;
    let last = facts
        .iter()
        .rev()
        .find_map(|fact| match fact.occurrence.fact {
            Fact::Enrolled { version } | Fact::Upgraded { version } => Some(version),
            _ => None,
        })?;
    let outline = versions.get(&last).cloned().flatten()?;
    Some(Enrollment::new(
        id,
        learner.id,
        outline.slug.clone(),
        &outline,
        at,
    ))
}

/// The streak, from the log of one learner and the zones that they had before each fact, and the facts that the calendar
/// shows on a wrong day.
fn days_of(
    log: &[ActivityRecord],
    known: &BTreeMap<EnrollmentId, Replay>,
    zones: &[ZoneChange],
    vacations: &[Vacation],
) -> (Streak, Vec<(ActivityId, NaiveDate)>) {
    let (mut streak, mut misdated) = (Streak::default(), Vec::new());
    let mut zone = "UTC";
    let mut changes = zones.iter().peekable();
    let mut announced = 0;
    for (facts, record) in (0..).zip(log.iter().map(Some).chain([None])) {
        loop {
            let coming = vacations.get(announced).filter(|one| one.facts <= facts);
            // At the same fact, the events of the account say which came first.
            let earlier = |change: &&ZoneChange| {
                change.facts <= facts
                    && coming.is_none_or(|one| {
                        (change.facts, change.sequence) <= (one.facts, one.sequence)
                    })
            };
            if let Some(change) = changes.next_if(earlier) {
                zone = &change.time_zone;
                streak = streak.change_zone(zone);
            } else if coming.is_some() {
                announced += 1;
            } else {
                break;
            }
            streak = streak.spare(zone, vacations.get(..announced).unwrap_or_default());
        }
        let Some(record) = record else {
            continue;
        };
        let day = local_day(record.occurrence.at, zone);
        if day != record.day {
            misdated.push((record.id, day));
        }
        if known.contains_key(&record.stream) && record.occurrence.fact.keeps_streak() {
            (streak, _) = streak.learn(record.occurrence.at, zone);
            streak = streak.spare(zone, vacations.get(..announced).unwrap_or_default());
        }
    }
    (streak, misdated)
}

/// Totals and scores, from the log of one learner in the order of recording.
fn totals_of(
    log: &[ActivityRecord],
    replays: &mut BTreeMap<EnrollmentId, Replay>,
) -> (Totals, BTreeMap<Board, i64>) {
    let (mut totals, mut scores) = (Totals::default(), BTreeMap::new());
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
                *scores.entry(board).or_insert(0) += gained;
            }
        }
    }
    (totals, scores)
}

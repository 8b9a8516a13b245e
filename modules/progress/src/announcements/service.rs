//! What is told of new versions, and when.

use bus::Events;
use chrono::{DateTime, TimeDelta, Utc};
use contracts::course::{CoursePublished, OutlineView};
use contracts::progress::ProgressVersionAvailable;
use database::{Database, Transaction};
use kernel::{CourseId, Env, Operation};
use sea_orm::ConnectionTrait;

use super::store::{self, AnnouncementRecord};
use crate::domain::MODULE;
use crate::error::Error;

/// Who publishes twice within this has corrected something, and learners are told of the second one alone.
const PATIENCE: TimeDelta = TimeDelta::minutes(10);
/// No course tells of its versions more often.
const DAY: TimeDelta = TimeDelta::days(1);
/// How many learners are told in one transaction.
const BATCH: u64 = 200;
/// How many transactions a call makes at most: others wait behind it.
const MAX_TRANSACTIONS: usize = 20;

/// Tells learners of new versions.
#[derive(Clone)]
pub(crate) struct Service {
    database: Database,
    env: Env,
}

/// Notes that the learners of earlier versions are to be told; the version of a restored course is not new.
pub(crate) async fn on_course_published(
    txn: &Transaction,
    now: DateTime<Utc>,
    event: CoursePublished,
) -> Result<(), Error> {
    let outline = event.outline;
    if outline.version < 2 {
        return Ok(());
    }
    let known = store::find_for_change(txn, outline.course_id).await?;
    if known
        .as_ref()
        .is_some_and(|known| known.version >= outline.version)
    {
        return Ok(());
    }
    let announced_at = known.and_then(|known| known.announced_at);
    let announcement = AnnouncementRecord {
        course: outline.course_id,
        version: outline.version,
        title: outline.title,
        change_notes: event.change_notes,
        due_at: Some(earliest(now, announced_at).max(now + PATIENCE)),
        after: None,
        announced_at,
        from_version: None,
    };
    store::upsert(txn, announcement).await
}

/// When a course may tell of its versions again.
fn earliest(now: DateTime<Utc>, announced_at: Option<DateTime<Utc>>) -> DateTime<Utc> {
    announced_at.map_or(now, |announced| now.max(announced + DAY))
}

/// Tells the learners of earlier versions of the newest one, or those of one version, as soon as the course may tell
/// of its versions again. Whom an announcement of it is on its way to is not told twice.
///
/// # Errors
/// [`Error::OfferPending`] while an offer to others is on its way, which would not be told them any more.
pub(crate) async fn offer(
    txn: &Transaction,
    now: DateTime<Utc>,
    newest: &OutlineView,
    from_version: Option<i64>,
) -> Result<(), Error> {
    let known = store::find_for_change(txn, newest.course_id).await?;
    let announced_at = known.as_ref().and_then(|known| known.announced_at);
    let due_at = earliest(now, announced_at);
    let is_known = known
        .as_ref()
        .is_none_or(|known| known.version == newest.version);
    let known = known.filter(|_| is_known);
    if let Some(pending) = known.as_ref()
        && let Some(due) = pending.due_at
    {
        return match (pending.from_version, from_version) {
            (None, None) => {
                let sooner = AnnouncementRecord {
                    due_at: Some(due.min(due_at)),
                    ..pending.clone()
                };
                store::upsert(txn, sooner).await
            }
            (None, Some(_)) => Ok(()),
            (one, other) if one == other => Ok(()),
            _ => Err(Error::OfferPending),
        };
    }
    let announcement = AnnouncementRecord {
        course: newest.course_id,
        version: newest.version,
        title: newest.title.clone(),
        change_notes: known.map_or_else(String::new, |one| one.change_notes),
        due_at: Some(due_at),
        after: None,
        announced_at,
        // The event of a version that is offered before it arrives tells nobody any more, so the offer tells everybody.
        from_version: from_version.filter(|_| is_known),
    };
    store::upsert(txn, announcement).await
}

/// What the authors of a version say of it, as long as none is newer.
pub(crate) async fn change_notes(
    db: &impl ConnectionTrait,
    course: CourseId,
    version: i64,
) -> Result<String, Error> {
    let notes = store::change_notes(db, course, version).await?;
    Ok(notes.unwrap_or_default())
}

impl Service {
    pub(crate) fn new(database: Database, env: Env) -> Self {
        Self { database, env }
    }

    /// Tells the learners whose time has come; returns how many there were.
    pub(crate) async fn announce_due(&self) -> Result<u64, Error> {
        let mut told = 0;
        let due = store::due(self.database.read(), self.env.now()).await?;
        let turns = due.iter().cycle().take(MAX_TRANSACTIONS);
        for course in turns {
            let some = self.announce_some(*course).await;
            told += some.unwrap_or_else(|error| {
                tracing::warn!(%course, %error, "the learners of a course were not told of its new version; trying it again");
                0
            });
        }
        Ok(told)
    }

    async fn announce_some(&self, course: CourseId) -> Result<u64, Error> {
        let txn = self.database.begin_private().await?;
        let now = self.env.now();
        // Another process may have told these learners a moment ago.
        let found = store::find_for_change(&txn, course).await?;
        let Some(mut announcement) =
            found.filter(|found| found.due_at.is_some_and(|due| due <= now))
        else {
            return Ok(0);
        };
        let learners = store::next_learners(&txn, &announcement, BATCH).await?;
        let operation = Operation::system("new version");
        let mut events = Events::new(&self.env, &operation, MODULE);
        for (enrollment_id, learner_id, version) in &learners {
            events.push(&ProgressVersionAvailable {
                enrollment_id: *enrollment_id,
                learner_id: *learner_id,
                course_id: course,
                course_title: announcement.title.clone(),
                version: *version,
                newest_version: announcement.version,
                change_notes: announcement.change_notes.clone(),
                moved: false,
            })?;
        }
        events.append(&txn).await?;
        let told = u64::try_from(learners.len()).unwrap_or(0);
        announcement.after = learners.last().map(|(id, ..)| *id);
        announcement.announced_at = Some(now);
        if told < BATCH {
            (announcement.due_at, announcement.after) = (None, None);
        }
        store::upsert(&txn, announcement).await?;
        txn.commit().await?;
        Ok(told)
    }
}

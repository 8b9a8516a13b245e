//! What was folded of learners and is not shown yet.

use kernel::UserId;
use sea_orm::sea_query::{Query, SimpleExpr};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, Set, Statement,
};
use uuid::Uuid;

use crate::domain::Learner;
use crate::entity::{learner, learner_shadow};
use crate::error::Error;
use crate::leaderboards::{self, ScoreRecord};
use crate::recording::{Fold, enrollments, projections};
use crate::store;

/// Raised whenever the fold gives something else than before, so that a shadow of another release is folded again.
const FOLD_VERSION: i32 = 1;
/// Databases bound the parameters of a statement.
const CELLS_AT_ONCE: usize = 500;

/// Of how much a learner is folded: whatever they do, each of these only grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Extent {
    pub(crate) learner: UserId,
    facts: i64,
    zones: i64,
    achievements: i64,
    /// The length of the list of them.
    vacations: i64,
}

const STALE: &str = "
SELECT id, facts, zones, achievements, vacations FROM (
    SELECT learner.id AS id, CAST(LENGTH(learner.vacations) AS BIGINT) AS vacations,
        (SELECT COUNT(*) FROM activity WHERE learner_id = learner.id) AS facts,
        (SELECT COALESCE(MAX(sequence), 0) FROM zone_change WHERE learner_id = learner.id) AS zones,
        (SELECT COUNT(*) FROM earned_achievement WHERE learner_id = learner.id) AS achievements,
        shadow.fold_version AS folded_by, shadow.facts AS folded_facts, shadow.zones AS folded_zones,
        shadow.achievements AS folded_achievements, shadow.vacations AS folded_vacations
    FROM learner LEFT JOIN learner_shadow AS shadow ON shadow.id = learner.id
    WHERE learner.id > $1
) AS looked_at
WHERE folded_by IS NULL OR folded_by <> $2 OR folded_facts <> facts OR folded_zones <> zones
    OR folded_achievements <> achievements OR folded_vacations <> vacations
ORDER BY id LIMIT $3";

/// The learners after `last` of whom less is folded than there is, by id.
pub(crate) async fn list_stale(
    db: &impl ConnectionTrait,
    last: Option<UserId>,
    limit: i64,
) -> Result<Vec<Extent>, Error> {
    let last = last.map_or_else(Uuid::nil, UserId::uuid);
    let values = [last.into(), FOLD_VERSION.into(), limit.into()];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), STALE, values);
    let mut stale = Vec::new();
    for row in db.query_all_raw(statement).await? {
        let id: Uuid = row.try_get_by_index(0)?;
        stale.push(Extent {
            learner: id.into(),
            facts: row.try_get_by_index(1)?,
            zones: row.try_get_by_index(2)?,
            achievements: row.try_get_by_index(3)?,
            vacations: row.try_get_by_index(4)?,
        });
    }
    Ok(stale)
}

/// Those of these learners who are still there, and stay until the end of the transaction.
pub(crate) async fn hold(
    db: &impl ConnectionTrait,
    learners: &[UserId],
) -> Result<Vec<UserId>, Error> {
    let ids = learners.iter().map(|id| id.uuid());
    let held: Vec<Uuid> = learner::Entity::find()
        .select_only()
        .column(learner::Column::Id)
        .filter(learner::Column::Id.is_in(ids))
        .lock_shared()
        .into_tuple()
        .all(db)
        .await?;
    Ok(held.into_iter().map(UserId::from).collect())
}

/// Writes what the logs of learners say, in place of what was folded of them before.
pub(crate) async fn replace(
    db: &impl ConnectionTrait,
    folded: &[(Extent, Learner, Fold)],
) -> Result<(), Error> {
    let ids: Vec<Uuid> = folded.iter().map(|(of, ..)| of.learner.uuid()).collect();
    learner_shadow::Entity::delete_many()
        .filter(learner_shadow::Column::Id.is_in(ids))
        .exec(db)
        .await?;
    let learners = folded.iter().map(|(extent, _, fold)| row(*extent, fold));
    store::insert_into(db, "learner_shadow", learners.collect()).await?;
    let all = || folded.iter().flat_map(|(_, _, fold)| &fold.enrollments);
    let rows = all().map(|one| enrollments::row(&one.enrollment));
    store::insert_into(db, "enrollment_shadow", rows.collect()).await?;
    let lessons = all().flat_map(|one| {
        let of = one.enrollment.id;
        let lessons = one.state.lessons.iter();
        lessons.map(move |(id, state)| projections::lesson_row(of, *id, state))
    });
    store::insert_into(db, "lesson_progress_shadow", lessons.collect()).await?;
    let exercises = all().flat_map(|one| {
        let of = one.enrollment.id;
        let exercises = one.state.exercises.iter();
        exercises.map(move |(id, state)| projections::exercise_row(of, *id, state))
    });
    store::insert_into(db, "exercise_progress_shadow", exercises.collect()).await?;
    let scores = folded.iter().flat_map(|(_, learner, fold)| {
        fold.scores.iter().map(|(board, points)| {
            leaderboards::score_row(&ScoreRecord {
                board: board.clone(),
                learner: learner.id,
                points: *points,
                visible: learner.is_shown(),
            })
        })
    });
    store::insert_into(db, "score_shadow", scores.collect()).await?;
    insert_days(db, folded).await?;
    insert_counts(db, folded).await
}

async fn insert_days(
    db: &impl ConnectionTrait,
    folded: &[(Extent, Learner, Fold)],
) -> Result<(), Error> {
    let rows: Vec<[SimpleExpr; 3]> = folded
        .iter()
        .flat_map(|(extent, _, fold)| {
            let of = extent.learner.uuid();
            let days = fold.misdated.iter();
            days.map(move |(fact, day)| [fact.uuid().into(), of.into(), (*day).into()])
        })
        .collect();
    let columns = ["activity_id", "learner_id", "day"];
    insert_cells(db, "calendar_shadow", columns, rows).await
}

async fn insert_counts(
    db: &impl ConnectionTrait,
    folded: &[(Extent, Learner, Fold)],
) -> Result<(), Error> {
    let mut rows: Vec<[SimpleExpr; 7]> = Vec::new();
    for (extent, _, fold) in folded {
        for (course, counts) in &fold.counts {
            for (cell, count) in counts.clone().into_cells() {
                rows.push([
                    extent.learner.uuid().into(),
                    course.uuid().into(),
                    cell.version.into(),
                    cell.item.into(),
                    cell.measure.into(),
                    cell.bucket.into(),
                    count.into(),
                ]);
            }
        }
    }
    let columns = [
        "learner_id",
        "course_id",
        "version",
        "item_id",
        "measure",
        "bucket",
        "count",
    ];
    insert_cells(db, "analytics_shadow", columns, rows).await
}

async fn insert_cells<const N: usize>(
    db: &impl ConnectionTrait,
    table: &'static str,
    columns: [&'static str; N],
    rows: Vec<[SimpleExpr; N]>,
) -> Result<(), Error> {
    for part in rows.chunks(CELLS_AT_ONCE) {
        let mut insert = Query::insert();
        insert.into_table(table).columns(columns);
        for row in part {
            insert
                .values(row.clone())
                .map_err(|error| DbErr::Custom(error.to_string()))?;
        }
        db.execute(&insert).await?;
    }
    Ok(())
}

/// Deletes what was folded of a learner.
pub(crate) async fn delete_of(db: &impl ConnectionTrait, learner: UserId) -> Result<(), Error> {
    learner_shadow::Entity::delete_by_id(learner.uuid())
        .exec(db)
        .await?;
    Ok(())
}

/// Deletes what was folded of some learners; returns how many they were.
pub(crate) async fn delete_some(db: &impl ConnectionTrait, limit: u64) -> Result<u64, Error> {
    let some: Vec<Uuid> = learner_shadow::Entity::find()
        .select_only()
        .column(learner_shadow::Column::Id)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?;
    let deleted = learner_shadow::Entity::delete_many()
        .filter(learner_shadow::Column::Id.is_in(some))
        .exec(db)
        .await?;
    Ok(deleted.rows_affected)
}

fn row(extent: Extent, fold: &Fold) -> learner_shadow::ActiveModel {
    let (totals, streak) = (fold.totals, fold.streak);
    learner_shadow::ActiveModel {
        id: Set(extent.learner.uuid()),
        fold_version: Set(FOLD_VERSION),
        facts: Set(extent.facts),
        zones: Set(extent.zones),
        achievements: Set(extent.achievements),
        vacations: Set(extent.vacations),
        points: Set(totals.points),
        seconds: Set(totals.seconds),
        lessons: Set(totals.lessons),
        courses: Set(totals.courses),
        exercises: Set(totals.exercises),
        perfects: Set(totals.perfects),
        streak_days: Set(streak.days),
        longest_streak: Set(streak.longest),
        last_active_day: Set(streak.last_day),
        learned_at: Set(streak.last_at),
        counted_at: Set(streak.counted_at),
        next_day_at: Set(streak.next_day_at),
        alive_until: Set(streak.alive_until),
        grace_until: Set(streak.grace_until),
        grace_free_at: Set(streak.grace_free_at),
    }
}

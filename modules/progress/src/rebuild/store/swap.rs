//! Taking over what was folded: only rows that differ are written, so that a server that waits meanwhile does not wait for
//! more.

use sea_orm::{ConnectionTrait, DatabaseBackend};

use crate::domain::{LEVELS, Projection, bits};
use crate::error::Error;

/// A table, and its shadow.
struct Shadowed {
    table: &'static str,
    shadow: &'static str,
    keys: &'static [&'static str],
    values: &'static [&'static str],
}

const ENROLLMENT: Shadowed = Shadowed {
    table: "enrollment",
    shadow: "enrollment_shadow",
    keys: &["id"],
    values: &[
        "learner_id",
        "course_id",
        "version",
        "title",
        "status",
        "progress",
        "done",
        "total",
        "points",
        "revision",
        "enrolled_at",
        "started_at",
        "completed_at",
        "last_activity_at",
        "score_percent",
        "days_to_complete",
        "furthest_lesson",
        "risk_low_at",
        "risk_high_at",
        "access_until",
    ],
};

const LESSON: Shadowed = Shadowed {
    table: "lesson_progress",
    shadow: "lesson_progress_shadow",
    keys: &["enrollment_id", "lesson_id"],
    values: &[
        "percent",
        "seconds",
        "started_at",
        "reported_at",
        "completed_at",
    ],
};

const EXERCISE: Shadowed = Shadowed {
    table: "exercise_progress",
    shadow: "exercise_progress_shadow",
    keys: &["enrollment_id", "exercise_id"],
    values: &[
        "best_score",
        "max_score",
        "credit",
        "passed",
        "perfect",
        "attempts",
        "awaiting",
        "first_attempt",
        "first_score",
        "first_max",
        "first_passed",
    ],
};

const TOTALS: Shadowed = Shadowed {
    table: "learner",
    shadow: "learner_shadow",
    keys: &["id"],
    values: &[
        "points",
        "seconds",
        "lessons",
        "courses",
        "exercises",
        "perfects",
    ],
};

const STREAK: Shadowed = Shadowed {
    table: "learner",
    shadow: "learner_shadow",
    keys: &["id"],
    values: &[
        "streak_days",
        "longest_streak",
        "last_active_day",
        "learned_at",
        "counted_at",
        "next_day_at",
        "alive_until",
        "grace_until",
        "grace_free_at",
    ],
};

const SCORE: Shadowed = Shadowed {
    table: "score",
    shadow: "score_shadow",
    keys: &["scope", "period", "learner_id"],
    values: &["points", "visible"],
};

const CALENDAR: &str = "UPDATE activity SET day = shadow.day FROM calendar_shadow AS shadow \
    WHERE shadow.activity_id = activity.id";

/// Who appears on leaderboards may have changed since they were folded.
const VISIBILITY: &str = "UPDATE score_shadow SET visible = NOT score_shadow.visible FROM learner \
    WHERE learner.id = score_shadow.learner_id \
    AND score_shadow.visible <> (learner.visible AND NOT learner.locked AND NOT learner.erasing)";

const ANALYTICS: &str = "
INSERT INTO analytics_count (course_id, version, item_id, measure, bucket, slot, count)
SELECT course_id, version, item_id, measure, bucket, 0, CAST(SUM(count) AS BIGINT) FROM (
    SELECT course_id, version, item_id, measure, bucket, count FROM analytics_shadow
    UNION ALL
    SELECT course_id, version, item_id, measure, bucket, -count FROM analytics_count
) AS counts
GROUP BY course_id, version, item_id, measure, bucket HAVING SUM(count) <> 0
ON CONFLICT (course_id, version, item_id, measure, bucket, slot)
DO UPDATE SET count = analytics_count.count + excluded.count";

/// The counts of a level are those of the scores.
fn count_scores(level: i16) -> String {
    let bits = bits(level);
    format!(
        "INSERT INTO score_count (scope, period, level, bucket, slot, count)
        SELECT scope, period, {level}, bucket, 0, CAST(SUM(count) AS BIGINT) FROM (
            SELECT scope, period, points >> {bits} AS bucket, 1 AS count FROM score
            WHERE visible = TRUE AND points <> 0
            UNION ALL
            SELECT scope, period, bucket, -count FROM score_count WHERE level = {level}
        ) AS counts
        GROUP BY scope, period, bucket HAVING SUM(count) <> 0
        ON CONFLICT (scope, period, level, bucket, slot)
        DO UPDATE SET count = score_count.count + excluded.count"
    )
}

/// Keeps every change of a learner out until the end of the transaction, after those that have begun. On SQLite a
/// transaction does so by itself.
pub(crate) async fn block_writers(db: &impl ConnectionTrait) -> Result<(), Error> {
    if db.get_database_backend() == DatabaseBackend::Postgres {
        // Whoever changes anything that is folded of a learner has locked their row first; who only reads is not kept out.
        db.execute_unprepared("LOCK TABLE learner IN EXCLUSIVE MODE")
            .await?;
    }
    Ok(())
}

/// Puts the shadow of a projection in its place.
pub(crate) async fn swap(db: &impl ConnectionTrait, projection: Projection) -> Result<(), Error> {
    match projection {
        Projection::CourseProgress => {
            run(db, &ENROLLMENT.update()).await?;
            run(db, &ENROLLMENT.insert()).await
        }
        Projection::LessonState => {
            for parts in [LESSON, EXERCISE] {
                run(db, &parts.delete()).await?;
                run(db, &parts.update()).await?;
                let insert = parts.insert();
                // A row that is missing comes back with the projection that has it.
                let enrolled =
                    "EXISTS (SELECT 1 FROM enrollment WHERE enrollment.id = shadow.enrollment_id)";
                run(db, &format!("{insert} AND {enrolled}")).await?;
            }
            Ok(())
        }
        Projection::LearnerTotals => run(db, &TOTALS.update()).await,
        Projection::Streak => run(db, &STREAK.update()).await,
        Projection::Calendar => run(db, CALENDAR).await,
        Projection::Leaderboards => {
            run(db, VISIBILITY).await?;
            run(db, &SCORE.delete()).await?;
            run(db, &SCORE.update()).await?;
            run(db, &SCORE.insert()).await?;
            for level in 0..LEVELS {
                run(db, &count_scores(level)).await?;
            }
            run(
                db,
                &format!("DELETE FROM score_count WHERE level >= {LEVELS}"),
            )
            .await
        }
        Projection::Analytics => run(db, ANALYTICS).await,
        Projection::Achievements => Ok(()),
    }
}

async fn run(db: &impl ConnectionTrait, sql: &str) -> Result<(), Error> {
    db.execute_unprepared(sql).await?;
    Ok(())
}

impl Shadowed {
    fn update(&self) -> String {
        let set = join(self.values, ", ", |column| {
            format!("{column} = shadow.{column}")
        });
        let old = join(self.values, ", ", |column| {
            format!("{}.{column}", self.table)
        });
        let new = join(self.values, ", ", |column| format!("shadow.{column}"));
        format!(
            "UPDATE {} SET {set} FROM {} AS shadow WHERE {} AND ({new}) IS DISTINCT FROM ({old})",
            self.table,
            self.shadow,
            self.same_key()
        )
    }

    fn insert(&self) -> String {
        let columns = [self.keys, self.values].concat();
        let names = columns.join(", ");
        let values = join(&columns, ", ", |column| format!("shadow.{column}"));
        format!(
            "INSERT INTO {table} ({names}) SELECT {values} FROM {} AS shadow \
            WHERE NOT EXISTS (SELECT 1 FROM {table} WHERE {})",
            self.shadow,
            self.same_key(),
            table = self.table,
        )
    }

    fn delete(&self) -> String {
        format!(
            "DELETE FROM {} WHERE NOT EXISTS (SELECT 1 FROM {} AS shadow WHERE {})",
            self.table,
            self.shadow,
            self.same_key()
        )
    }

    fn same_key(&self) -> String {
        join(self.keys, " AND ", |column| {
            format!("shadow.{column} = {}.{column}", self.table)
        })
    }
}

fn join(columns: &[&str], between: &str, show: impl Fn(&str) -> String) -> String {
    let shown: Vec<String> = columns.iter().map(|column| show(column)).collect();
    shown.join(between)
}

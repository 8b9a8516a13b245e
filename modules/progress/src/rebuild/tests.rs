//! Projections that were damaged, and what they are after a rebuild.

use chrono::Duration;
use database::Database;
use kernel::UserId;
use sea_orm::{ConnectionTrait, Statement};

use super::service;
use crate::domain::Projection;
use crate::learning::ReportProgress;
use crate::tests::{ModuleTest, by, learner, lesson, user};
use crate::{Progress, Rebuilt};

/// All that is derived from the log, as text that is the same whenever the rows are.
const SHOWN: [(&str, &str); 7] = [
    ("enrollment", "SELECT * FROM enrollment ORDER BY id"),
    (
        "lesson_progress",
        "SELECT * FROM lesson_progress ORDER BY enrollment_id, lesson_id",
    ),
    (
        "exercise_progress",
        "SELECT * FROM exercise_progress ORDER BY enrollment_id, exercise_id",
    ),
    ("learner", "SELECT * FROM learner ORDER BY id"),
    (
        "activity",
        "SELECT stream, version, day FROM activity ORDER BY global_seq",
    ),
    (
        "score",
        "SELECT * FROM score ORDER BY scope, period, learner_id",
    ),
    (
        "analytics_count",
        "SELECT course_id, version, item_id, measure, bucket, CAST(SUM(count) AS BIGINT) FROM analytics_count \
            GROUP BY course_id, version, item_id, measure, bucket HAVING SUM(count) <> 0 \
            ORDER BY course_id, version, item_id, measure, bucket",
    ),
];

const DAMAGE: [&str; 10] = [
    "UPDATE enrollment SET done = 0, points = points + 7, revision = revision - 1, status = 'left'",
    "UPDATE lesson_progress SET percent = 3, seconds = 0",
    "DELETE FROM exercise_progress",
    "UPDATE learner SET points = 1, lessons = 99, streak_days = 77, alive_until = NULL",
    "UPDATE activity SET day = '2020-01-01'",
    "DELETE FROM score WHERE period = 'all'",
    "UPDATE score SET points = points + 1, visible = FALSE",
    "DELETE FROM score_count WHERE level = 0",
    "UPDATE score_count SET count = count + 3",
    "UPDATE analytics_count SET count = count + 5",
];

async fn shown(database: &Database) -> Vec<String> {
    let mut shown = Vec::new();
    for (table, sql) in SHOWN {
        let db = database.for_migrations();
        let statement = Statement::from_string(db.get_database_backend(), sql);
        for row in db.query_all_raw(statement).await.unwrap() {
            shown.push(format!("{table} {}", text_of(&row)));
        }
    }
    shown
}

fn text_of(row: &sea_orm::QueryResult) -> String {
    let columns = row.column_names();
    let cells = columns.iter().map(|column| {
        let whole = row
            .try_get::<Option<i64>>("", column)
            .map(|one| format!("{one:?}"));
        let small = row
            .try_get::<Option<i32>>("", column)
            .map(|one| format!("{one:?}"));
        let tiny = row
            .try_get::<Option<i16>>("", column)
            .map(|one| format!("{one:?}"));
        let yes = row
            .try_get::<Option<bool>>("", column)
            .map(|one| format!("{one:?}"));
        let id = row
            .try_get::<Option<uuid::Uuid>>("", column)
            .map(|one| format!("{one:?}"));
        let at = row
            .try_get::<Option<chrono::DateTime<chrono::Utc>>>("", column)
            .map(|one| format!("{one:?}"));
        let day = row
            .try_get::<Option<chrono::NaiveDate>>("", column)
            .map(|one| format!("{one:?}"));
        let text = row
            .try_get::<Option<String>>("", column)
            .map(|one| format!("{one:?}"));
        let first = [id, at, day, whole, small, tiny, yes, text];
        first.into_iter().find_map(Result::ok).expect("a value")
    });
    cells.collect::<Vec<_>>().join(" ")
}

async fn damage(database: &Database) {
    damage_by(database, &DAMAGE).await;
}

async fn damage_by(database: &Database, damage: &[&str]) {
    for sql in damage {
        let db = database.for_migrations();
        db.execute_unprepared(sql).await.unwrap();
    }
}

/// Learners who are on different days, and in different zones.
async fn learned(learners: u128) -> ModuleTest {
    let test = ModuleTest::with_course().await;
    for number in 0..learners {
        let who = user(0xb00 + number);
        let zone = ["UTC", "Pacific/Auckland", "America/Los_Angeles"][(number % 3) as usize];
        test.register(who, &format!("Learner{number}"), zone).await;
        test.enroll(who).await;
        learn(&test, who, 1).await;
        test.grade(who, 1, 1, 5 + i32::try_from(number % 5).unwrap(), true)
            .await;
        test.wait(Duration::hours(7));
    }
    test.assert_verified().await;
    test
}

async fn learn(test: &ModuleTest, who: UserId, number: u128) {
    test.start(who, number).await;
    test.wait(Duration::minutes(3));
    let report = ReportProgress {
        percent: 40,
        seconds: 120,
    };
    let learning = &test.progress.learning;
    learning
        .report(who, lesson(number), &report, &by(who))
        .await
        .unwrap();
    test.complete(who, number).await.unwrap();
}

async fn rebuild(test: &ModuleTest, wanted: &[Projection]) -> Rebuilt {
    Progress::rebuild(&test.database, &test.env, wanted)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_damaged_projection_is_what_the_log_says_after_a_rebuild() {
    let test = Box::pin(learned(5)).await;
    let before = shown(&test.database).await;
    damage(&test.database).await;
    assert_ne!(shown(&test.database).await, before);
    assert!(!test.progress.verify().await.unwrap().is_empty());
    let rebuilt = rebuild(&test, &Projection::ALL).await;
    assert_eq!(rebuilt.learners, 5);
    assert!(rebuilt.facts >= 5 * 5);
    assert_eq!(shown(&test.database).await, before);
    test.assert_verified().await;
    // There is nothing left that an export would have to show.
    let left = "SELECT id FROM learner_shadow";
    let db = test.database.for_migrations();
    let left = Statement::from_string(db.get_database_backend(), left);
    assert!(db.query_all_raw(left).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_enrollment_whose_row_is_gone_comes_back() {
    let test = Box::pin(learned(2)).await;
    let before = shown(&test.database).await;
    let db = test.database.for_migrations();
    db.execute_unprepared("DELETE FROM enrollment")
        .await
        .unwrap();
    rebuild(&test, &Projection::ALL).await;
    assert_eq!(shown(&test.database).await, before);
    test.assert_verified().await;
}

#[tokio::test]
async fn only_the_projection_that_is_wanted_is_changed() {
    let test = Box::pin(learned(2)).await;
    damage(&test.database).await;
    let wrong = |found: &[crate::Mismatch], what: &str| {
        found
            .iter()
            .filter(|one| one.subject.starts_with(what))
            .count()
    };
    rebuild(&test, &[Projection::LearnerTotals]).await;
    let found = test.progress.verify().await.unwrap();
    assert_eq!(wrong(&found, "totals of"), 0);
    assert_eq!(wrong(&found, "streak of"), 2);
    rebuild(&test, &[Projection::Streak]).await;
    let found = test.progress.verify().await.unwrap();
    assert_eq!(wrong(&found, "streak of"), 0);
    assert!(wrong(&found, "scores of") > 0);
}

#[tokio::test]
async fn facts_that_are_recorded_during_a_rebuild_are_in_it() {
    let test = Box::pin(learned(8)).await;
    // What decides on facts stays as it was, so that these are the same in any order.
    damage_by(&test.database, &DAMAGE[3..]).await;
    let rebuilding = async {
        for _ in 0..3 {
            rebuild(&test, &Projection::ALL).await;
        }
    };
    let learning = async {
        for number in 0..8 {
            let who = user(0xb00 + number);
            let _ = test.complete(who, 2).await.unwrap();
            test.grade(who, 2, 1, 9, true).await;
        }
    };
    tokio::join!(rebuilding, learning);
    // What was recorded on top of damaged rows after the last rebuild is mended by another one.
    rebuild(&test, &Projection::ALL).await;
    test.assert_verified().await;
    for number in 0..8 {
        let enrollment = test.enroll(user(0xb00 + number)).await;
        assert_eq!((enrollment.done, enrollment.total), (3, 3));
    }
}

#[tokio::test]
async fn a_rebuild_that_was_killed_goes_on_where_it_was_and_shows_nothing_until_its_end() {
    let test = Box::pin(learned(3)).await;
    let before = shown(&test.database).await;
    damage(&test.database).await;
    let damaged = shown(&test.database).await;
    let mut folded = Rebuilt::default();
    // This is all that a killed process has done before its last transaction.
    service::fold_stale(&test.database, &mut folded)
        .await
        .unwrap();
    assert_eq!(folded.learners, 3);
    assert_eq!(shown(&test.database).await, damaged);
    let again = rebuild(&test, &Projection::ALL).await;
    assert_eq!(again, Rebuilt::default(), "nobody is folded twice");
    assert_eq!(shown(&test.database).await, before);
}

#[tokio::test]
async fn what_was_folded_of_a_learner_goes_with_them() {
    let test = Box::pin(learned(2)).await;
    let mut folded = Rebuilt::default();
    service::fold_stale(&test.database, &mut folded)
        .await
        .unwrap();
    let txn = test.database.begin().await.unwrap();
    let erase = crate::privacy::PERSONAL_DATA.erase;
    erase(&txn, &test.env, user(0xb00)).await.unwrap();
    txn.commit().await.unwrap();
    let db = test.database.for_migrations();
    for table in [
        "learner_shadow",
        "enrollment_shadow",
        "score_shadow",
        "analytics_shadow",
    ] {
        let column = match table {
            "learner_shadow" => "id",
            _ => "learner_id",
        };
        let sql = format!("SELECT {column} FROM {table}");
        let statement = Statement::from_string(db.get_database_backend(), sql);
        let rows = db.query_all_raw(statement).await.unwrap();
        let theirs = rows.iter().filter(|row| {
            let id: uuid::Uuid = row.try_get_by_index(0).unwrap();
            id == user(0xb00).uuid()
        });
        assert_eq!(theirs.count(), 0, "{table}");
        assert!(!rows.is_empty(), "{table}");
    }
    rebuild(&test, &Projection::ALL).await;
    test.assert_verified().await;
}

#[tokio::test]
async fn a_projection_of_another_release_lags_until_it_is_rebuilt() {
    let test = ModuleTest::with_course().await;
    let lags = async || test.progress.lags().await.unwrap();
    assert!(lags().await.iter().all(|(_, lag)| *lag == 0));
    test.enroll(learner()).await;
    let db = test.database.for_migrations();
    db.execute_unprepared("UPDATE projection SET version = 0 WHERE name = 'streak'")
        .await
        .unwrap();
    let behind = |lags: Vec<(Projection, i64)>| -> Vec<Projection> {
        let behind = lags.into_iter().filter(|(_, lag)| *lag > 0);
        behind.map(|(projection, _)| projection).collect()
    };
    assert_eq!(behind(lags().await), [Projection::Streak]);
    rebuild(&test, &[Projection::Streak]).await;
    assert!(behind(lags().await).is_empty());
}

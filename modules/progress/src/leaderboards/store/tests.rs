//! Nothing is read of a board but ranges of its indexes.

use kernel::{Key, PageRequest};
use sea_orm::sea_query::SelectStatement;
use sea_orm::{ConnectionTrait, DatabaseBackend, QueryTrait};
use uuid::Uuid;

use super::{cohorts, counts, scores};
use crate::domain::{Board, Period, Scope};
use crate::tests::ModuleTest;

async fn plan(db: &impl ConnectionTrait, select: &SelectStatement) -> Vec<String> {
    let mut statement = db.get_database_backend().build(select);
    statement.sql.insert_str(0, "EXPLAIN QUERY PLAN ");
    let rows = db.query_all_raw(statement).await.unwrap();
    rows.iter().map(|row| row.try_get_by(3).unwrap()).collect()
}

#[tokio::test]
async fn boards_are_read_by_ranges_of_their_indexes() {
    let test = ModuleTest::new().await;
    let db = test.database.read();
    if db.get_database_backend() != DatabaseBackend::Sqlite {
        testkit::left_out("how PostgreSQL reads a small table says nothing of a large one");
        return;
    }
    let board = Board::at(Scope::Global, Period::All, test.env.now());
    let start = "SEARCH score USING COVERING INDEX score_rank (scope=? AND period=? AND visible=?";
    let same = format!("{start} AND points=? AND learner_id");
    for backward in [false, true] {
        let from = [None, Some(vec![Key::Int(10), Key::Id(Uuid::from_u128(1))])];
        for from in from {
            let ranges = match (&from, backward) {
                (None, _) => vec![format!("{start})")],
                (Some(_), true) => {
                    vec![format!("{same}<?)"), format!("{start} AND points>?)")]
                }
                (Some(_), false) => {
                    vec![format!("{same}>?)"), format!("{start} AND points<?)")]
                }
            };
            let page_request = PageRequest {
                from,
                backward,
                ..PageRequest::first(5)
            };
            let plan = plan(db, &scores::walk(&board, &page_request)).await;
            let read: Vec<_> = plan.iter().filter(|line| line.contains("score")).collect();
            assert_eq!(read, ranges.iter().collect::<Vec<_>>(), "{plan:?}");
            // What is sorted is at most the two pages.
            let sorted = |pair: &[String]| pair[0].contains("score") && pair[1].contains("TEMP");
            assert!(!plan.windows(2).any(sorted), "{plan:?}");
        }
    }
    let plan = plan(db, &counts::standing_of(&board, 10)).await;
    let range = "SEARCH score_count USING INDEX sqlite_autoindex_score_count_1 \
        (scope=? AND period=? AND level=? AND bucket>? AND bucket<?)";
    let read: Vec<_> = plan.iter().filter(|line| line.contains("score")).collect();
    assert_eq!(read, [range; 5], "{plan:?}");
}

#[tokio::test]
async fn of_a_board_a_cohort_reads_the_scores_of_its_members_alone() {
    let test = ModuleTest::new().await;
    let db = test.database.read();
    if db.get_database_backend() != DatabaseBackend::Sqlite {
        testkit::left_out("how PostgreSQL reads a small table says nothing of a large one");
        return;
    }
    let scope = Scope::Course(Uuid::from_u128(1).into());
    let board = Board::at(scope, Period::All, test.env.now());
    let cohort = Uuid::from_u128(2).into();
    let select = cohorts::scores_of(&board, cohort).into_query();
    let plan = plan(db, &select).await;
    let ranges = [
        "SEARCH cohort_member USING INDEX cohort_member_list (cohort_id=?)",
        "SEARCH score USING INDEX sqlite_autoindex_score_1 (scope=? AND period=? AND learner_id=?)",
    ];
    assert_eq!(plan, ranges);
}

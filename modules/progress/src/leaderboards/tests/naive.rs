//! Whatever is gained, hidden, shown and erased: boards are what sorting and counting would give.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};
use kernel::{CourseId, Page, PageRequest, UserId};
use proptest::prelude::*;
use uuid::Uuid;

use super::super::request::{Appear, Around, BoardFilter};
use super::super::view::LeaderboardEntry;
use crate::domain::{Board, Period, Scope};
use crate::leaderboards::{self, Gain};
use crate::learners;
use crate::tests::{ModuleTest, course, outline, user};

const LEARNERS: u128 = 12;

#[derive(Debug, Clone)]
enum Step {
    Gain(u128, bool, i64, i64),
    Show(u128, bool),
    Erase(u128),
    Wait(i64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let learner = || 1..=LEARNERS;
    // Ties are frequent, and some gains leave their bucket at every level.
    let points = || {
        prop_oneof![
            4 => Just(10_i64),
            2 => Just(0),
            2 => 1..200_i64,
            1 => Just(64),
            1 => 1..1_i64 << 31,
            1 => -20..0_i64
        ]
    };
    let step = prop_oneof![
        8 => (learner(), any::<bool>(), points(), points())
            .prop_map(|(learner, first, in_course, beside)| {
                Step::Gain(learner, first, in_course, beside)
            }),
        3 => (learner(), any::<bool>()).prop_map(|(learner, shown)| Step::Show(learner, shown)),
        1 => learner().prop_map(Step::Erase),
        1 => (1..20_i64).prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 1..60)
}

fn second_course() -> CourseId {
    Uuid::from_u128(0xc2).into()
}

/// The points of each learner on each board, and who is hidden.
#[derive(Debug, Default)]
struct Naive {
    points: BTreeMap<(Board, UserId), i64>,
    hidden: BTreeMap<UserId, bool>,
    erased: BTreeMap<UserId, bool>,
}

impl Naive {
    fn gain(&mut self, learner: UserId, gain: Gain, moment: DateTime<Utc>) {
        let both = [
            (Scope::Global, gain.in_course + gain.beside),
            (
                gain.course.map_or(Scope::Global, Scope::Course),
                gain.in_course,
            ),
        ];
        for (scope, points) in both {
            for board in Board::all_at(scope, moment) {
                *self.points.entry((board, learner)).or_insert(0) += points;
            }
        }
    }

    fn is(set: &BTreeMap<UserId, bool>, learner: UserId) -> bool {
        set.get(&learner).copied().unwrap_or(false)
    }

    /// The whole board as `me` sees it.
    fn board(&self, board: &Board, me: UserId) -> Vec<LeaderboardEntry> {
        let on_board = self.points.iter().filter(|((on, learner), points)| {
            on == board && **points != 0 && !Self::is(&self.erased, *learner)
        });
        let on_board: Vec<(UserId, i64, bool)> = on_board
            .map(|((_, learner), points)| (*learner, *points, Self::is(&self.hidden, *learner)))
            .collect();
        let mut seen: Vec<_> = on_board
            .iter()
            .filter(|(learner, _, hidden)| !hidden || *learner == me)
            .collect();
        seen.sort_by_key(|(learner, points, _)| (-points, *learner));
        let entry = |(learner, points, _): &(UserId, i64, bool)| {
            let better = on_board
                .iter()
                .filter(|(_, more, hidden)| !hidden && more > points);
            LeaderboardEntry {
                rank: 1 + i64::try_from(better.count()).unwrap(),
                display_name: "Learner".to_owned(),
                points: *points,
                me: *learner == me,
            }
        };
        seen.into_iter().map(entry).collect()
    }
}

async fn take(test: &ModuleTest, naive: &mut Naive, step: &Step) {
    match *step {
        Step::Wait(days) => test.wait(Duration::days(days)),
        Step::Show(number, shown) => {
            let appear = Appear {
                visible: shown,
                alias: None,
            };
            let done = test
                .progress
                .leaderboards
                .replace_settings(user(number), &appear)
                .await;
            if done.is_ok() {
                naive.hidden.insert(user(number), !shown);
            }
        }
        Step::Gain(number, first, in_course, beside) => {
            let txn = test.database.begin().await.unwrap();
            let learner = learners::lock(&txn, user(number)).await.unwrap();
            let (course, moment) = (
                if first { course() } else { second_course() },
                test.env.now(),
            );
            if let Some(learner) = learner {
                let gain = Gain {
                    course: Some(course),
                    in_course,
                    beside,
                };
                leaderboards::add_points(&txn, &learner, gain, moment)
                    .await
                    .unwrap();
                naive.gain(user(number), gain, moment);
            }
            txn.commit().await.unwrap();
        }
        Step::Erase(number) => {
            let user_id = user(number);
            let deleted = contracts::user::UserDeleted { user_id };
            test.deliver_as(&deleted, 1).await;
            naive.erased.insert(user_id, true);
        }
    }
}

/// A page with the total.
async fn page(
    test: &ModuleTest,
    me: UserId,
    (scope, period): (Scope, Period),
    around: Option<Around>,
    page_request: PageRequest,
) -> Page<LeaderboardEntry> {
    let filter = BoardFilter {
        period: Some(period),
        around,
    };
    let page_request = PageRequest {
        count: true,
        ..page_request
    };
    let boards = &test.progress.leaderboards;
    boards
        .list(me, scope, &filter, &page_request)
        .await
        .unwrap()
}

async fn compare(test: &ModuleTest, naive: &Naive, me: UserId, board: (Scope, Period), limit: u64) {
    let name = Board::at(board.0, board.1, test.env.now());
    let expected = naive.board(&name, me);
    let mut walked = Vec::new();
    let mut from = None;
    loop {
        let request = PageRequest {
            from,
            ..PageRequest::first(limit)
        };
        let page = page(test, me, board, None, request).await;
        assert_eq!(page.total, u64::try_from(expected.len()).ok());
        walked.extend(page.items);
        from = page.next;
        if from.is_none() {
            break;
        }
    }
    assert_eq!(walked, expected, "forward over {name:?} as {me}");

    let around = page(test, me, board, Some(Around::Me), PageRequest::first(50)).await;
    let place = expected.iter().position(|entry| entry.me);
    let near = place.map_or(&expected[..0], |place| {
        &expected[place.saturating_sub(5)..expected.len().min(place + 6)]
    });
    assert_eq!(around.items, near, "around {me} on {name:?}");

    // Back from behind the last one.
    let mut walked = Vec::new();
    let behind = vec![
        kernel::Key::Int(i64::MIN),
        kernel::Key::Id(Uuid::from_u128(u128::MAX)),
    ];
    let mut from = Some(behind);
    while from.is_some() {
        let request = PageRequest {
            from,
            backward: true,
            ..PageRequest::first(limit)
        };
        let page = page(test, me, board, None, request).await;
        walked.splice(0..0, page.items);
        from = page.prev;
    }
    assert_eq!(walked, expected, "backward over {name:?} as {me}");
}

async fn run(steps: &[Step], limit: u64) {
    let test = ModuleTest::with_course().await;
    let mut second = outline(1);
    second.course_id = second_course();
    test.publish(second).await;
    let mut naive = Naive::default();
    for (number, step) in steps.iter().enumerate() {
        take(&test, &mut naive, step).await;
        if number % 20 == 19 {
            let board = (Scope::Global, Period::Week);
            compare(&test, &naive, user(1), board, limit).await;
        }
    }
    for me in [1, 2, LEARNERS + 1].map(user) {
        for scope in [
            Scope::Global,
            Scope::Course(course()),
            Scope::Course(second_course()),
        ] {
            for period in [Period::All, Period::Month] {
                compare(&test, &naive, me, (scope, period), limit).await;
            }
        }
    }
    let wrong = leaderboards::wrong_counts(&test.database).await.unwrap();
    assert_eq!(wrong, []);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn boards_are_what_sorting_and_counting_give(steps in steps(), limit in 1..6_u64) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(run(&steps, limit));
    }
}

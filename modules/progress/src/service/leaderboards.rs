//! Leaderboards: who has how many points, and how one appears there.

use std::str::FromStr;

use kernel::{CourseId, Page, Slice, UserId, text};
use sea_orm::ConnectionTrait;
use serde::Deserialize;

use super::Service;
use super::scores::{GLOBAL, course_board, period_name};
use crate::error::Error;
use crate::store;
use crate::store::learners::Learner;
use crate::store::scores::{Board, Score};
use crate::view::{LeaderboardEntry, LeaderboardPresence, Period};

/// How many neighbours are shown on each side.
const NEIGHBOURS: u64 = 5;

/// Which leaderboard: `global` or `course:<id>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum Scope {
    Global,
    Course(CourseId),
}

impl TryFrom<String> for Scope {
    type Error = &'static str;

    fn try_from(word: String) -> Result<Self, Self::Error> {
        let course = |id: &str| CourseId::from_str(id).ok().map(Self::Course);
        match word.strip_prefix("course:") {
            None if word == GLOBAL => Ok(Self::Global),
            Some(id) if id.len() == 36 => course(id).ok_or(UNKNOWN_SCOPE),
            _ => Err(UNKNOWN_SCOPE),
        }
    }
}

const UNKNOWN_SCOPE: &str = "must be global or course:<id of a course>";

impl Service {
    /// A page of a leaderboard, or the caller between their neighbours.
    pub(crate) async fn leaderboard(
        &self,
        me: UserId,
        scope: Scope,
        period: Period,
        around_me: bool,
        slice: &Slice,
    ) -> Result<Page<LeaderboardEntry>, Error> {
        let db = self.database.read();
        let scope = self.board_of(scope).await?;
        let period = period_name(period, self.ambient.now());
        let board = Board {
            scope: &scope,
            period: &period,
        };
        if around_me {
            return self.neighbours(me, board).await;
        }
        let page = store::scores::list(db, self.database.backend(), board, slice).await?;
        Ok(Page {
            items: rank(db, board, me, &page.items).await?,
            next: page.next,
            prev: page.prev,
            total: page.total,
        })
    }

    /// Empty when the caller is not on the board.
    async fn neighbours(
        &self,
        me: UserId,
        board: Board<'_>,
    ) -> Result<Page<LeaderboardEntry>, Error> {
        let (db, backend) = (self.database.read(), self.database.backend());
        let mut scores = Vec::new();
        if let Some(mine) = store::scores::find(db, board, me).await? {
            let side = |backward| Slice {
                limit: NEIGHBOURS,
                from: Some(mine.keys()),
                backward,
                count: false,
            };
            scores = store::scores::list(db, backend, board, &side(true))
                .await?
                .items;
            let below = store::scores::list(db, backend, board, &side(false)).await?;
            scores.push(mine);
            scores.extend(below.items);
        }
        Ok(Page {
            items: rank(db, board, me, &scores).await?,
            next: None,
            prev: None,
            total: None,
        })
    }

    async fn board_of(&self, scope: Scope) -> Result<String, Error> {
        match scope {
            Scope::Global => Ok(GLOBAL.to_owned()),
            Scope::Course(course) => {
                let known = store::outlines::find_course(self.database.read(), course).await?;
                known
                    .map(|_| course_board(course))
                    .ok_or(Error::CourseUnknown)
            }
        }
    }

    /// Sets whether and under which name the caller is shown.
    pub(crate) async fn appear(
        &self,
        me: UserId,
        visible: bool,
        alias: Option<&str>,
    ) -> Result<LeaderboardPresence, Error> {
        let txn = self.database.begin().await?;
        let mut learner = store::learners::lock(&*txn, me).await?;
        learner.visible = visible;
        learner.alias = alias.map(text::clean).filter(|alias| !alias.is_empty());
        store::learners::update(&*txn, &learner).await?;
        store::scores::set_visible(&*txn, me, visible).await?;
        txn.commit().await?;
        Ok(LeaderboardPresence {
            visible,
            display_name: learner.shown_as().to_owned(),
            alias: learner.alias,
        })
    }
}

/// Ranks a run of scores: the first by how many have more, the others by those before them.
async fn rank(
    db: &impl ConnectionTrait,
    board: Board<'_>,
    me: UserId,
    scores: &[Score],
) -> Result<Vec<LeaderboardEntry>, Error> {
    let Some(first) = scores.first() else {
        return Ok(Vec::new());
    };
    let above = store::scores::count_above(db, board, first.points).await?;
    let tied_before = store::scores::count_tied_before(db, board, first).await?;
    let mut rank = i64::try_from(above).unwrap_or(i64::MAX) + 1;
    let mut place = rank + i64::try_from(tied_before).unwrap_or(0);
    let ids: Vec<UserId> = scores.iter().map(|score| score.learner).collect();
    let learners = store::learners::list(db, &ids).await?;
    let mut points = first.points;
    let mut entries = Vec::with_capacity(scores.len());
    for score in scores {
        if score.points < points {
            (points, rank) = (score.points, place);
        }
        place += 1;
        let learner = learners.iter().find(|learner| learner.id == score.learner);
        entries.push(LeaderboardEntry {
            rank,
            display_name: learner.map_or("Learner", Learner::shown_as).to_owned(),
            points: score.points,
            me: score.learner == me,
        });
    }
    Ok(entries)
}

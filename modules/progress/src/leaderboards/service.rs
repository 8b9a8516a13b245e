//! Ranking learners by their points.

mod cohort_board;
mod gains;
mod presence;
mod verify;

use std::cmp::Reverse;

use database::{Database, Reader};
use kernel::{Env, Page, PageRequest, UserId};

use super::request::BoardFilter;
use super::store::counts;
use super::store::scores::{self, ScoreRecord};
use super::view::LeaderboardEntry;
use crate::domain::{Board, Learner, Scope};
use crate::error::Error;
use crate::{learners, outlines};

pub(crate) use gains::{Gain, add_points};
pub(crate) use presence::{
    delete_of, on_user_erasure_cancelled, on_user_erasure_started, on_user_locked,
};
pub(crate) use verify::wrong_counts;

/// How many neighbors are shown on each side.
const NEIGHBORS: u64 = 5;

/// Leaderboards and how learners appear there.
#[derive(Clone)]
pub(crate) struct Service {
    database: Database,
    env: Env,
    outlines: outlines::Service,
}

impl Service {
    pub(crate) fn new(database: Database, env: Env, outlines: outlines::Service) -> Self {
        Self {
            database,
            env,
            outlines,
        }
    }

    /// A page of a leaderboard, or the caller between their neighbors.
    pub(crate) async fn list(
        &self,
        me: UserId,
        scope: Scope,
        filter: &BoardFilter,
        page_request: &PageRequest,
    ) -> Result<Page<LeaderboardEntry>, Error> {
        let db = self.database.read();
        if let Scope::Cohort(cohort) = scope {
            return self.list_of_cohort(me, cohort, filter, page_request).await;
        }
        if let Scope::Course(course) = scope {
            let known = outlines::find_course(db, course).await?;
            let known = known.ok_or(Error::CourseNotFound)?;
            if known.invite_only && !scores::is_enrolled(db, course, me).await? {
                let admission = self.outlines.admit(course, me, None).await?;
                if !admission.staff && !admission.invited {
                    return Err(Error::CourseNotFound);
                }
            }
        }
        let board = Board::at(scope, filter.period.unwrap_or_default(), self.env.now());
        let mine = scores::find(db, &board, me).await?;
        let hidden = mine.as_ref().filter(|mine| !mine.visible);
        let total = match page_request.count {
            true => Some(count(db, &board, hidden).await?),
            false => None,
        };
        let page = match filter.around {
            Some(_) => neighbors(db, &board, mine, page_request.limit).await?,
            None => page(db, &board, page_request, hidden).await?,
        };
        Ok(Page {
            items: rank(db, &board, me, &page.items).await?,
            next: page.next,
            prev: page.prev,
            total,
        })
    }
}

/// How many the caller sees, who are on the board for themselves alone when they are hidden.
async fn count(db: &Reader, board: &Board, hidden: Option<&ScoreRecord>) -> Result<u64, Error> {
    let visible = counts::total(db, board).await?;
    let total = visible + i64::from(hidden.is_some());
    Ok(u64::try_from(total).unwrap_or(0))
}

/// A page of what all see, with the caller's own score in its place when it is hidden from others.
async fn page(
    db: &Reader,
    board: &Board,
    page_request: &PageRequest,
    hidden: Option<&ScoreRecord>,
) -> Result<Page<ScoreRecord>, Error> {
    let mut rows = scores::list(db, board, page_request).await?;
    let mine = hidden.filter(|mine| mine.is_beyond(page_request));
    if let Some(mine) = mine {
        rows.push(mine.clone());
        rows.sort_by_key(|row| (Reverse(row.points), row.learner));
        if page_request.backward {
            rows.reverse();
        }
    }
    Ok(Page::cut(rows, page_request, ScoreRecord::keys))
}

/// At most `limit` rows with the caller in the middle; nobody when the caller is not on the board.
async fn neighbors(
    db: &Reader,
    board: &Board,
    mine: Option<ScoreRecord>,
    limit: u64,
) -> Result<Page<ScoreRecord>, Error> {
    let near = NEIGHBORS.min(limit.saturating_sub(1) / 2);
    let mut items = Vec::new();
    if let Some(mine) = mine {
        let side = |backward| PageRequest {
            from: Some(mine.keys()),
            backward,
            ..PageRequest::first(near)
        };
        let mut below = Vec::new();
        if near > 0 {
            items = page(db, board, &side(true), None).await?.items;
            below = page(db, board, &side(false), None).await?.items;
        }
        items.push(mine);
        items.extend(below);
    }
    Ok(Page {
        items,
        next: None,
        prev: None,
        total: None,
    })
}

/// Ranks a run of scores. Those between the first points and others in the run are all in it, so
/// their ranks follow from where the first points stand. Who is hidden takes nobody's place.
async fn rank(
    db: &Reader,
    board: &Board,
    me: UserId,
    scores: &[ScoreRecord],
) -> Result<Vec<LeaderboardEntry>, Error> {
    let Some(first) = scores.first() else {
        return Ok(Vec::new());
    };
    let standing = counts::standing(db, board, first.points).await?;
    let ids: Vec<UserId> = scores.iter().map(|score| score.learner).collect();
    let learners = learners::list(db, &ids).await?;
    let (mut points, mut rank) = (first.points, standing.above + 1);
    let mut next_rank = rank + standing.tied;
    let mut entries = Vec::with_capacity(scores.len());
    for score in scores {
        if score.points < points {
            (points, rank) = (score.points, next_rank);
        }
        if score.visible && score.points < first.points {
            next_rank += 1;
        }
        entries.push(entry(score, rank, me, &learners));
    }
    Ok(entries)
}

/// A place on a leaderboard, under the name by which others know who has it.
fn entry(score: &ScoreRecord, rank: i64, me: UserId, known: &[Learner]) -> LeaderboardEntry {
    let learner = known.iter().find(|learner| learner.id == score.learner);
    LeaderboardEntry {
        rank,
        display_name: learner.map_or("Learner", Learner::public_name).to_owned(),
        points: score.points,
        me: score.learner == me,
    }
}

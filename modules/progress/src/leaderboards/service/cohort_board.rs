//! The leaderboard of a cohort. It is no board of its own: the points of its members in their course are compared, which
//! are at most as many as a cohort has members, so that each reading counts them anew. Counts like those of courses would
//! have to follow whoever comes into a cohort, moves to another one, or leaves it.

use std::cmp::Reverse;

use kernel::{CohortId, Page, PageRequest, UserId};

use super::super::request::BoardFilter;
use super::super::store::cohorts;
use super::super::store::scores::ScoreRecord;
use super::super::view::LeaderboardEntry;
use super::{NEIGHBORS, Service, entry};
use crate::domain::{Board, Scope};
use crate::error::{CohortError, Error};
use crate::learners;

impl Service {
    /// A page of the leaderboard, or the caller between their neighbors; for its members and the staff of its course.
    pub(super) async fn list_of_cohort(
        &self,
        me: UserId,
        cohort: CohortId,
        filter: &BoardFilter,
        page_request: &PageRequest,
    ) -> Result<Page<LeaderboardEntry>, Error> {
        let db = self.database.read();
        let course = cohorts::find_course(db, cohort).await?;
        let course = course.ok_or(CohortError::CohortNotFound)?;
        if !cohorts::is_member(db, cohort, me).await?
            && !self.outlines.admit(course, me, None).await?.staff
        {
            return Err(CohortError::CohortNotFound.into());
        }
        let (scope, period) = (Scope::Course(course), filter.period.unwrap_or_default());
        let board = Board::at(scope, period, self.env.now());
        let mut all = cohorts::list_scores(db, &board, cohort).await?;
        all.retain(|score| score.visible || score.learner == me);
        all.sort_by_key(|score| (Reverse(score.points), score.learner));
        let page = match filter.around {
            Some(_) => neighbors(&all, me, page_request.limit),
            None => page(&all, page_request),
        };
        let ids: Vec<UserId> = page.items.iter().map(|score| score.learner).collect();
        let known = learners::list(db, &ids).await?;
        let ranked = page.map(|score| entry(&score, rank(&all, score.points), me, &known));
        Ok(Page {
            total: page_request
                .count
                .then(|| u64::try_from(all.len()).unwrap_or(u64::MAX)),
            ..ranked
        })
    }
}

/// Who is hidden takes nobody's place.
fn rank(all: &[ScoreRecord], points: i64) -> i64 {
    let above = all.iter().filter(|one| one.visible && one.points > points);
    i64::try_from(above.count()).unwrap_or(i64::MAX - 1) + 1
}

fn page(all: &[ScoreRecord], page_request: &PageRequest) -> Page<ScoreRecord> {
    let limit = usize::try_from(page_request.limit).unwrap_or(usize::MAX);
    let beyond = all.iter().filter(|score| score.is_beyond(page_request));
    let rows: Vec<ScoreRecord> = match page_request.backward {
        true => beyond.rev().take(limit + 1).cloned().collect(),
        false => beyond.take(limit + 1).cloned().collect(),
    };
    Page::cut(rows, page_request, ScoreRecord::keys)
}

/// At most `limit` rows with the caller in the middle; nobody when the caller is not among them.
fn neighbors(all: &[ScoreRecord], me: UserId, limit: u64) -> Page<ScoreRecord> {
    let near = NEIGHBORS.min(limit.saturating_sub(1) / 2);
    let near = usize::try_from(near).unwrap_or(0);
    let found = all.iter().position(|score| score.learner == me);
    let items = found.map(|place| {
        let last = all.len().min(place + near + 1);
        all[place.saturating_sub(near)..last].to_vec()
    });
    Page {
        items: items.unwrap_or_default(),
        next: None,
        prev: None,
        total: None,
    }
}

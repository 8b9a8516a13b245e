//! The members of a cohort, as far as its leaderboard depends on them.

use kernel::{CohortId, CourseId, UserId};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, JoinType, PaginatorTrait, QueryFilter, QuerySelect,
    RelationDef, Select,
};

use super::scores::{ScoreRecord, on};
use crate::domain::{Board, EnrollmentStatus};
use crate::entity::{cohort, cohort_member, enrollment, score};
use crate::error::Error;
use crate::store::in_cohort;

/// The course of a cohort.
pub(crate) async fn find_course(
    db: &impl ConnectionTrait,
    cohort: CohortId,
) -> Result<Option<CourseId>, Error> {
    let row = cohort::Entity::find_by_id(cohort.uuid()).one(db).await?;
    Ok(row.map(|row| row.course_id.into()))
}

/// Whether a learner is in a cohort, and in its course.
pub(crate) async fn is_member(
    db: &impl ConnectionTrait,
    cohort: CohortId,
    learner: UserId,
) -> Result<bool, Error> {
    let found = enrollment::Entity::find()
        .filter(enrollment::Column::LearnerId.eq(learner.uuid()))
        .filter(enrollment::Column::Status.eq(EnrollmentStatus::Active.into_str()))
        .filter(in_cohort(cohort));
    Ok(found.count(db).await? > 0)
}

/// The scores of all members of a cohort on a board of their course, hidden ones too, in no order.
pub(crate) async fn list_scores(
    db: &impl ConnectionTrait,
    board: &Board,
    cohort: CohortId,
) -> Result<Vec<ScoreRecord>, Error> {
    let rows = scores_of(board, cohort).all(db).await?;
    Ok(rows.into_iter().map(ScoreRecord::from).collect())
}

/// Joined, so that the databases look up the score of each member: for a list of them, SQLite would read the whole
/// board.
pub(super) fn scores_of(board: &Board, cohort: CohortId) -> Select<score::Entity> {
    let members: RelationDef = score::Entity::belongs_to(cohort_member::Entity)
        .from(score::Column::LearnerId)
        .to(cohort_member::Column::LearnerId)
        .into();
    on(board)
        .join(JoinType::InnerJoin, members)
        .filter(cohort_member::Column::CohortId.eq(cohort.uuid()))
}

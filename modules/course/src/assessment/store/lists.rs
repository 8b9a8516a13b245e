//! Answers in lists, without their texts.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use database::Sort;
use kernel::{CourseId, ExerciseId, Key, Page, PageRequest, SubmissionId, UserId};
use sea_orm::sea_query::{BinOper, Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};
use uuid::Uuid;

use super::{SubmissionHead, SubmissionRecord};
use crate::domain::SubmissionState;
use crate::entity::column::{self, word};
use crate::entity::staff;
use crate::entity::submission::{Column, Entity};
use crate::error::Error;

/// Which answers are wanted; what is `None` does not narrow them.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Wanted {
    pub(crate) course: Option<CourseId>,
    /// Those of the courses of which this user is staff.
    pub(crate) staff: Option<UserId>,
    pub(crate) exercise: Option<ExerciseId>,
    pub(crate) learner: Option<UserId>,
    pub(crate) state: Option<SubmissionState>,
    pub(crate) oldest_first: bool,
}

/// The graded answers to an exercise after one of them, the earliest first.
pub(crate) async fn graded_after(
    db: &impl ConnectionTrait,
    exercise: ExerciseId,
    after: Option<(DateTime<Utc>, SubmissionId)>,
    limit: u64,
) -> Result<Vec<SubmissionRecord>, Error> {
    let graded = Entity::find()
        .filter(Column::ExerciseId.eq(exercise.uuid()))
        .filter(Column::State.eq(word(&SubmissionState::Graded)?));
    let mut cursor = graded.cursor_by((Column::CreatedAt, Column::Id));
    if let Some((at, id)) = after {
        cursor.after((at, id.uuid()));
    }
    cursor.first(limit);
    Ok(cursor.into_model().all(db).await?)
}

/// Those of these answers that there are, held until the commit.
pub(crate) async fn lock_present(
    db: &impl ConnectionTrait,
    ids: &[SubmissionId],
) -> Result<HashSet<SubmissionId>, Error> {
    let present: Vec<Uuid> = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::Id.is_in(ids.iter().map(|id| id.uuid())))
        .order_by_asc(Column::Id)
        .lock_exclusive()
        .into_tuple()
        .all(db)
        .await?;
    Ok(present.into_iter().map(SubmissionId::from).collect())
}

pub(crate) async fn list(
    db: &impl ConnectionTrait,
    wanted: Wanted,
    page_request: &PageRequest,
) -> Result<Page<SubmissionHead>, Error> {
    let mut select = Entity::find();
    if let Some(course) = wanted.course {
        select = select.filter(Column::CourseId.eq(course.uuid()));
    }
    if let Some(user) = wanted.staff {
        let theirs = staff::Entity::find()
            .select_only()
            .column(staff::Column::CourseId)
            .filter(staff::Column::UserId.eq(user.uuid()));
        select = select.filter(Column::CourseId.in_subquery(theirs.into_query()));
    }
    if let Some(exercise) = wanted.exercise {
        select = select.filter(Column::ExerciseId.eq(exercise.uuid()));
    }
    if let Some(learner) = wanted.learner {
        select = select.filter(Column::LearnerId.eq(learner.uuid()));
    }
    if let Some(state) = wanted.state {
        // The word stands in the statement, so that the partial index of what waits is used.
        let word = Expr::cust(format!("'{}'", word(&state)?));
        select = select.filter(Expr::col(Column::State).binary(BinOper::Equal, word));
    }
    let heads = column::without(select, Column::Answer);
    let sort = match wanted.oldest_first {
        true => Sort::asc,
        false => Sort::desc,
    };
    let sorts = [Column::CreatedAt, Column::Id].map(|column| sort(Expr::col(column)));
    let keys = |head: &SubmissionHead| vec![Key::Time(head.created_at), Key::Id(head.id.uuid())];
    Ok(database::page(db, heads, &sorts, page_request, keys).await?)
}

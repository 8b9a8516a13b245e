//! Courses that follow on those that a learner has completed.

use kernel::{CourseId, UserId};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait,
};
use uuid::Uuid;

use crate::entity::{course, course_tag, enrollment};
use crate::error::Error;

/// Open courses that the learner was never in and that share a tag with one that they have completed, those that share
/// the most first; each with its newest version. At most `limit` of them, without the first `skipped`.
pub(super) async fn list_follow_ups(
    db: &impl ConnectionTrait,
    learner: UserId,
    skipped: usize,
    limit: usize,
) -> Result<Vec<(CourseId, i64)>, Error> {
    use course_tag::Column as Tag;
    use enrollment::Column as Of;

    let taken = enrollment::Entity::find()
        .select_only()
        .column(Of::CourseId)
        .filter(Of::LearnerId.eq(learner.uuid()));
    let completed = taken.clone().filter(Of::CompletedAt.is_not_null());
    let known = course_tag::Entity::find()
        .select_only()
        .column(Tag::Tag)
        .filter(Tag::CourseId.in_subquery(completed.into_query()));
    let open = course::Entity::find()
        .select_only()
        .column(course::Column::Id)
        .filter(course::Column::Archived.eq(false))
        .filter(course::Column::InviteOnly.eq(false));
    let sharing: Vec<Uuid> = course_tag::Entity::find()
        .select_only()
        .column(Tag::CourseId)
        .filter(Tag::Tag.in_subquery(known.into_query()))
        .filter(Tag::CourseId.not_in_subquery(taken.into_query()))
        .filter(Tag::CourseId.in_subquery(open.into_query()))
        .group_by(Tag::CourseId)
        .order_by(Expr::cust("COUNT(*)"), Order::Desc)
        .order_by_asc(Tag::CourseId)
        .offset(u64::try_from(skipped).unwrap_or(0))
        .limit(u64::try_from(limit).unwrap_or(0))
        .into_tuple()
        .all(db)
        .await?;
    let newest: Vec<(Uuid, i64)> = course::Entity::find()
        .select_only()
        .columns([course::Column::Id, course::Column::Newest])
        .filter(course::Column::Id.is_in(sharing.clone()))
        .into_tuple()
        .all(db)
        .await?;
    let version_of = |id: &Uuid| newest.iter().find(|(of, _)| of == id).copied();
    let found = sharing.iter().filter_map(version_of);
    Ok(found.map(|(id, version)| (id.into(), version)).collect())
}

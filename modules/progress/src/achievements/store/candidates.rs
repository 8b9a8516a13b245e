//! Who may have reached an achievement.

use kernel::UserId;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};
use uuid::Uuid;

use crate::domain::RuleScope;
use crate::entity::{course_tag, enrollment, learner};
use crate::error::Error;

/// Learners after `last` who are or were in a course that counts, by id.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    scope: &RuleScope,
    last: Option<UserId>,
    limit: u64,
) -> Result<Vec<UserId>, Error> {
    use enrollment::Column as Of;

    let mut enrolled = enrollment::Entity::find()
        .select_only()
        .column(Of::LearnerId);
    let mut select = learner::Entity::find()
        .select_only()
        .column(learner::Column::Id)
        .order_by_asc(learner::Column::Id)
        .limit(limit);
    if let Some(last) = last {
        select = select.filter(learner::Column::Id.gt(last.uuid()));
    }
    match scope {
        RuleScope::Everything => {}
        RuleScope::Course(course) => {
            enrolled = enrolled.filter(Of::CourseId.eq(course.uuid()));
            select = select.filter(learner::Column::Id.in_subquery(enrolled.into_query()));
        }
        RuleScope::Tag(tag) => {
            let tagged = course_tag::Entity::find()
                .select_only()
                .column(course_tag::Column::CourseId)
                .filter(course_tag::Column::Tag.eq(tag));
            enrolled = enrolled.filter(Of::CourseId.in_subquery(tagged.into_query()));
            select = select.filter(learner::Column::Id.in_subquery(enrolled.into_query()));
        }
    }
    let ids: Vec<Uuid> = select.into_tuple().all(db).await?;
    Ok(ids.into_iter().map(UserId::from).collect())
}

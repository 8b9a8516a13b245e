//! The best answers of the learners of a course.

use std::collections::BTreeMap;

use kernel::{CohortId, CourseId, EnrollmentId, ExerciseId, Key, Page, PageRequest, UserId};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use crate::domain::{Points, Selection};
use crate::entity::{enrollment, exercise_progress};
use crate::error::Error;
use crate::store::{in_cohort, selected};

/// An enrollment as far as grades depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct GradedEnrollment {
    pub(crate) id: EnrollmentId,
    pub(crate) learner: UserId,
    pub(crate) version: i64,
}

impl From<enrollment::Model> for GradedEnrollment {
    fn from(row: enrollment::Model) -> Self {
        Self {
            id: row.id.into(),
            learner: row.learner_id.into(),
            version: row.version,
        }
    }
}

/// Those who take or took a course, in the order in which they enrolled.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    course: CourseId,
    cohort: Option<CohortId>,
    page_request: &PageRequest,
) -> Result<Page<GradedEnrollment>, Error> {
    let wanted = Condition::all()
        .add(enrollment::Column::CourseId.eq(course.uuid()))
        .add_option(cohort.map(in_cohort));
    let select = enrollment::Entity::find().filter(wanted);
    let id = Expr::col((enrollment::Entity, enrollment::Column::Id));
    let sorts = [database::Sort::asc(id)];
    let keys = |row: &enrollment::Model| vec![Key::Id(row.id)];
    let page = database::page(db, select, &sorts, page_request, keys).await?;
    Ok(page.map(GradedEnrollment::from))
}

/// Those of a selection whose enrollment follows `last`, in the order of their enrollments.
pub(crate) async fn list_after(
    db: &impl ConnectionTrait,
    selection: Selection,
    last: Option<EnrollmentId>,
    limit: u64,
) -> Result<Vec<GradedEnrollment>, Error> {
    use enrollment::Column;

    let wanted = enrollment::Entity::find().filter(selected(selection, last));
    let found = wanted.order_by_asc(Column::Id).limit(limit).all(db).await?;
    Ok(found.into_iter().map(GradedEnrollment::from).collect())
}

/// The enrollment of a learner.
pub(crate) async fn find(
    db: &impl ConnectionTrait,
    course: CourseId,
    learner: UserId,
) -> Result<Option<GradedEnrollment>, Error> {
    let row = enrollment::Entity::find()
        .filter(enrollment::Column::CourseId.eq(course.uuid()))
        .filter(enrollment::Column::LearnerId.eq(learner.uuid()))
        .one(db)
        .await?;
    Ok(row.map(GradedEnrollment::from))
}

/// The best answers of each enrollment.
pub(crate) async fn list_best(
    db: &impl ConnectionTrait,
    enrollments: &[GradedEnrollment],
) -> Result<BTreeMap<EnrollmentId, BTreeMap<ExerciseId, Points>>, Error> {
    use exercise_progress::Column;

    let ids = enrollments.iter().map(|one| one.id.uuid());
    let rows: Vec<(Uuid, Uuid, i32, i32)> = exercise_progress::Entity::find()
        .select_only()
        .columns([Column::EnrollmentId, Column::ExerciseId])
        .columns([Column::BestScore, Column::MaxScore])
        .filter(Column::EnrollmentId.is_in(ids))
        // What only waits for its grade has none.
        .filter(Column::Attempts.gt(0))
        .into_tuple()
        .all(db)
        .await?;
    let mut best: BTreeMap<EnrollmentId, BTreeMap<ExerciseId, Points>> = BTreeMap::new();
    for (enrollment, exercise, score, most) in rows {
        let of_enrollment = best.entry(enrollment.into()).or_default();
        of_enrollment.insert(exercise.into(), Points { score, most });
    }
    Ok(best)
}

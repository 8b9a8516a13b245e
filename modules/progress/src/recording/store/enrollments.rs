//! Enrollments: one row per learner and course.

use chrono::NaiveDate;
use kernel::{CourseId, EnrollmentId, Key, LessonId, Page, PageRequest, Place, UserId};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, JoinType, PaginatorTrait,
    QueryFilter, QueryOrder, QueryResult, QuerySelect, RelationDef, Select, Set,
};
use uuid::Uuid;

use super::activity;
use crate::domain::{CohortSummary, Enrollment, EnrollmentStatus, ProgressStatus, RiskDates};
use crate::entity::enrollment::{ActiveModel, Column, Entity, Model};
use crate::entity::{cohort, cohort_member};
use crate::error::Error;
use crate::outlines;
use crate::store::Exported;

/// How many active enrollments an answer names at most.
const ACTIVE_AT_ONCE: u64 = 50;

pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    enrollment: &Enrollment,
) -> Result<(), Error> {
    Entity::insert(row(enrollment))
        .exec_without_returning(db)
        .await?;
    Ok(())
}

pub(crate) async fn update(
    db: &impl ConnectionTrait,
    enrollment: &Enrollment,
) -> Result<(), Error> {
    Entity::update_many()
        .set(row(enrollment))
        .filter(Column::Id.eq(enrollment.id.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

pub(crate) async fn find(
    db: &impl ConnectionTrait,
    learner: UserId,
    id: EnrollmentId,
) -> Result<Option<Enrollment>, Error> {
    let row = select(learner)
        .filter(Column::Id.eq(id.uuid()))
        .into_model::<Row>()
        .one(db)
        .await?;
    Ok(row.map(Enrollment::from))
}

pub(crate) async fn find_by_course(
    db: &impl ConnectionTrait,
    learner: UserId,
    course: CourseId,
) -> Result<Option<Enrollment>, Error> {
    let row = select(learner)
        .filter(Column::CourseId.eq(course.uuid()))
        .into_model::<Row>()
        .one(db)
        .await?;
    Ok(row.map(Enrollment::from))
}

/// The enrollment in a course, and whether a grade from `source` was credited to it already.
pub(crate) async fn find_for_grade(
    db: &impl ConnectionTrait,
    learner: UserId,
    course: CourseId,
    source: &str,
) -> Result<Option<(Enrollment, bool)>, Error> {
    let credited = activity::has_source((Entity, Column::Id), source);
    let row = select(learner)
        .expr_as(credited, "credited")
        .filter(Column::CourseId.eq(course.uuid()))
        .into_model::<Graded>()
        .one(db)
        .await?;
    Ok(row.map(|row| (row.enrollment.into(), row.credited)))
}

struct Graded {
    enrollment: Row,
    credited: bool,
}

impl FromQueryResult for Graded {
    fn from_query_result(row: &QueryResult, pre: &str) -> Result<Self, DbErr> {
        Ok(Self {
            enrollment: Row::from_query_result(row, pre)?,
            credited: row.try_get(pre, "credited")?,
        })
    }
}

/// An enrollment with this status whose version has `lesson`.
pub(crate) async fn find_by_lesson(
    db: &impl ConnectionTrait,
    learner: UserId,
    lesson: LessonId,
    status: EnrollmentStatus,
) -> Result<Option<Enrollment>, Error> {
    let has_lesson = outlines::has_lesson(
        lesson,
        (Entity, Column::CourseId),
        (Entity, Column::Version),
    );
    let row = select(learner)
        .filter(Column::Status.eq(status.into_str()))
        .filter(has_lesson)
        .order_by_asc(Column::Id)
        .into_model::<Row>()
        .one(db)
        .await?;
    Ok(row.map(Enrollment::from))
}

/// The active enrollments that were touched last, as many as an answer names.
pub(crate) async fn list_active(
    db: &impl ConnectionTrait,
    learner: UserId,
) -> Result<Vec<Enrollment>, Error> {
    let rows = select(learner)
        .filter(Column::Status.eq(EnrollmentStatus::Active.into_str()))
        .order_by_desc(Column::LastActivityAt)
        .order_by_asc(Column::Id)
        .limit(ACTIVE_AT_ONCE)
        .into_model::<Row>()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(Enrollment::from).collect())
}

/// The enrollments that were touched last, those that were left too, as many as an answer names.
pub(crate) async fn list_latest(
    db: &impl ConnectionTrait,
    learner: UserId,
) -> Result<Vec<Enrollment>, Error> {
    let rows = select(learner)
        .order_by_desc(Column::LastActivityAt)
        .order_by_asc(Column::Id)
        .limit(ACTIVE_AT_ONCE)
        .into_model::<Row>()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(Enrollment::from).collect())
}

/// How many learners have a seat in a course.
pub(crate) async fn count_seated(
    db: &impl ConnectionTrait,
    course: CourseId,
) -> Result<i64, Error> {
    let seated = Entity::find()
        .filter(Column::CourseId.eq(course.uuid()))
        .filter(Column::Status.eq(EnrollmentStatus::Active.into_str()));
    Ok(i64::try_from(seated.count(db).await?).unwrap_or(i64::MAX))
}

/// The newest enrollments of a learner first.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    learner: UserId,
    status: Option<EnrollmentStatus>,
    page_request: &PageRequest,
) -> Result<Page<Enrollment>, Error> {
    let mut select = select(learner);
    if let Some(status) = status {
        select = select.filter(Column::Status.eq(status.into_str()));
    }
    let sorts = [
        database::Sort::desc(Expr::col((Entity, Column::EnrolledAt))),
        database::Sort::desc(Expr::col((Entity, Column::Id))),
    ];
    let keys = |row: &Row| {
        let row = &row.enrollment;
        vec![Key::Time(row.enrolled_at), Key::Id(row.id)]
    };
    let page = database::page(db, select, &sorts, page_request, keys).await?;
    Ok(page.map(Enrollment::from))
}

/// All enrollments of a learner.
pub(crate) async fn list_of(
    db: &impl ConnectionTrait,
    learner: UserId,
) -> Result<Vec<Enrollment>, Error> {
    let rows = select(learner)
        .order_by_asc(Column::Id)
        .into_model::<Row>()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(Enrollment::from).collect())
}

/// Deletes the enrollments of a learner and, by their foreign keys, what hangs on them; returns how
/// many there were.
pub(crate) async fn delete_of(db: &impl ConnectionTrait, learner: UserId) -> Result<u64, Error> {
    Ok(database::delete_where::<Entity>(db, Column::LearnerId.eq(learner.uuid())).await?)
}

pub(crate) async fn export(db: &impl ConnectionTrait, user: UserId, place: &Place) -> Exported {
    let theirs = Entity::find().filter(Column::LearnerId.eq(user.uuid()));
    let cursor = theirs.cursor_by(Column::Id);
    Ok(database::export_after(db, cursor, place, |row| row.id).await?)
}

/// The enrollments of a learner, as [`Row`] reads them.
fn select(learner: UserId) -> Select<Entity> {
    let slug = outlines::slug_of((Entity, Column::CourseId));
    let newest = outlines::newest_of((Entity, Column::CourseId));
    let member: RelationDef = Entity::belongs_to(cohort_member::Entity)
        .from(Column::Id)
        .to(cohort_member::Column::EnrollmentId)
        .into();
    let joined: RelationDef = cohort_member::Entity::belongs_to(cohort::Entity)
        .from(cohort_member::Column::CohortId)
        .to(cohort::Column::Id)
        .into();
    let of_cohort = |column: cohort::Column| Expr::col((cohort::Entity, column));
    Entity::find()
        .join(JoinType::LeftJoin, member)
        .join(JoinType::LeftJoin, joined)
        .expr_as(slug, "slug")
        .expr_as(newest, "newest")
        .expr_as(of_cohort(cohort::Column::Id), "cohort_id")
        .expr_as(of_cohort(cohort::Column::Name), "cohort_name")
        .expr_as(of_cohort(cohort::Column::StartsOn), "cohort_starts_on")
        .expr_as(of_cohort(cohort::Column::EndsOn), "cohort_ends_on")
        .filter(Column::LearnerId.eq(learner.uuid()))
}

/// An enrollment with the slug and the newest version of its course, which may change, and the cohort of its learner.
struct Row {
    enrollment: Model,
    slug: String,
    newest: i64,
    cohort: Option<CohortSummary>,
}

impl FromQueryResult for Row {
    fn from_query_result(row: &QueryResult, pre: &str) -> Result<Self, DbErr> {
        Ok(Self {
            enrollment: Model::from_query_result(row, pre)?,
            slug: row.try_get(pre, "slug")?,
            newest: row.try_get(pre, "newest")?,
            cohort: cohort_of(row, pre)?,
        })
    }
}

fn cohort_of(row: &QueryResult, pre: &str) -> Result<Option<CohortSummary>, DbErr> {
    let id: Option<Uuid> = row.try_get(pre, "cohort_id")?;
    let Some(id) = id else { return Ok(None) };
    let (starts_on, ends_on): (Option<NaiveDate>, Option<NaiveDate>) = (
        row.try_get(pre, "cohort_starts_on")?,
        row.try_get(pre, "cohort_ends_on")?,
    );
    Ok(Some(CohortSummary {
        id: id.into(),
        name: row.try_get(pre, "cohort_name")?,
        starts_on,
        ends_on,
    }))
}

impl From<Row> for Enrollment {
    fn from(
        Row {
            enrollment: row,
            slug,
            newest,
            cohort,
        }: Row,
    ) -> Self {
        Self {
            id: row.id.into(),
            learner: row.learner_id.into(),
            course: row.course_id.into(),
            version: row.version,
            newest_version: newest,
            slug,
            title: row.title,
            status: row.status.parse().unwrap_or(EnrollmentStatus::Left),
            progress: row.progress.parse().unwrap_or(ProgressStatus::NotStarted),
            done: row.done,
            total: row.total,
            points: row.points,
            revision: row.revision,
            enrolled_at: row.enrolled_at,
            started_at: row.started_at,
            completed_at: row.completed_at,
            last_activity_at: row.last_activity_at,
            score_percent: row.score_percent,
            days_to_complete: row.days_to_complete,
            furthest_lesson: row.furthest_lesson.map(Into::into),
            risk: RiskDates::known(row.risk_low_at, row.risk_high_at),
            access_until: row.access_until,
            cohort,
        }
    }
}

pub(crate) fn row(enrollment: &Enrollment) -> ActiveModel {
    ActiveModel {
        id: Set(enrollment.id.uuid()),
        learner_id: Set(enrollment.learner.uuid()),
        course_id: Set(enrollment.course.uuid()),
        version: Set(enrollment.version),
        title: Set(enrollment.title.clone()),
        status: Set(enrollment.status.into_str().to_owned()),
        progress: Set(enrollment.progress.into_str().to_owned()),
        done: Set(enrollment.done),
        total: Set(enrollment.total),
        points: Set(enrollment.points),
        revision: Set(enrollment.revision),
        enrolled_at: Set(enrollment.enrolled_at),
        started_at: Set(enrollment.started_at),
        completed_at: Set(enrollment.completed_at),
        last_activity_at: Set(enrollment.last_activity_at),
        score_percent: Set(enrollment.score_percent),
        days_to_complete: Set(enrollment.days_to_complete),
        furthest_lesson: Set(enrollment.furthest_lesson.map(Into::into)),
        risk_low_at: Set(enrollment.risk.map(|risk| risk.low_at)),
        risk_high_at: Set(enrollment.risk.map(|risk| risk.high_at)),
        access_until: Set(enrollment.access_until),
        // What the learner was told of is no matter of the log.
        ..Default::default()
    }
}

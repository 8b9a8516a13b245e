//! Enrolments: one row per learner and course.

use chrono::{DateTime, Utc};
use contracts::course::OutlineView;
use kernel::{CourseId, EnrollmentId, Key, LessonId, Page, Slice, UserId};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseBackend, EntityTrait, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, Set,
};

use crate::entity::enrollment::{ActiveModel, Column, Entity, Model};
use crate::entity::outline_lesson;
use crate::error::Error;
use crate::service::fold::State;
use crate::view::{EnrollmentStatus, ProgressStatus};

/// An enrolment and its counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Enrollment {
    pub(crate) id: EnrollmentId,
    pub(crate) learner: UserId,
    pub(crate) course: CourseId,
    pub(crate) version: i64,
    pub(crate) slug: String,
    pub(crate) title: String,
    pub(crate) status: EnrollmentStatus,
    pub(crate) progress: ProgressStatus,
    pub(crate) done: i32,
    pub(crate) total: i32,
    pub(crate) points: i64,
    pub(crate) revision: i64,
    pub(crate) enrolled_at: DateTime<Utc>,
    pub(crate) started_at: Option<DateTime<Utc>>,
    pub(crate) completed_at: Option<DateTime<Utc>>,
    pub(crate) last_activity_at: DateTime<Utc>,
}

impl Enrollment {
    /// An enrolment of which nothing is recorded yet.
    pub(crate) fn new(
        id: EnrollmentId,
        learner: UserId,
        outline: &OutlineView,
        total: i32,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            id,
            learner,
            course: outline.course_id,
            version: outline.version,
            slug: outline.slug.clone(),
            title: outline.title.clone(),
            status: EnrollmentStatus::Left,
            progress: ProgressStatus::NotStarted,
            done: 0,
            total,
            points: 0,
            revision: 0,
            enrolled_at: now,
            started_at: None,
            completed_at: None,
            last_activity_at: now,
        }
    }

    /// Takes over what `state` says.
    pub(crate) fn reflect(&mut self, state: &State) {
        let tally = state.tally();
        self.status = EnrollmentStatus::of(state.active);
        self.progress = match (state.completed_at, state.started_at) {
            (Some(_), _) => ProgressStatus::Completed,
            (None, Some(_)) => ProgressStatus::InProgress,
            (None, None) => ProgressStatus::NotStarted,
        };
        self.done = tally.lessons;
        self.points = tally.points;
        self.revision = state.revision;
        self.enrolled_at = state.enrolled_at.unwrap_or(self.enrolled_at);
        self.started_at = state.started_at;
        self.completed_at = state.completed_at;
        self.last_activity_at = state.last_activity_at.unwrap_or(self.last_activity_at);
    }

    pub(crate) fn is_active(&self) -> bool {
        self.status == EnrollmentStatus::Active
    }
}

pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    enrollment: &Enrollment,
) -> Result<(), Error> {
    row(enrollment).insert(db).await?;
    Ok(())
}

pub(crate) async fn update(
    db: &impl ConnectionTrait,
    enrollment: &Enrollment,
) -> Result<(), Error> {
    row(enrollment).update(db).await?;
    Ok(())
}

pub(crate) async fn find(
    db: &impl ConnectionTrait,
    learner: UserId,
    id: EnrollmentId,
) -> Result<Option<Enrollment>, Error> {
    let row = Entity::find_by_id(id.uuid())
        .filter(Column::LearnerId.eq(learner.uuid()))
        .one(db)
        .await?;
    Ok(row.map(Enrollment::from))
}

pub(crate) async fn find_by_course(
    db: &impl ConnectionTrait,
    learner: UserId,
    course: CourseId,
) -> Result<Option<Enrollment>, Error> {
    let row = Entity::find()
        .filter(Column::LearnerId.eq(learner.uuid()))
        .filter(Column::CourseId.eq(course.uuid()))
        .one(db)
        .await?;
    Ok(row.map(Enrollment::from))
}

/// The active enrolment whose version has `lesson`.
pub(crate) async fn find_by_lesson(
    db: &impl ConnectionTrait,
    learner: UserId,
    lesson: LessonId,
) -> Result<Option<Enrollment>, Error> {
    let of_lesson = Query::select()
        .expr(Expr::val(1))
        .from(outline_lesson::Entity)
        .and_where(
            Expr::col((outline_lesson::Entity, outline_lesson::Column::LessonId)).eq(lesson.uuid()),
        )
        .and_where(
            Expr::col((outline_lesson::Entity, outline_lesson::Column::CourseId))
                .equals((Entity, Column::CourseId)),
        )
        .and_where(
            Expr::col((outline_lesson::Entity, outline_lesson::Column::Version))
                .equals((Entity, Column::Version)),
        )
        .to_owned();
    let row = Entity::find()
        .filter(Column::LearnerId.eq(learner.uuid()))
        .filter(Column::Status.eq(EnrollmentStatus::Active.word()))
        .filter(Expr::exists(of_lesson))
        .order_by_asc(Column::Id)
        .one(db)
        .await?;
    Ok(row.map(Enrollment::from))
}

/// The active enrolments that were touched last.
pub(crate) async fn list_active(
    db: &impl ConnectionTrait,
    learner: UserId,
    limit: u64,
) -> Result<Vec<Enrollment>, Error> {
    let rows = Entity::find()
        .filter(Column::LearnerId.eq(learner.uuid()))
        .filter(Column::Status.eq(EnrollmentStatus::Active.word()))
        .order_by_desc(Column::LastActivityAt)
        .order_by_asc(Column::Id)
        .limit(limit)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(Enrollment::from).collect())
}

/// The newest enrolments of a learner first.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    backend: DatabaseBackend,
    learner: UserId,
    status: Option<EnrollmentStatus>,
    slice: &Slice,
) -> Result<Page<Enrollment>, Error> {
    let mut select = Entity::find().filter(Column::LearnerId.eq(learner.uuid()));
    if let Some(status) = status {
        select = select.filter(Column::Status.eq(status.word()));
    }
    let total = match slice.count {
        true => Some(select.clone().count(db).await?),
        false => None,
    };
    let sorts = [
        database::Sort::desc(Expr::col((Entity, Column::EnrolledAt))),
        database::Sort::desc(Expr::col((Entity, Column::Id))),
    ];
    let rows = database::select_after(select, backend, &sorts, slice)
        .all(db)
        .await?;
    let rows = rows.into_iter().map(Enrollment::from).collect();
    let mut page = Page::cut(rows, slice, |row: &Enrollment| {
        vec![Key::Time(row.enrolled_at), Key::Id(row.id.uuid())]
    });
    page.total = total;
    Ok(page)
}

/// All enrolments of a learner.
pub(crate) async fn list_of(
    db: &impl ConnectionTrait,
    learner: UserId,
) -> Result<Vec<Enrollment>, Error> {
    let rows = Entity::find()
        .filter(Column::LearnerId.eq(learner.uuid()))
        .order_by_asc(Column::Id)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(Enrollment::from).collect())
}

/// Deletes the enrolments of a learner and, by their foreign keys, what hangs on them.
/// Deletes all of a learner's; returns how many there were.
pub(crate) async fn delete_of(db: &impl ConnectionTrait, learner: UserId) -> Result<u64, Error> {
    let deleted = Entity::delete_many()
        .filter(Column::LearnerId.eq(learner.uuid()))
        .exec(db)
        .await?;
    Ok(deleted.rows_affected)
}

impl From<Model> for Enrollment {
    fn from(row: Model) -> Self {
        Self {
            id: row.id.into(),
            learner: row.learner_id.into(),
            course: row.course_id.into(),
            version: row.version,
            slug: row.slug,
            title: row.title,
            status: EnrollmentStatus::of(row.status == EnrollmentStatus::Active.word()),
            progress: ProgressStatus::parse(&row.progress),
            done: row.done,
            total: row.total,
            points: row.points,
            revision: row.revision,
            enrolled_at: row.enrolled_at,
            started_at: row.started_at,
            completed_at: row.completed_at,
            last_activity_at: row.last_activity_at,
        }
    }
}

fn row(enrollment: &Enrollment) -> ActiveModel {
    ActiveModel {
        id: Set(enrollment.id.uuid()),
        learner_id: Set(enrollment.learner.uuid()),
        course_id: Set(enrollment.course.uuid()),
        version: Set(enrollment.version),
        slug: Set(enrollment.slug.clone()),
        title: Set(enrollment.title.clone()),
        status: Set(enrollment.status.word().to_owned()),
        progress: Set(enrollment.progress.word().to_owned()),
        done: Set(enrollment.done),
        total: Set(enrollment.total),
        points: Set(enrollment.points),
        revision: Set(enrollment.revision),
        enrolled_at: Set(enrollment.enrolled_at),
        started_at: Set(enrollment.started_at),
        completed_at: Set(enrollment.completed_at),
        last_activity_at: Set(enrollment.last_activity_at),
    }
}

//! Who waits for a seat, each course in the order of the numbers.

use chrono::{DateTime, TimeDelta, Utc};
use kernel::{CourseId, Key, Page, PageRequest, Place, UserId};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query, SimpleExpr};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, PaginatorTrait,
    QueryFilter, QueryOrder, QueryResult, QuerySelect, Set,
};
use uuid::Uuid;

use crate::domain::EnrollmentStatus;
use crate::entity::waiting_list_entry::{ActiveModel, Column, Entity, Model};
use crate::entity::{course, enrollment, enrollment_settings, learner};
use crate::error::Error;
use crate::store::Exported;

/// For how long somebody is passed over whom something keeps from being enrolled.
const PASSED_OVER: TimeDelta = TimeDelta::hours(1);

/// A learner who waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WaitingRecord {
    pub(crate) number: i64,
    pub(crate) course: CourseId,
    pub(crate) learner: UserId,
    pub(crate) title: String,
    pub(crate) joined_at: DateTime<Utc>,
}

/// Puts a learner at the end of the line, unless they are in it.
pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    course: CourseId,
    learner: UserId,
    title: &str,
    (brought, now): (bool, DateTime<Utc>),
) -> Result<(), Error> {
    let row = ActiveModel {
        course_id: Set(course.uuid()),
        learner_id: Set(learner.uuid()),
        title: Set(title.to_owned()),
        joined_at: Set(now),
        brought: Set(brought),
        not_before: Set(None),
        ..Default::default()
    };
    Entity::insert(row)
        .on_conflict_do_nothing_on([Column::LearnerId, Column::CourseId])
        .exec_without_returning(db)
        .await?;
    Ok(())
}

fn of(course: CourseId, learner: UserId) -> Condition {
    Condition::all()
        .add(Column::LearnerId.eq(learner.uuid()))
        .add(Column::CourseId.eq(course.uuid()))
}

/// Takes a learner out of the line; returns whether they were in it.
pub(crate) async fn delete(
    db: &impl ConnectionTrait,
    course: CourseId,
    learner: UserId,
) -> Result<bool, Error> {
    Ok(database::delete_where::<Entity>(db, of(course, learner)).await? > 0)
}

/// A learner in the line, and their place in it, which begins with 1.
pub(crate) async fn find(
    db: &impl ConnectionTrait,
    course: CourseId,
    learner: UserId,
) -> Result<Option<(WaitingRecord, i64)>, Error> {
    let row = Entity::find()
        .expr_as(position(), "position")
        .filter(of(course, learner))
        .into_model::<Placed>()
        .one(db)
        .await?;
    Ok(row.map(|row| (row.entry.into(), row.position)))
}

/// How many who could be enrolled now are before a learner in the line; for one who is not in it, all.
pub(crate) async fn count_before(
    db: &impl ConnectionTrait,
    course: CourseId,
    learner: UserId,
    now: DateTime<Utc>,
) -> Result<i64, Error> {
    let placed = find(db, course, learner).await?;
    let before = placed.map(|(entry, _)| Column::Number.lt(entry.number));
    let count = Entity::find()
        .filter(Column::CourseId.eq(course.uuid()))
        .filter(Condition::all().add_option(before))
        .filter(is_ready(now))
        .count(db)
        .await?;
    Ok(i64::try_from(count).unwrap_or(i64::MAX))
}

/// Who could be enrolled now: nobody who is passed over for a while, or whose account is disabled or about to be erased.
/// They keep their places.
fn is_ready(now: DateTime<Utc>) -> Condition {
    let barred = Query::select()
        .expr(Expr::val(1))
        .from(learner::Entity)
        .and_where(
            Expr::col((learner::Entity, learner::Column::Id)).equals((Entity, Column::LearnerId)),
        )
        .cond_where(
            Condition::any()
                .add(Expr::col((learner::Entity, learner::Column::Locked)).eq(true))
                .add(Expr::col((learner::Entity, learner::Column::Erasing)).eq(true)),
        )
        .to_owned();
    let due = Condition::any()
        .add(Column::NotBefore.is_null())
        .add(Column::NotBefore.lte(now))
        // A clock that was ahead has set it.
        .add(Column::NotBefore.gt(now + PASSED_OVER));
    Condition::all().add(due).add(Expr::exists(barred).not())
}

/// Passes over a learner for a while.
pub(crate) async fn defer(
    db: &impl ConnectionTrait,
    course: CourseId,
    learner: UserId,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    Entity::update_many()
        .col_expr(Column::NotBefore, Expr::value(now + PASSED_OVER))
        .filter(of(course, learner))
        .exec(db)
        .await?;
    Ok(())
}

pub(crate) async fn count(db: &impl ConnectionTrait, course: CourseId) -> Result<i64, Error> {
    let of_course = Entity::find().filter(Column::CourseId.eq(course.uuid()));
    let count = of_course.count(db).await?;
    Ok(i64::try_from(count).unwrap_or(i64::MAX))
}

/// For how many seats a learner waits by themselves.
pub(crate) async fn count_of(db: &impl ConnectionTrait, learner: UserId) -> Result<u64, Error> {
    let theirs = Entity::find().filter(Column::LearnerId.eq(learner.uuid()));
    Ok(theirs.filter(Column::Brought.eq(false)).count(db).await?)
}

/// What a learner waits for, the longest wait first, with their places.
pub(crate) async fn list_of(
    db: &impl ConnectionTrait,
    learner: UserId,
    page_request: &PageRequest,
) -> Result<Page<(WaitingRecord, i64)>, Error> {
    let select = Entity::find()
        .expr_as(position(), "position")
        .filter(Column::LearnerId.eq(learner.uuid()));
    let sorts = [database::Sort::asc(Expr::col((Entity, Column::Number)))];
    let keys = |row: &Placed| vec![Key::Int(row.entry.number)];
    let page = database::page(db, select, &sorts, page_request, keys).await?;
    Ok(page.map(|row| (row.entry.into(), row.position)))
}

/// Who waits for a course, in the order of the line.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    course: CourseId,
    page_request: &PageRequest,
) -> Result<Page<WaitingRecord>, Error> {
    let select = Entity::find().filter(Column::CourseId.eq(course.uuid()));
    let sorts = [database::Sort::asc(Expr::col((Entity, Column::Number)))];
    let keys = |row: &Model| vec![Key::Int(row.number)];
    let page = database::page(db, select, &sorts, page_request, keys).await?;
    Ok(page.map(WaitingRecord::from))
}

/// The first in line who could be enrolled now.
pub(crate) async fn list_first(
    db: &impl ConnectionTrait,
    course: CourseId,
    now: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<UserId>, Error> {
    let rows: Vec<Uuid> = Entity::find()
        .select_only()
        .column(Column::LearnerId)
        .filter(Column::CourseId.eq(course.uuid()))
        .filter(is_ready(now))
        .order_by_asc(Column::Number)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(UserId::from).collect())
}

/// Some of the courses that take learners in, have a free seat, and have somebody who waits for it and could be enrolled
/// now; those that were looked at longest ago come first.
pub(crate) async fn list_courses_with_room(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<CourseId>, Error> {
    use enrollment_settings::{Column as Of, Entity as Settings};

    let course = || Expr::col((Settings, Of::CourseId));
    let waits = Query::select()
        .expr(Expr::val(1))
        .from(Entity)
        .and_where(course().equals((Entity, Column::CourseId)))
        .cond_where(is_ready(now))
        .to_owned();
    let open = Query::select()
        .expr(Expr::val(1))
        .from(course::Entity)
        .and_where(course().equals((course::Entity, course::Column::Id)))
        .and_where(Expr::col((course::Entity, course::Column::Archived)).eq(false))
        .to_owned();
    let seated = Query::select()
        .expr(Expr::col((enrollment::Entity, enrollment::Column::Id)).count())
        .from(enrollment::Entity)
        .and_where(course().equals((enrollment::Entity, enrollment::Column::CourseId)))
        .and_where(enrollment::Column::Status.eq(EnrollmentStatus::Active.into_str()))
        .to_owned();
    let seated = SimpleExpr::SubQuery(None, Box::new(seated.into()));
    let has_room = Condition::any()
        .add(Of::Seats.is_null())
        .add(Expr::col((Settings, Of::Seats)).gt(seated));
    let rows: Vec<Uuid> = Settings::find()
        .select_only()
        .column(Of::CourseId)
        .filter(Expr::exists(waits))
        .filter(Expr::exists(open))
        .filter(has_room)
        .order_by_asc(Of::TriedAt)
        .order_by_asc(Of::CourseId)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(CourseId::from).collect())
}

/// Deletes all of a learner's; returns how many there were.
pub(crate) async fn delete_of(db: &impl ConnectionTrait, learner: UserId) -> Result<u64, Error> {
    Ok(database::delete_where::<Entity>(db, Column::LearnerId.eq(learner.uuid())).await?)
}

pub(crate) async fn export(db: &impl ConnectionTrait, user: UserId, place: &Place) -> Exported {
    let theirs = Entity::find().filter(Column::LearnerId.eq(user.uuid()));
    let cursor = theirs.cursor_by(Column::Number);
    Ok(database::export_after(db, cursor, place, |row| row.number).await?)
}

/// How many are in the line up to a row, itself included.
fn position() -> SimpleExpr {
    let other = Alias::new("other");
    let count = Query::select()
        .expr(Expr::col((other.clone(), Column::Number)).count())
        .from_as(Entity, other.clone())
        .and_where(Expr::col((other.clone(), Column::CourseId)).equals((Entity, Column::CourseId)))
        .and_where(Expr::col((other, Column::Number)).lte(Expr::col((Entity, Column::Number))))
        .to_owned();
    SimpleExpr::SubQuery(None, Box::new(count.into()))
}

struct Placed {
    entry: Model,
    position: i64,
}

impl FromQueryResult for Placed {
    fn from_query_result(row: &QueryResult, pre: &str) -> Result<Self, DbErr> {
        Ok(Self {
            entry: Model::from_query_result(row, pre)?,
            position: row.try_get(pre, "position")?,
        })
    }
}

impl From<Model> for WaitingRecord {
    fn from(row: Model) -> Self {
        Self {
            number: row.number,
            course: row.course_id.into(),
            learner: row.learner_id.into(),
            title: row.title,
            joined_at: row.joined_at,
        }
    }
}

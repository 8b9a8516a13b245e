//! The learners of a course with their names.

pub(super) mod after;

use chrono::{DateTime, Utc};
use kernel::{CohortId, CourseId, EnrollmentId, Key, Page, PageRequest, UserId};
use sea_orm::sea_query::{BinOper, Expr, ExprTrait, Func, SimpleExpr};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, JoinType,
    QueryFilter, QueryResult, QuerySelect, RelationDef, Select,
};

use crate::domain::{EnrollmentStatus, ProgressStatus, Risk, RiskDates, RosterOrder};
use crate::entity::enrollment::{Column, Entity, Model};
use crate::entity::learner;
use crate::error::Error;
use crate::store::in_cohort;

/// Which learners are wanted; what is `None` does not narrow them.
#[derive(Debug, Clone, Default)]
pub(super) struct Wanted {
    pub(super) status: Option<EnrollmentStatus>,
    pub(super) risk: Option<Risk>,
    pub(super) version: Option<i64>,
    pub(super) cohort: Option<CohortId>,
    /// A part of the name.
    pub(super) name: Option<String>,
    pub(super) order: RosterOrder,
}

/// A learner in a course.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LearnerRecord {
    pub(super) learner: UserId,
    pub(super) display_name: Option<String>,
    pub(super) enrollment: EnrollmentId,
    pub(super) version: i64,
    pub(super) status: EnrollmentStatus,
    pub(super) progress: ProgressStatus,
    pub(super) done: i32,
    pub(super) total: i32,
    pub(super) points: i64,
    pub(super) score_percent: Option<i32>,
    pub(super) risk: Option<RiskDates>,
    pub(super) enrolled_at: DateTime<Utc>,
    pub(super) started_at: Option<DateTime<Utc>>,
    pub(super) completed_at: Option<DateTime<Utc>>,
    pub(super) last_activity_at: DateTime<Utc>,
}

/// The learners of a course, as the filter wants them.
pub(super) async fn list(
    db: &impl ConnectionTrait,
    course: CourseId,
    wanted: &Wanted,
    now: DateTime<Utc>,
    page_request: &PageRequest,
) -> Result<Page<LearnerRecord>, Error> {
    let sort = wanted.order;
    let by = match sort {
        RosterOrder::Name => database::Sort::asc(name()).text(),
        RosterOrder::NameDown => database::Sort::desc(name()).text(),
        RosterOrder::Progress => database::Sort::asc(percent()),
        RosterOrder::ProgressDown => database::Sort::desc(percent()),
        RosterOrder::LastActivity => {
            database::Sort::asc(Expr::col((Entity, Column::LastActivityAt)))
        }
        RosterOrder::LastActivityDown => {
            database::Sort::desc(Expr::col((Entity, Column::LastActivityAt)))
        }
    };
    let unique = database::Sort::asc(Expr::col((Entity, Column::Id)));
    let keys = move |row: &Row| {
        let first = match sort {
            RosterOrder::Name | RosterOrder::NameDown => Key::Text(row.name.clone()),
            RosterOrder::Progress | RosterOrder::ProgressDown => Key::Int(row.percent.into()),
            RosterOrder::LastActivity | RosterOrder::LastActivityDown => {
                Key::Time(row.enrollment.last_activity_at)
            }
        };
        vec![first, Key::Id(row.enrollment.id)]
    };
    let select = select(course, wanted, now);
    let page = database::page(db, select, &[by, unique], page_request, keys).await?;
    Ok(page.map(LearnerRecord::from))
}

fn select(course: CourseId, wanted: &Wanted, now: DateTime<Utc>) -> Select<Entity> {
    let known: RelationDef = Entity::belongs_to(learner::Entity)
        .from(Column::LearnerId)
        .to(learner::Column::Id)
        .into();
    let mut select = Entity::find()
        .join(JoinType::LeftJoin, known)
        .expr_as(display_name(), "display_name")
        .expr_as(name(), "name")
        .expr_as(percent(), "percent")
        .filter(Column::CourseId.eq(course.uuid()));
    if let Some(status) = wanted.status {
        select = select.filter(Column::Status.eq(status.into_str()));
    }
    if let Some(version) = wanted.version {
        select = select.filter(Column::Version.eq(version));
    }
    if let Some(cohort) = wanted.cohort {
        select = select.filter(in_cohort(cohort));
    }
    if let Some(part) = &wanted.name {
        let part = ["!", "%", "_"].iter().fold(part.clone(), |part, special| {
            part.replace(special, &format!("!{special}"))
        });
        // The database makes the letters of both small, because each knows other ones.
        let part: SimpleExpr = Func::lower(Expr::val(format!("%{part}%"))).into();
        let like = part.binary(BinOper::Escape, Expr::cust("'!'"));
        select = select.filter(name().binary(BinOper::Like, like));
    }
    match wanted.risk {
        Some(risk) => select.filter(at_risk(risk, now)),
        None => select,
    }
}

/// The rule of [`Risk::at`].
fn at_risk(risk: Risk, now: DateTime<Utc>) -> Condition {
    match risk {
        Risk::None => Condition::any()
            .add(Column::RiskLowAt.is_null())
            .add(Column::RiskLowAt.gt(now)),
        Risk::Low => Condition::all()
            .add(Column::RiskLowAt.lte(now))
            .add(Column::RiskHighAt.gt(now)),
        Risk::High => Condition::all().add(Column::RiskHighAt.lte(now)),
    }
}

fn display_name() -> SimpleExpr {
    Expr::col((learner::Entity, learner::Column::DisplayName))
}

/// What names are ordered by and found by: without the difference of small and capital letters, as far as the database
/// knows it.
fn name() -> SimpleExpr {
    Func::lower(Func::coalesce([display_name(), Expr::val("")])).into()
}

fn percent() -> SimpleExpr {
    let done = Expr::col((Entity, Column::Done)).mul(100);
    let share = done.div(Expr::cust("NULLIF(total, 0)"));
    Func::coalesce([share, Expr::val(0)]).into()
}

struct Row {
    enrollment: Model,
    display_name: Option<String>,
    name: String,
    percent: i32,
}

impl FromQueryResult for Row {
    fn from_query_result(row: &QueryResult, pre: &str) -> Result<Self, DbErr> {
        Ok(Self {
            enrollment: Model::from_query_result(row, pre)?,
            display_name: row.try_get(pre, "display_name")?,
            name: row.try_get(pre, "name")?,
            percent: row.try_get(pre, "percent")?,
        })
    }
}

impl From<Row> for LearnerRecord {
    fn from(row: Row) -> Self {
        let one = row.enrollment;
        Self {
            learner: one.learner_id.into(),
            display_name: row.display_name,
            enrollment: one.id.into(),
            version: one.version,
            status: one.status.parse().unwrap_or(EnrollmentStatus::Left),
            progress: ProgressStatus::of(one.started_at, one.completed_at),
            done: one.done,
            total: one.total,
            points: one.points,
            score_percent: one.score_percent,
            risk: RiskDates::known(one.risk_low_at, one.risk_high_at),
            enrolled_at: one.enrolled_at,
            started_at: one.started_at,
            completed_at: one.completed_at,
            last_activity_at: one.last_activity_at,
        }
    }
}

//! What one course needs to know of others: courses without their texts.

use contracts::course_ref::CourseRef;
use kernel::CourseId;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, Select};
use uuid::Uuid;

use super::courses::named;
use crate::domain::{Status, Terms};
use crate::entity::column::{decode, read_word};
use crate::entity::course::{Column, Entity};
use crate::error::Error;

/// The turn in which courses begin to require others.
const TURN: i64 = 0x6770_5f70_7265_7265;

/// A course without its texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CourseHead {
    pub(crate) id: CourseId,
    pub(crate) slug: String,
    pub(crate) status: Status,
    /// Absent before the first published version.
    pub(crate) terms: Option<Terms>,
}

type Row = (Uuid, String, String, Option<String>);

fn heads(select: Select<Entity>) -> Select<Entity> {
    let columns = [Column::Id, Column::Slug, Column::Status, Column::Terms];
    select.select_only().columns(columns)
}

fn head((id, slug, status, terms): Row) -> Result<CourseHead, Error> {
    Ok(CourseHead {
        id: id.into(),
        slug,
        status: read_word(&status, "course.status")?,
        terms: terms.as_deref().map(decode).transpose()?,
    })
}

pub(crate) async fn find(
    db: &impl ConnectionTrait,
    course: &CourseRef,
) -> Result<Option<CourseHead>, Error> {
    let found = heads(named(course)).into_tuple::<Row>().one(db).await?;
    found.map(head).transpose()
}

/// Those of the courses that exist, in no order.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    ids: &[CourseId],
) -> Result<Vec<CourseHead>, Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let ids = ids.iter().map(|id| id.uuid());
    let rows = heads(Entity::find().filter(Column::Id.is_in(ids)));
    let rows = rows.into_tuple::<Row>().all(db).await?;
    rows.into_iter().map(head).collect()
}

/// What each of the courses requires, in its draft or in its newest version.
pub(crate) async fn prerequisites_of(
    db: &impl ConnectionTrait,
    ids: &[CourseId],
) -> Result<Vec<(CourseId, Vec<CourseId>)>, Error> {
    let mut all = Vec::new();
    for some in ids.chunks(500) {
        let rows: Vec<(Uuid, String, Option<String>)> = Entity::find()
            .select_only()
            .columns([Column::Id, Column::Prerequisites, Column::Terms])
            .filter(Column::Id.is_in(some.iter().map(|id| id.uuid())))
            .into_tuple()
            .all(db)
            .await?;
        for (id, required, terms) in rows {
            let mut required: Vec<CourseId> = decode(&required)?;
            if let Some(terms) = terms {
                required.extend(decode::<Terms>(&terms)?.prerequisites);
            }
            all.push((id.into(), required));
        }
    }
    Ok(all)
}

/// Holds, until the commit, the right to make courses require others.
pub(crate) async fn lock_prerequisites(db: &impl ConnectionTrait) -> Result<(), Error> {
    Ok(database::take_turn(db, TURN).await?)
}

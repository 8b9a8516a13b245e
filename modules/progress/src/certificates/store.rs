//! The table of certificates.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{CourseId, EnrollmentId, Key, Page, PageRequest, Place, UserId};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, Set};

use crate::domain::CertificateCode;
use crate::entity::certificate::{ActiveModel, Column, Entity, Model};
use crate::error::Error;
use crate::store::Exported;

/// A certificate as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CertificateRecord {
    pub(crate) code: CertificateCode,
    pub(crate) enrollment: EnrollmentId,
    pub(crate) learner: UserId,
    pub(crate) course: CourseId,
    pub(crate) version: i64,
    pub(crate) title: String,
    pub(crate) name: Option<String>,
    pub(crate) completed_on: NaiveDate,
    pub(crate) issued_at: DateTime<Utc>,
    pub(crate) revoked_at: Option<DateTime<Utc>>,
    pub(crate) revocation_reason: Option<String>,
}

/// Keeps a certificate, unless its enrollment has one.
pub(super) async fn insert(
    db: &impl ConnectionTrait,
    record: CertificateRecord,
) -> Result<(), Error> {
    let row = ActiveModel {
        code: Set(record.code.to_string()),
        enrollment_id: Set(record.enrollment.uuid()),
        learner_id: Set(record.learner.uuid()),
        course_id: Set(record.course.uuid()),
        version: Set(record.version),
        title: Set(record.title),
        name: Set(record.name),
        completed_on: Set(record.completed_on),
        issued_at: Set(record.issued_at),
        revoked_at: Set(record.revoked_at),
        revocation_reason: Set(record.revocation_reason),
    };
    let once = OnConflict::column(Column::EnrollmentId)
        .do_nothing()
        .to_owned();
    Entity::insert(row)
        .on_conflict(once)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

pub(super) async fn find(
    db: &impl ConnectionTrait,
    code: &CertificateCode,
) -> Result<Option<CertificateRecord>, Error> {
    let row = Entity::find_by_id(code.as_str()).one(db).await?;
    Ok(row.map(CertificateRecord::from))
}

/// The same, locked until the transaction ends.
pub(super) async fn lock(
    db: &impl ConnectionTrait,
    code: &CertificateCode,
) -> Result<Option<CertificateRecord>, Error> {
    let row = Entity::find_by_id(code.as_str()).lock_exclusive();
    Ok(row.one(db).await?.map(CertificateRecord::from))
}

/// The number of the certificate of an enrollment.
pub(super) async fn code_of(
    db: &impl ConnectionTrait,
    enrollment: EnrollmentId,
) -> Result<Option<CertificateCode>, Error> {
    let found = Entity::find()
        .select_only()
        .column(Column::Code)
        .filter(Column::EnrollmentId.eq(enrollment.uuid()))
        .into_tuple::<String>()
        .one(db)
        .await?;
    Ok(found.map(CertificateCode::stored))
}

/// The certificates of a learner, the newest first.
pub(super) async fn list(
    db: &impl ConnectionTrait,
    learner: UserId,
    page_request: &PageRequest,
) -> Result<Page<CertificateRecord>, Error> {
    let sorts = [
        database::Sort::desc(Expr::col(Column::IssuedAt)),
        database::Sort::asc(Expr::col(Column::Code)).text(),
    ];
    let keys = |row: &Model| vec![Key::Time(row.issued_at), Key::Text(row.code.clone())];
    let theirs = Entity::find().filter(Column::LearnerId.eq(learner.uuid()));
    let page = database::page(db, theirs, &sorts, page_request, keys).await?;
    Ok(page.map(CertificateRecord::from))
}

/// Writes since when and why a certificate is revoked, or that it is valid.
pub(super) async fn set_revocation(
    db: &impl ConnectionTrait,
    record: &CertificateRecord,
) -> Result<(), Error> {
    let reason = record.revocation_reason.clone();
    Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(record.revoked_at))
        .col_expr(Column::RevocationReason, Expr::value(reason))
        .filter(Column::Code.eq(record.code.as_str()))
        .exec(db)
        .await?;
    Ok(())
}

/// Names a learner on the certificates that were issued before the name was known.
pub(super) async fn name_unnamed(
    db: &impl ConnectionTrait,
    learner: UserId,
    name: &str,
) -> Result<(), Error> {
    Entity::update_many()
        .col_expr(Column::Name, Expr::value(name))
        .filter(Column::LearnerId.eq(learner.uuid()))
        .filter(Column::Name.is_null())
        .exec(db)
        .await?;
    Ok(())
}

/// Deletes the certificates of a learner; returns how many there were.
pub(crate) async fn delete_of(db: &impl ConnectionTrait, learner: UserId) -> Result<u64, Error> {
    Ok(database::delete_where::<Entity>(db, Column::LearnerId.eq(learner.uuid())).await?)
}

pub(crate) async fn export(db: &impl ConnectionTrait, user: UserId, place: &Place) -> Exported {
    let theirs = Entity::find().filter(Column::LearnerId.eq(user.uuid()));
    let cursor = theirs.cursor_by(Column::Code);
    Ok(database::export_after(db, cursor, place, |row| row.code.clone()).await?)
}

impl From<Model> for CertificateRecord {
    fn from(row: Model) -> Self {
        Self {
            code: CertificateCode::stored(row.code),
            enrollment: row.enrollment_id.into(),
            learner: row.learner_id.into(),
            course: row.course_id.into(),
            version: row.version,
            title: row.title,
            name: row.name,
            completed_on: row.completed_on,
            issued_at: row.issued_at,
            revoked_at: row.revoked_at,
            revocation_reason: row.revocation_reason,
        }
    }
}

//! The table of certificates.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{CourseId, EnrollmentId, Key, Page, PageRequest, Place, UserId};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
    QuerySelect, Set,
};
use serde::Serialize;
use uuid::Uuid;

use crate::domain::CertificateCode;
use crate::entity::certificate::{ActiveModel, Column, Entity, Model};
use crate::entity::enrollment_settings;
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
    pub(crate) revoked_by: Option<UserId>,
    pub(crate) expires_at: Option<DateTime<Utc>>,
    pub(crate) public: bool,
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
        revoked_by: Set(record.revoked_by.map(Into::into)),
        expires_at: Set(record.expires_at),
        public: Set(record.public),
        reminded: Set(false),
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

/// Writes since when, why, and by whom a certificate is revoked, or that it is valid, and whether anybody can check it.
pub(super) async fn update(
    db: &impl ConnectionTrait,
    record: &CertificateRecord,
) -> Result<(), Error> {
    let reason = record.revocation_reason.clone();
    Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(record.revoked_at))
        .col_expr(Column::RevocationReason, Expr::value(reason))
        .col_expr(
            Column::RevokedBy,
            Expr::value(record.revoked_by.map(UserId::uuid)),
        )
        .col_expr(Column::Public, Expr::value(record.public))
        .filter(Column::Code.eq(record.code.as_str()))
        .exec(db)
        .await?;
    Ok(())
}

/// For how many months the certificates of a course are valid.
pub(super) async fn months_of(
    db: &impl ConnectionTrait,
    course: CourseId,
) -> Result<Option<i32>, Error> {
    let found = enrollment_settings::Entity::find_by_id(course.uuid())
        .select_only()
        .column(enrollment_settings::Column::CertificateMonths)
        .into_tuple::<Option<i32>>()
        .one(db)
        .await?;
    Ok(found.flatten())
}

/// Valid certificates that expire between two moments and whose learners were not told of it; locked, so that two
/// processes do not tell them both.
pub(super) async fn lock_expiring(
    db: &impl ConnectionTrait,
    (from, until): (DateTime<Utc>, DateTime<Utc>),
    limit: u64,
) -> Result<Vec<CertificateRecord>, Error> {
    let rows = Entity::find()
        .filter(Column::Reminded.eq(false))
        .filter(Column::ExpiresAt.gt(from))
        .filter(Column::ExpiresAt.lte(until))
        .filter(Column::RevokedAt.is_null())
        .order_by_asc(Column::ExpiresAt)
        .limit(limit)
        .lock_exclusive()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(CertificateRecord::from).collect())
}

/// Notes that the learners were told that these certificates expire.
pub(super) async fn mark_reminded(
    db: &impl ConnectionTrait,
    certificates: &[CertificateRecord],
) -> Result<(), Error> {
    let codes = certificates.iter().map(|one| one.code.as_str());
    Entity::update_many()
        .col_expr(Column::Reminded, Expr::value(true))
        .filter(Column::Code.is_in(codes))
        .exec(db)
        .await?;
    Ok(())
}

/// Takes a user off the certificates of others that they have revoked, which stay revoked; returns how many.
pub(crate) async fn forget_reviser(db: &impl ConnectionTrait, user: UserId) -> Result<u64, Error> {
    let done = Entity::update_many()
        .col_expr(Column::RevokedBy, Expr::value(None::<Uuid>))
        .filter(Column::RevokedBy.eq(user.uuid()))
        .exec(db)
        .await?;
    Ok(done.rows_affected)
}

/// A certificate that somebody has revoked, without what is of its learner.
#[derive(Debug, Serialize, FromQueryResult)]
struct RevokedCertificate {
    code: String,
    course_id: Uuid,
    revoked_at: Option<DateTime<Utc>>,
}

/// The certificates of others that a user has revoked.
pub(crate) async fn export_revoked(
    db: &impl ConnectionTrait,
    user: UserId,
    place: &Place,
) -> Exported {
    let theirs = Entity::find()
        .filter(Column::RevokedBy.eq(user.uuid()))
        .select_only()
        .columns([Column::Code, Column::CourseId, Column::RevokedAt]);
    let cursor = theirs
        .cursor_by(Column::Code)
        .into_model::<RevokedCertificate>();
    Ok(database::export_after(db, cursor, place, |row| row.code.clone()).await?)
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
            revoked_by: row.revoked_by.map(Into::into),
            expires_at: row.expires_at,
            public: row.public,
        }
    }
}

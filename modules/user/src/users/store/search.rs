//! Looking through all users, and counting the administrators among them.

use database::Sort;
use kernel::{Key, Page, PageRequest, Role};
use sea_orm::sea_query::{Expr, ExprTrait, LikeExpr, LockType};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select,
};

use super::record::record;
use crate::domain::UserRecord;
use crate::entity::account::{Column, Entity, Model};
use crate::error::Error;

/// What an administrator looks for.
pub(crate) struct Search<'a> {
    pub text: Option<&'a str>,
    pub role: Option<Role>,
    pub disabled: Option<bool>,
}

/// Locks the administrators who can log in; always in one order, so that two do not block each
/// other.
pub(crate) async fn lock_admins(db: &impl ConnectionTrait) -> Result<(), Error> {
    admins()
        .order_by_asc(Column::Id)
        .lock(LockType::NoKeyUpdate)
        .all(db)
        .await?;
    Ok(())
}

/// How many administrators can log in.
pub(crate) async fn count_admins(db: &impl ConnectionTrait) -> Result<u64, Error> {
    Ok(admins().count(db).await?)
}

fn admins() -> Select<Entity> {
    Entity::find()
        .filter(Column::Roles.contains(Role::Admin.into_str()))
        .filter(Column::Disabled.eq(false))
        .filter(Column::DeletionScheduledAt.is_null())
        .filter(Column::ErasedAt.is_null())
}

pub(crate) async fn list(
    db: &impl ConnectionTrait,
    search: &Search<'_>,
    page_request: &PageRequest,
) -> Result<Page<UserRecord>, Error> {
    let mut matching = Condition::all().add(Column::ErasedAt.is_null());
    if let Some(text) = search.text {
        let pattern = format!("%{}%", escape_like(&kernel::text::fold(text)));
        let like =
            |column: Column| Expr::col(column).like(LikeExpr::new(pattern.clone()).escape('\\'));
        matching = matching.add(
            Condition::any()
                .add(like(Column::UsernameFolded))
                .add(like(Column::EmailFolded)),
        );
    }
    if let Some(role) = search.role {
        matching = matching.add(Column::Roles.contains(role.into_str()));
    }
    if let Some(disabled) = search.disabled {
        matching = matching.add(Column::Disabled.eq(disabled));
    }
    let query = Entity::find().filter(matching);
    let sorts = [Column::CreatedAt, Column::Id].map(|column| Sort::desc(Expr::col(column)));
    let keys = |row: &Model| vec![Key::Time(row.created_at), Key::Id(row.id)];
    let page = database::page(db, query, &sorts, page_request, keys).await?;
    Ok(page.map(record))
}

fn escape_like(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('%', "\\%")
        .replace('_', "\\_")
}

//! Accounts.

use chrono::{DateTime, Utc};
use database::{Sort, select_after};
use kernel::{Key, Page, Role, Roles, Slice, UserId};
use sea_orm::sea_query::{Expr, ExprTrait, LockType};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};

use crate::entity::person::{ActiveModel, Column, Entity, Model};
use crate::visibility::ProfileVisibility;

/// An account without its password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Person {
    pub id: UserId,
    pub username: String,
    pub email: String,
    pub email_verified_at: Option<DateTime<Utc>>,
    pub display_name: String,
    pub bio: String,
    pub avatar_url: Option<String>,
    pub locale: String,
    pub time_zone: String,
    pub visibility: ProfileVisibility,
    pub roles: Roles,
    pub disabled: bool,
    /// The password counts no longer; an administrator wants a new one.
    pub reset_required: bool,
    /// Waits to be erased and can be brought back.
    pub frozen_at: Option<DateTime<Utc>>,
    /// Gone; only the id is left.
    pub erased_at: Option<DateTime<Utc>>,
    pub rights_changed_at: DateTime<Utc>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Person {
    /// A student who has just come into being, with an address that nobody has verified.
    pub(crate) fn new(id: UserId, username: String, email: String, now: DateTime<Utc>) -> Self {
        Self {
            id,
            display_name: username.clone(),
            username,
            email,
            email_verified_at: None,
            bio: String::new(),
            avatar_url: None,
            locale: "en".to_owned(),
            time_zone: "UTC".to_owned(),
            visibility: ProfileVisibility::default(),
            roles: vec![Role::Student].into(),
            disabled: false,
            reset_required: false,
            frozen_at: None,
            erased_at: None,
            rights_changed_at: now,
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }
}

/// What an administrator looks for.
#[derive(Debug, Default)]
pub(crate) struct Search {
    pub text: Option<String>,
    pub role: Option<Role>,
    pub disabled: Option<bool>,
}

pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    person: &Person,
    password_hash: &str,
) -> Result<(), DbErr> {
    let mut model = to_model(person);
    model.password_hash = password_hash.to_owned();
    let row = model.into_active_model().reset_all();
    Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// Writes everything but the password.
pub(crate) async fn update(db: &impl ConnectionTrait, person: &Person) -> Result<(), DbErr> {
    let mut row: ActiveModel = to_model(person).into_active_model().reset_all();
    row.password_hash = sea_orm::NotSet;
    row.update(db).await?;
    Ok(())
}

/// Writes a new password hash and nothing else.
pub(crate) async fn set_password(
    db: &impl ConnectionTrait,
    id: UserId,
    password_hash: &str,
) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::PasswordHash, Expr::value(password_hash))
        .filter(Column::Id.eq(id.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

/// The hash of a person's password; empty when they have none.
pub(crate) async fn password_hash(
    db: &impl ConnectionTrait,
    id: UserId,
) -> Result<Option<String>, DbErr> {
    let row = Entity::find_by_id(id.uuid()).one(db).await?;
    Ok(row
        .map(|row| row.password_hash)
        .filter(|hash| !hash.is_empty()))
}

pub(crate) async fn find_by_email(
    db: &impl ConnectionTrait,
    email: &str,
) -> Result<Option<Person>, DbErr> {
    let row = with_email(email).one(db).await?;
    Ok(row.map(to_person))
}

/// The account with an address, locked as `find_for_change` does.
pub(crate) async fn find_by_email_for_change(
    db: &impl ConnectionTrait,
    email: &str,
) -> Result<Option<Person>, DbErr> {
    let row = with_email(email)
        .lock(LockType::NoKeyUpdate)
        .one(db)
        .await?;
    Ok(row.map(to_person))
}

fn with_email(email: &str) -> Select<Entity> {
    Entity::find().filter(Column::EmailFolded.eq(kernel::text::fold(email)))
}

pub(crate) async fn find(db: &impl ConnectionTrait, id: UserId) -> Result<Option<Person>, DbErr> {
    let row = Entity::find_by_id(id.uuid()).one(db).await?;
    Ok(row.map(to_person))
}

/// The living account, locked until the transaction ends, so that its version is still true at the
/// update. Rows that refer to it may be written meanwhile: a key is never changed.
pub(crate) async fn find_for_change(
    db: &impl ConnectionTrait,
    id: UserId,
) -> Result<Option<Person>, DbErr> {
    let row = Entity::find_by_id(id.uuid())
        .filter(Column::ErasedAt.is_null())
        .lock(LockType::NoKeyUpdate)
        .one(db)
        .await?;
    Ok(row.map(to_person))
}

pub(crate) async fn find_many(
    db: &impl ConnectionTrait,
    ids: &[UserId],
) -> Result<Vec<Person>, DbErr> {
    let ids = ids.iter().map(|id| id.uuid());
    let rows = Entity::find().filter(Column::Id.is_in(ids)).all(db).await?;
    Ok(rows.into_iter().map(to_person).collect())
}

/// By folded username or folded e-mail address, with the password hash.
pub(crate) async fn find_login(
    db: &impl ConnectionTrait,
    folded: &str,
) -> Result<Option<(Person, String)>, DbErr> {
    let either = Condition::any()
        .add(Column::UsernameFolded.eq(folded))
        .add(Column::EmailFolded.eq(folded));
    let row = Entity::find()
        .filter(either)
        .filter(Column::ErasedAt.is_null())
        .one(db)
        .await?;
    Ok(row.map(|row| {
        let hash = row.password_hash.clone();
        (to_person(row), hash)
    }))
}

pub(crate) async fn is_username_taken(
    db: &impl ConnectionTrait,
    username: &str,
) -> Result<bool, DbErr> {
    let folded = kernel::text::fold(username);
    let count = Entity::find()
        .filter(Column::UsernameFolded.eq(folded))
        .count(db)
        .await?;
    Ok(count > 0)
}

pub(crate) async fn is_email_taken(db: &impl ConnectionTrait, email: &str) -> Result<bool, DbErr> {
    Ok(with_email(email).count(db).await? > 0)
}

/// Locks the administrators who can log in; always in one order, so that two do not block each
/// other.
pub(crate) async fn lock_admins(db: &impl ConnectionTrait) -> Result<(), DbErr> {
    admins()
        .order_by_asc(Column::Id)
        .lock(LockType::NoKeyUpdate)
        .all(db)
        .await?;
    Ok(())
}

/// How many administrators can log in.
pub(crate) async fn count_admins(db: &impl ConnectionTrait) -> Result<u64, DbErr> {
    admins().count(db).await
}

fn admins() -> Select<Entity> {
    Entity::find()
        .filter(Column::Roles.contains(Role::Admin.as_str()))
        .filter(Column::Disabled.eq(false))
        .filter(Column::FrozenAt.is_null())
        .filter(Column::ErasedAt.is_null())
}

pub(crate) async fn list(
    db: &impl ConnectionTrait,
    search: &Search,
    slice: &Slice,
) -> Result<Page<Person>, DbErr> {
    let mut matching = Condition::all().add(Column::ErasedAt.is_null());
    if let Some(text) = &search.text {
        let pattern = format!("%{}%", escape_like(&kernel::text::fold(text)));
        let like = |column: Column| {
            Expr::col(column).like(sea_orm::sea_query::LikeExpr::new(pattern.clone()).escape('\\'))
        };
        matching = matching.add(
            Condition::any()
                .add(like(Column::UsernameFolded))
                .add(like(Column::EmailFolded)),
        );
    }
    if let Some(role) = search.role {
        matching = matching.add(Column::Roles.contains(role.as_str()));
    }
    if let Some(disabled) = search.disabled {
        matching = matching.add(Column::Disabled.eq(disabled));
    }
    let query = Entity::find().filter(matching);
    let total = match slice.count {
        true => Some(query.clone().count(db).await?),
        false => None,
    };
    let sorts = [
        Sort::desc(Expr::col(Column::CreatedAt)),
        Sort::desc(Expr::col(Column::Id)),
    ];
    let rows = select_after(query, db.get_database_backend(), &sorts, slice)
        .all(db)
        .await?;
    let keys = |row: &Model| vec![Key::Time(row.created_at), Key::Id(row.id)];
    let mut page = Page::cut(rows, slice, keys).map(to_person);
    page.total = total;
    Ok(page)
}

fn escape_like(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('%', "\\%")
        .replace('_', "\\_")
}

fn to_person(row: Model) -> Person {
    Person {
        id: row.id.into(),
        username: row.username,
        email: row.email,
        email_verified_at: row.email_verified_at,
        display_name: row.display_name,
        bio: row.bio,
        avatar_url: row.avatar_url,
        locale: row.locale,
        time_zone: row.time_zone,
        visibility: ProfileVisibility::parse(&row.visibility),
        roles: Roles::from_words(&row.roles),
        disabled: row.disabled,
        reset_required: row.reset_required,
        frozen_at: row.frozen_at,
        erased_at: row.erased_at,
        rights_changed_at: row.rights_changed_at,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}

fn to_model(person: &Person) -> Model {
    Model {
        id: person.id.uuid(),
        username: person.username.clone(),
        username_folded: kernel::text::fold(&person.username),
        email: person.email.clone(),
        email_folded: kernel::text::fold(&person.email),
        email_verified_at: person.email_verified_at,
        display_name: person.display_name.clone(),
        bio: person.bio.clone(),
        avatar_url: person.avatar_url.clone(),
        locale: person.locale.clone(),
        time_zone: person.time_zone.clone(),
        visibility: person.visibility.as_str().to_owned(),
        roles: person.roles.to_words(),
        disabled: person.disabled,
        reset_required: person.reset_required,
        frozen_at: person.frozen_at,
        erased_at: person.erased_at,
        rights_changed_at: person.rights_changed_at,
        password_hash: String::new(),
        version: person.version,
        created_at: person.created_at,
        updated_at: person.updated_at,
    }
}

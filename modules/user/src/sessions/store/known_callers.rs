//! The devices and networks that users have logged in from.

use chrono::{DateTime, Duration, Utc};
use kernel::{DeviceId, Place, UserId};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set,
};
use strum::IntoStaticStr;
use uuid::Uuid;

use crate::entity::known_caller::{ActiveModel, Column, Entity, Model};
use crate::error::Error;

/// How long a device or network is known after the last login from it: longer than a session lives,
/// because the login after that is the one that counts.
pub(crate) const KNOWN_FOR: Duration = Duration::days(180);
/// What a caller is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub(crate) enum Kind {
    /// The hash of a token that only the device has.
    Device,
    /// An IPv4 address, or the /64 of an IPv6 address.
    Network,
}

/// A device or a network that a user has logged in from.
pub(crate) struct KnownCaller {
    pub kind: String,
    pub value: String,
    pub created_at: DateTime<Utc>,
    pub last_seen_at: DateTime<Utc>,
}

/// What of a caller is known of the user: the device, and whether the network is. Asked for nobody
/// it finds nothing and takes as long.
pub(crate) async fn find(
    db: &impl ConnectionTrait,
    user: Option<UserId>,
    device: &str,
    network: &str,
    since: DateTime<Utc>,
) -> Result<(Option<DeviceId>, bool), Error> {
    let is = |kind: Kind, value: &str| {
        Condition::all()
            .add(Column::Kind.eq(kind.into_str()))
            .add(Column::Value.eq(value))
    };
    let either = Condition::any()
        .add(is(Kind::Device, device))
        .add(is(Kind::Network, network));
    let rows = Entity::find()
        .filter(Column::UserId.eq(user.map_or(Uuid::nil(), UserId::uuid)))
        .filter(Column::LastSeenAt.gt(since))
        .filter(either)
        .all(db)
        .await?;
    let of = |kind: Kind| rows.iter().find(|row| row.kind == kind.into_str());
    Ok((
        of(Kind::Device).map(|row| row.id.into()),
        of(Kind::Network).is_some(),
    ))
}

/// Notes that the user has logged in from there now.
pub(crate) async fn put(
    db: &impl ConnectionTrait,
    id: DeviceId,
    user: UserId,
    kind: Kind,
    value: &str,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let row = ActiveModel {
        id: Set(id.uuid()),
        user_id: Set(user.uuid()),
        kind: Set(kind.into_str().to_owned()),
        value: Set(value.to_owned()),
        created_at: Set(now),
        last_seen_at: Set(now),
    };
    let seen = OnConflict::columns([Column::UserId, Column::Kind, Column::Value])
        .update_column(Column::LastSeenAt)
        .to_owned();
    Entity::insert(row)
        .on_conflict(seen)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Notes that the user has logged in with a device again; returns whether it is still known.
pub(crate) async fn touch(
    db: &impl ConnectionTrait,
    user: UserId,
    id: DeviceId,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let touched = Entity::update_many()
        .col_expr(Column::LastSeenAt, Expr::value(now))
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::UserId.eq(user.uuid()))
        .exec(db)
        .await?;
    Ok(touched.rows_affected == 1)
}

/// Forgets all of a kind but for the `most` to keep: those that came back go before those that were
/// seen once, so that a client which never comes back pushes out none that does.
pub(crate) async fn trim(
    db: &impl ConnectionTrait,
    user: UserId,
    kind: Kind,
    most: u64,
) -> Result<(), Error> {
    let came_back = Expr::col(Column::LastSeenAt).gt(Expr::col(Column::CreatedAt));
    let beyond = Entity::find()
        .filter(Column::UserId.eq(user.uuid()))
        .filter(Column::Kind.eq(kind.into_str()))
        .order_by_desc(came_back)
        .order_by_desc(Column::LastSeenAt)
        .order_by_desc(Column::Id)
        .offset(most)
        .limit(most)
        .all(db)
        .await?;
    if beyond.is_empty() {
        return Ok(());
    }
    Entity::delete_many()
        .filter(Column::Id.is_in(beyond.iter().map(|row| row.id)))
        .exec(db)
        .await?;
    Ok(())
}

/// The next devices and networks of a user by id, which is the oldest first.
pub(crate) async fn page_of(
    db: &impl ConnectionTrait,
    user: UserId,
    place: &Place,
) -> Result<Vec<(DeviceId, KnownCaller)>, Error> {
    let theirs = Entity::find().filter(Column::UserId.eq(user.uuid()));
    let cursor = theirs.cursor_by(Column::Id);
    let rows = database::rows_after::<Model, Uuid>(db, cursor, place).await?;
    let callers = rows.into_iter().map(|row| {
        let caller = KnownCaller {
            kind: row.kind,
            value: row.value,
            created_at: row.created_at,
            last_seen_at: row.last_seen_at,
        };
        (row.id.into(), caller)
    });
    Ok(callers.collect())
}

/// Forgets all of a user; returns how many there were.
pub(crate) async fn delete_of(db: &impl ConnectionTrait, user: UserId) -> Result<u64, Error> {
    Ok(database::delete_where::<Entity>(db, Column::UserId.eq(user.uuid())).await?)
}

/// Forgets those that were not seen since `moment`; returns how many.
pub(crate) async fn delete_before(
    db: &impl ConnectionTrait,
    moment: DateTime<Utc>,
) -> Result<u64, Error> {
    Ok(database::delete_where::<Entity>(db, Column::LastSeenAt.lt(moment)).await?)
}

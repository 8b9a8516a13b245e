//! The schema of every module: one migrator each, because each module has its own database.

pub mod course;
pub mod notification;
pub mod progress;
mod shared;
pub mod user;

pub use sea_orm_migration::MigratorTrait;

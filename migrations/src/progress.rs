//! The schema of the progress module.

mod achievements;
mod cohorts;
mod enrollments;
mod gradebooks;
mod m0001_initial;
mod reports;
mod seats;
mod shadows;

use sea_orm_migration::prelude::*;

/// Migrates the progress module's database.
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(m0001_initial::Migration)]
    }
}

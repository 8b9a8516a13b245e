//! The schema of the user module.

mod m0001_accounts;
mod m0002_credentials;
mod m0003_audit;
mod m0004_sagas;
mod m0005_challenges;
mod m0006_who_asked;

use sea_orm_migration::prelude::*;

/// Migrates the user module's database.
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_accounts::Migration),
            Box::new(m0002_credentials::Migration),
            Box::new(m0003_audit::Migration),
            Box::new(m0004_sagas::Migration),
            Box::new(m0005_challenges::Migration),
            Box::new(m0006_who_asked::Migration),
        ]
    }
}

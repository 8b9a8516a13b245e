//! Reading outside of a transaction.

use std::sync::Arc;

use async_trait::async_trait;
use sea_orm::{
    ConnectionTrait, DatabaseBackend, DatabaseConnection, DbErr, ExecResult, QueryResult, Statement,
};

use crate::commits::Commits;
use crate::health::ConnectionHealth;
use crate::sqlite_readers::SqliteReaders;

/// Connections to read with, each of which answers in time or is given up.
#[derive(Debug, Clone)]
pub struct Reader {
    connections: Connections,
    health: ConnectionHealth,
    commits: Arc<Commits>,
}

#[derive(Debug, Clone)]
pub(crate) enum Connections {
    Sqlite(Arc<SqliteReaders>),
    Postgres(DatabaseConnection),
}

impl Reader {
    pub(crate) fn new(
        connections: Connections,
        health: ConnectionHealth,
        commits: Arc<Commits>,
    ) -> Self {
        Self {
            connections,
            health,
            commits,
        }
    }

    /// Closes what reads alone; the pool of PostgreSQL writes too and is closed by its owner.
    pub(crate) async fn close(&self) -> Result<(), DbErr> {
        match &self.connections {
            Connections::Sqlite(readers) => readers.close().await,
            Connections::Postgres(_) => Ok(()),
        }
    }
}

#[async_trait]
impl ConnectionTrait for Reader {
    fn get_database_backend(&self) -> DatabaseBackend {
        match &self.connections {
            Connections::Sqlite(_) => DatabaseBackend::Sqlite,
            Connections::Postgres(pool) => pool.get_database_backend(),
        }
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.commits.count_statement();
        match &self.connections {
            Connections::Sqlite(readers) => readers.execute(&statement).await,
            Connections::Postgres(pool) => self.health.in_time(pool.execute_raw(statement)).await,
        }
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.commits.count_statement();
        match &self.connections {
            Connections::Sqlite(readers) => {
                let statement = Statement::from_string(DatabaseBackend::Sqlite, sql);
                readers.execute(&statement).await
            }
            Connections::Postgres(pool) => self.health.in_time(pool.execute_unprepared(sql)).await,
        }
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.commits.count_statement();
        match &self.connections {
            Connections::Sqlite(readers) => readers.query_one(&statement).await,
            Connections::Postgres(pool) => self.health.in_time(pool.query_one_raw(statement)).await,
        }
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.commits.count_statement();
        match &self.connections {
            Connections::Sqlite(readers) => readers.query_all(&statement).await,
            Connections::Postgres(pool) => self.health.in_time(pool.query_all_raw(statement)).await,
        }
    }
}

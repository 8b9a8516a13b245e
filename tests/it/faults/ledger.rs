//! What clients were answered, compared with what is stored.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use gopro::module_name::ModuleName;
use sea_orm::{ConnectionTrait, DatabaseBackend, Statement};
use serde_json::{Value, json};

use crate::support::app::PASSWORD;
use crate::support::storage::Storage;
use crate::support::{Answer, Client, Process};

/// Changes in two modules, each acknowledged, refused or unknown.
pub(super) struct Ledger {
    instructor: Client,
    learner: Client,
    pub(super) attempted: usize,
    acknowledged: Vec<String>,
    renamed: usize,
    pub(super) refused: usize,
}

impl Ledger {
    /// Logs in as two users of the demo.
    pub(super) async fn open(server: &Process) -> Self {
        let mut instructor = server.client();
        instructor.log_in("instructor", PASSWORD).await;
        let mut learner = server.client();
        learner.log_in("learner", PASSWORD).await;
        Self {
            instructor,
            learner,
            attempted: 0,
            acknowledged: Vec::new(),
            renamed: 0,
            refused: 0,
        }
    }

    /// Speaks to another process from now on.
    pub(super) fn turn_to(&mut self, server: &Process) {
        self.instructor = self.instructor.at(&server.url);
        self.learner = self.learner.at(&server.url);
    }

    pub(super) fn acknowledged(&self) -> usize {
        self.acknowledged.len()
    }

    /// Makes a course and renames the learner; whether both were acknowledged.
    pub(super) async fn change(&mut self) -> bool {
        self.attempted += 1;
        let title = title(self.attempted);
        let answer = self
            .instructor
            .post("/api/v1/courses", course(&title))
            .await;
        let made = self.judge(&answer, 201);
        if made {
            self.acknowledged.push(title);
        }
        let name = json!({ "display_name": format!("Lea {}", self.attempted) });
        let answer = self.learner.patch("/api/v1/users/me", name).await;
        let renamed = self.judge(&answer, 200);
        if renamed {
            self.renamed = self.attempted;
        }
        made && renamed
    }

    fn judge(&mut self, answer: &Answer, good: u16) -> bool {
        match answer.status {
            503 => self.refused += 1,
            status => assert_eq!(status, good, "{}", answer.text),
        }
        answer.status == good
    }

    /// Changes until both changes succeed; how long that took.
    pub(super) async fn recover(&mut self) -> Duration {
        let begun = Instant::now();
        while !self.change().await {
            assert!(begun.elapsed() < Duration::from_secs(30), "no recovery");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        begun.elapsed()
    }

    /// Reads go on, and the process is alive.
    pub(super) async fn expect_reads(&self) {
        self.learner.get("/livez").await.expect_status(200);
        self.learner.get("/api/v1/courses").await.expect_status(200);
        let me = self.learner.get("/api/v1/users/me").await;
        me.expect_status(200);
    }

    /// By connections of its own: what was acknowledged is stored once, what is stored was
    /// attempted, and the files are whole.
    pub(super) async fn check(&self, storage: &Storage) {
        let databases = storage.databases().await;
        let database = databases.of(ModuleName::Course).expect("a module");
        let rows = |sql: &'static str, of| async move {
            let database: &database::Database = of;
            let statement = Statement::from_string(database.backend(), sql);
            database
                .read()
                .query_all_raw(statement)
                .await
                .expect("rows")
        };
        let mut stored = BTreeMap::new();
        for row in rows(
            "SELECT slug FROM course WHERE slug LIKE 'fault-%'",
            database,
        )
        .await
        {
            let title: String = row.try_get_by(0).expect("a title");
            *stored.entry(title).or_insert(0) += 1;
        }
        for title in &self.acknowledged {
            assert_eq!(
                stored.get(&slug(title)),
                Some(&1),
                "{title} was acknowledged"
            );
        }
        let attempted = (1..=self.attempted).map(|number| slug(&title(number)));
        let attempted: Vec<_> = attempted.collect();
        for (title, count) in &stored {
            assert!(attempted.contains(title) && *count == 1, "{title} {count}");
        }
        let user = databases.of(ModuleName::User).expect("a module");
        let names = rows(
            "SELECT display_name FROM account WHERE username = 'learner'",
            user,
        );
        let name: String = names.await[0].try_get_by(0).expect("a name");
        let number = name.strip_prefix("Lea ").map(str::parse::<usize>);
        let number: usize = number.map_or(0, |number| number.expect("a number"));
        assert!(
            number >= self.renamed,
            "{name}, {} acknowledged",
            self.renamed
        );
        for module in ModuleName::ALL {
            let database = databases.of(module).expect("a module");
            if database.backend() == DatabaseBackend::Sqlite {
                let whole = rows("PRAGMA integrity_check", database).await;
                let verdict: String = whole[0].try_get_by(0).expect("a verdict");
                assert_eq!(verdict, "ok", "{module:?}");
            }
        }
    }
}

/// What the API makes of a title.
fn slug(title: &str) -> String {
    title.to_lowercase().replace(' ', "-")
}

pub(super) fn title(number: usize) -> String {
    format!("Fault {number:05} end")
}

pub(super) fn course(title: &str) -> Value {
    json!({
        "title": title,
        "summary": "Made while something fails.",
        "difficulty": "beginner"
    })
}

//! What the statements of a request cost by themselves: the same ones, raw, one after the other on one
//! connection, on the embedded databases that a server has left.
//! Usage: anchor DATA_FOLDER

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sea_orm::sqlx::{self, Connection, Row, SqliteConnection};

const ROUNDS: usize = 2_000;
const LESSONS: usize = 60;
const NOW: &str = "2026-01-01 12:00:00.000000 +00:00";
const DAY: &str = "2026-01-01";
/// What an event, an answer, and its feedback are like.
const ENVELOPE: [u8; 700] = [b'x'; 700];

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

struct Databases {
    course: SqliteConnection,
    progress: SqliteConnection,
    notification: SqliteConnection,
    /// Learners, with their enrollments and the courses of these.
    learners: Vec<[String; 3]>,
    text: String,
}

impl Databases {
    async fn open(folder: &Path) -> Outcome<Self> {
        let mut progress = open(folder.join("progress.db")).await?;
        let sql = "SELECT hex(learner_id), hex(id), hex(course_id) FROM enrollment WHERE status = 'active'";
        let rows = sqlx::query(sql).fetch_all(&mut progress).await?;
        let learners = rows.iter().map(|row| [0, 1, 2].map(|at| row.get(at)));
        Ok(Self {
            learners: learners.collect(),
            course: open(folder.join("course.db")).await?,
            progress,
            notification: open(folder.join("notification.db")).await?,
            text: String::from_utf8(ENVELOPE.to_vec())?,
        })
    }

    async fn progress(&mut self, number: usize) -> Outcome<()> {
        let [learner, enrollment, course] = &self.learners[number % self.learners.len()];
        let db = &mut self.progress;
        run(db, FIND_ENROLLMENT, &[learner, course]).await?;
        run(db, FIND_STATE, &[enrollment, enrollment]).await
    }

    async fn overview(&mut self, number: usize) -> Outcome<()> {
        let [learner, ..] = &self.learners[number % self.learners.len()];
        run(&mut self.progress, FIND_LEARNER, &[learner]).await?;
        run(&mut self.progress, LIST_ENROLLMENTS, &[learner]).await
    }

    async fn inbox(&mut self, number: usize) -> Outcome<()> {
        let [learner, ..] = &self.learners[number % self.learners.len()];
        run(&mut self.notification, LIST_INBOX, &[learner]).await
    }

    async fn submit(&mut self, number: usize) -> Outcome<()> {
        let [learner, enrollment, course] = &self.learners[number % self.learners.len()];
        let (event, item, text) = (&new_id(), &item(number), &self.text);
        let db = &mut self.course;
        run(db, "BEGIN IMMEDIATE", &[]).await?;
        run(db, COUNT_SUBMISSIONS, &[item, learner, learner, NOW]).await?;
        let submission = [&new_id(), item, item, course, learner, text, NOW];
        run(db, INSERT_SUBMISSION, &submission).await?;
        run(db, NEXT_IN_STREAM, &[item]).await?;
        run(db, INSERT_OUTBOX, &[event, item, text, NOW]).await?;
        run(db, "COMMIT", &[]).await?;
        run(&mut self.progress, INSERT_INBOX, &[event, item, text, NOW]).await?;
        run(&mut self.course, PUBLISH, &[event]).await?;
        let db = &mut self.progress;
        run(db, "BEGIN IMMEDIATE", &[]).await?;
        run(db, HANDLE, &[event]).await?;
        run(db, FIND_LEARNER, &[learner]).await?;
        run(db, FIND_ENROLLMENT, &[learner, course]).await?;
        run(db, FIND_STATE, &[enrollment, enrollment]).await?;
        record(db, [enrollment, learner, course], item, text).await?;
        run(db, UPSERT_EXERCISE, &[enrollment, item]).await?;
        run(db, UPSERT_ANALYTICS, &[course, item]).await?;
        reward(db, learner, course).await?;
        run(db, NEXT_IN_STREAM, &[enrollment]).await?;
        let follows = &new_id();
        run(db, INSERT_OUTBOX, &[follows, enrollment, text, NOW]).await?;
        run(db, "COMMIT", &[]).await?;
        run(db, PUBLISH, &[follows]).await
    }

    async fn complete(&mut self, number: usize) -> Outcome<()> {
        let [learner, enrollment, course] = &self.learners[number % self.learners.len()];
        let (event, item, text) = (&new_id(), &item(number), &self.text);
        let db = &mut self.progress;
        run(db, "BEGIN IMMEDIATE", &[]).await?;
        run(db, FIND_LEARNER, &[learner]).await?;
        run(db, FIND_ENROLLMENT, &[learner, course]).await?;
        run(db, FIND_STATE, &[enrollment, enrollment]).await?;
        record(db, [enrollment, learner, course], item, text).await?;
        run(db, COUNT_COMPLETION, &[course, item]).await?;
        reward(db, learner, course).await?;
        run(db, NEXT_IN_STREAM, &[enrollment]).await?;
        run(db, INSERT_OUTBOX, &[event, enrollment, text, NOW]).await?;
        run(db, "COMMIT", &[]).await?;
        run(db, PUBLISH, &[event]).await
    }

    /// One row and one flush.
    async fn commit(&mut self, _: usize) -> Outcome<()> {
        let row = [&new_id(), "commit", "", NOW];
        run(&mut self.course, INSERT_OUTBOX, &row).await
    }
}

async fn open(file: PathBuf) -> Outcome<SqliteConnection> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .statement_cache_capacity(200);
    Ok(SqliteConnection::connect_with(&options).await?)
}

async fn run(db: &mut SqliteConnection, sql: &'static str, values: &[&str]) -> Outcome<()> {
    let mut query = sqlx::query(sql);
    for value in values {
        // Ids are stored as bytes.
        query = match uuid::Uuid::try_parse(value) {
            Ok(id) => query.bind(id.as_bytes().to_vec()),
            Err(_) => query.bind(*value),
        };
    }
    query.fetch_all(db).await?;
    Ok(())
}

/// Two facts, and what they change of the enrollment.
async fn record(
    db: &mut SqliteConnection,
    [enrollment, learner, course]: [&str; 3],
    lesson: &str,
    text: &str,
) -> Outcome<()> {
    let (first, second) = (&new_id(), &new_id());
    let facts = [
        first, enrollment, learner, course, text, first, NOW, NOW, DAY, //
        second, enrollment, learner, course, text, second, NOW, NOW, DAY,
    ];
    run(db, INSERT_ACTIVITY, &facts).await?;
    run(db, UPDATE_ENROLLMENT, &[NOW, enrollment]).await?;
    run(db, UPSERT_LESSON, &[enrollment, lesson, NOW, NOW]).await
}

/// The points on six boards, their counts, and the learner.
async fn reward(db: &mut SqliteConnection, learner: &str, course: &str) -> Outcome<()> {
    run(db, LIST_ACHIEVEMENTS, &[learner, course]).await?;
    let scopes = ["global", "global", "global", course, course, course];
    let periods = ["all", "week", "month", "all", "week", "month"];
    let mut scores = Vec::new();
    for (scope, period) in scopes.iter().zip(periods) {
        scores.extend([*scope, period, learner]);
    }
    run(db, UPSERT_SCORES, &scores).await?;
    run(db, UPSERT_COUNTS, &scopes).await?;
    run(db, UPDATE_LEARNER, &[learner]).await
}

/// One of the lessons of a course and its exercise.
fn item(number: usize) -> String {
    format!("{:032x}", number % LESSONS)
}

fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

/// The processor time of this process.
fn spent() -> Outcome<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let ticks: u64 = fields[11].parse::<u64>()? + fields[12].parse::<u64>()?;
    Ok(Duration::from_millis(10 * ticks))
}

/// Prints a name, the CPU µs of one round, and how many there were in a second.
#[expect(
    clippy::print_stdout,
    reason = "the figures are what this program is for"
)]
async fn measure(
    databases: &mut Databases,
    name: &str,
    step: impl AsyncFn(&mut Databases, usize) -> Outcome<()>,
) -> Outcome<()> {
    let (begun, before) = (Instant::now(), spent()?);
    for number in 0..ROUNDS {
        step(databases, number).await?;
    }
    let micros = (spent()? - before).as_micros() / ROUNDS as u128;
    let rate = ROUNDS as f64 / begun.elapsed().as_secs_f64();
    println!("{name}\t{micros}\t{rate:.0}");
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome<()> {
    let folder = std::env::args().nth(1).ok_or("usage: anchor DATA_FOLDER")?;
    let mut databases = Databases::open(Path::new(&folder)).await?;
    let databases = &mut databases;
    measure(databases, "progress in a course", Databases::progress).await?;
    measure(databases, "overview of all progress", Databases::overview).await?;
    measure(databases, "inbox", Databases::inbox).await?;
    measure(databases, "submitting an answer", Databases::submit).await?;
    measure(databases, "completing a lesson", Databases::complete).await?;
    measure(databases, "a commit", Databases::commit).await
}

const FIND_ENROLLMENT: &str = "SELECT *, (SELECT slug FROM course WHERE id = enrollment.course_id) FROM enrollment WHERE learner_id = ? AND course_id = ? LIMIT 1";
const FIND_STATE: &str = "SELECT lesson_id, percent, seconds, started_at, reported_at, completed_at, 0 FROM lesson_progress WHERE enrollment_id = ? UNION ALL SELECT exercise_id, best_score, max_score, passed, perfect, attempts, 1 FROM exercise_progress WHERE enrollment_id = ?";
const FIND_LEARNER: &str = "SELECT * FROM learner WHERE id = ? LIMIT 1";
const LIST_ENROLLMENTS: &str = "SELECT *, (SELECT slug FROM course WHERE id = enrollment.course_id) FROM enrollment WHERE learner_id = ? AND status = 'active' ORDER BY last_activity_at DESC, id LIMIT 20";
const LIST_INBOX: &str = "SELECT * FROM notification WHERE user_id = ? AND removed_at IS NULL ORDER BY created_at DESC, id DESC LIMIT 21";
const COUNT_SUBMISSIONS: &str = "SELECT COUNT(id), SUM(length(answer)), MIN(created_at), (SELECT MAX(attempt) FROM submission WHERE exercise_id = ? AND learner_id = ?) FROM submission WHERE learner_id = ? AND created_at > ?";
const INSERT_SUBMISSION: &str = "INSERT INTO submission (id, exercise_id, lesson_id, course_id, number, learner_id, attempt, answer, score, max_score, percent, passed, practice, counts, attempt_percent, feedback, created_at, state, graded_at) VALUES (?1, ?2, ?3, ?4, 1, ?5, (SELECT COALESCE(MAX(attempt), 0) + 1 FROM submission WHERE exercise_id = ?2 AND learner_id = ?5), ?6, 10, 10, 100, 1, 0, 1, 100, ?6, ?7, 'graded', ?7)";
const NEXT_IN_STREAM: &str = "INSERT INTO event_stream (stream, sequence) VALUES (?, 1) ON CONFLICT (stream) DO UPDATE SET sequence = event_stream.sequence + excluded.sequence RETURNING stream, sequence";
const INSERT_OUTBOX: &str = "INSERT INTO outbox (event_id, stream, envelope, state, error, created_at) VALUES (?, ?, ?, 0, NULL, ?)";
const INSERT_INBOX: &str = "INSERT INTO inbox (event_id, stream, kind, envelope, state, attempts, available_at, error, received_at) VALUES (?1, ?2, 'kind', ?3, 0, 0, ?4, NULL, ?4) ON CONFLICT (event_id) DO NOTHING";
const PUBLISH: &str = "UPDATE outbox SET state = 1 WHERE event_id = ? AND state = 0";
const HANDLE: &str =
    "UPDATE inbox SET state = 1 WHERE event_id = ? AND state = 0 RETURNING position";
const INSERT_ACTIVITY: &str = "INSERT INTO activity (id, stream, version, learner_id, course_id, kind, schema_version, payload, source, occurred_at, recorded_at, day, actor) VALUES (?1, ?2, (SELECT COALESCE(MAX(version), 0) + 1 FROM activity WHERE stream = ?2), ?3, ?4, 'lesson_started', 1, ?5, ?6, ?7, ?8, ?9, NULL), (?10, ?11, (SELECT COALESCE(MAX(version), 0) + 2 FROM activity WHERE stream = ?11), ?12, ?13, 'exercise_graded', 1, ?14, ?15, ?16, ?17, ?18, NULL)";
const UPDATE_ENROLLMENT: &str = "UPDATE enrollment SET points = points + 10, revision = revision + 2, last_activity_at = ? WHERE id = ?";
const UPSERT_LESSON: &str = "INSERT INTO lesson_progress (enrollment_id, lesson_id, percent, seconds, started_at, reported_at, completed_at) VALUES (?, ?, 100, 0, ?, ?, NULL) ON CONFLICT (enrollment_id, lesson_id) DO UPDATE SET percent = excluded.percent";
const UPSERT_EXERCISE: &str = "INSERT INTO exercise_progress (enrollment_id, exercise_id, best_score, max_score, credit, passed, perfect, attempts, first_attempt, first_score, first_max, first_passed) VALUES (?, ?, 10, 10, 10, 1, 1, 1, 1, 10, 10, 1) ON CONFLICT (enrollment_id, exercise_id) DO UPDATE SET attempts = excluded.attempts";
const UPSERT_ANALYTICS: &str = "INSERT INTO analytics_count (course_id, version, item_id, measure, bucket, slot, count) VALUES (?1, 1, ?2, 1, 10, 0, 1), (?1, 1, ?2, 2, 10, 0, 1), (?1, 1, ?2, 3, 10, 0, 1), (?1, 1, ?2, 4, 10, 0, 1) ON CONFLICT (course_id, version, item_id, measure, bucket, slot) DO UPDATE SET count = analytics_count.count + excluded.count";
const COUNT_COMPLETION: &str = "INSERT INTO analytics_count (course_id, version, item_id, measure, bucket, slot, count) VALUES (?, 1, ?, 5, 10, 0, 1) ON CONFLICT (course_id, version, item_id, measure, bucket, slot) DO UPDATE SET count = analytics_count.count + excluded.count";
const LIST_ACHIEVEMENTS: &str = "SELECT * FROM achievement WHERE retired_at IS NULL AND id NOT IN (SELECT achievement_id FROM earned_achievement WHERE learner_id = ?) AND (course_id IS NULL OR course_id = ?) ORDER BY position, id";
const UPSERT_SCORES: &str = "INSERT INTO score (scope, period, learner_id, points, visible) VALUES (?, ?, ?, 10, 1), (?, ?, ?, 10, 1), (?, ?, ?, 10, 1), (?, ?, ?, 10, 1), (?, ?, ?, 10, 1), (?, ?, ?, 10, 1) ON CONFLICT (scope, period, learner_id) DO UPDATE SET points = score.points + excluded.points";
const UPSERT_COUNTS: &str = "INSERT INTO score_count (scope, period, level, bucket, slot, count) VALUES (?, 'all', 0, 1, 0, 1), (?, 'week', 0, 1, 0, 1), (?, 'month', 0, 1, 0, 1), (?, 'all', 1, 1, 0, 1), (?, 'week', 1, 1, 0, 1), (?, 'month', 1, 1, 0, 1) ON CONFLICT (scope, period, level, bucket, slot) DO UPDATE SET count = score_count.count + excluded.count";
const UPDATE_LEARNER: &str = "UPDATE learner SET points = points + 10, seconds = seconds + 1, exercises = exercises + 1 WHERE id = ?";

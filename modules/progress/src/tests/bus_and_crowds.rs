//! Events through the real outbox and inbox, and many requests at once.

use testkit::Settler;

use super::*;
use crate::learning::ReportProgress;

#[tokio::test]
async fn events_of_the_other_modules_arrive_through_the_bus() {
    let test = ModuleTest::new().await;
    let me = learner();
    let elsewhere = TestDatabase::new::<migrations::progress::Migrator>().await;
    let progress = &test.progress;
    let source = [("course", Database::clone(&elsewhere))];
    let settler = Settler::new(&source, vec![progress.subscription()], &test.env);

    let published = CoursePublished {
        outline: outline(1),
        change_notes: String::new(),
        published_by: user(0xa02),
    };
    let txn = elsewhere.begin().await.unwrap();
    let operation = Operation::system("test");
    bus::append(&txn, &test.env, &operation, "course", &published)
        .await
        .unwrap();
    for (number, attempt) in [(1, 1), (2, 1), (2, 1)] {
        let event = graded(me, number, attempt, 10, true, &test);
        bus::append(&txn, &test.env, &operation, "course", &event)
            .await
            .unwrap();
    }
    txn.commit().await.unwrap();
    settler.settle().await;

    *test.courses.away.lock().unwrap() = true;
    let id = Uuid::from_u128(0xe01).into();
    for _ in 0..2 {
        let enrolled = progress.enroll_as(me, course(), id, &operation).await;
        assert_eq!(enrolled.unwrap(), id);
    }
    let enrollment = test.progress.enrollment.find(me, id).await.unwrap();
    assert_eq!((enrollment.done, enrollment.points), (1, 30));
    assert_eq!(progress.verify().await.unwrap(), vec![]);
}

#[tokio::test]
async fn many_requests_at_once_double_nothing() {
    let test = ModuleTest::with_course().await;
    let me = learner();
    test.enroll(me).await;
    test.grade(me, 1, 1, 10, true).await;
    test.grade(me, 2, 1, 10, true).await;
    let tasks = (0..24).map(|number| {
        let learning = test.progress.learning.clone();
        let lesson = lesson(1 + number % 2);
        tokio::spawn(async move {
            let operation = by(me);
            match number % 3 {
                0 => drop(learning.start(me, lesson, &operation).await.unwrap()),
                1 => drop(
                    learning
                        .report(
                            me,
                            lesson,
                            &ReportProgress {
                                percent: 50,
                                seconds: 9,
                            },
                            &operation,
                        )
                        .await
                        .unwrap(),
                ),
                _ => drop(learning.complete(me, lesson, &operation).await.unwrap()),
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    assert_eq!(
        test.count_published("progress.lesson_completed.v1").await,
        3
    );
    assert_eq!(
        test.count_published("progress.course_completed.v1").await,
        1
    );
    let unlocked = "progress.achievement_unlocked.v1";
    assert_eq!(test.count_published(unlocked).await, 2);
    // Two perfect exercises, three lessons, the course, and two achievements.
    assert_eq!(test.points(me).await, 20 + 30 + 100 + 60);
    test.assert_verified().await;
}

/// Ends the first two inserts of facts as PostgreSQL ends a transaction that others were faster
/// than; a sequence keeps counting when a transaction does not.
const SERIALISATION_FAILURES: &str = "
CREATE SEQUENCE tries;
CREATE FUNCTION break_off() RETURNS trigger AS $$
BEGIN
    IF nextval('tries') <= 2 THEN
        RAISE EXCEPTION 'could not serialize access' USING ERRCODE = '40001';
    END IF;
    RETURN NEW;
END $$ LANGUAGE plpgsql;
CREATE TRIGGER break_off BEFORE INSERT ON activity
    FOR EACH STATEMENT EXECUTE FUNCTION break_off();";

#[tokio::test]
async fn a_transaction_that_postgresql_breaks_off_is_run_again() {
    let test = ModuleTest::with_course().await;
    if test.database.backend() != DatabaseBackend::Postgres {
        testkit::left_out("serialisation failures, which SQLite does not know");
        return;
    }
    let me = learner();
    test.enroll(me).await;
    let db = test.database.read();
    db.execute_unprepared(SERIALISATION_FAILURES).await.unwrap();
    let begun = test.progress.learning.start(me, lesson(1), &by(me)).await;
    begun.expect("the third attempt");
    assert_eq!(test.count_published("progress.lesson_started.v1").await, 1);
    test.assert_verified().await;
}

//! Events through the real outbox and inbox, and many requests at once.

use testkit::Settler;

use super::*;
use crate::Progress;

#[tokio::test]
async fn what_the_other_modules_tell_arrives_through_the_bus() {
    let world = World::new().await;
    let me = learner();
    let elsewhere = TestDatabase::new::<migrations::progress::Migrator>().await;
    let courses = Arc::clone(&world.courses) as Arc<dyn CourseApi>;
    let database = Database::clone(&world.database);
    let progress = Progress::new(database, world.ambient.clone(), courses);
    let source = [("course", Database::clone(&elsewhere))];
    let settler = Settler::new(&source, vec![progress.subscription()], &world.ambient);

    let published = CoursePublished {
        outline: outline(1),
        change_notes: String::new(),
        published_by: user(0xa02),
    };
    let txn = elsewhere.begin().await.unwrap();
    let operation = Operation::system("test");
    bus::append(&*txn, &world.ambient, &operation, "course", &published)
        .await
        .unwrap();
    for (number, attempt) in [(1, 1), (2, 1), (2, 1)] {
        let event = graded(me, number, attempt, 10, true, &world);
        bus::append(&*txn, &world.ambient, &operation, "course", &event)
            .await
            .unwrap();
    }
    txn.commit().await.unwrap();
    settler.settle().await;

    *world.courses.away.lock().unwrap() = true;
    let id = Uuid::from_u128(0xe01).into();
    for _ in 0..2 {
        let enrolled = progress.enroll_as(me, course(), id, &operation).await;
        assert_eq!(enrolled.unwrap(), id);
    }
    let enrollment = world.service.enrollment(me, id).await.unwrap();
    assert_eq!((enrollment.done, enrollment.points), (1, 30));
    assert_eq!(progress.verify().await.unwrap(), vec![]);
}

#[tokio::test]
async fn many_requests_at_once_double_nothing() {
    let world = World::with_course().await;
    let me = learner();
    world.enroll(me).await;
    world.grade(me, 1, 1, 10, true).await;
    world.grade(me, 2, 1, 10, true).await;
    let tasks = (0..24).map(|number| {
        let service = Arc::clone(&world.service);
        let lesson = lesson(1 + number % 2);
        tokio::spawn(async move {
            let operation = by(me);
            match number % 3 {
                0 => drop(service.start(me, lesson, &operation).await.unwrap()),
                1 => drop(service.report(me, lesson, 50, 9, &operation).await.unwrap()),
                _ => drop(service.complete(me, lesson, &operation).await.unwrap()),
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    assert_eq!(world.count_told("progress.lesson_completed.v1").await, 3);
    assert_eq!(world.count_told("progress.course_completed.v1").await, 1);
    let unlocked = "progress.achievement_unlocked.v1";
    assert_eq!(world.count_told(unlocked).await, 2);
    // Two perfect exercises, three lessons, the course, and two achievements.
    assert_eq!(world.points(me).await, 20 + 30 + 100 + 60);
    world.assert_verified().await;
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
    let world = World::with_course().await;
    if world.database.backend() != DatabaseBackend::Postgres {
        testkit::left_out("serialisation failures, which SQLite does not know");
        return;
    }
    let me = learner();
    world.enroll(me).await;
    let db = world.database.read();
    db.execute_unprepared(SERIALISATION_FAILURES).await.unwrap();
    let begun = world.service.start(me, lesson(1), &by(me)).await;
    begun.expect("the third attempt");
    assert_eq!(world.count_told("progress.lesson_started.v1").await, 1);
    world.assert_verified().await;
}

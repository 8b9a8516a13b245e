//! Facts, their dates, and projections that were tampered with.

use chrono::Duration;
use kernel::{Operation, PageRequest};
use sea_orm::{ConnectionTrait, DbErr};

use crate::learning::ReportProgress;
use crate::tests::{ModuleTest, by, course, graded, learner, lesson, wanted};

#[tokio::test]
async fn no_fact_is_dated_later_than_the_edge_says_the_request_came() {
    let test = ModuleTest::with_course().await;
    let me = learner();
    let asked = test.env.now();
    // From now on the clock of this process is ten minutes ahead of the edge's.
    test.wait(Duration::minutes(10));
    let operation = Operation {
        received_at: Some(asked),
        ..by(me)
    };
    let enrolled = test
        .progress
        .enrollment
        .enroll(me, &wanted(course()), &operation)
        .await
        .unwrap();
    assert_eq!(enrolled.value.enrollment.enrolled_at, asked);
    test.progress
        .learning
        .start(me, lesson(1), &operation)
        .await
        .unwrap();
    test.progress
        .learning
        .report(
            me,
            lesson(1),
            &ReportProgress {
                percent: 50,
                seconds: 60,
            },
            &operation,
        )
        .await
        .unwrap();
    let done = test
        .progress
        .learning
        .complete(me, lesson(1), &operation)
        .await
        .unwrap();
    let enrollment = done.value.enrollment;
    assert_eq!(enrollment.started_at, Some(asked));
    assert_eq!(enrollment.last_activity_at, asked);
    let earned = test
        .progress
        .achievements
        .list_earned(me, &PageRequest::first(50))
        .await
        .unwrap();
    for one in &earned.items {
        assert_eq!(one.earned_at, asked);
    }
    assert!(
        !earned.items.is_empty(),
        "the first lesson is an achievement"
    );
}

#[tokio::test]
async fn what_follows_from_a_grade_is_dated_not_later_than_its_event() {
    let test = ModuleTest::with_course().await;
    let me = learner();
    test.enroll(me).await;
    test.wait(Duration::minutes(1));
    let told = test.env.now();
    // It is heard 40 days later, in another week and month, and says that it comes from the future.
    test.wait(Duration::days(40));
    for number in 1..=2 {
        let mut grade = graded(me, number, 1, 10, true, &test);
        grade.graded_at = told + Duration::days(90);
        test.deliver_at(&grade, 1, told).await;
    }
    let enrollment = test.enroll(me).await;
    assert_eq!(enrollment.started_at, Some(told));
    assert_eq!(enrollment.last_activity_at, told);
    let earned = test
        .progress
        .achievements
        .list_earned(me, &PageRequest::first(50))
        .await
        .unwrap();
    assert!(!earned.items.is_empty(), "a lesson was completed");
    for one in &earned.items {
        assert_eq!(one.earned_at, told);
    }
    test.assert_verified().await;
}

#[tokio::test]
async fn a_projection_that_was_changed_by_hand_is_found() {
    let test = ModuleTest::with_course().await;
    let me = learner();
    test.enroll(me).await;
    test.complete(me, 1).await.unwrap();
    let change = async |sql: &str| -> Result<(), DbErr> {
        test.database
            .for_migrations()
            .execute_unprepared(sql)
            .await?;
        Ok(())
    };
    change("UPDATE learner SET points = points + 1")
        .await
        .unwrap();
    let found = test.progress.verify().await.unwrap();
    assert_eq!(found.len(), 1);
    assert!(found[0].subject.starts_with("totals of learner"));
    change("UPDATE learner SET points = points - 1")
        .await
        .unwrap();
    test.assert_verified().await;
    change("UPDATE score SET visible = FALSE WHERE scope = 'global' AND period = 'all'")
        .await
        .unwrap();
    let found = test.progress.verify().await.unwrap();
    assert!(found[0].subject.starts_with("visibility of learner"));
    // Each level counts one learner too many then.
    assert_eq!(found.len(), 1 + 5);
    let beyond = change("UPDATE enrollment SET done = total + 1").await;
    assert!(beyond.is_err(), "the database itself refuses it");
}

#[tokio::test]
async fn a_count_that_was_changed_by_hand_is_found() {
    let test = ModuleTest::with_course().await;
    let me = learner();
    test.enroll(me).await;
    test.complete(me, 1).await.unwrap();
    test.assert_verified().await;
    let changes = [
        "UPDATE score_count SET count = 2 WHERE period = 'all' AND level = 0 AND bucket = 20",
        "DELETE FROM score_count WHERE period = 'all' AND level = 4",
        "INSERT INTO score_count VALUES ('nowhere', 'all', 3, 7, 0, 1)",
    ];
    for change in changes {
        let db = test.database.for_migrations();
        db.execute_unprepared(change).await.unwrap();
    }
    let wrong = test.progress.verify().await.unwrap();
    let wrong: Vec<_> = wrong
        .iter()
        .map(|one| format!("{}: {}, not {}", one.subject, one.found, one.expected))
        .collect();
    let course = format!("course:{}", course());
    let expected = [
        format!("count of bucket 0 at level 4 of {course} all: 0, not 1"),
        "count of bucket 20 at level 0 of global all: 2, not 1".to_owned(),
        "count of bucket 0 at level 4 of global all: 0, not 1".to_owned(),
        "count of bucket 7 at level 3 of nowhere all: 1, not 0".to_owned(),
    ];
    assert_eq!(wrong, expected);
}

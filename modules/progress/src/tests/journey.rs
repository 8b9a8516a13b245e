//! From enrolling to a completed course.

use chrono::Duration;
use contracts::course::CourseArchived;
use kernel::{Expected, Fault, Key, Slice};

use super::*;
use crate::view::{EnrollmentStatus, ProgressStatus};

#[tokio::test]
async fn a_learner_goes_the_whole_way() {
    let world = World::with_course().await;
    let me = learner();
    let enrollment = world.enroll(me).await;
    assert_eq!((enrollment.done, enrollment.total), (0, 3));
    let progress = world.start(me, 1).await;
    assert_eq!(progress.enrollment.progress, ProgressStatus::InProgress);
    world.complete(me, 1).await.unwrap();
    let progress = world.complete(me, 2).await.unwrap();
    assert_eq!(
        (progress.enrollment.done, progress.enrollment.percent),
        (2, 66)
    );

    let error = world.complete(me, 3).await.unwrap_err();
    assert_eq!(error.code(), "progress.exercises_open");
    assert!(error.to_string().contains("Exercise 1, Exercise 2"));
    world.grade(me, 1, 1, 4, false).await;
    world.grade(me, 1, 2, 8, true).await;
    let error = world.complete(me, 3).await.unwrap_err();
    assert!(!error.to_string().contains("Exercise 1"), "{error}");
    world.grade(me, 2, 1, 10, true).await;

    let progress = world.service.progress(me, course(), None).await.unwrap();
    assert_eq!(progress.enrollment.progress, ProgressStatus::Completed);
    assert_eq!(progress.enrollment.points, 18 + 30 + 100);
    // And 10 for the first lesson and 50 for the first course.
    assert_eq!(world.points(me).await, 208);
    let earned = world.service.earned(me, &Slice::first(50)).await.unwrap();
    let names: Vec<&str> = earned
        .items
        .iter()
        .map(|one| one.achievement.name.as_str())
        .collect();
    assert_eq!(names.len(), 2);
    assert!(names.contains(&"First step") && names.contains(&"Graduate"));
    let told = world.told().await;
    for (kind, count) in [
        ("progress.enrolled.v1", 1),
        ("progress.course_started.v1", 1),
        ("progress.lesson_started.v1", 3),
        ("progress.lesson_completed.v1", 3),
        ("progress.updated.v1", 3),
        ("progress.course_completed.v1", 1),
        ("progress.achievement_unlocked.v1", 2),
        ("progress.streak_extended.v1", 1),
    ] {
        let found = told.iter().filter(|told| *told == kind).count();
        assert_eq!(found, count, "{kind} in {told:?}");
    }
    world.assert_verified().await;
}

#[tokio::test]
async fn enrolling_twice_gives_the_same_enrolment_and_tells_it_once() {
    let world = World::with_course().await;
    let first = world.try_enroll(learner()).await.unwrap();
    let again = world.try_enroll(learner()).await.unwrap();
    assert!(first.created && !again.created);
    assert_eq!(first.enrollment, again.enrollment);
    assert_eq!(world.count_told("progress.enrolled.v1").await, 1);
}

#[tokio::test]
async fn many_enrolments_at_once_make_one() {
    let world = World::with_course().await;
    let tries = (0..10).map(|_| {
        let service = Arc::clone(&world.service);
        tokio::spawn(async move {
            let outcome = service.enroll(learner(), course(), &by(learner())).await;
            outcome.unwrap().value
        })
    });
    let mut created = 0;
    for task in tries.collect::<Vec<_>>() {
        created += usize::from(task.await.unwrap().created);
    }
    assert_eq!(created, 1);
    assert_eq!(world.count_told("progress.enrolled.v1").await, 1);
    world.assert_verified().await;
}

#[tokio::test]
async fn a_repeated_request_gets_its_first_answer() {
    let world = World::with_course().await;
    let me = learner();
    let enroll = async |key| {
        let operation = with_key(me, key);
        world
            .service
            .enroll(me, course(), &operation)
            .await
            .unwrap()
    };
    let first = enroll("a").await;
    let replay = enroll("a").await;
    assert!(!first.replayed && replay.replayed);
    assert_eq!(first.value, replay.value);
    assert!(!enroll("b").await.value.created);
}

#[tokio::test]
async fn a_course_that_was_not_heard_of_is_asked_for() {
    let world = World::new().await;
    let error = world.try_enroll(learner()).await.unwrap_err();
    assert_eq!(error.code(), "progress.course_unknown");
    *world.courses.outline.lock().unwrap() = Some(outline(3));
    let enrollment = world.enroll(learner()).await;
    assert_eq!(enrollment.course_version, 3);
    *world.courses.away.lock().unwrap() = true;
    assert_eq!(world.enroll(user(0xa09)).await.course_version, 3);
}

#[tokio::test]
async fn a_course_takes_nobody_in_from_the_moment_it_is_archived() {
    let world = World::with_course().await;
    world.enroll(learner()).await;
    // The course module has archived it, and its event is still on the way.
    *world.courses.outline.lock().unwrap() = None;
    let error = world.try_enroll(user(0xa09)).await.unwrap_err();
    assert_eq!(error.code(), "progress.course_archived");
    assert!(!world.try_enroll(learner()).await.unwrap().created);
}

#[tokio::test]
async fn a_course_that_was_asked_for_stays_open_when_its_older_archiving_is_heard() {
    let world = World::new().await;
    *world.courses.outline.lock().unwrap() = Some(outline(2));
    world.enroll(learner()).await;
    let course_id = course();
    world.tell(&CourseArchived { course_id }).await;
    world.publish(outline(2)).await;
    assert_eq!(world.enroll(user(0xa09)).await.course_version, 2);
}

#[tokio::test]
async fn an_archived_course_takes_nobody_in_and_keeps_whom_it_has() {
    let world = World::with_course().await;
    world.enroll(learner()).await;
    let course_id = course();
    world.tell(&CourseArchived { course_id }).await;
    let error = world.try_enroll(user(0xa09)).await.unwrap_err();
    assert_eq!(error.code(), "progress.course_archived");
    assert_eq!(
        world.complete(learner(), 1).await.unwrap().enrollment.done,
        1
    );
}

#[tokio::test]
async fn a_new_version_changes_nothing_for_who_is_enrolled() {
    let world = World::with_course().await;
    let me = learner();
    world.enroll(me).await;
    world.complete(me, 1).await.unwrap();
    let mut next = outline(2);
    next.sections[0].lessons.remove(0);
    world.publish(next).await;
    let progress = world.complete(me, 2).await.unwrap();
    assert_eq!(progress.enrollment.course_version, 1);
    assert_eq!(
        (progress.enrollment.done, progress.enrollment.total),
        (2, 3)
    );
    let other = world.enroll(user(0xa09)).await;
    assert_eq!((other.course_version, other.total), (2, 2));
    let error = world.complete(user(0xa09), 1).await.unwrap_err();
    assert_eq!(error.code(), "progress.not_enrolled");
    world.assert_verified().await;
}

/// The course module grades the version that the answer names, else the newest: it knows nothing of
/// enrolments. The exercise is the same one, so passing it counts; its points are those of the
/// version that the learner is on.
#[tokio::test]
async fn an_answer_to_another_version_counts_with_the_points_of_the_learners_own() {
    let world = World::with_course().await;
    let me = learner();
    world.enroll(me).await;
    let mut next = outline(2);
    for exercise in &mut next.sections[0].lessons[2].exercises {
        exercise.points = 40;
    }
    world.publish(next).await;
    let answer = async |person, number, score, version| {
        let mut event = graded(person, number, 1, score, true, &world);
        event.max_score = if version == 2 { 40 } else { 10 };
        event.version = version;
        world.tell(&event).await;
    };
    answer(me, 1, 30, 2).await;
    answer(me, 2, 40, 2).await;
    let explained = world.service.explain(me, course()).await.unwrap();
    let third = &explained.lessons[2];
    let scores: Vec<_> = third
        .exercises
        .iter()
        .map(|exercise| (exercise.passed, exercise.best_score, exercise.max_score))
        .collect();
    assert_eq!(scores, [(true, 7, 10), (true, 10, 10)]);
    assert!(third.counts);
    let points = async |person| {
        let progress = world.service.progress(person, course(), None).await;
        progress.unwrap().enrollment.points
    };
    assert_eq!(points(me).await, 7 + 10 + 10);

    let other = user(0xa09);
    world.enroll(other).await;
    answer(other, 2, 10, 1).await;
    assert_eq!(points(other).await, 40);
    world.assert_verified().await;
}

#[tokio::test]
async fn who_leaves_comes_back_with_all_credit() {
    let world = World::with_course().await;
    let me = learner();
    let id = world.enroll(me).await.id;
    let revision = world.complete(me, 1).await.unwrap().enrollment.revision;
    let stale = Expected::OneOf(vec![revision - 1]);
    let error = world.service.leave(me, id, &stale, &by(me)).await;
    assert_eq!(error.unwrap_err().code(), "request.stale");
    let current = Expected::OneOf(vec![revision]);
    world
        .service
        .leave(me, id, &current, &by(me))
        .await
        .unwrap();
    world
        .service
        .leave(me, id, &Expected::Any, &by(me))
        .await
        .unwrap();
    assert_eq!(world.count_told("progress.unenrolled.v1").await, 1);
    let left = world.service.enrollment(me, id).await.unwrap();
    assert_eq!((left.status, left.done), (EnrollmentStatus::Left, 1));
    let error = world.complete(me, 2).await.unwrap_err();
    assert_eq!(error.code(), "progress.not_enrolled");
    let back = world.try_enroll(me).await.unwrap();
    assert!(!back.created);
    assert_eq!((back.enrollment.id, back.enrollment.done), (id, 1));
    world.assert_verified().await;
}

#[tokio::test]
async fn completing_twice_changes_nothing() {
    let world = World::with_course().await;
    let me = learner();
    world.enroll(me).await;
    let first = world.complete(me, 1).await.unwrap();
    world.wait(Duration::hours(2));
    let again = world.complete(me, 1).await.unwrap();
    assert_eq!(first, again);
    assert_eq!(world.count_told("progress.lesson_completed.v1").await, 1);
}

#[tokio::test]
async fn a_grade_that_is_told_twice_counts_once_and_a_worse_one_takes_nothing() {
    let world = World::with_course().await;
    let me = learner();
    world.enroll(me).await;
    world.grade(me, 1, 1, 9, true).await;
    let before = world.service.progress(me, course(), None).await.unwrap();
    world.grade(me, 1, 1, 9, true).await;
    let after = world.service.progress(me, course(), None).await.unwrap();
    assert_eq!(before, after);
    world.grade(me, 1, 2, 3, false).await;
    let after = world.service.progress(me, course(), None).await.unwrap();
    assert_eq!(after.enrollment.points, 9);
    assert_eq!(after.enrollment.revision, before.enrollment.revision + 1);
    world.assert_verified().await;
}

#[tokio::test]
async fn grades_from_before_the_enrolment_are_credited_with_it() {
    let world = World::with_course().await;
    let me = learner();
    world.grade(me, 1, 1, 10, true).await;
    world.grade(me, 2, 1, 10, true).await;
    world.grade(me, 2, 1, 10, true).await;
    assert_eq!(world.points(me).await, 0);
    let enrollment = world.enroll(me).await;
    assert_eq!((enrollment.done, enrollment.points), (1, 30));
    world.grade(me, 2, 1, 10, true).await;
    let progress = world.service.progress(me, course(), None).await.unwrap();
    assert_eq!(progress.enrollment, enrollment);
    world.assert_verified().await;
}

#[tokio::test]
async fn a_grade_of_an_exercise_that_the_version_lacks_changes_no_count() {
    let world = World::with_course().await;
    let me = learner();
    world.enroll(me).await;
    world.grade(me, 77, 1, 10, true).await;
    let progress = world.service.progress(me, course(), None).await.unwrap();
    assert_eq!(progress.enrollment.points, 0);
    assert_eq!(progress.enrollment.revision, 2);
    world.assert_verified().await;
}

#[tokio::test]
async fn a_read_can_ask_for_what_was_written() {
    let world = World::with_course().await;
    let me = learner();
    let revision = world.enroll(me).await.revision;
    let read = async |at_least| world.service.progress(me, course(), Some(at_least)).await;
    assert!(read(revision).await.is_ok());
    let error = read(revision + 1).await.unwrap_err();
    assert_eq!(error.code(), "progress.version_ahead");
}

#[tokio::test]
async fn what_belongs_to_others_does_not_exist() {
    let world = World::with_course().await;
    let id = world.enroll(learner()).await.id;
    let stranger = user(0xa09);
    let error = world.service.enrollment(stranger, id).await.unwrap_err();
    assert_eq!(error.code(), "progress.enrollment_unknown");
    let leave = world
        .service
        .leave(stranger, id, &Expected::Any, &by(stranger))
        .await;
    assert_eq!(leave.unwrap_err().code(), "progress.enrollment_unknown");
    let error = world.service.progress(stranger, course(), None).await;
    assert_eq!(error.unwrap_err().code(), "progress.not_enrolled");
}

#[tokio::test]
async fn the_next_lesson_and_the_explanation_tell_what_is_missing() {
    let world = World::with_course().await;
    let me = learner();
    world.enroll(me).await;
    world.complete(me, 1).await.unwrap();
    let next = world.service.next(me).await.unwrap();
    assert_eq!(next.items.len(), 1);
    assert_eq!(next.items[0].lesson_id, lesson(2));
    let explained = world.service.explain(me, course()).await.unwrap();
    let counts: Vec<bool> = explained.lessons.iter().map(|one| one.counts).collect();
    assert_eq!(counts, [true, false, false]);
    assert_eq!(explained.points_from_lessons, 10);
    assert!(explained.lessons[2].reason.contains("0 of 2"));
}

#[tokio::test]
async fn enrolments_are_listed_in_pages() {
    let world = World::new().await;
    let me = learner();
    for number in 1..=3_u128 {
        let mut other = outline(1);
        other.course_id = Uuid::from_u128(0x500 + number).into();
        let course = other.course_id;
        world.publish(other).await;
        world.wait(Duration::minutes(1));
        world.service.enroll(me, course, &by(me)).await.unwrap();
    }
    let mut slice = Slice::first(2);
    slice.count = true;
    let first = world.service.enrollments(me, None, &slice).await.unwrap();
    assert_eq!((first.items.len(), first.total), (2, Some(3)));
    assert!(first.items[0].enrolled_at > first.items[1].enrolled_at);
    let from: Option<Vec<Key>> = first.next;
    let rest = Slice {
        from,
        ..Slice::first(2)
    };
    let second = world.service.enrollments(me, None, &rest).await.unwrap();
    assert_eq!(second.items.len(), 1);
    let left = Some(EnrollmentStatus::Left);
    let none = world.service.enrollments(me, left, &slice).await.unwrap();
    assert!(none.items.is_empty());
}

//! What learners see and answer, and what is forgotten of them.

use bus::Subscription;
use contracts::course::{CoursePublished, ExerciseSubmissionGraded};
use contracts::user::UserDeleted;
use database::outbox;
use kernel::{Event, ExerciseId, Outcome};
use sea_orm::{EntityTrait, QueryOrder};
use serde_json::json as value;
use testkit::Settler;

use super::*;
use crate::command::SubmitAnswer;
use crate::question::Task;
use crate::view::{ExerciseView, SubmissionView};

fn truth(value: bool) -> SubmitAnswer {
    json(value!({ "answer": { "kind": "true_false", "value": value } }))
}

impl World {
    async fn answer(
        &self,
        exercise: ExerciseId,
        right: bool,
    ) -> Result<Outcome<SubmissionView>, Error> {
        self.service
            .submit(&learner(), &op(), exercise, truth(right))
            .await
    }
}

async fn task(world: &World, exercise: ExerciseId) -> Task {
    match world
        .service
        .exercise(&learner(), exercise, &newest())
        .await
        .unwrap()
    {
        ExerciseView::Learner(view) => view.task,
        ExerciseView::Staff(_) => panic!("a learner got the answer"),
    }
}

#[tokio::test]
async fn attempts_run_out_and_then_the_explanation_comes() {
    let world = &world().await;
    let (course, _, exercise) = world.published(value!({ "attempts": 2 })).await;
    let submit = |right| async move { world.answer(exercise.id, right).await };
    let one = submit(false).await.unwrap().value;
    assert_eq!(
        (one.score, one.passed, one.attempt, one.attempts_left),
        (0, false, 1, Some(1))
    );
    assert_eq!(one.explanation, None);
    let two = submit(false).await.unwrap().value;
    assert_eq!((two.attempt, two.attempts_left), (2, Some(0)));
    assert_eq!(two.explanation.as_deref(), Some("because"));
    assert_eq!(code(submit(true).await), "course.attempts_exhausted");

    let list = world
        .service
        .submissions(&learner(), exercise.id, None, &first())
        .await
        .unwrap();
    assert_eq!(list.items.len(), 2);
    let theirs = world
        .service
        .submissions(&other(), exercise.id, None, &first())
        .await
        .unwrap();
    assert!(theirs.items.is_empty());
    let all = world
        .service
        .submissions(&author(), exercise.id, None, &first())
        .await
        .unwrap();
    assert_eq!(all.items.len(), 2);
    assert!(world.service.submission(&author(), one.id).await.is_ok());
    assert_eq!(
        code(world.service.submission(&other(), one.id).await),
        "course.not_found"
    );

    let rows = outbox::Entity::find()
        .order_by_asc(outbox::Column::Position)
        .all(world.database.read())
        .await
        .unwrap();
    let envelopes: Vec<kernel::Envelope> = rows
        .iter()
        .map(|row| serde_json::from_str(&row.envelope).unwrap())
        .collect();
    let graded: Vec<_> = envelopes
        .iter()
        .filter(|e| e.kind == ExerciseSubmissionGraded::TYPE)
        .collect();
    assert_eq!(graded.len(), 2);
    let fact: ExerciseSubmissionGraded = graded[1].decode().unwrap();
    assert_eq!(
        (fact.course_id, fact.version, fact.attempt),
        (course.id, 1, 2)
    );
    let published = envelopes
        .iter()
        .find(|e| e.kind == CoursePublished::TYPE)
        .unwrap();
    let published: CoursePublished = published.decode().unwrap();
    assert_eq!(
        published.outline.sections[0].lessons[0].exercises[0].id,
        exercise.id
    );
}

#[tokio::test]
async fn an_older_version_is_no_way_around_the_limit_of_the_newest() {
    let world = &world().await;
    let (course, _, exercise) = world.published(value!({})).await;
    let change = json(value!({ "attempts": 2 }));
    world
        .service
        .change_exercise(&author(), &op(), exercise.id, &Expected::Any, change)
        .await
        .unwrap();
    world.publish(&course.id.into()).await;
    let old = || json(value!({ "version": 1, "answer": { "kind": "true_false", "value": false } }));
    let (me, again) = (learner(), op());
    let submit = world.service.submit(&me, &again, exercise.id, old());
    let one = submit.await.unwrap().value;
    assert_eq!((one.version, one.attempts_left), (1, Some(1)));
    assert_eq!(one.explanation, None);
    let read = world.service.submission(&learner(), one.id).await.unwrap();
    assert_eq!(read, one);
    let two = world.answer(exercise.id, false).await.unwrap().value;
    assert_eq!(two.explanation.as_deref(), Some("because"));
    let third = world.service.submit(&me, &again, exercise.id, old());
    assert_eq!(code(third.await), "course.attempts_exhausted");
    let list = world
        .service
        .submissions(&learner(), exercise.id, None, &first())
        .await
        .unwrap();
    let left: Vec<_> = list.items.iter().map(|one| one.attempts_left).collect();
    assert_eq!(left, [Some(0), Some(0)]);
}

#[tokio::test]
async fn submissions_at_the_same_time_each_count_once() {
    let world = world().await;
    let (_, _, exercise) = world.published(value!({ "attempts": 3 })).await;
    let tries = (0..6).map(|_| {
        let service = world.service.clone();
        tokio::spawn(async move {
            service
                .submit(&learner(), &op(), exercise.id, truth(false))
                .await
        })
    });
    let mut attempts = Vec::new();
    let mut refused = 0;
    for one in tries.collect::<Vec<_>>() {
        match one.await.unwrap() {
            Ok(done) => attempts.push(done.value.attempt),
            Err(error) => {
                assert_eq!(error.code(), "course.attempts_exhausted");
                refused += 1;
            }
        }
    }
    attempts.sort_unstable();
    assert_eq!((attempts, refused), (vec![1, 2, 3], 3));
}

#[tokio::test]
async fn a_learner_answers_with_the_ids_of_the_task_and_a_new_version_keeps_them() {
    let world = world().await;
    let question = value!({ "kind": "ordering", "items": ["a", "b", "c"] });
    let (course, _, exercise) = world.published(value!({ "question": question })).await;
    let Task::Ordering(before) = task(&world, exercise.id).await else {
        panic!()
    };
    let id = |text: &str| {
        before
            .items
            .iter()
            .find(|item| item.text == text)
            .unwrap()
            .id
            .clone()
    };
    let answer =
        json(value!({ "answer": { "kind": "ordering", "order": [id("a"), id("b"), id("c")] } }));
    let change =
        json(value!({ "question": { "kind": "ordering", "items": ["a", "b", "c", "d"] } }));
    world
        .service
        .change_exercise(&author(), &op(), exercise.id, &Expected::Any, change)
        .await
        .unwrap();
    world.publish(&course.id.into()).await;
    let graded = world
        .service
        .submit(&learner(), &op(), exercise.id, answer)
        .await
        .unwrap()
        .value;
    assert_eq!((graded.score, graded.version), (7, 2));
    let old = json(
        value!({ "version": 1, "answer": { "kind": "ordering", "order": [id("a"), id("b"), id("c")] } }),
    );
    let graded = world
        .service
        .submit(&learner(), &op(), exercise.id, old)
        .await
        .unwrap()
        .value;
    assert_eq!((graded.score, graded.passed, graded.version), (10, true, 1));
    let wrong = world
        .service
        .submit(&learner(), &op(), exercise.id, truth(true))
        .await;
    assert_eq!(wrong.unwrap_err().fields()[0].pointer, "/answer/kind");
}

#[tokio::test]
async fn hints_are_told_one_by_one() {
    let world = world().await;
    let (_, _, exercise) = world.published(value!({})).await;
    let hint = world
        .service
        .hint(&learner(), exercise.id, 2, &newest())
        .await
        .unwrap();
    assert_eq!((hint.number, hint.of, hint.text.as_str()), (2, 2, "strong"));
    assert_eq!(
        code(
            world
                .service
                .hint(&learner(), exercise.id, 3, &newest())
                .await
        ),
        "course.not_found"
    );
}

#[tokio::test]
async fn who_deletes_their_account_is_forgotten_and_their_course_stays() {
    let world = world().await;
    let (course, _, exercise) = world.published(value!({})).await;
    world
        .service
        .submit(&author(), &op(), exercise.id, truth(true))
        .await
        .unwrap();
    let subscription: Subscription = crate::Course::new(
        world.database.clone(),
        world.ambient.clone(),
        Arc::new(Everybody),
    )
    .subscription();
    let gone = UserDeleted {
        user_id: author().user_id,
    };
    let txn = world.database.begin().await.unwrap();
    bus::append(&*txn, &world.ambient, &op(), "user", &gone)
        .await
        .unwrap();
    txn.commit().await.unwrap();
    let sources = [("course", world.database.clone())];
    Settler::new(&sources, vec![subscription], &world.ambient)
        .settle()
        .await;
    let read = world
        .service
        .find(&learner(), &course.id.into(), &newest())
        .await
        .unwrap();
    assert!(read.authors.is_empty());
    let version = world
        .service
        .version(&learner(), &course.id.into(), 1)
        .await
        .unwrap();
    assert_eq!(version.published_by, None);
    let admin = person(9, &[Role::Admin]);
    let left = world
        .service
        .submissions(&admin, exercise.id, None, &first())
        .await
        .unwrap();
    assert!(left.items.is_empty());
}

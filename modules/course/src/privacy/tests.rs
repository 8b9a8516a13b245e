//! What a user's export gets from this module, and what stays of a user who is gone.

use std::collections::BTreeSet;

use bus::{HandlerError, Subscription};
use contracts::user::{
    UserDeleted, UserErased, UserErasureCancelled, UserErasureRequested, UserExportRequested,
    UserExported, WantedPiece,
};
use database::{idempotency, outbox};
use kernel::{Envelope, Event, IdempotencyKey, Operation, Place, Role, SagaId, UserId};
use personal_data::TraceSweeper;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json as value;
use testkit::Settler;

use super::PERSONAL_DATA;
use crate::assessment::store::{self as submissions, SubmissionRecord};
use crate::domain::{Answer, SubmissionState};
use crate::tests::*;

/// How many answers there are, each of some 80 kB.
const ANSWERS: i32 = 60;

impl ModuleTest {
    async fn answer_at_length(&self, user: UserId) {
        let (course, lesson, exercise) = self.published(value!({})).await;
        let answer: Answer =
            json(value!({ "kind": "code_output", "output": "\u{1F600}".repeat(20_000) }));
        let txn = self.database.begin().await.unwrap();
        for attempt in 1..=ANSWERS {
            let submission = SubmissionRecord {
                id: self.env.id(),
                exercise_id: exercise.id,
                lesson_id: lesson.id,
                course_id: course.id,
                number: 1,
                learner_id: user,
                attempt,
                answer: Some(answer.clone()),
                score: 0,
                max_score: 10,
                percent: 0,
                passed: false,
                practice: true,
                counts: true,
                attempt_percent: 100,
                feedback: "Incorrect.".to_owned(),
                created_at: self.env.now(),
                state: SubmissionState::Graded,
                graded_at: Some(self.env.now()),
                criteria: None,
                comment: None,
                graded_by: None,
                claim: None,
            };
            submissions::insert(&txn, &submission).await.unwrap();
        }
        txn.commit().await.unwrap();
    }

    /// The event with which the module answers, if it does.
    async fn export(&self, asked: &UserExportRequested) -> Option<UserExported> {
        let handled = self.handle(asked).await;
        handled.unwrap();
        let told = self.newest_event().await;
        (told.kind == UserExported::TYPE).then(|| told.decode().unwrap())
    }

    async fn handle(&self, asked: &UserExportRequested) -> Result<(), HandlerError> {
        let txn = self.database.begin().await.unwrap();
        let told = bus::append(&txn, &self.env, &op(), "user", asked).await;
        told.unwrap();
        txn.commit().await.unwrap();
        let request = self.newest_event().await;
        let txn = self.database.begin().await.unwrap();
        let handled = PERSONAL_DATA.on_export_requested(&txn, &self.env, &request);
        handled.await?;
        txn.commit().await.unwrap();
        Ok(())
    }

    async fn newest_event(&self) -> Envelope {
        let row = outbox::Entity::find()
            .order_by_desc(outbox::Column::Position)
            .one(self.database.read())
            .await
            .unwrap();
        serde_json::from_str(&row.unwrap().envelope).unwrap()
    }
}

#[tokio::test]
async fn what_is_more_than_a_piece_holds_is_handed_over_whole_in_bounded_pieces() {
    let test = ModuleTest::new().await;
    let user_id = author().user_id;
    test.answer_at_length(user_id).await;
    let saga_id: SagaId = test.env.id();
    let mut asked = UserExportRequested {
        saga_id,
        user_id,
        wanted: [("progress".to_owned(), WantedPiece::default())].into(),
    };
    assert_eq!(test.export(&asked).await, None, "others are asked");
    asked.wanted.clear();
    let mut answers = Vec::new();
    let (mut courses, mut versions, mut pieces) = (0, 0, 0);
    loop {
        let told = test.export(&asked).await.expect("an answer");
        assert_eq!((told.saga_id, told.piece), (saga_id, pieces));
        assert_eq!((told.module.as_str(), told.user_id), ("course", user_id));
        assert!(told.part.to_string().len() < (1 << 20) + 1000);
        let list = |name: &str| told.part[name].as_array().cloned().unwrap_or_default();
        courses += list("courses").len();
        versions += list("published_versions").len();
        answers.extend(list("submissions"));
        pieces += 1;
        let Some(next) = told.next else {
            break;
        };
        let wanted = WantedPiece {
            piece: pieces,
            from: Some(next),
        };
        asked.wanted = [("course".to_owned(), wanted)].into();
    }
    assert!(pieces >= 5, "{pieces}");
    assert_eq!((courses, versions), (1, 1));
    let ids: BTreeSet<_> = answers
        .iter()
        .map(|answer| answer["id"].to_string())
        .collect();
    let count = usize::try_from(ANSWERS).unwrap();
    assert_eq!((answers.len(), ids.len()), (count, count));
}

#[tokio::test]
async fn an_unknown_list_is_parked_with_a_reason() {
    let test = ModuleTest::new().await;
    let gone = Place {
        list: "lectures".to_owned(),
        after: None,
    };
    let wanted = WantedPiece {
        piece: 1,
        from: Some(gone),
    };
    let asked = UserExportRequested {
        saga_id: test.env.id(),
        user_id: author().user_id,
        wanted: [("course".to_owned(), wanted)].into(),
    };
    let parked = test.handle(&asked).await.unwrap_err();
    assert!(
        matches!(&parked, HandlerError::Park(text) if text.contains("\"lectures\"") && text.contains("new export")),
        "{parked}"
    );
}

#[tokio::test]
async fn who_deletes_their_account_is_forgotten_and_their_course_stays() {
    let test = ModuleTest::new().await;
    let (course, _, exercise) = test.published(value!({})).await;
    test.assessment
        .submit(
            &author(),
            &op(),
            exercise.id,
            json(value!({ "answer": { "kind": "true_false", "value": true } })),
        )
        .await
        .unwrap();
    let subscription: Subscription = test.again().subscription();
    let gone = UserDeleted {
        user_id: author().user_id,
    };
    let txn = test.database.begin().await.unwrap();
    bus::append(&txn, &test.env, &op(), "user", &gone)
        .await
        .unwrap();
    txn.commit().await.unwrap();
    let sources = [("course", test.database.clone())];
    Settler::new(&sources, vec![subscription], &test.env)
        .settle()
        .await;
    let read = test
        .reading
        .course(&learner(), &course.id.into(), &text_of(newest()))
        .await
        .unwrap();
    assert!(read.authors.is_empty());
    let version = test
        .publishing
        .find(&learner(), &course.id.into(), 1)
        .await
        .unwrap();
    assert_eq!(version.published_by, None);
    let admin = user(9, &[Role::Admin]);
    let left = test
        .assessment
        .list(&admin, exercise.id, &Default::default(), &first())
        .await
        .unwrap();
    assert!(left.items.is_empty());
}

/// More than two pieces of the walk.
const EVENTS: usize = 1_203;

impl ModuleTest {
    async fn append(&self, count: usize, event: &impl Event, state: i16) {
        for _ in 0..count {
            let txn = self.database.begin().await.unwrap();
            let told = bus::append(&txn, &self.env, &op(), "course", event).await;
            told.unwrap();
            txn.commit().await.unwrap();
        }
        outbox::Entity::update_many()
            .col_expr(outbox::Column::State, Expr::value(state))
            .filter(outbox::Column::Envelope.contains(event.subject()))
            .exec(self.database.for_migrations())
            .await
            .unwrap();
    }

    /// A request of the user with a key of their own.
    async fn answer_with_key(&self, user: UserId) {
        let operation = Operation {
            idempotency: Some(IdempotencyKey {
                scope: format!("{user} POST /courses"),
                key: "a-key-of-mine".to_owned(),
                fingerprint: String::new(),
            }),
            ..op()
        };
        let (txn, now) = (self.database.begin().await.unwrap(), self.env.now());
        let first = idempotency::replay::<String>(&txn, now, &operation).await;
        assert_eq!(first.unwrap(), None);
        txn.commit().await.unwrap();
    }

    async fn told_of(&self, user: UserId) -> usize {
        let rows = outbox::Entity::find().all(self.database.read()).await;
        let rows = rows.unwrap().into_iter();
        let named = rows.filter(|row| row.envelope.contains(&user.to_string()));
        named.count()
    }
}

#[tokio::test]
async fn an_erasure_is_answered_when_no_event_and_no_result_names_the_user_and_holds_nobody_up() {
    let test = ModuleTest::new().await;
    let user_id = author().user_id;
    let other = UserId::from(uuid::Uuid::from_u128(77));
    test.published(value!({})).await;
    test.answer_with_key(user_id).await;
    let about = |user_id| UserErasureCancelled { user_id };
    test.append(1, &about(user_id), outbox::PUBLISHED).await;
    test.append(EVENTS, &about(other), outbox::PUBLISHED).await;
    test.append(1, &about(user_id), outbox::PUBLISHED).await;
    let asked = UserErasureRequested {
        saga_id: test.env.id(),
        user_id,
        module: "course".to_owned(),
    };
    test.append(1, &asked, outbox::PUBLISHED).await;
    let request = test.newest_event().await;
    for _ in 0..2 {
        let txn = test.database.begin().await.unwrap();
        let handled = PERSONAL_DATA.on_erasure_requested(&txn, &test.env, &request);
        handled.await.unwrap();
        txn.commit().await.unwrap();
    }
    assert_eq!(test.newest_event().await.id, request.id, "not answered yet");
    assert!(test.told_of(user_id).await >= 3);

    let sweeper = TraceSweeper::new("course", test.database.clone(), test.env.clone());
    let before = test.database.work();
    assert_eq!(sweeper.drain().await.unwrap(), 1);
    let transactions = test.database.work().transactions - before.transactions;
    assert!(
        transactions <= 5,
        "{transactions} for those that name the user"
    );
    let answer = test.newest_event().await;
    let erased: UserErased = answer.decode().unwrap();
    assert_eq!((erased.saga_id, erased.user_id), (asked.saga_id, user_id));
    assert_eq!(erased.removed["staff"], 1, "{erased:?}");
    assert!(erased.removed["events"] >= 3, "{erased:?}");
    assert!(erased.removed["requests"] >= 1, "{erased:?}");
    assert_eq!(test.told_of(user_id).await, 1, "the answer alone");
    assert_eq!(test.told_of(other).await, EVENTS);
    assert_eq!(sweeper.drain().await.unwrap(), 0);
    assert_eq!(test.newest_event().await.id, answer.id, "answered once");
}

//! What a user's export gets from this module, and what stays of a user who is gone.

use std::collections::BTreeSet;

use bus::{HandlerError, Subscription};
use contracts::user::{UserDeleted, UserExportRequested, UserExported, WantedPiece};
use database::outbox;
use kernel::{Envelope, Event, Place, Role, SagaId, UserId};
use sea_orm::{EntityTrait, QueryOrder};
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
                feedback: "Not right.".to_owned(),
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

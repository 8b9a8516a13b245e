//! Cohorts of a course, their members, and what is seen of them.

use contracts::course::Admission;
use contracts::user::UserDeleted;
use kernel::{Caller, CohortId, Expected, Fault, Outcome, PageRequest, Role, UserId};
use serde_json::{Value, json};
use uuid::Uuid;

use super::request::UpdateCohort;
use super::store::{definitions, members};
use super::view::{CohortBatch, CohortView, MemberOutcome};
use crate::domain::{Cohort, MAX_COHORTS, MAX_MEMBERS, Period, Scope};
use crate::enrollment::EnrollmentView;
use crate::error::Error;
use crate::leaderboards::BoardFilter;
use crate::seats::tests::admin;
use crate::tests::{ModuleTest, by, course, outline, user, with_key};

use MemberOutcome::{
    Added, AlreadyMember, Moved, NotEnrolled, NotFound, NotMember, Refused, Removed,
};

fn teacher() -> Caller {
    Caller {
        roles: vec![Role::Instructor].into(),
        ..admin()
    }
}

fn sorted(learners: impl Iterator<Item = UserId>) -> Vec<UserId> {
    let mut learners: Vec<UserId> = learners.collect();
    learners.sort();
    learners
}

impl ModuleTest {
    async fn try_cohort(
        &self,
        caller: &Caller,
        request: Value,
    ) -> Result<Outcome<CohortView>, Error> {
        let request = serde_json::from_value(request).unwrap();
        let (service, at) = (&self.progress.cohorts, course().into());
        let operation = by(caller.user_id);
        service.create(caller, &at, &request, &operation).await
    }

    async fn cohort(&self, name: &str) -> CohortId {
        let request = json!({ "name": name });
        self.try_cohort(&admin(), request).await.unwrap().value.id
    }

    async fn change_cohort(
        &self,
        id: CohortId,
        expected: &Expected,
        request: Value,
    ) -> Result<CohortView, Error> {
        let request: UpdateCohort = serde_json::from_value(request).unwrap();
        let service = &self.progress.cohorts;
        service.update(&admin(), id, expected, &request).await
    }

    async fn try_members(
        &self,
        id: CohortId,
        key: &str,
        request: Value,
    ) -> Result<Outcome<CohortBatch>, Error> {
        let request = serde_json::from_value(request).unwrap();
        let operation = with_key(admin().user_id, key);
        let service = &self.progress.cohorts;
        service
            .change_members(&admin(), id, &request, &operation)
            .await
    }

    async fn add(&self, id: CohortId, names: &[&str]) -> Vec<MemberOutcome> {
        let key = self.env.id::<kernel::kind::Event>().to_string();
        let batch = self.try_members(id, &key, json!({ "add": names })).await;
        let results = batch.unwrap().value.add.into_iter();
        results.map(|one| one.outcome).collect()
    }

    async fn members(&self, id: CohortId) -> Vec<UserId> {
        let service = &self.progress.cohorts;
        let first = PageRequest::first(50);
        let page = service.list_members(&admin(), id, &first).await.unwrap();
        // Those who enrolled within the same millisecond are in any order.
        sorted(page.items.iter().map(|one| one.learner_id))
    }

    async fn enrollment(&self, who: UserId) -> EnrollmentView {
        let service = &self.progress.enrollment;
        let first = PageRequest::first(5);
        let page = service.list(who, None, &first).await.unwrap();
        page.items.into_iter().next().unwrap()
    }

    async fn cohort_board(
        &self,
        me: UserId,
        id: CohortId,
        filter: &BoardFilter,
        page_request: &PageRequest,
    ) -> Result<Vec<(i64, String, i64)>, Error> {
        let boards = &self.progress.leaderboards;
        let page = boards
            .list(me, Scope::Cohort(id), filter, page_request)
            .await?;
        let rows = page.items.into_iter();
        Ok(rows
            .map(|one| (one.rank, one.display_name, one.points))
            .collect())
    }
}

/// Four learners of the course, c01 to c04.
async fn class() -> ModuleTest {
    let test = ModuleTest::with_course().await;
    for (number, name) in [(0xc01, "Ada"), (0xc02, "Bo"), (0xc03, "Cy"), (0xc04, "Di")] {
        test.register(user(number), name, "UTC").await;
        test.enroll(user(number)).await;
    }
    test
}

#[tokio::test]
async fn cohorts_have_names_of_their_own_and_days_in_order() {
    let test = Box::pin(class()).await;
    let created =
        json!({ "name": " Autumn  2026 ", "starts_on": "2026-09-01", "ends_on": "2026-09-01" });
    let first = test.try_cohort(&admin(), created).await.unwrap().value;
    assert_eq!((first.members, first.version), (0, 1));
    let same = json!({ "name": "AUTUMN 2026" });
    let taken = test.try_cohort(&admin(), same).await.unwrap_err();
    assert_eq!(taken.code(), "progress.cohort_name_taken");
    let reversed = json!({ "name": "x", "starts_on": "2026-09-02", "ends_on": "2026-09-01" });
    for (wrong, pointer) in [(reversed, "/ends_on"), (json!({ "name": " " }), "/name")] {
        let refused = test.try_cohort(&admin(), wrong).await.unwrap_err();
        assert_eq!(refused.code(), "progress.cohort_invalid");
        assert_eq!(refused.fields()[0].pointer, pointer);
    }
    let second = test.cohort("Winter").await;
    let (any, taken) = (Expected::Any, json!({ "name": "autumn 2026" }));
    let renamed = test.change_cohort(second, &any, taken).await;
    assert_eq!(renamed.unwrap_err().code(), "progress.cohort_name_taken");
    let seen = Expected::OneOf(vec![1]);
    let early = json!({ "ends_on": "2026-08-31" });
    let refused = test
        .change_cohort(first.id, &seen, early)
        .await
        .unwrap_err();
    assert_eq!(refused.code(), "progress.cohort_invalid");
    let open = json!({ "name": "Autumn", "ends_on": null });
    let changed = test.change_cohort(first.id, &seen, open).await.unwrap();
    assert_eq!((changed.version, changed.ends_on), (2, None));
    assert!(changed.starts_on.is_some());
    let stale = test
        .change_cohort(first.id, &seen, json!({ "name": "Fall" }))
        .await;
    assert_eq!(stale.unwrap_err().code(), "request.version_conflict");
    let same = json!({ "name": "Autumn" });
    let same = test.change_cohort(first.id, &any, same).await;
    assert_eq!(same.unwrap().version, 2);
}

#[tokio::test]
async fn a_batch_says_of_each_learner_what_has_become_of_them_in_the_cohort() {
    let test = Box::pin(class()).await;
    let (first, second) = (test.cohort("A").await, test.cohort("B").await);
    let id = test.enrollment(user(0xc04)).await.id;
    test.leave(user(0xc04), id).await;
    let names = ["c01", "c02", "c01", "nobody", "c09", "c04"];
    let expected = [
        Added,
        Added,
        AlreadyMember,
        NotFound,
        NotEnrolled,
        NotEnrolled,
    ];
    assert_eq!(test.add(first, &names).await, expected);
    assert_eq!(test.add(second, &["c02", "c03"]).await, [Moved, Added]);
    assert_eq!(test.members(first).await, [user(0xc01)]);
    assert_eq!(test.members(second).await, [user(0xc02), user(0xc03)]);
    let request = json!({ "add": ["c03"], "remove": ["c01", "c02", "nobody"] });
    let done = test.try_members(first, "k", request.clone()).await.unwrap();
    let outcomes = |results: &[super::view::MemberResult]| -> Vec<MemberOutcome> {
        results.iter().map(|one| one.outcome).collect()
    };
    assert_eq!(outcomes(&done.value.add), [Moved]);
    assert_eq!(outcomes(&done.value.remove), [Removed, NotMember, NotFound]);
    // The same request again gets its first answer and changes nothing.
    test.add(second, &["c03"]).await;
    let again = test.try_members(first, "k", request).await.unwrap();
    assert!(again.replayed);
    assert_eq!(again.value, done.value);
    assert_eq!(test.members(first).await, []);
    let many = vec!["c01"; 101];
    for (key, wrong) in [("none", json!({})), ("many", json!({ "remove": many }))] {
        let refused = test.try_members(first, key, wrong).await.unwrap_err();
        assert_eq!(refused.code(), "progress.learners_invalid");
    }
    test.assert_verified().await;
}

#[tokio::test]
async fn users_are_enrolled_and_put_into_a_cohort_by_one_batch() {
    let test = ModuleTest::with_seats(2).await;
    let id = test.cohort("A").await;
    test.enroll(user(0xc01)).await;
    let batch = async |key: &str, cohort: CohortId, dry_run: bool| {
        let request = json!({ "course_id": course(), "learners": ["c01", "c02", "c03"],
            "cohort_id": cohort, "dry_run": dry_run });
        let request = serde_json::from_value(request).unwrap();
        let operation = with_key(admin().user_id, key);
        let service = &test.progress.course_learners;
        service.enroll(&admin(), &request, &operation).await
    };
    batch("dry", id, true).await.unwrap();
    assert_eq!(test.members(id).await, []);
    let done = batch("real", id, false).await.unwrap().value;
    assert!(done.results.iter().all(|one| one.code.is_none()));
    // Whoever waits for a seat is not in the course, and so in no cohort of it.
    assert_eq!(test.members(id).await, [user(0xc01), user(0xc02)]);
    let nowhere = Uuid::from_u128(9).into();
    let refused = batch("other", nowhere, false).await.unwrap_err();
    assert_eq!(refused.code(), "progress.cohort_not_found");
}

#[tokio::test]
async fn a_learner_sees_their_cohort_in_their_enrollment_until_it_is_deleted() {
    let test = Box::pin(class()).await;
    let request = json!({ "name": "A", "starts_on": "2026-11-02" });
    let cohort = test.try_cohort(&admin(), request).await.unwrap().value;
    test.add(cohort.id, &["c01"]).await;
    let me = user(0xc01);
    let mine = test.enrollment(me).await.cohort.unwrap();
    assert_eq!((mine.id, mine.name.as_str()), (cohort.id, "A"));
    assert_eq!((mine.starts_on, mine.ends_on), (cohort.starts_on, None));
    assert_eq!(test.enrollment(user(0xc02)).await.cohort, None);
    // It is no fact: nothing that is recorded changes it, and the log stays as it was.
    test.complete(me, 1).await.unwrap();
    let after = test.enrollment(me).await;
    assert_eq!((after.revision, after.cohort), (3, Some(mine)));
    test.assert_verified().await;
    let service = &test.progress.cohorts;
    let stale = Expected::OneOf(vec![7]);
    let refused = service.delete(&admin(), cohort.id, &stale).await;
    assert_eq!(refused.unwrap_err().code(), "request.version_conflict");
    service
        .delete(&admin(), cohort.id, &Expected::Any)
        .await
        .unwrap();
    let after = test.enrollment(me).await;
    assert_eq!((after.done, after.cohort), (1, None));
    let gone = service.find(&admin(), cohort.id).await;
    assert_eq!(gone.unwrap_err().code(), "progress.cohort_not_found");
    let db = test.database.read();
    assert_eq!(members::count(db, cohort.id).await.unwrap(), 0);
}

#[tokio::test]
async fn the_roster_and_the_gradebook_show_a_cohort_alone() {
    let test = Box::pin(class()).await;
    let id = test.cohort("A").await;
    test.add(id, &["c01", "c03"]).await;
    let (caller, at, first) = (admin(), course().into(), PageRequest::first(50));
    let filter = serde_json::from_value(json!({ "cohort": id })).unwrap();
    let roster = &test.progress.roster;
    let page = roster.list(&caller, &at, &filter, &first).await.unwrap();
    let roster: Vec<UserId> = page.items.iter().map(|one| one.learner_id).collect();
    assert_eq!(roster, [user(0xc01), user(0xc03)]);
    let filter = serde_json::from_value(json!({ "cohort": id })).unwrap();
    let grades = &test.progress.gradebook;
    let page = grades.list(&caller, &at, &filter, &first).await.unwrap();
    let graded = sorted(page.items.iter().map(|one| one.learner_id));
    assert_eq!(graded, [user(0xc01), user(0xc03)]);
    // A cohort of another course is none of this one.
    let nowhere = json!({ "cohort": Uuid::from_u128(9) });
    let filter = serde_json::from_value(nowhere.clone()).unwrap();
    let refused = grades.list(&caller, &at, &filter, &first).await;
    assert_eq!(refused.unwrap_err().code(), "progress.cohort_not_found");
    let filter = serde_json::from_value(nowhere).unwrap();
    let roster = &test.progress.roster;
    let refused = roster.list(&caller, &at, &filter, &first).await;
    assert_eq!(refused.unwrap_err().code(), "progress.cohort_not_found");
}

#[tokio::test]
async fn cohorts_are_managed_by_those_who_may_change_the_course() {
    let test = Box::pin(class()).await;
    let id = test.cohort("A").await;
    let service = &test.progress.cohorts;
    let (at, first) = (course().into(), PageRequest::first(5));
    let refused = test.try_cohort(&teacher(), json!({ "name": "B" })).await;
    assert_eq!(refused.unwrap_err().code(), "progress.editor_required");
    let refused = service.list(&teacher(), &at, &first).await;
    assert_eq!(refused.unwrap_err().code(), "progress.editor_required");
    for refused in [
        service.find(&teacher(), id).await.map(drop),
        service.list_members(&teacher(), id, &first).await.map(drop),
        service.delete(&teacher(), id, &Expected::Any).await,
    ] {
        assert_eq!(refused.unwrap_err().code(), "progress.editor_required");
    }
    // Of a course by invitation, strangers do not even learn that there is a cohort.
    let mut invited = outline(2);
    invited.invite_only = true;
    test.publish(invited).await;
    let hidden = service.find(&teacher(), id).await;
    assert_eq!(hidden.unwrap_err().code(), "progress.cohort_not_found");
    *test.courses.admission.lock().unwrap() = Admission {
        staff: true,
        editor: true,
        invited: false,
    };
    assert_eq!(service.find(&teacher(), id).await.unwrap().name, "A");
    let listed = service.list(&teacher(), &at, &first).await.unwrap();
    assert_eq!(listed.items.len(), 1);
}

#[tokio::test]
async fn a_course_has_a_hundred_cohorts_and_a_cohort_a_thousand_members() {
    let test = Box::pin(class()).await;
    let id = test.cohort("A").await;
    let txn = test.database.begin().await.unwrap();
    for number in 1..u128::from(MAX_COHORTS) {
        let cohort = Cohort {
            id: Uuid::from_u128(0xd000 + number).into(),
            course: course(),
            name: number.to_string(),
            starts_on: None,
            ends_on: None,
            revision: 1,
            created_at: test.env.now(),
        };
        definitions::insert(&txn, &cohort).await.unwrap();
    }
    for number in 0..u128::from(MAX_MEMBERS) - 1 {
        let member = (
            Uuid::from_u128(0x10000 + number).into(),
            user(0x10000 + number),
        );
        let now = test.env.now();
        members::upsert(&txn, id, member, now).await.unwrap();
    }
    txn.commit().await.unwrap();
    let refused = test.try_cohort(&admin(), json!({ "name": "B" })).await;
    assert_eq!(
        refused.unwrap_err().code(),
        "progress.cohort_limit_exceeded"
    );
    assert_eq!(test.add(id, &["c01", "c02"]).await, [Added, Refused]);
    let full = test.try_members(id, "k", json!({ "add": ["c02"] })).await;
    let full = full.unwrap().value.add.remove(0);
    assert_eq!(full.code.unwrap(), "progress.cohort_full");
    let found = test.progress.cohorts.find(&admin(), id).await.unwrap();
    assert_eq!(found.members, MAX_MEMBERS);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_come_into_two_cohorts_at_once_each_is_in_one() {
    let test = Box::pin(class()).await;
    let cohorts = [test.cohort("A").await, test.cohort("B").await];
    let tries = (0..16_u128).map(|number| {
        let service = test.progress.cohorts.clone();
        let id = cohorts[usize::from(number % 2 == 0)];
        let who = user(0xc01 + number / 4);
        tokio::spawn(async move { service.add(who, id, &by(who)).await.map(drop) })
    });
    for task in tries.collect::<Vec<_>>() {
        task.await.unwrap().unwrap();
    }
    let mut all = test.members(cohorts[0]).await;
    all.extend(test.members(cohorts[1]).await);
    all.sort();
    assert_eq!(all, [0xc01, 0xc02, 0xc03, 0xc04].map(user));
}

#[tokio::test]
async fn the_board_of_a_cohort_ranks_its_members_by_their_points_in_the_course() {
    let test = Box::pin(class()).await;
    let id = test.cohort("A").await;
    test.add(id, &["c01", "c02", "c03"]).await;
    for (who, lesson) in [(0xc01, 1), (0xc01, 2), (0xc02, 1), (0xc03, 1), (0xc04, 1)] {
        test.complete(user(who), lesson).await.unwrap();
    }
    let (me, all) = (user(0xc02), BoardFilter::default());
    let first = PageRequest::first(50);
    let board = test.cohort_board(me, id, &all, &first).await.unwrap();
    let shown: Vec<(i64, &str)> = board
        .iter()
        .map(|(rank, name, _)| (*rank, &**name))
        .collect();
    assert_eq!(shown, [(1, "Ada"), (2, "Bo"), (2, "Cy")]);
    // The points are those of the course, not those of all.
    let in_course = test.enrollment(user(0xc01)).await.points;
    assert_eq!(board[0].2, in_course);
    // Page by page, there are the same in the same order.
    let boards = &test.progress.leaderboards;
    let mut request = PageRequest {
        count: true,
        ..PageRequest::first(2)
    };
    let page = boards.list(me, Scope::Cohort(id), &all, &request).await;
    let page = page.unwrap();
    assert_eq!((page.items.len(), page.total), (2, Some(3)));
    request.from = page.next;
    let rest = boards.list(me, Scope::Cohort(id), &all, &request).await;
    let rest = rest.unwrap();
    assert_eq!((rest.items.len(), rest.next), (1, None));
    assert_eq!(
        (rest.items[0].rank, &*rest.items[0].display_name),
        (2, "Cy")
    );
    request.from = rest.prev;
    request.backward = true;
    let back = boards.list(me, Scope::Cohort(id), &all, &request).await;
    assert_eq!(back.unwrap().items, page.items);
    let around = BoardFilter {
        around: Some(crate::leaderboards::Around::Me),
        ..BoardFilter::default()
    };
    let three = PageRequest::first(3);
    let near = test.cohort_board(me, id, &around, &three).await.unwrap();
    assert_eq!(near, board);
    // Whoever moves away takes their points along.
    let other = test.cohort("B").await;
    test.add(other, &["c01"]).await;
    let board = test.cohort_board(me, id, &all, &first).await.unwrap();
    assert_eq!(board.len(), 2);
    test.wait(chrono::Duration::days(8));
    let week = BoardFilter {
        period: Some(Period::Week),
        around: None,
    };
    assert_eq!(test.cohort_board(me, id, &week, &first).await.unwrap(), []);
    test.assert_verified().await;
}

#[tokio::test]
async fn the_board_of_a_cohort_exists_for_its_members_and_the_staff_alone() {
    let test = Box::pin(class()).await;
    let id = test.cohort("A").await;
    test.add(id, &["c01", "c02"]).await;
    for who in [0xc01, 0xc02] {
        test.complete(user(who), 1).await.unwrap();
    }
    let (filter, first) = (BoardFilter::default(), PageRequest::first(50));
    let board = async |who: UserId| test.cohort_board(who, id, &filter, &first).await;
    assert_eq!(board(user(0xc01)).await.unwrap().len(), 2);
    let refused = board(user(0xc04)).await.unwrap_err();
    assert_eq!(refused.code(), "progress.cohort_not_found");
    // Whoever has left the course is not among its members until they come back.
    let mine = test.enrollment(user(0xc02)).await.id;
    test.leave(user(0xc02), mine).await;
    assert!(board(user(0xc02)).await.is_err());
    test.enroll(user(0xc02)).await;
    // Whoever is hidden is seen by themselves alone, and takes nobody's place.
    let hidden = serde_json::from_value(json!({ "visible": false })).unwrap();
    let boards = &test.progress.leaderboards;
    boards.replace_settings(user(0xc01), &hidden).await.unwrap();
    assert_eq!(board(user(0xc01)).await.unwrap().len(), 2);
    let seen = board(user(0xc02)).await.unwrap();
    assert_eq!((seen.len(), seen[0].0, &*seen[0].1), (1, 1, "Bo"));
    test.courses.admission.lock().unwrap().staff = true;
    assert_eq!(board(user(0xc09)).await.unwrap().len(), 1);
}

#[tokio::test]
async fn who_is_erased_is_in_no_cohort_and_comes_into_none() {
    let test = Box::pin(class()).await;
    let id = test.cohort("A").await;
    test.add(id, &["c01", "c02"]).await;
    let db = test.database.read();
    let place = kernel::Place {
        list: "cohorts".to_owned(),
        after: None,
    };
    let exported = super::export(db, user(0xc01), &place).await.unwrap();
    assert_eq!(exported.len(), 1);
    let gone = UserDeleted {
        user_id: user(0xc01),
    };
    test.deliver_as(&gone, 3).await;
    assert_eq!(test.members(id).await, [user(0xc02)]);
    assert_eq!(test.add(id, &["c01"]).await, [NotFound]);
    assert_eq!(super::export(db, user(0xc01), &place).await.unwrap(), []);
}

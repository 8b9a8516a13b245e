//! No seat is taken twice, and none stays empty while somebody waits for it.

use contracts::course::Admission;
use kernel::{Caller, Expected, Fault, Role, UserId};
use uuid::Uuid;

use super::request::ReplaceEnrollmentSettings;
use super::view::CourseEnrollmentSettings;
use crate::error::Error;
use crate::tests::{ModuleTest, by, course, user, wanted};

pub(crate) fn admin() -> Caller {
    Caller {
        user_id: user(0xa02),
        session_id: Uuid::from_u128(1).into(),
        roles: vec![Role::Admin].into(),
        scope: String::new(),
    }
}

impl ModuleTest {
    /// A course with this many seats.
    pub(crate) async fn with_seats(seats: i32) -> Self {
        let test = Box::pin(Self::with_course()).await;
        test.set_seats(Some(seats)).await;
        test
    }

    pub(crate) async fn set_seats(&self, seats: Option<i32>) {
        let any = Expected::Any;
        let replaced = Box::pin(self.try_set_seats(&admin(), &any, seats)).await;
        replaced.unwrap();
    }

    async fn try_set_seats(
        &self,
        caller: &Caller,
        expected: &Expected,
        seats: Option<i32>,
    ) -> Result<(i64, CourseEnrollmentSettings), Error> {
        let request = ReplaceEnrollmentSettings {
            seats,
            ..Default::default()
        };
        let service = &self.progress.seats;
        let at = course().into();
        service
            .replace_settings(caller, &at, expected, &request)
            .await
    }

    pub(crate) async fn seated(&self) -> i64 {
        let (caller, at) = (admin(), course().into());
        let known = self.progress.seats.settings(&caller, &at).await;
        known.unwrap().1.enrolled
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_hundred_tries_for_ten_seats_give_ten_enrollments() {
    let test = ModuleTest::with_seats(10).await;
    let tries = (0..200).map(|number: u128| {
        let enrollment = test.progress.enrollment.clone();
        tokio::spawn(async move {
            let who = user(0xc00 + number);
            loop {
                let enrolled = enrollment.enroll(who, &wanted(course()), &by(who)).await;
                match enrolled.map_err(|error| error.code().to_owned()) {
                    // So many at once may wait longer for a connection than they can, and try it again.
                    Err(code) if code == "storage.unavailable" => {}
                    other => return other,
                }
            }
        })
    });
    let (mut enrolled, mut full) = (0, 0);
    for task in tries.collect::<Vec<_>>() {
        match task.await.unwrap() {
            Ok(_) => enrolled += 1,
            Err(code) if code == "progress.course_full" => full += 1,
            Err(code) => panic!("{code}"),
        }
    }
    assert_eq!((enrolled, full), (10, 190));
    assert_eq!(test.seated().await, 10);
    assert_eq!(test.count_published("progress.enrolled.v1").await, 10);
    test.assert_verified().await;
}

#[tokio::test]
async fn coming_back_needs_a_seat_and_who_is_in_keeps_theirs() {
    let test = ModuleTest::with_seats(1).await;
    let (me, other) = (user(0xc01), user(0xc02));
    let id = test.enroll(me).await.id;
    assert!(!test.try_enroll(me).await.unwrap().created);
    test.leave(me, id).await;
    test.enroll(other).await;
    let refused = test.try_enroll(me).await.unwrap_err();
    assert_eq!(refused.code(), "progress.course_full");
    assert!(refused.to_string().contains("/progress/waiting-list"));
    test.assert_verified().await;
}

#[tokio::test]
async fn fewer_seats_than_learners_throw_nobody_out() {
    let test = ModuleTest::with_course().await;
    let people = [0xc01, 0xc02, 0xc03].map(user);
    let mut ids = Vec::new();
    for who in people {
        ids.push(test.enroll(who).await.id);
    }
    test.set_seats(Some(1)).await;
    assert_eq!(test.seated().await, 3);
    test.leave(people[0], ids[0]).await;
    let refused = test.try_enroll(user(0xc04)).await.unwrap_err();
    assert_eq!(refused.code(), "progress.course_full");
    test.complete(people[1], 1).await.unwrap();
    test.set_seats(None).await;
    test.enroll(user(0xc04)).await;
    assert_eq!(test.seated().await, 3);
}

#[tokio::test]
async fn settings_are_replaced_by_editors_who_have_seen_them() {
    let test = ModuleTest::with_course().await;
    let at = course().into();
    let (revision, before) = test.progress.seats.settings(&admin(), &at).await.unwrap();
    assert_eq!((revision, before.seats, before.waiting), (0, None, 0));
    let seen = Expected::OneOf(vec![0]);
    let first = test.try_set_seats(&admin(), &seen, Some(5)).await.unwrap();
    assert_eq!((first.0, first.1.seats), (1, Some(5)));
    let stale = test.try_set_seats(&admin(), &seen, Some(6)).await;
    assert_eq!(stale.unwrap_err().code(), "request.version_conflict");
    let teacher = Caller {
        roles: vec![Role::Instructor].into(),
        ..admin()
    };
    let refused = test.try_set_seats(&teacher, &Expected::Any, None).await;
    assert_eq!(refused.unwrap_err().code(), "progress.editor_required");
    *test.courses.admission.lock().unwrap() = Admission {
        staff: true,
        editor: true,
        invited: false,
    };
    let done = test.try_set_seats(&teacher, &Expected::Any, None).await;
    assert_eq!(done.unwrap().0, 2);
}

impl ModuleTest {
    pub(crate) async fn leave(&self, who: UserId, id: kernel::EnrollmentId) {
        let service = &self.progress.enrollment;
        let left = service.leave(who, id, &Expected::Any, &by(who)).await;
        left.unwrap();
    }
}

//! Certificates: issued once, shown to everybody, revoked by the staff, gone with their learner.

mod shown;

use chrono::Duration;
use contracts::course::Admission;
use contracts::progress::ProgressCourseCompleted;
use database::outbox;
use kernel::{Caller, Envelope, Event, Fault, PageRequest, Role, UserId};
use sea_orm::EntityTrait;
use uuid::Uuid;

use super::view::{CertificateStatus, CertificateView};
use crate::error::Error;
use crate::tests::{ModuleTest, by, learner, lesson, outline, user};

pub(super) fn caller(role: Role) -> Caller {
    Caller {
        user_id: user(0xa02),
        session_id: Uuid::from_u128(1).into(),
        roles: vec![role].into(),
        scope: String::new(),
    }
}

impl ModuleTest {
    /// Enrolls a user and lets them complete the course.
    pub(crate) async fn graduate(&self, user: UserId) {
        self.enroll(user).await;
        for number in [1, 2] {
            self.complete(user, number).await.unwrap();
        }
        for number in [1, 2] {
            self.grade(user, number, 1, 10, true).await;
        }
    }

    pub(crate) async fn certificates(&self, user: UserId) -> Vec<CertificateView> {
        let request = PageRequest::first(10);
        let page = self.progress.certificates.list(user, &request).await;
        page.unwrap().items
    }

    /// The certificate of a learner of this name who has completed the course.
    pub(crate) async fn certified(name: &str) -> (Self, CertificateView) {
        let test = Self::with_course().await;
        test.register(learner(), name, "Pacific/Auckland").await;
        test.graduate(learner()).await;
        let certificate = test.certificates(learner()).await.remove(0);
        (test, certificate)
    }

    pub(crate) async fn revoke(&self, role: Role, code: &str) -> Result<CertificateView, Error> {
        let (caller, operation) = (caller(role), by(user(0xa02)));
        let reason = " Somebody else wrote it. ";
        self.progress
            .certificates
            .revoke(&caller, code, reason, &operation)
            .await
    }

    async fn completions(&self) -> Vec<ProgressCourseCompleted> {
        let rows = outbox::Entity::find().all(self.database.read()).await;
        let envelopes = rows.unwrap().into_iter().map(|row| {
            let envelope: Envelope = serde_json::from_str(&row.envelope).unwrap();
            envelope
        });
        envelopes
            .filter(|envelope| envelope.kind == ProgressCourseCompleted::TYPE)
            .map(|envelope| envelope.decode().unwrap())
            .collect()
    }
}

#[tokio::test]
async fn completing_a_course_issues_one_certificate_whatever_happens_again() {
    let (test, certificate) = Box::pin(ModuleTest::certified("Anna Rossi")).await;
    assert_eq!(certificate.status, CertificateStatus::Valid);
    assert_eq!(certificate.name, "Anna Rossi");
    assert_eq!(certificate.course_title, "Go from zero");
    assert_eq!(certificate.course_version, 1);
    // It was 10:00 in UTC, and is eleven in the evening in Auckland.
    assert_eq!(certificate.completed_on.to_string(), "2026-11-02");
    let url = format!(
        "https://learn.example.org/api/v1/progress/certificates/{}",
        certificate.code
    );
    assert_eq!(certificate.url, url);
    let told = test.completions().await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].certificate_code.as_ref(), Some(&certificate.code));
    // The same grades again, a better one, leaving, and coming back.
    test.grade(learner(), 1, 1, 10, true).await;
    test.grade(learner(), 1, 2, 9, true).await;
    let id = test.enroll(learner()).await.id;
    let operation = by(learner());
    let enrollment = &test.progress.enrollment;
    enrollment
        .leave(learner(), id, &kernel::Expected::Any, &operation)
        .await
        .unwrap();
    test.wait(Duration::hours(1));
    test.enroll(learner()).await;
    test.complete(learner(), 1).await.unwrap();
    assert_eq!(test.certificates(learner()).await, [certificate]);
    assert_eq!(test.completions().await.len(), 1);
    test.assert_verified().await;
}

#[tokio::test]
async fn the_day_of_completion_is_that_of_the_learner() {
    let test = ModuleTest::with_course().await;
    test.register(learner(), "Anna", "Pacific/Auckland").await;
    test.wait(Duration::hours(4));
    test.graduate(learner()).await;
    let certificate = test.certificates(learner()).await.remove(0);
    assert_eq!(certificate.completed_on.to_string(), "2026-11-03");
}

#[tokio::test]
async fn an_upgrade_that_completes_the_course_issues_the_certificate_of_the_new_version() {
    let test = ModuleTest::with_course().await;
    test.register(learner(), "Anna", "UTC").await;
    let enrolled = test.enroll(learner()).await;
    for number in [1, 2] {
        test.complete(learner(), number).await.unwrap();
    }
    assert!(test.certificates(learner()).await.is_empty());
    let mut shorter = outline(2);
    shorter.title = "Go, shorter".to_owned();
    shorter.sections[0]
        .lessons
        .retain(|one| one.id != lesson(3));
    test.publish(shorter).await;
    let request = serde_json::from_value(serde_json::json!({ "version": 2 })).unwrap();
    let (id, operation) = (enrolled.id, by(learner()));
    let enrollment = &test.progress.enrollment;
    let upgraded = enrollment.upgrade(learner(), id, &request, &kernel::Expected::Any, &operation);
    upgraded.await.unwrap();
    let certificates = test.certificates(learner()).await;
    assert_eq!(certificates.len(), 1);
    let version = (
        certificates[0].course_version,
        certificates[0].course_title.as_str(),
    );
    assert_eq!(version, (2, "Go, shorter"));
}

#[tokio::test]
async fn a_certificate_keeps_the_name_of_its_day_and_gets_one_that_was_not_known_yet() {
    let test = ModuleTest::with_course().await;
    test.graduate(learner()).await;
    assert_eq!(test.certificates(learner()).await[0].name, "Learner");
    test.register(learner(), "Anna", "UTC").await;
    assert_eq!(test.certificates(learner()).await[0].name, "Anna");
    let (test, _) = Box::pin(ModuleTest::certified("Anna")).await;
    test.deliver_as(
        &contracts::user::UserUpdated {
            display_name: "Berta".to_owned(),
            ..updated(learner())
        },
        2,
    )
    .await;
    assert_eq!(test.certificates(learner()).await[0].name, "Anna");
}

fn updated(user: UserId) -> contracts::user::UserUpdated {
    serde_json::from_value(serde_json::json!({
        "user_id": user, "username": "anna", "display_name": "Anna", "email": "a@example.com",
        "locale": "en", "time_zone": "UTC", "roles": ["student"],
    }))
    .unwrap()
}

#[tokio::test]
async fn each_learner_has_their_own() {
    let (test, first) = Box::pin(ModuleTest::certified("Anna")).await;
    test.graduate(user(0xa09)).await;
    assert_eq!(
        test.certificates(learner()).await,
        std::slice::from_ref(&first)
    );
    let other = test.certificates(user(0xa09)).await;
    assert_eq!(other.len(), 1);
    assert_ne!(other[0].code, first.code);
    assert!(test.certificates(user(0xa0b)).await.is_empty());
}

#[tokio::test]
async fn a_mistyped_number_is_told_from_an_unknown_one() {
    let (test, certificate) = Box::pin(ModuleTest::certified("Anna")).await;
    let find = async |code: &str| test.progress.certificates.find(code).await;
    let typed = certificate.code.to_lowercase().replace('-', " ");
    assert_eq!(find(&typed).await.unwrap(), certificate);
    let last = if certificate.code.ends_with('7') {
        "8"
    } else {
        "7"
    };
    let mistyped = format!("{}{last}", &certificate.code[..18]);
    for wrong in [mistyped.as_str(), "", "none", "0000-0000-0000-000U"] {
        let error = find(wrong).await.unwrap_err();
        assert_eq!(
            error.code(),
            "progress.certificate_code_mistyped",
            "{wrong}"
        );
    }
    let error = find("0000-0000-0000-0000").await.unwrap_err();
    assert_eq!(error.code(), "progress.certificate_not_found");
}

#[tokio::test]
async fn the_staff_revokes_and_reinstates_and_nobody_else_does() {
    let (test, certificate) = Box::pin(ModuleTest::certified("Anna")).await;
    let code = certificate.code.as_str();
    let error = test.revoke(Role::Instructor, code).await.unwrap_err();
    assert_eq!(error.code(), "progress.editor_required");
    *test.courses.admission.lock().unwrap() = Admission {
        staff: true,
        editor: true,
        invited: false,
    };
    let revoked = test.revoke(Role::Instructor, code).await.unwrap();
    assert_eq!(revoked.status, CertificateStatus::Revoked);
    let reason = Some("Somebody else wrote it.");
    assert_eq!(revoked.revocation_reason.as_deref(), reason);
    // Again, later, by an administrator: it stays revoked since then, and is told once.
    test.wait(Duration::hours(1));
    let again = test.revoke(Role::Admin, code).await.unwrap();
    assert_eq!(again.revoked_at, revoked.revoked_at);
    let event = "progress.certificate_revoked.v1";
    assert_eq!(test.count_published(event).await, 1);
    // The learner learns the reason, and nobody else does.
    let mine = test.certificates(learner()).await.remove(0);
    assert_eq!(mine.revocation_reason.as_deref(), reason);
    let public = test.progress.certificates.find(code).await.unwrap();
    assert_eq!(public.status, CertificateStatus::Revoked);
    assert_eq!(public.revocation_reason, None);
    let operation = by(user(0xa02));
    for _ in 0..2 {
        let reinstated = test
            .progress
            .certificates
            .reinstate(&caller(Role::Admin), code, &operation)
            .await
            .unwrap();
        assert_eq!(reinstated, certificate);
    }
    let event = "progress.certificate_reinstated.v1";
    assert_eq!(test.count_published(event).await, 1);
}

impl ModuleTest {
    /// A course whose certificates are valid for so many months, and the certificate of somebody who completed it.
    async fn certified_for(months: i32) -> (Self, CertificateView) {
        let test = Box::pin(Self::with_course()).await;
        let request = crate::seats::ReplaceEnrollmentSettings {
            certificate_months: Some(months),
            ..Default::default()
        };
        let (at, any) = (crate::tests::course().into(), kernel::Expected::Any);
        let service = &test.progress.seats;
        let caller = crate::seats::tests::admin();
        let set = service.replace_settings(&caller, &at, &any, &request);
        set.await.unwrap();
        test.register(learner(), "Anna Rossi", "UTC").await;
        Box::pin(test.graduate(learner())).await;
        let certificate = test.certificates(learner()).await.remove(0);
        (test, certificate)
    }
}

#[tokio::test]
async fn a_certificate_expires_after_its_months_and_its_learner_is_told_once_before() {
    let (test, certificate) = Box::pin(ModuleTest::certified_for(12)).await;
    let end = certificate
        .issued_at
        .checked_add_months(chrono::Months::new(12));
    assert_eq!(certificate.expires_at, end);
    let remind = async || test.progress.remind_of_certificates().await.unwrap();
    test.wait(Duration::days(300));
    assert_eq!(remind().await, 0);
    test.wait(Duration::days(40));
    assert_eq!((remind().await, remind().await), (1, 0));
    let told = "progress.certificate_expiring.v1";
    assert_eq!(test.count_published(told).await, 1);
    let service = &test.progress.certificates;
    let seen = service.find(&certificate.code).await.unwrap();
    assert_eq!(seen.status, CertificateStatus::Valid);
    let claims = super::credential::claims(&seen);
    assert_eq!(claims["exp"], end.unwrap().timestamp());
    test.wait(Duration::days(40));
    let seen = service.find(&certificate.code).await.unwrap();
    assert_eq!(seen.status, CertificateStatus::Expired);
    let page = super::page::of_certificate(&seen);
    assert!(page.contains("This certificate has expired"), "{page}");
    let revoked = test.revoke(Role::Admin, &certificate.code).await.unwrap();
    assert_eq!(revoked.status, CertificateStatus::Revoked);
}

#[tokio::test]
async fn who_hides_a_certificate_alone_sees_it() {
    let (test, certificate) = Box::pin(ModuleTest::certified("Anna Rossi")).await;
    let (service, code) = (&test.progress.certificates, certificate.code.as_str());
    let other = service.publish(user(0xa77), code, false).await;
    assert_eq!(other.unwrap_err().code(), "progress.certificate_not_found");
    let hidden = service.publish(learner(), code, false).await.unwrap();
    assert!(!hidden.public);
    let not_found = "progress.certificate_not_found";
    assert_eq!(service.find(code).await.unwrap_err().code(), not_found);
    assert_eq!(service.image(code).await.unwrap_err().code(), not_found);
    assert_eq!(
        service.credential(code).await.unwrap_err().code(),
        not_found
    );
    assert!(!test.certificates(learner()).await[0].public);
    service.publish(learner(), code, true).await.unwrap();
    assert_eq!(service.find(code).await.unwrap().code, code);
}

#[tokio::test]
async fn who_revoked_a_certificate_is_shown_to_its_learner_until_they_are_erased() {
    let (test, certificate) = Box::pin(ModuleTest::certified("Anna Rossi")).await;
    let staff = caller(Role::Admin).user_id;
    let revoked = test.revoke(Role::Admin, &certificate.code).await.unwrap();
    assert_eq!(revoked.revoked_by, Some(staff));
    let public = test.progress.certificates.find(&certificate.code).await;
    assert_eq!(public.unwrap().revoked_by, None);
    let txn = test.database.begin().await.unwrap();
    let erase = crate::privacy::PERSONAL_DATA.erase;
    erase(&txn, &test.env, staff).await.unwrap();
    txn.commit().await.unwrap();
    let seen = test.certificates(learner()).await.remove(0);
    assert_eq!(seen.status, CertificateStatus::Revoked);
    assert_eq!(seen.revoked_by, None);
}

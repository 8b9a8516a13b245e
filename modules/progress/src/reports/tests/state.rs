//! The page that shows the state of a course.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chrono::Duration;
use contracts::course::Admission;
use kernel::{Fault, Role};

use super::{STAFF, caller, staff};
use crate::reports::page::{self, STYLE_HASH};
use crate::tests::{ModuleTest, course};

#[tokio::test]
async fn the_page_of_a_course_shows_who_is_where_and_runs_nothing() {
    let test = ModuleTest::with_course().await;
    let ada = test.named_learner(0xb01, "<script>Ada</script>").await;
    test.complete(ada, 1).await.unwrap();
    for attempt in 1..=3 {
        test.grade(ada, 1, attempt, 3, false).await;
    }
    test.wait(Duration::days(40));
    let state = test.reports().state(&staff(), &course().into()).await;
    let state = state.unwrap();
    assert_eq!((state.at_low_risk, state.at_high_risk), (0, 1));
    let html = page::of(&state).unwrap();
    assert!(html.contains("&lt;script&gt;Ada") && !html.contains("<script"));
    assert!(
        !html.contains("http:")
            || html.matches("http:").count() == html.matches("xmlns=\"http:").count()
    );
    assert!(html.contains("<h1>Go from zero</h1>"));
    assert!(html.contains("1 (100%)"), "{html}");
    assert_eq!(html.matches("<svg role=\"img\"").count(), 2);
    assert!(!html.contains("style="), "the policy allows no other style");
}

#[tokio::test]
async fn the_policy_of_the_page_allows_its_style_and_no_other() {
    let test = ModuleTest::with_course().await;
    let state = test.reports().state(&staff(), &course().into()).await;
    let html = page::of(&state.unwrap()).unwrap();
    let style = html.split_once("<style>").unwrap().1;
    let style = style.split_once("</style>").unwrap().0;
    let hash = digest(&SHA256, style.as_bytes());
    let hash = format!("sha256-{}", BASE64_STANDARD.encode(hash));
    assert_eq!(STYLE_HASH, hash);
}

#[tokio::test]
async fn the_page_is_for_those_who_may_change_the_course() {
    let test = ModuleTest::with_course().await;
    *test.courses.admission.lock().unwrap() = Admission::default();
    let other = caller(STAFF, Role::Instructor);
    let refused = test.reports().state(&other, &course().into()).await;
    assert_eq!(refused.err().unwrap().code(), "progress.editor_required");
}

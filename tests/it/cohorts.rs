//! Cohorts over HTTP: what the staff does, what their members see, and what others do not.

use kernel::Role;
use serde_json::json;

use crate::support::AppTest;

const COURSE: &str = "/api/v1/progress/courses/go-from-zero";
const ID: &str = "01940000-0000-7000-8000-000000000001";

#[tokio::test(flavor = "multi_thread")]
async fn the_staff_groups_learners_who_see_their_cohort_and_its_board() {
    let app = AppTest::demo().await;
    app.settle().await;
    let (learner, teacher) = (app.log_in("learner").await, app.log_in("instructor").await);
    let eve = app.new_user("eve", &[Role::Student]).await;
    let wanted = json!({ "name": "Autumn", "starts_on": "2026-09-01", "ends_on": "2026-12-18" });
    let cohorts = format!("{COURSE}/cohorts");
    let refused = learner.post(&cohorts, wanted.clone()).await;
    refused.expect_problem(403, "auth.role_required");
    let cohort = teacher.post(&cohorts, wanted.clone()).await;
    let cohort = cohort.expect_status(201);
    let id = cohort["id"].as_str().expect("an id");
    let again = teacher.post(&cohorts, wanted).await;
    again.expect_problem(409, "progress.cohort_name_taken");
    let path = format!("/api/v1/progress/cohorts/{id}");
    let batch = format!("{path}/members/batch");
    let added = json!({ "add": ["LEARNER", "eve"] });
    let added = teacher.post(&batch, added).await.expect_status(200);
    assert_eq!(added["add"][0]["outcome"], "added");
    assert_eq!(added["add"][1]["outcome"], "not_enrolled");

    let board = format!("/api/v1/progress/leaderboards/cohort:{id}");
    learner.get(&board).await.expect_status(200);
    let hidden = eve.get(&board).await;
    hidden.expect_problem(404, "progress.cohort_not_found");
    teacher.get(&board).await.expect_status(200);
    let admin = app.log_in("admin").await;
    admin.get(&board).await.expect_status(200);
    let request = json!({ "course_id": ID, "learners": ["eve"], "cohort_id": id });
    let enrolled = teacher.post("/api/v1/progress/enrollments/batch", request);
    let enrolled = enrolled.await.expect_status(200);
    assert_eq!(enrolled["results"][0]["outcome"], "enrolled");
    eve.get(&board).await.expect_status(200);
    let mine = eve.get("/api/v1/progress/enrollments").await;
    let mine = mine.expect_status(200)["items"][0]["cohort"].clone();
    let shown =
        json!({ "id": id, "name": "Autumn", "starts_on": "2026-09-01", "ends_on": "2026-12-18" });
    assert_eq!(mine, shown);

    for list in ["learners", "gradebook"] {
        let list = format!("{COURSE}/{list}?cohort={id}&count=exact");
        let page = teacher.get(&list).await.expect_status(200);
        assert_eq!(page["page"]["total"], 2, "{list}");
    }
    let other = "01940000-0000-7000-8000-0000000000ff";
    let other = format!("{COURSE}/learners?cohort={other}");
    let nobody = teacher.get(&other).await;
    nobody.expect_problem(404, "progress.cohort_not_found");
    let stranger = app.new_user("oskar", &[Role::Instructor]).await;
    let refused = stranger.get(&format!("{path}/members")).await;
    refused.expect_problem(403, "progress.editor_required");
    teacher.delete(&path).await.expect_status(204);
    let gone = teacher.get(&path).await;
    gone.expect_problem(404, "progress.cohort_not_found");
}

//! Progress over HTTP.

use kernel::Role;
use reqwest::Method;
use serde_json::json;

use crate::support::AppTest;
use crate::support::client::send;

const COURSE: &str = "01940000-0000-7000-8000-000000000001";
const FIRST: &str = "/api/v1/progress/lessons/01940000-0000-7000-8000-000000000101";

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_enrolled_makes_no_progress() {
    let app = AppTest::demo().await;
    app.settle().await;
    let lena = app.learner().await;
    lena.touch(&format!("{FIRST}/complete"))
        .await
        .expect_problem(404, "progress.enrollment_required");
    let nowhere = json!({ "course_id": "01940000-0000-7000-8000-0000000000ff" });
    let answer = lena.post("/api/v1/progress/enrollments", nowhere).await;
    assert_eq!(answer.status, 404, "{}", answer.text);
    lena.post(
        "/api/v1/progress/enrollments",
        json!({ "course_id": COURSE }),
    )
    .await
    .expect_status(201);
    lena.touch(&format!("{FIRST}/complete"))
        .await
        .expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_completions_at_once_count_once() {
    let app = AppTest::demo().await;
    app.settle().await;
    let learner = app.log_in("learner").await;
    let path = format!("{FIRST}/complete");
    let tries = (0..50).map(|_| learner.touch(&path));
    for answer in futures::future::join_all(tries).await {
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
    app.settle().await;
    let overview = learner.get("/api/v1/progress").await.expect_status(200);
    assert_eq!(overview["totals"]["lessons"], 1);
    assert_eq!(overview["enrollments"][0]["done"], 1);
    let earned = learner
        .get("/api/v1/achievements/mine")
        .await
        .expect_status(200);
    assert_eq!(earned["items"].as_array().map(Vec::len), Some(1));
    let mismatches = app.progress().verify().await.expect("verified");
    assert!(mismatches.is_empty(), "{mismatches:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_enrollment_is_left_and_taken_up_again_with_its_credit() {
    let app = AppTest::demo().await;
    app.settle().await;
    let learner = app.log_in("learner").await;
    learner
        .touch(&format!("{FIRST}/complete"))
        .await
        .expect_status(200);
    let enrollment = "/api/v1/progress/enrollments/01940000-0000-7000-8000-000000000e01";
    learner.delete(enrollment).await.expect_status(204);
    learner
        .touch(&format!("{FIRST}/start"))
        .await
        .expect_problem(404, "progress.enrollment_required");
    let back = learner
        .post(
            "/api/v1/progress/enrollments",
            json!({ "course_id": COURSE }),
        )
        .await
        .expect_status(200);
    assert_eq!(back["done"], 1);
    assert_eq!(back["status"], "active");
}

#[tokio::test(flavor = "multi_thread")]
async fn others_enrollments_do_not_exist_and_private_learners_are_not_ranked() {
    let app = AppTest::demo().await;
    app.settle().await;
    let learner = app.log_in("learner").await;
    let eve = app.new_user("eve", &[Role::Student]).await;
    let enrollment = "/api/v1/progress/enrollments/01940000-0000-7000-8000-000000000e01";
    let answer = eve.get(enrollment).await;
    assert_eq!(answer.status, 404, "{}", answer.text);
    assert_eq!(eve.delete(enrollment).await.status, 404);
    learner
        .touch(&format!("{FIRST}/complete"))
        .await
        .expect_status(200);
    for scope in ["global".to_owned(), format!("course:{COURSE}")] {
        let board = eve
            .get(&format!(
                "/api/v1/progress/leaderboards/{scope}?period=week"
            ))
            .await
            .expect_status(200);
        assert_eq!(board["items"][0]["display_name"], "Lea Learner", "{board}");
        assert_eq!(board["items"][0]["me"], false);
    }
    let alias = json!({ "visible": true, "alias": "gopher" });
    learner
        .put("/api/v1/progress/leaderboards/me", alias)
        .await
        .expect_status(200);
    let board = eve
        .get("/api/v1/progress/leaderboards/global")
        .await
        .expect_status(200);
    assert_eq!(board["items"][0]["display_name"], "gopher");
    learner
        .put(
            "/api/v1/progress/leaderboards/me",
            json!({ "visible": false }),
        )
        .await
        .expect_status(200);
    let global = "/api/v1/progress/leaderboards/global";
    let board = eve.get(&format!("{global}?count=exact")).await;
    let board = board.expect_status(200);
    assert_eq!(board["items"], json!([]));
    assert_eq!(board["page"]["total"], 0);
    for path in [
        format!("{global}?count=exact"),
        format!("{global}?around=me&count=exact"),
    ] {
        let own = learner.get(&path).await.expect_status(200);
        assert_eq!(own["items"][0]["me"], true, "{own}");
        assert_eq!(own["items"][0]["rank"], 1, "{own}");
        assert_eq!(own["page"]["total"], 1, "{own}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_disabled_is_not_ranked_until_they_are_enabled() {
    let app = AppTest::demo().await;
    app.settle().await;
    let (admin, learner) = (app.admin().await, app.log_in("learner").await);
    learner
        .touch(&format!("{FIRST}/complete"))
        .await
        .expect_status(200);
    let me = learner.get("/api/v1/users/me").await.expect_status(200);
    let account = format!("/api/v1/users/{}", me["id"].as_str().expect("an id"));
    for (disabled, ranked) in [(true, 0), (false, 1)] {
        let change = json!({ "disabled": disabled });
        admin.patch(&account, change).await.expect_status(200);
        app.settle().await;
        let board = admin.get("/api/v1/progress/leaderboards/global").await;
        let board = board.expect_status(200);
        assert_eq!(
            board["items"].as_array().map(Vec::len),
            Some(ranked),
            "{board}"
        );
    }
    let mismatches = app.progress().verify().await.expect("verified");
    assert!(mismatches.is_empty(), "{mismatches:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_counts_is_explained() {
    let app = AppTest::demo().await;
    app.settle().await;
    let learner = app.log_in("learner").await;
    learner
        .touch(&format!("{FIRST}/complete"))
        .await
        .expect_status(200);
    let why = learner
        .get(&format!("/api/v1/progress/courses/{COURSE}/explain"))
        .await
        .expect_status(200);
    assert_eq!(why["lessons"].as_array().map(Vec::len), Some(5), "{why}");
    let next = learner
        .get("/api/v1/progress/next")
        .await
        .expect_status(200);
    assert_eq!(
        next["items"][0]["lesson_id"], "01940000-0000-7000-8000-000000000102",
        "{next}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn those_who_teach_see_their_learners_and_grade_them() {
    let app = AppTest::demo().await;
    app.settle().await;
    let (learner, teacher) = (app.log_in("learner").await, app.log_in("instructor").await);
    learner
        .touch(&format!("{FIRST}/complete"))
        .await
        .expect_status(200);
    app.settle().await;
    let course = "/api/v1/progress/courses/go-from-zero";
    let roster = teacher.get(&format!("{course}/learners")).await;
    let roster = roster.expect_status(200);
    assert_eq!(roster["items"][0]["done"], 1);
    assert_eq!(roster["items"][0]["risk"], "none");
    let who = roster["items"][0]["learner_id"].as_str().expect("an id");
    let seen = teacher.get(&format!("/api/v1/progress/users/{who}")).await;
    let seen = seen.expect_status(200);
    assert_eq!(seen["enrollments"][0]["enrollment"]["done"], 1);
    assert!(seen.get("totals").is_none(), "{seen}");
    let analytics = teacher.get(&format!("{course}/analytics")).await;
    let analytics = analytics.expect_status(200);
    assert_eq!(analytics["lessons"][0]["completed"], 1);
    let settings = format!("{course}/gradebook/settings");
    let exercise = "01940000-0000-7000-8000-000000020101";
    let grading = json!({ "categories": [
        { "name": "All", "weight": 100, "exercises": [exercise] },
    ] });
    let request = teacher.request(Method::PUT, &settings).json(&grading);
    send(request)
        .await
        .expect_problem(428, "request.if_match_required");
    for (version, status) in [("\"0\"", 200), ("\"0\"", 412), ("\"1\"", 200)] {
        let request = teacher.request(Method::PUT, &settings).json(&grading);
        let answer = send(request.header("If-Match", version)).await;
        assert_eq!(answer.status, status, "{}", answer.text);
    }
    let grade = format!("{course}/gradebook/{who}/{exercise}");
    teacher
        .put(&grade, json!({ "score": 5, "reason": "an oral exam" }))
        .await
        .expect_status(200);
    let mine = learner.get(&format!("{course}/grades")).await;
    let mine = mine.expect_status(200);
    assert_eq!(mine["grades"]["total_percent"], 50.0);
    assert_eq!(mine["changes"][0]["reason"], "an oral exam");
    teacher
        .delete(&format!("{grade}?reason=withdrawn"))
        .await
        .expect_status(204);
    let page = teacher.get(&format!("{course}/gradebook")).await;
    let page = page.expect_status(200);
    assert!(page["items"][0].get("total_percent").is_none(), "{page}");
    let other = app.new_user("oskar", &[Role::Instructor]).await;
    for path in ["learners", "analytics", "gradebook", "gradebook/settings"] {
        other
            .get(&format!("{course}/{path}"))
            .await
            .expect_problem(403, "progress.editor_required");
        learner
            .get(&format!("{course}/{path}"))
            .await
            .expect_problem(403, "auth.role_required");
    }
    other
        .get(&format!("/api/v1/progress/users/{who}"))
        .await
        .expect_problem(404, "progress.learner_not_found");
}

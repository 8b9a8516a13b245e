//! What stands in the files.

use chrono::Duration;
use serde_json::json;

use super::unpacked;
use crate::reports::service::PIECE;
use crate::tests::ModuleTest;

#[tokio::test]
async fn a_csv_file_opens_in_a_spreadsheet_and_holds_no_formula() {
    let test = ModuleTest::with_course().await;
    test.named_learner(0xb01, "=HYPERLINK(\"http://x\")").await;
    test.wait(Duration::seconds(1));
    test.named_learner(0xb02, "Zoë, \"Z\"").await;
    let content = test.written(json!({})).await;
    let text = String::from_utf8(content).unwrap();
    let text = text.strip_prefix('\u{FEFF}').unwrap();
    let lines: Vec<&str> = text.split_terminator("\r\n").collect();
    assert_eq!(lines.len(), 3, "{text}");
    assert!(lines[0].starts_with("Learner ID,Name,Status,Progress,"));
    assert!(lines[1].contains(",\"'=HYPERLINK(\"\"http://x\"\")\",active,not_started,1,0,3,0,0,,none,2026-11-02T10:00:00Z,,,"));
    assert!(lines[2].contains(",\"Zoë, \"\"Z\"\"\",active,"));
}

#[tokio::test]
async fn a_workbook_has_texts_numbers_and_moments_and_no_formula() {
    let test = ModuleTest::with_course().await;
    test.named_learner(0xb01, "=1+1").await;
    let content = test.written(json!({ "format": "xlsx" })).await;
    let sheet = unpacked(&content, "xl/worksheets/sheet1.xml");
    assert!(!sheet.contains("<f>"), "{sheet}");
    assert!(sheet.contains("<t>=1+1</t>"), "{sheet}");
    assert!(sheet.contains("<v>0</v>"), "{sheet}");
    assert_eq!(sheet.matches("<row ").count(), 2, "{sheet}");
}

#[tokio::test]
async fn each_kind_has_its_rows() {
    let test = ModuleTest::with_course().await;
    let ada = test.named_learner(0xb01, "Ada").await;
    test.wait(Duration::seconds(1));
    test.named_learner(0xb02, "Bob").await;
    test.complete(ada, 1).await.unwrap();
    test.grade(ada, 1, 1, 0, false).await;
    let roster = test.rows("roster").await;
    assert_eq!(roster.len(), 2);
    assert_eq!(roster[0]["display_name"], "Ada");
    assert_eq!(
        (&roster[0]["done"], &roster[0]["percent"]),
        (&json!(1), &json!(33))
    );
    assert_eq!(roster[0]["score_percent"], 0, "0 is 0");
    assert_eq!(roster[1].get("score_percent"), None, "nothing is nothing");
    let completion = test.rows("completion").await;
    assert_eq!(completion.len(), 6);
    assert_eq!(completion[0]["lesson_title"], "Lesson 1");
    let states: Vec<_> = completion.iter().map(|row| &row["progress"]).collect();
    assert_eq!(states[..2], ["completed", "not_started"]);
    let gradebook = test.rows("gradebook").await;
    let exercise = format!("exercise {}", crate::tests::exercise(1));
    assert_eq!(gradebook[0][&exercise], 0);
    assert_eq!(gradebook[0]["category Exercises"], json!(0.0));
    assert_eq!(gradebook[1].get(&exercise), None);
    let activity = test.rows("activity").await;
    let facts: Vec<_> = activity
        .iter()
        .map(|row| row["type"].as_str().unwrap())
        .collect();
    assert_eq!(facts.iter().filter(|fact| **fact == "enrolled").count(), 2);
    assert!(facts.contains(&"exercise_graded") && facts.contains(&"lesson_completed"));
    let numbers = activity.iter().filter(|row| row["display_name"] == "Ada");
    let numbers: Vec<_> = numbers.map(|row| row["number"].as_i64().unwrap()).collect();
    assert!(numbers.is_sorted(), "{numbers:?}");
}

#[tokio::test]
async fn days_narrow_a_report() {
    let test = ModuleTest::with_course().await;
    test.named_learner(0xb01, "Ada").await;
    test.wait(Duration::days(1));
    let bob = test.named_learner(0xb02, "Bob").await;
    test.wait(Duration::days(1));
    test.complete(bob, 1).await.unwrap();
    for (kind, from, to, count) in [
        ("roster", "2026-11-02", "2026-11-02", 1),
        ("gradebook", "2026-11-02", "2026-11-03", 2),
        ("completion", "2026-11-03", "2026-11-30", 3),
        ("activity", "2026-11-02", "2026-11-03", 2),
        ("roster", "2026-11-04", "2026-11-04", 0),
    ] {
        let wanted = json!({ "kind": kind, "format": "json", "from": from, "to": to });
        let content = test.written(wanted).await;
        let rows: Vec<serde_json::Value> = serde_json::from_slice(&content).unwrap();
        assert_eq!(rows.len(), count, "{kind} {from} {to}");
    }
}

#[tokio::test]
async fn a_part_of_a_report_is_the_same_wherever_its_pieces_end() {
    let test = ModuleTest::with_course().await;
    test.crowd(3000).await;
    let report = test.request(json!({ "format": "json" })).await.unwrap();
    assert!(test.write_report().await);
    let ready = test.report(report.id).await;
    assert_eq!((ready.rows_done, ready.rows_estimated), (3000, 3000));
    let whole = test.download(report.id).await;
    let rows: Vec<serde_json::Value> = serde_json::from_slice(&whole).unwrap();
    let mut ids: Vec<_> = rows
        .iter()
        .map(|row| row["learner_id"].to_string())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 3000, "each learner once");
    assert!(whole.len() > 2 * PIECE, "{}", whole.len());
    let content = test.reports().content(&super::staff(), report.id).await;
    let content = content.unwrap();
    let last = whole.len();
    for part in [PIECE - 3..PIECE + 3, 0..1, PIECE..2 * PIECE, last - 5..last] {
        let mut left = part.start as u64..part.end as u64;
        let mut read = Vec::new();
        while let Some(piece) = content.read(&mut left).await.unwrap() {
            read.extend(piece);
        }
        assert_eq!(read, whole[part.clone()], "{part:?}");
    }
}

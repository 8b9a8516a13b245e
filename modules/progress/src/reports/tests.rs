//! Reports from the request to the file.

mod cohort;
mod files;
mod jobs;
mod people;
mod state;

use std::io::{Cursor, Read};

use kernel::{Caller, Operation, ReportId, Role, UserId};
use serde_json::{Value, json};
use uuid::Uuid;

use super::service::Service;
use super::view::ReportView;
use crate::domain::ReportState;
use crate::error::Error;
use crate::tests::{ModuleTest, course, user};

/// Who requests reports.
const STAFF: u128 = 0xa02;

fn caller(number: u128, role: Role) -> Caller {
    Caller {
        user_id: user(number),
        session_id: Uuid::from_u128(1).into(),
        roles: vec![role].into(),
        scope: String::new(),
    }
}

fn staff() -> Caller {
    caller(STAFF, Role::Admin)
}

impl ModuleTest {
    fn reports(&self) -> &Service {
        &self.progress.reports
    }

    async fn request(&self, wanted: Value) -> Result<ReportView, Error> {
        let mut request = json!({ "course_id": course(), "kind": "roster", "format": "csv" });
        for (name, value) in wanted.as_object().unwrap() {
            request[name] = value.clone();
        }
        let request = serde_json::from_value(request).unwrap();
        let created = self
            .reports()
            .create(&staff(), &request, &Operation::system("test"))
            .await;
        Ok(created?.value)
    }

    async fn write_report(&self) -> bool {
        self.reports()
            .write_due(&std::env::temp_dir())
            .await
            .unwrap()
    }

    async fn report(&self, id: ReportId) -> ReportView {
        self.reports().find(&staff(), id).await.unwrap()
    }

    async fn download(&self, id: ReportId) -> Vec<u8> {
        let content = self.reports().content(&staff(), id).await.unwrap();
        let mut part = 0..content.length;
        let mut whole = Vec::new();
        while let Some(piece) = content.read(&mut part).await.unwrap() {
            whole.extend(piece);
        }
        whole
    }

    /// The content of a report that is requested and written now.
    async fn written(&self, wanted: Value) -> Vec<u8> {
        let report = self.request(wanted).await.unwrap();
        assert!(self.write_report().await);
        let ready = self.report(report.id).await;
        assert_eq!(ready.state, ReportState::Ready, "{ready:?}");
        let content = self.download(report.id).await;
        assert_eq!(u64::try_from(ready.bytes).unwrap(), content.len() as u64);
        self.reports().delete(&staff(), report.id).await.unwrap();
        content
    }

    async fn rows(&self, kind: &str) -> Vec<Value> {
        let content = self
            .written(json!({ "kind": kind, "format": "json" }))
            .await;
        serde_json::from_slice(&content).unwrap()
    }

    async fn named_learner(&self, number: u128, name: &str) -> UserId {
        let learner = user(number);
        self.register(learner, name, "UTC").await;
        self.enroll(learner).await;
        learner
    }
}

/// A file of a workbook.
fn unpacked(workbook: &[u8], name: &str) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(workbook)).unwrap();
    let mut text = String::new();
    let mut file = archive.by_name(name).unwrap();
    file.read_to_string(&mut text).unwrap();
    text
}

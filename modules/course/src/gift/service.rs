//! Creating exercises from a file in GIFT, and writing one.

use std::time::Duration;

use contracts::course_ref::CourseRef;
use database::{Database, idempotency};
use kernel::{Caller, Env, FieldFault, LessonId, Operation, Outcome};
use rest::Lane;
use serde_json::Value;

use super::block::blocks;
use super::reading::read;
use super::request::GiftImport;
use super::view::{GiftExercise, GiftExport, GiftImported, GiftLeftOut, GiftRemark};
use super::writing;
use crate::authoring::{self, CreateExercise, courses, exercises, lessons};
use crate::domain::Need;
use crate::domain::bounds::MAX_EXERCISES;
use crate::error::Error;

/// How long a file may take.
const DEADLINE: Duration = Duration::from_secs(10);
/// How many remarks are told at once.
const MAX_REMARKS: usize = 1000;
/// How many faults are told at once.
const MAX_FAULTS: usize = 100;

/// Exercises in GIFT.
#[derive(Clone)]
pub(crate) struct Service {
    database: Database,
    env: Env,
    authoring: authoring::Service,
    lane: Lane,
}

/// The exercises of a file, each with its line, and what is not taken over.
type Parsed = (Vec<(usize, CreateExercise)>, Vec<GiftRemark>);

impl Service {
    pub(crate) fn new(database: Database, env: Env, authoring: authoring::Service) -> Self {
        Self {
            database,
            env,
            authoring,
            lane: Lane::beside_requests(DEADLINE),
        }
    }

    /// Creates the exercises of a file in a lesson, all of them or none.
    pub(crate) async fn import(
        &self,
        caller: &Caller,
        operation: &Operation,
        lesson: LessonId,
        request: GiftImport,
    ) -> Result<Outcome<GiftImported>, Error> {
        let (now, db) = (self.env.now(), self.database.read());
        if let Some(first) = idempotency::peek(db, now, operation).await? {
            return Ok(first);
        }
        let course = self.authoring.course_of_lesson(lesson).await?;
        self.require_editor(caller, &course).await?;
        let dry_run = request.dry_run;
        let (read, remarks) = self.lane.run(move || parse(&request)).await??;
        for (line, exercise) in &read {
            let checked = self.authoring.check_markdown(exercise).await;
            checked.map_err(|error| at_line(*line, error))?;
        }
        let txn = self.database.begin().await?;
        if let Some(first) = idempotency::replay(&txn, now, operation).await? {
            return Ok(first);
        }
        let opened = self.authoring.open_lesson(&txn, caller, &course, lesson);
        let (course, lesson) = opened.await?;
        let mut exercises = Vec::new();
        for (line, new) in read {
            let added = self.authoring.add_exercise(&txn, operation, &lesson, new);
            let added = added.await.map_err(|error| at_line(line, error))?;
            exercises.push(GiftExercise {
                line,
                id: (!dry_run).then_some(added.id),
                kind: added.body.question.kind().word().to_owned(),
                title: added.body.title,
            });
        }
        self.authoring.check_size(&txn, course.id).await?;
        let done = GiftImported {
            exercises,
            remarks,
            dry_run,
        };
        if dry_run {
            return Ok(Outcome::fresh(done));
        }
        courses::touch(&txn, course.id, now).await?;
        let kept = idempotency::keep(&txn, operation, done).await?;
        txn.commit().await?;
        Ok(kept)
    }

    /// Before the file is parsed, which is expensive; once more in the transaction, because it may change meanwhile.
    async fn require_editor(&self, caller: &Caller, course: &CourseRef) -> Result<(), Error> {
        let db = self.database.read();
        let required = async {
            let course = self.authoring.find(db, course).await?;
            self.authoring
                .require(db, caller, &course, Need::Edit)
                .await
        };
        let required = required.await;
        required.map_err(|error| error.hiding("lesson"))
    }

    /// The exercises of a draft as a file.
    pub(crate) async fn export(
        &self,
        caller: &Caller,
        course: &CourseRef,
    ) -> Result<GiftExport, Error> {
        let db = self.database.read();
        let course = self.authoring.find(db, course).await?;
        self.authoring
            .require(db, caller, &course, Need::Read)
            .await?;
        let lessons = lessons::list(db, course.id).await?;
        let exercises = exercises::list(db, course.id).await?;
        let write = move || {
            let (mut text, mut left_out) = (String::new(), Vec::new());
            for lesson in &lessons {
                let of_lesson = exercises.iter().filter(|one| one.lesson_id == lesson.id);
                let mut of_lesson = of_lesson.peekable();
                if of_lesson.peek().is_some() {
                    text.push_str(&writing::category(&lesson.body.title));
                }
                for exercise in of_lesson {
                    let written = writing::write(&exercise.body);
                    text.push_str(&written.text);
                    if !written.lacks.is_empty() {
                        left_out.push(GiftLeftOut {
                            exercise_id: exercise.id,
                            title: exercise.body.title.clone(),
                            message: written.lacks.join("; "),
                        });
                    }
                }
            }
            GiftExport { text, left_out }
        };
        Ok(self.lane.run(write).await?)
    }
}

fn parse(request: &GiftImport) -> Result<Parsed, Error> {
    let (blocks, mut remarks) = blocks(&request.text);
    let (mut exercises, mut faults) = (Vec::new(), Vec::new());
    for block in &blocks {
        if faults.len() >= MAX_FAULTS {
            break;
        }
        if exercises.len() > MAX_EXERCISES {
            return Err(Error::TooMany("exercises in a lesson", MAX_EXERCISES));
        }
        let line = block.line;
        let read = match read(block, request.points) {
            Ok(read) => read,
            Err(message) => {
                faults.push(fault(line, "gift", &message));
                continue;
            }
        };
        remarks.extend(read.remarks);
        let Some(exercise) = read.exercise else {
            continue;
        };
        match typed(&exercise) {
            Ok(exercise) => exercises.push((line, exercise)),
            Err(of_schema) => faults.extend(
                of_schema
                    .iter()
                    .map(|one| fault(line, &one.code, &place(one))),
            ),
        }
    }
    if faults.is_empty() && exercises.is_empty() {
        let nothing = "has no question; write what is asked and the answers in braces, such as: Is 1 odd? { TRUE }";
        return Err(Error::field("/text", "gift", nothing));
    }
    remarks.sort_by_key(|remark| remark.line);
    remarks.truncate(MAX_REMARKS);
    match faults.is_empty() {
        true => Ok((exercises, remarks)),
        false => Err(faults.into()),
    }
}

fn typed(exercise: &Value) -> Result<CreateExercise, Vec<FieldFault>> {
    let faults = rest::schema_faults::<CreateExercise>(exercise);
    if !faults.is_empty() {
        return Err(faults);
    }
    let typed = serde_json::from_value(exercise.clone());
    typed.map_err(|error| vec![FieldFault::new("", "gift", error.to_string())])
}

fn place(fault: &FieldFault) -> String {
    format!(
        "{} {}",
        fault.pointer.trim_start_matches('/'),
        fault.message
    )
}

fn fault(line: usize, code: &str, message: &str) -> FieldFault {
    FieldFault::new("/text", code, format!("line {line}: {message}"))
}

/// What is wrong with a question, at its line.
fn at_line(line: usize, error: Error) -> Error {
    match error {
        Error::Invalid(code, faults) => {
            let told = faults.iter();
            let told = told.map(|one| fault(line, &one.code, &place(one)));
            Error::Invalid(code, told.collect())
        }
        other => other,
    }
}

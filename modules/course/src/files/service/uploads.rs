//! Courses that instructors send and fetch.

use std::fs::File;

use contracts::course_ref::CourseRef;
use database::idempotency;
use kernel::{Caller, FieldFault, Operation, Outcome};

use super::{Importer, Service};
use crate::assets::{Scratch, drafts, of_disk};
use crate::authoring::{CourseRecord, exercises, lessons, sections};
use crate::domain::Need;
use crate::error::Error;
use crate::files::check::parse;
use crate::files::export::course_file;
use crate::files::request::ImportOptions;
use crate::files::tree::{CourseTree, under};
use crate::files::view::CourseImport;
use crate::files::{CourseFiles, ImportFault, ParsedCourse, export};

impl Service {
    pub(crate) async fn import_tree(
        &self,
        caller: &Caller,
        operation: &Operation,
        tree: CourseTree,
        options: ImportOptions,
    ) -> Result<Outcome<CourseImport>, Error> {
        self.pages.check(tree.markdown()).await?;
        let parsed = self.lane.run(move || tree.parsed()).await??;
        let imported = self.import_parsed(caller, operation, parsed, options);
        // Nothing but the course itself names what only the database knows: its prerequisites.
        imported.await.map_err(|error| match error {
            Error::Invalid(code, faults) => Error::Invalid(code, under("/course", faults)),
            other => other,
        })
    }

    pub(crate) async fn import_zip(
        &self,
        caller: &Caller,
        operation: &Operation,
        bytes: Vec<u8>,
        options: ImportOptions,
    ) -> Result<Outcome<CourseImport>, Error> {
        let read = move || {
            let files = CourseFiles::from_zip(&bytes);
            let files = files.map_err(|why| vec![FieldFault::new("", "archive", why)])?;
            parse(&files).map_err(|faults| faults.into_iter().map(of_file).collect())
        };
        let parsed: Result<ParsedCourse, Vec<FieldFault>> = self.lane.run(read).await?;
        self.import_parsed(caller, operation, parsed?, options)
            .await
    }

    async fn import_parsed(
        &self,
        caller: &Caller,
        operation: &Operation,
        parsed: ParsedCourse,
        options: ImportOptions,
    ) -> Result<Outcome<CourseImport>, Error> {
        let (now, db) = (self.env.now(), self.database.read());
        if let Some(first) = idempotency::peek(db, now, operation).await? {
            return Ok(first);
        }
        let dry_run = options.dry_run.unwrap_or(false);
        let by = Importer::Instructor(caller);
        let kept = self.keep(&parsed, by, dry_run).await?;
        let imported = self.import_uploaded(by, operation, parsed, options).await;
        let former = match &imported {
            Ok((_, former)) => former.clone(),
            Err(_) => Vec::new(),
        };
        self.assets.release(kept, former).await;
        Ok(imported?.0)
    }

    /// What was imported, and the content that the draft had before.
    async fn import_uploaded(
        &self,
        by: Importer<'_>,
        operation: &Operation,
        parsed: ParsedCourse,
        options: ImportOptions,
    ) -> Result<(Outcome<CourseImport>, Vec<String>), Error> {
        let dry_run = options.dry_run.unwrap_or(false);
        let publish = options.publish.unwrap_or(false);
        let (parsed, publish) = self.prepared(parsed, publish).await?;
        let _place = self.drafts.enter().await?;
        let txn = self.database.begin().await?;
        let now = self.env.now();
        if let Some(first) = idempotency::replay(&txn, now, operation).await? {
            return Ok((first, Vec::new()));
        }
        let (_, mut report) = self
            .import_in(&txn, &parsed, by, operation, publish)
            .await?;
        let former = std::mem::take(&mut report.former);
        let done = CourseImport::new(report, dry_run);
        if dry_run {
            let tried = Outcome {
                value: done,
                replayed: false,
            };
            return Ok((tried, Vec::new()));
        }
        let kept = idempotency::keep(&txn, operation, done).await?;
        txn.commit().await?;
        Ok((kept, former))
    }

    pub(crate) async fn export_tree(
        &self,
        caller: &Caller,
        course: &CourseRef,
    ) -> Result<CourseTree, Error> {
        let course = self.open_to_read(caller, course).await?;
        let db = self.database.read();
        let sections = sections::list(db, course.id).await?;
        let lessons = lessons::list(db, course.id).await?;
        let exercises = exercises::list(db, course.id).await?;
        let course = course_file(db, course).await?;
        let tree = move || CourseTree::of_draft(course, sections, &lessons, &exercises);
        Ok(self.lane.run(tree).await?)
    }

    /// The slug, and the archive, which lies on the disk because assets may be large.
    pub(crate) async fn export_zip(
        &self,
        caller: &Caller,
        course: &CourseRef,
    ) -> Result<(String, Scratch), Error> {
        let course = self.open_to_read(caller, course).await?;
        let files = export(&self.database, &course.id.into()).await?;
        let scratch = self.assets.scratch_of_export(caller.user_id)?;
        let path = scratch.path().to_owned();
        let begin = move || files.pack(File::create_new(path)?);
        let mut packing = self.lane.run(begin).await?.map_err(of_disk)?;
        for asset in drafts::list(self.database.read(), course.id).await? {
            let bytes = self.assets.read(&asset).await?;
            let add = move || packing.add_asset(&asset.name, &bytes).map(|()| packing);
            packing = self.lane.run(add).await?.map_err(of_disk)?;
        }
        let finish = move || packing.finish();
        self.lane.run(finish).await?.map_err(of_disk)?;
        Ok((course.slug, scratch))
    }

    async fn open_to_read(
        &self,
        caller: &Caller,
        course: &CourseRef,
    ) -> Result<CourseRecord, Error> {
        let db = self.database.read();
        let course = self.authoring.find(db, course).await?;
        self.authoring
            .require(db, caller, &course, Need::Read)
            .await?;
        Ok(course)
    }
}

/// A fault of a file of an archive.
fn of_file(fault: ImportFault) -> FieldFault {
    let escaped = fault.file.replace('~', "~0").replace('/', "~1");
    let message = format!("line {}: {}", fault.line, fault.message);
    FieldFault::new(format!("/{escaped}"), "file", message)
}

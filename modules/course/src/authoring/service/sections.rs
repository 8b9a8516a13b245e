//! The sections of a draft.

use contracts::course_ref::CourseRef;
use database::{Transaction, idempotency};
use kernel::{Caller, Expected, Operation, Outcome, SectionId};

use super::Service;
use crate::authoring::request::{ChangeSection, CreateSection};
use crate::authoring::store::{self, CourseRecord, SectionRecord};
use crate::authoring::view::SectionView;
use crate::domain::bounds::MAX_SECTIONS;
use crate::domain::{Checked, Need, SectionBody, free_key, moved, next_position};
use crate::error::Error;

impl Service {
    pub(crate) async fn create_section(
        &self,
        caller: &Caller,
        operation: &Operation,
        course: &CourseRef,
        new: CreateSection,
    ) -> Result<Outcome<SectionView>, Error> {
        let txn = self.database.begin().await?;
        let now = self.env.now();
        if let Some(first) = idempotency::replay(&txn, now, operation).await? {
            return Ok(first);
        }
        let course = self.open(&txn, caller, course, Need::Edit).await?;
        let section = self.add_section(&txn, &course, new).await?;
        self.check_size(&txn, course.id).await?;
        store::courses::touch(&txn, course.id, now).await?;
        self.publish_update(&txn, operation, &course).await?;
        let kept = idempotency::keep(&txn, operation, SectionView::from(section)).await?;
        txn.commit().await?;
        Ok(kept)
    }

    pub(super) async fn add_section(
        &self,
        txn: &Transaction,
        course: &CourseRecord,
        new: CreateSection,
    ) -> Result<SectionRecord, Error> {
        let body = SectionBody {
            title: new.title,
            summary: new.summary,
        };
        let body = body.checked()?;
        let others = store::sections::list(txn, course.id).await?;
        if others.len() >= MAX_SECTIONS {
            return Err(Error::TooMany("sections", MAX_SECTIONS));
        }
        let taken = others.iter().map(|other| other.key.as_str()).collect();
        let section = SectionRecord {
            id: self.env.id(),
            course_id: course.id,
            position: next_position(others.iter().map(|other| other.position)),
            key: free_key(&body.title, "section", &taken),
            body,
            version: 1,
        };
        store::sections::insert(txn, &section).await?;
        Ok(section)
    }

    pub(crate) async fn update_section(
        &self,
        caller: &Caller,
        operation: &Operation,
        course: &CourseRef,
        section: SectionId,
        expected: &Expected,
        change: ChangeSection,
    ) -> Result<SectionView, Error> {
        let txn = self.database.begin().await?;
        let course = self.open(&txn, caller, course, Need::Edit).await?;
        let section = find_in(&txn, &course, section).await?;
        expected.check(section.version)?;
        let (section, is_changed) = self.change_section(&txn, &course, section, change).await?;
        if is_changed {
            self.check_size(&txn, course.id).await?;
            store::courses::touch(&txn, course.id, self.env.now()).await?;
            self.publish_update(&txn, operation, &course).await?;
            txn.commit().await?;
        }
        Ok(section.into())
    }

    /// The section as it is then, and whether that is something else.
    pub(super) async fn change_section(
        &self,
        txn: &Transaction,
        course: &CourseRecord,
        mut section: SectionRecord,
        change: ChangeSection,
    ) -> Result<(SectionRecord, bool), Error> {
        let position = change.position;
        let before = section.body.clone();
        change.apply(&mut section.body);
        section.body = section.body.checked()?;
        if section.body == before && position.is_none() {
            return Ok((section, false));
        }
        section.version += 1;
        store::sections::save(txn, &section).await?;
        if let Some(position) = position {
            place(txn, course, &mut section, position).await?;
        }
        Ok((section, true))
    }

    pub(crate) async fn delete_section(
        &self,
        caller: &Caller,
        operation: &Operation,
        course: &CourseRef,
        section: SectionId,
        expected: &Expected,
    ) -> Result<(), Error> {
        let txn = self.database.begin().await?;
        let course = self.open(&txn, caller, course, Need::Edit).await?;
        let section = find_in(&txn, &course, section).await?;
        expected.check(section.version)?;
        self.remove_section(&txn, &section).await?;
        store::courses::touch(&txn, course.id, self.env.now()).await?;
        self.publish_update(&txn, operation, &course).await?;
        Ok(txn.commit().await?)
    }

    pub(super) async fn remove_section(
        &self,
        txn: &Transaction,
        section: &SectionRecord,
    ) -> Result<(), Error> {
        if !store::lessons::heads_in(txn, section.id).await?.is_empty() {
            return Err(Error::SectionNotEmpty);
        }
        store::sections::delete(txn, section.id).await
    }
}

pub(super) async fn find_in(
    txn: &Transaction,
    course: &CourseRecord,
    section: SectionId,
) -> Result<SectionRecord, Error> {
    let found = store::sections::find(txn, section).await?;
    found
        .filter(|section| section.course_id == course.id)
        .ok_or(Error::NotFound("section"))
}

async fn place(
    txn: &Transaction,
    course: &CourseRecord,
    section: &mut SectionRecord,
    position: i32,
) -> Result<(), Error> {
    let all = store::sections::list(txn, course.id).await?;
    let from = all.iter().position(|one| one.id == section.id);
    let ordered = moved(all, from.unwrap_or(usize::MAX), position);
    for (position, mut one) in (1..).zip(ordered) {
        if one.id == section.id {
            section.position = position;
        }
        if one.position != position {
            one.position = position;
            store::sections::save(txn, &one).await?;
        }
    }
    Ok(())
}

//! The sections of a draft.

use database::idempotency;
use kernel::{Expected, Operation, Outcome, SectionId};
use rest::Caller;
use sea_orm::ConnectionTrait;

use super::structure::{Checked, MAX_SECTIONS, free_key, moved, next_position};
use super::{Need, Service};
use crate::Error;
use crate::command::{ChangeSection, CreateSection};
use crate::content::SectionBody;
use crate::reference::CourseRef;
use crate::store;
use crate::store::courses::CourseRecord;
use crate::store::sections::SectionRecord;
use crate::view::SectionView;

impl Service {
    pub(crate) async fn add_section(
        &self,
        caller: &Caller,
        operation: &Operation,
        course: &CourseRef,
        new: CreateSection,
    ) -> Result<Outcome<SectionView>, Error> {
        let txn = self.database.begin().await?;
        let now = self.ambient.now();
        if let Some(first) = idempotency::replay(&*txn, now, operation).await? {
            return Ok(first);
        }
        let course = self.open(&*txn, caller, course, Need::Edit).await?;
        let body = SectionBody {
            title: new.title,
            summary: new.summary,
        };
        let section = self
            .insert_section(&*txn, &course, None, None, body.checked()?)
            .await?;
        self.tell_update(&*txn, operation, &course).await?;
        let kept = idempotency::keep(&*txn, operation, SectionView::from(section)).await?;
        txn.commit().await?;
        Ok(kept)
    }

    /// Appends a section to a draft.
    pub(super) async fn insert_section(
        &self,
        txn: &impl ConnectionTrait,
        course: &CourseRecord,
        id: Option<SectionId>,
        key: Option<String>,
        body: SectionBody,
    ) -> Result<SectionRecord, Error> {
        let others = store::sections::list_of(txn, course.id).await?;
        if others.len() >= MAX_SECTIONS {
            return Err(Error::TooMany("sections", MAX_SECTIONS));
        }
        let taken = others.iter().map(|other| other.key.as_str());
        let section = SectionRecord {
            id: id.unwrap_or_else(|| self.ambient.id()),
            course_id: course.id,
            position: next_position(others.iter().map(|other| other.position)),
            key: key.unwrap_or_else(|| free_key(&body.title, "section", taken)),
            body,
            version: 1,
        };
        store::sections::insert(txn, &section).await?;
        Ok(section)
    }

    pub(crate) async fn change_section(
        &self,
        caller: &Caller,
        operation: &Operation,
        course: &CourseRef,
        section: SectionId,
        expected: &Expected,
        change: ChangeSection,
    ) -> Result<SectionView, Error> {
        let txn = self.database.begin().await?;
        let course = self.open(&*txn, caller, course, Need::Edit).await?;
        let mut section = find_in(&*txn, &course, section).await?;
        expected.check(section.version)?;
        let position = change.position;
        let before = section.body.clone();
        change.apply(&mut section.body);
        section.body = section.body.checked()?;
        if section.body == before && position.is_none() {
            return Ok(section.into());
        }
        section.version += 1;
        store::sections::save(&*txn, &section).await?;
        if let Some(position) = position {
            place(&*txn, &course, &mut section, position).await?;
        }
        self.tell_update(&*txn, operation, &course).await?;
        txn.commit().await?;
        Ok(section.into())
    }

    pub(crate) async fn remove_section(
        &self,
        caller: &Caller,
        operation: &Operation,
        course: &CourseRef,
        section: SectionId,
        expected: &Expected,
    ) -> Result<(), Error> {
        let txn = self.database.begin().await?;
        let course = self.open(&*txn, caller, course, Need::Edit).await?;
        let section = find_in(&*txn, &course, section).await?;
        expected.check(section.version)?;
        if !store::lessons::list_in(&*txn, section.id).await?.is_empty() {
            return Err(Error::SectionNotEmpty);
        }
        store::sections::delete(&*txn, section.id).await?;
        self.tell_update(&*txn, operation, &course).await?;
        Ok(txn.commit().await?)
    }
}

pub(super) async fn find_in(
    txn: &impl ConnectionTrait,
    course: &CourseRecord,
    section: SectionId,
) -> Result<SectionRecord, Error> {
    let found = store::sections::find(txn, section).await?;
    found
        .filter(|section| section.course_id == course.id)
        .ok_or(Error::NotFound("section"))
}

async fn place(
    txn: &impl ConnectionTrait,
    course: &CourseRecord,
    section: &mut SectionRecord,
    position: i32,
) -> Result<(), Error> {
    let all = store::sections::list_of(txn, course.id).await?;
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

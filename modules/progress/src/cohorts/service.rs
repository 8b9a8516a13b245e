//! Cohorts of courses, and who may see and change them.

mod membership;

use std::sync::Arc;

use contracts::course_ref::CourseRef;
use contracts::user::UserApi;
use database::{Database, idempotency};
use kernel::{
    Caller, CohortId, CourseId, Env, Expected, FieldFault, Operation, Outcome, Page, PageRequest,
    text,
};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::LockType;

use super::request::{CreateCohort, UpdateCohort};
use super::store::{definitions, members};
use super::view::CohortView;
use crate::domain::{Cohort, MAX_COHORTS};
use crate::error::{CohortError, Error};
use crate::outlines;

/// Cohorts of courses.
#[derive(Clone)]
pub(crate) struct Service {
    database: Database,
    env: Env,
    users: Arc<dyn UserApi>,
    outlines: outlines::Service,
}

impl Service {
    pub(crate) fn new(
        database: Database,
        env: Env,
        users: Arc<dyn UserApi>,
        outlines: outlines::Service,
    ) -> Self {
        Self {
            database,
            env,
            users,
            outlines,
        }
    }

    /// The cohorts of a course.
    pub(crate) async fn list(
        &self,
        caller: &Caller,
        course: &CourseRef,
        page_request: &PageRequest,
    ) -> Result<Page<CohortView>, Error> {
        let db = self.database.read();
        let course = self.outlines.find_for_editor(db, caller, course).await?;
        let page = definitions::list(db, course, page_request).await?;
        let ids: Vec<CohortId> = page.items.iter().map(|one| one.id).collect();
        let counted = members::count_each(db, &ids).await?;
        Ok(page.map(|one| {
            let count = counted.get(&one.id).copied().unwrap_or(0);
            CohortView::of(one, count)
        }))
    }

    pub(crate) async fn find(&self, caller: &Caller, id: CohortId) -> Result<CohortView, Error> {
        let found = self.find_for_editor(caller, id).await?;
        let count = members::count(self.database.read(), id).await?;
        Ok(CohortView::of(found, count))
    }

    pub(crate) async fn create(
        &self,
        caller: &Caller,
        course: &CourseRef,
        request: &CreateCohort,
        operation: &Operation,
    ) -> Result<Outcome<CohortView>, Error> {
        let db = self.database.read();
        let course = self.outlines.find_for_editor(db, caller, course).await?;
        let wanted = Cohort {
            id: self.env.id(),
            course,
            name: text::clean(&request.name),
            starts_on: request.starts_on,
            ends_on: request.ends_on,
            revision: 1,
            created_at: self.env.now(),
        };
        check(&wanted)?;
        let wanted = &wanted;
        database::retry_transaction(move || async move {
            let txn = self.database.begin_private().await?;
            let now = operation.moment(self.env.now());
            if let Some(first) = idempotency::replay(&txn, now, operation).await? {
                return Ok(first);
            }
            // One after the other, so that there are never more than there can be, nor two with one name.
            outlines::lock(&txn, course, LockType::NoKeyUpdate).await?;
            if definitions::count(&txn, course).await? >= MAX_COHORTS {
                return Err(CohortError::TooManyCohorts.into());
            }
            check_name(&txn, wanted).await?;
            definitions::insert(&txn, wanted).await?;
            let view = CohortView::of(wanted.clone(), 0);
            let kept = idempotency::keep(&txn, operation, view).await?;
            txn.commit().await?;
            Ok(kept)
        })
        .await
    }

    pub(crate) async fn update(
        &self,
        caller: &Caller,
        id: CohortId,
        expected: &Expected,
        request: &UpdateCohort,
    ) -> Result<CohortView, Error> {
        let course = self.find_for_editor(caller, id).await?.course;
        database::retry_transaction(move || async move {
            let txn = self.database.begin_private().await?;
            outlines::lock(&txn, course, LockType::NoKeyUpdate).await?;
            let found = definitions::lock(&txn, id).await?;
            let found = found.ok_or(CohortError::CohortNotFound)?;
            expected.check(found.revision)?;
            let mut changed = Cohort {
                name: match &request.name {
                    Some(name) => text::clean(name),
                    None => found.name.clone(),
                },
                starts_on: request.starts_on.unwrap_or(found.starts_on),
                ends_on: request.ends_on.unwrap_or(found.ends_on),
                ..found.clone()
            };
            check(&changed)?;
            if changed != found {
                check_name(&txn, &changed).await?;
                changed.revision += 1;
                definitions::update(&txn, &changed).await?;
            }
            let count = members::count(&txn, id).await?;
            txn.commit().await?;
            Ok(CohortView::of(changed, count))
        })
        .await
    }

    /// Deletes a cohort. Its members stay in the course.
    pub(crate) async fn delete(
        &self,
        caller: &Caller,
        id: CohortId,
        expected: &Expected,
    ) -> Result<(), Error> {
        self.find_for_editor(caller, id).await?;
        database::retry_transaction(move || async move {
            let txn = self.database.begin_private().await?;
            let found = definitions::lock(&txn, id).await?;
            let found = found.ok_or(CohortError::CohortNotFound)?;
            expected.check(found.revision)?;
            members::delete_all(&txn, id).await?;
            definitions::delete(&txn, id).await?;
            Ok(txn.commit().await?)
        })
        .await
    }

    /// The cohort, when the caller may change its course. It does not exist for those for whom its course does not.
    async fn find_for_editor(&self, caller: &Caller, id: CohortId) -> Result<Cohort, Error> {
        let db = self.database.read();
        let found = definitions::find(db, id).await?;
        let found = found.ok_or(CohortError::CohortNotFound)?;
        let at = CourseRef::Id(found.course);
        match self.outlines.find_for_editor(db, caller, &at).await {
            Ok(_) => Ok(found),
            Err(Error::CourseNotFound) => Err(CohortError::CohortNotFound.into()),
            Err(error) => Err(error),
        }
    }
}

/// # Errors
/// [`CohortError::CohortNotFound`] when a course has no such cohort.
pub(crate) async fn require(
    db: &impl ConnectionTrait,
    course: CourseId,
    cohort: CohortId,
) -> Result<(), Error> {
    match exists(db, course, cohort).await? {
        true => Ok(()),
        false => Err(CohortError::CohortNotFound.into()),
    }
}

/// Whether a course has a cohort.
pub(crate) async fn exists(
    db: &impl ConnectionTrait,
    course: CourseId,
    cohort: CohortId,
) -> Result<bool, Error> {
    let found = definitions::find(db, cohort).await?;
    Ok(found.is_some_and(|found| found.course == course))
}

fn check(cohort: &Cohort) -> Result<(), Error> {
    let mut faults = Vec::new();
    if cohort.name.is_empty() {
        faults.push(FieldFault::new("/name", "blank", "must not be blank"));
    }
    if let (Some(first), Some(last)) = (cohort.starts_on, cohort.ends_on)
        && last < first
    {
        let message = "must not be before starts_on";
        faults.push(FieldFault::new("/ends_on", "range", message));
    }
    match faults.is_empty() {
        true => Ok(()),
        false => Err(CohortError::CohortInvalid(faults).into()),
    }
}

/// That no other cohort of the course has the name.
async fn check_name(db: &impl ConnectionTrait, wanted: &Cohort) -> Result<(), Error> {
    let folded = text::fold(&wanted.name);
    let known = definitions::list_names(db, wanted.course).await?;
    let mut others = known.iter().filter(|(id, _)| *id != wanted.id);
    match others.any(|(_, name)| text::fold(name) == folded) {
        true => Err(CohortError::CohortNameTaken.into()),
        false => Ok(()),
    }
}

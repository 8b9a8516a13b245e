//! Which courses have to be completed before a course.

use std::collections::HashMap;

use contracts::course_ref::CourseRef;
use database::Transaction;
use kernel::{Caller, CourseId, FieldFault};
use sea_orm::ConnectionTrait;

use super::Service;
use crate::authoring::store::{self, CourseHead, CourseRecord};
use crate::authoring::view::Prerequisite;
use crate::domain::{Status, none_of};
use crate::error::Error;

impl Service {
    /// The courses that are named as prerequisites of a course, which may stand as `known` before. What it requires
    /// already is not asked again; anything else has to be a published course that the caller may know of.
    ///
    /// # Errors
    /// Every name that does not fit, with its place.
    pub(crate) async fn find_prerequisites(
        &self,
        db: &impl ConnectionTrait,
        caller: Option<&Caller>,
        named: &[CourseRef],
        known: Option<&CourseRecord>,
    ) -> Result<Vec<CourseId>, Error> {
        let (mut found, mut faults) = (Vec::new(), Vec::new());
        for (index, name) in named.iter().enumerate() {
            let head = store::heads::find(db, name).await?;
            let mut refuse = |code, message| {
                let at = format!("/prerequisites/{index}");
                faults.push(FieldFault::new(at, code, message));
            };
            let Some(head) = head else {
                refuse("course_not_found", NOT_FOUND);
                continue;
            };
            let required = known.is_some_and(|known| known.body.prerequisites.contains(&head.id));
            if known.is_some_and(|known| known.id == head.id) {
                refuse("own_course", "must be another course than this one");
            } else if found.contains(&head.id) {
                refuse("duplicate", "must differ from the others");
            } else if !required && !self.may_require(db, caller, &head).await? {
                refuse("course_not_found", NOT_FOUND);
            } else if !required && head.status == Status::Archived {
                refuse(
                    "course_archived",
                    "is archived, so that nobody could complete it; name another course",
                );
            }
            found.push(head.id);
        }
        none_of(faults)?;
        Ok(found)
    }

    /// Nobody completes what was never published, and what others may not know of is not shown as a prerequisite.
    async fn may_require(
        &self,
        db: &impl ConnectionTrait,
        caller: Option<&Caller>,
        head: &CourseHead,
    ) -> Result<bool, Error> {
        let Some(terms) = &head.terms else {
            return Ok(false);
        };
        match caller {
            Some(caller) if terms.is_invite_only() => {
                let role = self.role_of(db, caller, head.id).await?;
                Ok(role.is_staff())
            }
            _ => Ok(true),
        }
    }

    /// Refuses prerequisites by which a course would require itself. What a draft requires and what its newest version
    /// requires counts alike, so that no order of publishing closes a circle.
    ///
    /// # Errors
    /// [`Error::PrerequisiteCycle`] with the slugs on the way.
    pub(crate) async fn require_no_cycle(
        &self,
        txn: &Transaction,
        course: &CourseRecord,
        wanted: &[CourseId],
    ) -> Result<(), Error> {
        let known = &course.body.prerequisites;
        if wanted.iter().all(|id| known.contains(id)) {
            return Ok(());
        }
        // Two changes at once could close a circle of which neither sees the other half.
        store::heads::lock_prerequisites(txn).await?;
        let mut before: HashMap<CourseId, CourseId> = HashMap::new();
        let mut front = wanted.to_vec();
        while !front.is_empty() {
            let mut next = Vec::new();
            for (from, required) in store::heads::prerequisites_of(txn, &front).await? {
                for id in required {
                    if id == course.id {
                        return Err(cycle(txn, course.id, from, &before).await?);
                    }
                    if !wanted.contains(&id) && !before.contains_key(&id) {
                        before.insert(id, from);
                        next.push(id);
                    }
                }
            }
            front = next;
        }
        Ok(())
    }

    /// The courses as a view shows them, in this order.
    pub(crate) async fn prerequisites(
        &self,
        db: &impl ConnectionTrait,
        ids: &[CourseId],
    ) -> Result<Vec<Prerequisite>, Error> {
        let heads = store::heads::list(db, ids).await?;
        let shown = ids.iter().filter_map(|id| {
            let head = heads.iter().find(|head| head.id == *id)?;
            Some(Prerequisite {
                course_id: *id,
                slug: head.slug.clone(),
                title: head.terms.as_ref()?.title.clone(),
            })
        });
        Ok(shown.collect())
    }
}

const NOT_FOUND: &str =
    "must be a published course that you may see; find courses with GET /api/v1/courses";

/// The circle that would lead from `course` by way of `last` back to it.
async fn cycle(
    txn: &Transaction,
    course: CourseId,
    last: CourseId,
    before: &HashMap<CourseId, CourseId>,
) -> Result<Error, Error> {
    let mut ids = vec![course, last];
    while let Some(id) = ids.last().and_then(|id| before.get(id)) {
        ids.push(*id);
    }
    ids.push(course);
    ids.reverse();
    let heads = store::heads::list(txn, &ids).await?;
    let slugs = ids.iter().filter_map(|id| {
        let head = heads.iter().find(|head| head.id == *id)?;
        Some(head.slug.clone())
    });
    Ok(Error::PrerequisiteCycle(slugs.collect()))
}

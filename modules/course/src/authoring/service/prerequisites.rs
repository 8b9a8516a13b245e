//! Which courses have to be completed before a course.

use std::collections::HashMap;

use contracts::course_ref::CourseRef;
use database::Transaction;
use kernel::{Caller, CourseId, FieldFault};
use sea_orm::ConnectionTrait;

use super::Service;
use crate::authoring::store::{self, CourseHead, CourseRecord};
use crate::authoring::view::Prerequisite;
use crate::domain::{CourseBody, Status, Terms, Visibility, none_of};
use crate::error::Error;

/// The course for which prerequisites are named.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Requiring<'c> {
    /// Absent when it does not exist yet.
    pub(crate) id: Option<CourseId>,
    pub(crate) visibility: Visibility,
    /// What it requires already, or what it is made of requires.
    pub(crate) already: &'c [CourseId],
}

impl Service {
    /// The courses that are named as prerequisites of a course. What it requires already is not asked again; anything
    /// else has to be a published course that the caller may know of.
    ///
    /// # Errors
    /// Every name that does not fit, with its place.
    pub(crate) async fn find_prerequisites(
        &self,
        db: &impl ConnectionTrait,
        caller: Option<&Caller>,
        named: &[CourseRef],
        course: Requiring<'_>,
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
            let required = course.already.contains(&head.id);
            if course.id == Some(head.id) {
                refuse("own_course", "must be another course than this one");
            } else if found.contains(&head.id) {
                refuse("duplicate", "must differ from the others");
            } else if !required && !self.may_require(db, caller, &head).await? {
                refuse("course_not_found", NOT_FOUND);
            } else if !required && is_secret_of(&head, course.visibility) {
                refuse(
                    "course_invite_only",
                    "takes in only those who were invited, so only a course with the visibility invite can require it; name another course",
                );
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
    /// [`Error::PrerequisiteCycle`] with the slugs of `course` and of what leads back to it.
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

    /// The courses as a view shows them to the staff of the course that requires them, in this order.
    pub(crate) async fn prerequisites(
        &self,
        db: &impl ConnectionTrait,
        ids: &[CourseId],
    ) -> Result<Vec<Prerequisite>, Error> {
        prerequisites(db, ids, Visibility::Invite).await
    }

    /// The courses that `body` requires as a view shows them to everybody.
    pub(crate) async fn public_prerequisites(
        &self,
        db: &impl ConnectionTrait,
        body: &CourseBody,
    ) -> Result<Vec<Prerequisite>, Error> {
        prerequisites(db, &body.prerequisites, body.visibility).await
    }
}

/// Whether the course is by invitation and one of this visibility would tell everybody of it.
fn is_secret_of(head: &CourseHead, visibility: Visibility) -> bool {
    let invite_only = head.terms.as_ref().is_some_and(Terms::is_invite_only);
    invite_only && visibility != Visibility::Invite
}

/// The courses that one of this visibility names.
async fn prerequisites(
    db: &impl ConnectionTrait,
    ids: &[CourseId],
    visibility: Visibility,
) -> Result<Vec<Prerequisite>, Error> {
    let heads = store::heads::list(db, ids).await?;
    let shown = ids.iter().filter_map(|id| {
        let head = heads.iter().find(|head| head.id == *id)?;
        if is_secret_of(head, visibility) {
            return None;
        }
        Some(Prerequisite {
            course_id: *id,
            slug: head.slug.clone(),
            title: head.terms.as_ref()?.title.clone(),
        })
    });
    Ok(shown.collect())
}

const NOT_FOUND: &str =
    "must be a published course that you may see; find courses with GET /api/v1/courses";

/// The circle that would lead from `course` by way of `last` back to it. What is on the way is named no further than
/// the caller has named it, who may not know of the rest.
async fn cycle(
    txn: &Transaction,
    course: CourseId,
    last: CourseId,
    before: &HashMap<CourseId, CourseId>,
) -> Result<Error, Error> {
    let mut named = last;
    while let Some(id) = before.get(&named) {
        named = *id;
    }
    let heads = store::heads::list(txn, &[course, named]).await?;
    let slug = |id| {
        let head = heads.iter().find(|head| head.id == id)?;
        Some(head.slug.clone())
    };
    let between = (named != last).then(|| "…".to_owned());
    let way = [slug(course), slug(named), between, slug(course)];
    Ok(Error::PrerequisiteCycle(
        way.into_iter().flatten().collect(),
    ))
}

//! Who works on a course.

use contracts::course_ref::CourseRef;
use database::Transaction;
use kernel::{Caller, CourseId, Expected, Key, Operation, Page, PageRequest, Role, UserId};

use super::Service;
use crate::authoring::request::PutStaff;
use crate::authoring::store::{self, StaffRecord};
use crate::authoring::view::StaffView;
use crate::domain::bounds::MAX_STAFF;
use crate::domain::{Need, StaffRole, paging};
use crate::error::Error;

impl Service {
    pub(crate) async fn list_staff(
        &self,
        caller: &Caller,
        course: &CourseRef,
        page_request: &PageRequest,
    ) -> Result<Page<StaffView>, Error> {
        let db = self.database.read();
        let course = self.find(db, course).await?;
        self.require(db, caller, &course, Need::Read).await?;
        let staff = store::staff::list(db, &[course.id]).await?;
        let names = self
            .names(staff.iter().map(|one| one.user_id).collect())
            .await;
        let views = staff
            .into_iter()
            .map(|one| StaffView {
                display_name: names.get(&one.user_id).cloned(),
                user_id: one.user_id,
                role: one.role,
                accepted: one.accepted,
                since: one.since,
            })
            .collect();
        Ok(paging::page(views, page_request, |one: &StaffView| {
            vec![Key::Time(one.since), Key::Id(one.user_id.uuid())]
        }))
    }

    /// The member as they are now, and the new version of the course. Whoever puts their own role again accepts it.
    pub(crate) async fn put_staff(
        &self,
        caller: &Caller,
        operation: &Operation,
        course: &CourseRef,
        expected: &Expected,
        user: UserId,
        PutStaff { role }: PutStaff,
    ) -> Result<(StaffView, i64), Error> {
        // What is wrong with a user is shown to nobody but the course's owner.
        let db = self.database.read();
        let found = self.find(db, course).await?;
        let present = store::staff::find(db, found.id, user).await?;
        let accepts = caller.user_id == user && present.is_some_and(|one| one.role == role);
        let need = if accepts { Need::Read } else { Need::Own };
        self.require(db, caller, &found, need).await?;
        let known = self.users.find_users(&[user]).await?;
        let known = known.into_iter().find(|one| one.id == user);
        let known = known.ok_or(Error::NotFound("user"))?;
        if !known.active {
            return Err(Error::Inactive);
        }
        if !known.teaches {
            return Err(Error::NotInstructor);
        }
        let txn = self.database.begin().await?;
        let mut course = self.open(&txn, caller, course, need).await?;
        expected.check(course.version)?;
        let before = store::staff::find(&txn, course.id, user).await?;
        if accepts && before.as_ref().is_none_or(|before| before.role != role) {
            return Err(Error::Moved);
        }
        let since = before
            .as_ref()
            .map_or_else(|| self.env.now(), |one| one.since);
        let owned = before.as_ref().is_some_and(StaffRecord::is_owner);
        let had_accepted = before.is_some_and(|one| one.accepted);
        let staff = StaffRecord {
            course_id: course.id,
            user_id: user,
            role,
            // Whoever becomes an owner answers for more than they have accepted.
            accepted: caller.user_id == user
                || caller.has(Role::Admin)
                || (had_accepted && (owned || role != StaffRole::Owner)),
            since,
        };
        if staff.is_owner() && !owned {
            self.check_room_for_course(&txn, user).await?;
        }
        store::staff::upsert(&txn, &staff).await?;
        check_number(&txn, course.id).await?;
        keeps_owner(&txn, course.id).await?;
        self.save_course(&txn, operation, &mut course).await?;
        txn.commit().await?;
        let view = StaffView {
            user_id: user,
            display_name: Some(known.display_name),
            role,
            accepted: staff.accepted,
            since,
        };
        Ok((view, course.version))
    }

    /// The operator puts a user on the staff who is not on it yet.
    pub(crate) async fn add_assistant(
        &self,
        course: CourseId,
        user: UserId,
        operation: &Operation,
    ) -> Result<(), Error> {
        let txn = self.database.begin().await?;
        let mut course = self.find(&txn, &course.into()).await?;
        if store::staff::find(&txn, course.id, user).await?.is_some() {
            return Ok(());
        }
        let staff = StaffRecord {
            course_id: course.id,
            user_id: user,
            role: StaffRole::Assistant,
            accepted: true,
            since: self.env.now(),
        };
        store::staff::upsert(&txn, &staff).await?;
        check_number(&txn, course.id).await?;
        self.save_course(&txn, operation, &mut course).await?;
        Ok(txn.commit().await?)
    }

    pub(crate) async fn delete_staff(
        &self,
        caller: &Caller,
        operation: &Operation,
        course: &CourseRef,
        expected: &Expected,
        user: UserId,
    ) -> Result<(), Error> {
        let txn = self.database.begin().await?;
        let mut course = self.open(&txn, caller, course, Need::Own).await?;
        expected.check(course.version)?;
        let found = store::staff::find(&txn, course.id, user).await?;
        found.ok_or(Error::NotFound("member of the staff"))?;
        store::staff::delete(&txn, course.id, user).await?;
        keeps_owner(&txn, course.id).await?;
        self.save_course(&txn, operation, &mut course).await?;
        Ok(txn.commit().await?)
    }
}

async fn check_number(txn: &Transaction, course: CourseId) -> Result<(), Error> {
    let staff = store::staff::list(txn, &[course]).await?;
    match staff.len() > MAX_STAFF {
        true => Err(Error::TooMany("members on its staff", MAX_STAFF)),
        false => Ok(()),
    }
}

async fn keeps_owner(txn: &Transaction, course: CourseId) -> Result<(), Error> {
    let staff = store::staff::list(txn, &[course]).await?;
    if staff.iter().any(StaffRecord::is_owner) {
        Ok(())
    } else {
        Err(Error::LastOwner)
    }
}

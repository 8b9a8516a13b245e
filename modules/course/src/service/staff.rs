//! Who works on a course.

use kernel::{CourseId, Expected, Key, Operation, Page, Slice, UserId};
use rest::Caller;
use sea_orm::ConnectionTrait;

use super::{Need, Service, paging, policy};
use crate::Error;
use crate::content::StaffRole;
use crate::reference::CourseRef;
use crate::store;
use crate::store::staff::StaffRecord;
use crate::view::StaffView;

impl Service {
    pub(crate) async fn staff(
        &self,
        caller: &Caller,
        course: &CourseRef,
        slice: &Slice,
    ) -> Result<(Page<StaffView>, i64), Error> {
        let db = self.database.read();
        let course = store::courses::find(db, course).await?;
        let course = course.ok_or(Error::NotFound("course"))?;
        let standing = self.standing(db, caller, course.id).await?;
        policy::check(&course, standing, Need::Read)?;
        let staff = store::staff::list_of(db, &[course.id]).await?;
        let names = self
            .names(staff.iter().map(|one| one.user_id).collect())
            .await;
        let views = staff
            .into_iter()
            .map(|one| StaffView {
                display_name: names.get(&one.user_id).cloned(),
                user_id: one.user_id,
                role: one.role,
                since: one.since,
            })
            .collect();
        let page = paging::page(views, slice, |one: &StaffView| {
            vec![Key::Time(one.since), Key::Id(one.user_id.uuid())]
        });
        Ok((page, course.version))
    }

    pub(crate) async fn put_staff(
        &self,
        caller: &Caller,
        operation: &Operation,
        course: &CourseRef,
        expected: &Expected,
        person: UserId,
        role: StaffRole,
    ) -> Result<(StaffView, i64), Error> {
        // What is wrong with a person is told to nobody but the course's owner.
        let db = self.database.read();
        let found = store::courses::find(db, course).await?;
        let found = found.ok_or(Error::NotFound("course"))?;
        let standing = self.standing(db, caller, found.id).await?;
        policy::check(&found, standing, Need::Own)?;
        let known = self.users.people(&[person]).await?;
        let known = known.into_iter().find(|one| one.id == person);
        let known = known.ok_or(Error::NotFound("person"))?;
        if !known.active {
            return Err(Error::Inactive);
        }
        if !known.teaches {
            return Err(Error::TeachesNot);
        }
        let txn = self.database.begin().await?;
        let mut course = self.open(&*txn, caller, course, Need::Own).await?;
        expected.check(course.version)?;
        let before = store::staff::find(&*txn, course.id, person).await?;
        let since = before.map_or_else(|| self.ambient.now(), |before| before.since);
        let staff = StaffRecord {
            course_id: course.id,
            user_id: person,
            role,
            since,
        };
        store::staff::put(&*txn, &staff).await?;
        keeps_owner(&*txn, course.id).await?;
        self.save_course(&*txn, operation, &mut course).await?;
        txn.commit().await?;
        let view = StaffView {
            user_id: person,
            display_name: Some(known.display_name),
            role,
            since,
        };
        Ok((view, course.version))
    }

    /// The operator puts a person on the staff who is not on it yet.
    pub(crate) async fn add_assistant(
        &self,
        course: CourseId,
        person: UserId,
        operation: &Operation,
    ) -> Result<(), Error> {
        let txn = self.database.begin().await?;
        let found = store::courses::find(&*txn, &CourseRef::Id(course)).await?;
        let mut course = found.ok_or(Error::NotFound("course"))?;
        if store::staff::find(&*txn, course.id, person)
            .await?
            .is_some()
        {
            return Ok(());
        }
        let staff = StaffRecord {
            course_id: course.id,
            user_id: person,
            role: StaffRole::Assistant,
            since: self.ambient.now(),
        };
        store::staff::put(&*txn, &staff).await?;
        self.save_course(&*txn, operation, &mut course).await?;
        Ok(txn.commit().await?)
    }

    pub(crate) async fn remove_staff(
        &self,
        caller: &Caller,
        operation: &Operation,
        course: &CourseRef,
        expected: &Expected,
        person: UserId,
    ) -> Result<(), Error> {
        let txn = self.database.begin().await?;
        let mut course = self.open(&*txn, caller, course, Need::Own).await?;
        expected.check(course.version)?;
        let found = store::staff::find(&*txn, course.id, person).await?;
        found.ok_or(Error::NotFound("person on the staff"))?;
        store::staff::delete(&*txn, course.id, person).await?;
        keeps_owner(&*txn, course.id).await?;
        self.save_course(&*txn, operation, &mut course).await?;
        Ok(txn.commit().await?)
    }
}

async fn keeps_owner(txn: &impl ConnectionTrait, course: CourseId) -> Result<(), Error> {
    let staff = store::staff::list_of(txn, &[course]).await?;
    if staff.iter().any(|one| one.role == StaffRole::Owner) {
        Ok(())
    } else {
        Err(Error::LastOwner)
    }
}

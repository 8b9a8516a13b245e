//! Publishing at a time that was set before: once, whichever process comes first.

use chrono::{DateTime, TimeDelta, Utc};
use contracts::course::CoursePublishFailed;
use contracts::course_ref::CourseRef;
use kernel::{Caller, CourseId, FieldFault, Operation};

use super::Service;
use super::publish::Publishing;
use crate::authoring::{courses, staff};
use crate::domain::{MODULE, Need, StaffRole, Status};
use crate::error::Error;
use crate::publishing::request::ScheduleCourse;
use crate::publishing::store::schedules::{self, ScheduleRecord};
use crate::publishing::view::ScheduleView;

/// Nobody plans a course further ahead.
const FARTHEST: TimeDelta = TimeDelta::days(366);

impl Service {
    pub(crate) async fn schedule(
        &self,
        caller: &Caller,
        course: &CourseRef,
        new: ScheduleCourse,
    ) -> Result<ScheduleView, Error> {
        let txn = self.database.begin_private().await?;
        let opened = self.authoring.open(&txn, caller, course, Need::Edit);
        let course = opened.await?;
        let now = self.env.now();
        if new.publish_at <= now || new.publish_at > now + FARTHEST {
            let message = "must be in the future, within a year; to publish now, POST /api/v1/courses/{course}/publish";
            return Err(vec![FieldFault::new("/publish_at", "not_in_range", message)].into());
        }
        if course.status == Status::Archived {
            return Err(Error::Archived);
        }
        let schedule = ScheduleRecord {
            course_id: course.id,
            publish_at: new.publish_at,
            change_notes: new.change_notes,
            scheduled_by: caller.user_id,
            failure: None,
        };
        schedules::upsert(&txn, &schedule).await?;
        txn.commit().await?;
        Ok(schedule.into())
    }

    pub(crate) async fn find_schedule(
        &self,
        caller: &Caller,
        course: &CourseRef,
    ) -> Result<ScheduleView, Error> {
        let db = self.database.read();
        let course = self.authoring.find(db, course).await?;
        self.authoring
            .require(db, caller, &course, Need::Read)
            .await?;
        let found = schedules::find(db, course.id).await?;
        let found = found.ok_or(Error::NotFound("schedule of this course"))?;
        Ok(found.into())
    }

    pub(crate) async fn cancel_schedule(
        &self,
        caller: &Caller,
        course: &CourseRef,
    ) -> Result<(), Error> {
        let txn = self.database.begin_private().await?;
        let opened = self.authoring.open(&txn, caller, course, Need::Edit);
        let course = opened.await?;
        if !schedules::delete(&txn, course.id).await? {
            return Err(Error::NotFound("schedule of this course"));
        }
        Ok(txn.commit().await?)
    }

    /// Publishes every draft whose time has come; returns how many there were. One that fails holds up no other.
    pub(crate) async fn publish_due(&self) -> Result<u64, Error> {
        let mut published = 0;
        let due = schedules::due(self.database.read(), self.env.now()).await?;
        for (course, publish_at) in due {
            match self.publish_scheduled(course).await {
                Ok(true) => published += 1,
                Ok(false) => {}
                Err(error) if is_of_draft(&error) => {
                    self.fail_schedule((course, publish_at), &error).await?;
                }
                Err(error) => {
                    tracing::warn!(%course, %error, "a scheduled course was not published; trying it again");
                }
            }
        }
        Ok(published)
    }

    /// Keeps why a draft was not published, and tells who can do something about it.
    async fn fail_schedule(
        &self,
        (course, publish_at): (CourseId, DateTime<Utc>),
        error: &Error,
    ) -> Result<(), Error> {
        let reason = failure(course, error);
        let txn = self.database.begin_private().await?;
        if !schedules::fail(&txn, (course, publish_at), &reason).await? {
            return Ok(());
        }
        let schedule = schedules::find(&txn, course).await?;
        let found = courses::find(&txn, &course.into()).await?;
        let (Some(schedule), Some(found)) = (schedule, found) else {
            return Ok(());
        };
        let mut recipients = vec![schedule.scheduled_by];
        if matches!(error, Error::SchedulerLeft) {
            let members = staff::list(&txn, &[course]).await?.into_iter();
            let owners = members.filter(|member| member.role == StaffRole::Owner);
            recipients = owners.map(|member| member.user_id).collect();
        }
        let operation = Operation::system("scheduled publish");
        for recipient_id in recipients {
            let event = CoursePublishFailed {
                course_id: course,
                course_title: found.body.title.clone(),
                recipient_id,
                reason: reason.clone(),
            };
            bus::append(&txn, &self.env, &operation, MODULE, &event).await?;
        }
        Ok(txn.commit().await?)
    }

    /// Whether this process published it.
    async fn publish_scheduled(&self, id: CourseId) -> Result<bool, Error> {
        let Some(planned) = schedules::find(self.database.read(), id).await? else {
            return Ok(false);
        };
        // They may have left the staff or lost their role since.
        let roles = self.authoring.roles_now(planned.scheduled_by).await?;
        let reference = id.into();
        let seen = self.authoring.find(self.database.read(), &reference);
        let seen = seen.await?;
        let prepared = self.prepare_draft(&seen).await?;
        let txn = self.database.begin().await?;
        // Who holds the course first publishes it, which takes the schedule away.
        let course = courses::find_for_change(&txn, &reference).await?;
        let schedule = schedules::find(&txn, id).await?;
        let (Some(mut course), Some(schedule)) = (course, schedule) else {
            return Ok(false);
        };
        let is_due = schedule.failure.is_none() && schedule.publish_at <= self.env.now();
        // A draft that was changed meanwhile is read again the next time.
        let is_same =
            schedule.scheduled_by == planned.scheduled_by && course.version == seen.version;
        if !is_due || !is_same {
            return Ok(false);
        }
        let scheduler = (schedule.scheduled_by, &roles);
        let role = self.authoring.role_with(&txn, scheduler, id).await?;
        role.require(Need::Edit, true)
            .map_err(|_| Error::SchedulerLeft)?;
        let operation = Operation::system("scheduled publish").by(schedule.scheduled_by);
        let new = Publishing {
            notes: schedule.change_notes,
            publisher: schedule.scheduled_by,
            prepared,
        };
        self.publish_draft(&txn, &operation, &mut course, new)
            .await?;
        txn.commit().await?;
        Ok(true)
    }
}

/// Whether it comes of what the draft is, and would come again.
fn is_of_draft(error: &Error) -> bool {
    matches!(
        error,
        Error::NothingToPublish(_)
            | Error::Incomplete(_)
            | Error::Unchanged(_)
            | Error::TooManyVersions(_)
            | Error::Archived
            | Error::SchedulerLeft
    )
}

/// Why, in words for the staff, with the course where the texts of errors have a placeholder for it.
fn failure(course: CourseId, error: &Error) -> String {
    match error {
        Error::Incomplete(faults) => {
            let faults = faults.iter().take(5).map(|fault| fault.message.as_str());
            faults.collect::<Vec<_>>().join("; ")
        }
        other => other.to_string().replace("{course}", &course.to_string()),
    }
}

//! The use cases of invitations.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use contracts::course_ref::CourseRef;
use database::{Database, idempotency};
use kernel::{
    Caller, CourseId, Env, InvitationId, Key, Operation, Outcome, Page, PageRequest, UserId,
};

use super::request::CreateCourseInvitation;
use super::store::invitations::InvitationRecord;
use super::store::{invitations, redemptions};
use super::view::InvitationView;
use crate::authoring;
use crate::domain::bounds::MAX_INVITATIONS;
use crate::domain::{Need, paging};
use crate::error::Error;

const YEAR: TimeDelta = TimeDelta::days(366);

/// Who is invited to which course.
#[derive(Clone)]
pub(crate) struct Service {
    database: Database,
    env: Env,
    authoring: authoring::Service,
}

impl Service {
    pub(crate) fn new(database: Database, env: Env, authoring: authoring::Service) -> Self {
        Self {
            database,
            env,
            authoring,
        }
    }

    pub(crate) async fn list(
        &self,
        caller: &Caller,
        course: &CourseRef,
        page_request: &PageRequest,
    ) -> Result<Page<InvitationView>, Error> {
        let db = self.database.read();
        let course = self.authoring.find(db, course).await?;
        let may = self.authoring.require(db, caller, &course, Need::Read);
        may.await?;
        let found = invitations::list(db, course.id).await?;
        let page = paging::page(found, page_request, |one| {
            vec![Key::Time(one.created_at), Key::Id(one.id.uuid())]
        });
        Ok(page.map(InvitationView::from))
    }

    pub(crate) async fn create(
        &self,
        caller: &Caller,
        operation: &Operation,
        course: &CourseRef,
        new: CreateCourseInvitation,
    ) -> Result<Outcome<InvitationView>, Error> {
        let txn = self.database.begin_private().await?;
        let now = self.env.now();
        if let Some(first) = idempotency::replay(&txn, now, operation).await? {
            return Ok(first);
        }
        let opened = self.authoring.open(&txn, caller, course, Need::Edit);
        let course = opened.await?;
        if new
            .expires_at
            .is_some_and(|at| at <= now || at > now + YEAR)
        {
            let message = "must be in the future, within a year";
            return Err(Error::field("/expires_at", "not_in_range", message));
        }
        if invitations::count(&txn, course.id).await? >= MAX_INVITATIONS {
            let most = usize::try_from(MAX_INVITATIONS).unwrap_or(usize::MAX);
            return Err(Error::TooMany("invitations", most));
        }
        let code = BASE64_URL_SAFE_NO_PAD.encode(self.env.bytes::<32>());
        let invitation = InvitationRecord {
            id: self.env.id(),
            course_id: course.id,
            name: kernel::text::clean(&new.name),
            max_uses: new.max_uses,
            uses: 0,
            expires_at: new.expires_at,
            created_by: Some(caller.user_id),
            created_at: now,
        };
        invitations::insert(&txn, &invitation, hash(&code)).await?;
        // A replay must not give the code out again, so it is kept without it.
        let view = InvitationView::from(invitation);
        let kept = idempotency::keep(&txn, operation, view).await?;
        txn.commit().await?;
        Ok(kept.map(|view| InvitationView {
            code: Some(code),
            ..view
        }))
    }

    pub(crate) async fn revoke(
        &self,
        caller: &Caller,
        course: &CourseRef,
        invitation: InvitationId,
    ) -> Result<(), Error> {
        let txn = self.database.begin_private().await?;
        let opened = self.authoring.open(&txn, caller, course, Need::Edit);
        let course = opened.await?;
        match invitations::delete(&txn, course.id, invitation).await? {
            0 => Err(Error::NotFound("invitation to this course")),
            _ => Ok(txn.commit().await?),
        }
    }

    /// Lets a user into a course by a code, and says whether they are in now. One user takes one place, however often
    /// and by whatever codes they come.
    pub(crate) async fn redeem(
        &self,
        course: CourseId,
        user: UserId,
        code: &str,
    ) -> Result<bool, Error> {
        let txn = self.database.begin_private().await?;
        if redemptions::exists(&txn, course, user).await? {
            return Ok(true);
        }
        let found = invitations::find_by_code(&txn, course, hash(code)).await?;
        let Some(invitation) = found else {
            return Ok(false);
        };
        let now = self.env.now();
        if invitation.expires_at.is_some_and(|at| at <= now) {
            return Err(Error::InvitationExpired);
        }
        // Of two requests of one user at once, the second one finds the row of the first.
        if redemptions::insert(&txn, course, user, invitation.id, now).await? == 0 {
            return Ok(true);
        }
        if invitations::take_place(&txn, invitation.id).await? == 0 {
            return Err(Error::InvitationUsedUp);
        }
        txn.commit().await?;
        Ok(true)
    }
}

fn hash(code: &str) -> Vec<u8> {
    digest(&SHA256, code.as_bytes()).as_ref().to_vec()
}

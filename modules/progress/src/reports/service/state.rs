//! The state of a course, put together for its page.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use contracts::course_ref::CourseRef;
use kernel::{Caller, PageRequest};

use super::Service;
use crate::analytics::CourseAnalytics;
use crate::domain::{EnrollmentStatus, Risk, RosterOrder};
use crate::error::Error;
use crate::outlines;
use crate::reports::store::enrolled;
use crate::roster::{CourseLearner, RosterFilter};

/// How many learners at risk are named.
const NAMED: u64 = 20;

/// What the page of a course shows.
pub(crate) struct CourseState {
    pub(crate) title: String,
    pub(crate) slug: String,
    pub(crate) made_at: DateTime<Utc>,
    pub(crate) analytics: CourseAnalytics,
    /// Of all versions.
    pub(crate) enrolled: BTreeMap<NaiveDate, i64>,
    pub(crate) at_low_risk: u64,
    pub(crate) at_high_risk: u64,
    /// Some of those at high risk, the longest away first, and then of those at low risk.
    pub(crate) at_risk: Vec<CourseLearner>,
}

impl Service {
    /// The state of the newest version of a course, for whoever may change it.
    pub(crate) async fn state(
        &self,
        caller: &Caller,
        course: &CourseRef,
    ) -> Result<CourseState, Error> {
        let analytics = self.analytics.analyze(caller, course, None).await?;
        let db = self.database.read();
        let id = analytics.course_id;
        let outline = self.outlines.get(db, id, analytics.version).await?;
        let known = outlines::find_course(db, id).await?;
        let enrolled = enrolled::count_days(db, id).await?;
        let (mut at_risk, at_high_risk) = self.at_risk(caller, course, Risk::High).await?;
        let (low, at_low_risk) = self.at_risk(caller, course, Risk::Low).await?;
        at_risk.extend(low);
        at_risk.truncate(usize::try_from(NAMED).unwrap_or(usize::MAX));
        Ok(CourseState {
            title: outline.title.clone(),
            slug: known.map_or_else(|| outline.slug.clone(), |known| known.slug),
            made_at: self.env.now(),
            analytics,
            enrolled,
            at_low_risk,
            at_high_risk,
            at_risk,
        })
    }

    async fn at_risk(
        &self,
        caller: &Caller,
        course: &CourseRef,
        risk: Risk,
    ) -> Result<(Vec<CourseLearner>, u64), Error> {
        let filter = RosterFilter {
            status: Some(EnrollmentStatus::Active),
            risk: Some(risk),
            sort: Some(RosterOrder::LastActivity),
            ..RosterFilter::default()
        };
        let first = PageRequest {
            count: true,
            ..PageRequest::first(NAMED)
        };
        let page = self.roster.list(caller, course, &filter, &first).await?;
        Ok((page.items, page.total.unwrap_or(0)))
    }
}

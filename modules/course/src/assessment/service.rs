//! Answers and the attempts that an exercise allows.

mod attempts;
mod drawn;
mod grading;
mod hand_in;
mod limits;
mod mistakes;
mod submit;
mod turns;

pub(crate) use drawn::drawn;
pub(crate) use turns::Turn;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use database::Database;
use kernel::{Caller, Env, ExerciseId, Page, PageRequest, Role, SubmissionId, UserId};
use limits::{Limits, limits};
use sea_orm::ConnectionTrait;

use super::request::{ListExerciseSubmissions, ListSubmissions, ReadSubmission};
use super::store;
use super::store::{Claim, SubmissionRecord, Wanted};
use super::view::{SubmissionSummary, SubmissionView};
use crate::authoring::CourseRecord;
use crate::domain::question::readable;
use crate::domain::{Ids, SubmissionState, paging};
use crate::error::Error;
use crate::markdown::{AssetLinks, Pages};
use crate::publishing::{EditionQuery, VersionExercise};
use crate::{authoring, enrollments, publishing};

/// Grades answers and shows what came of them.
#[derive(Clone)]
pub(crate) struct Service {
    database: Database,
    env: Env,
    authoring: authoring::Service,
    publishing: publishing::Service,
    pages: Pages,
}

impl Service {
    pub(crate) fn new(
        database: Database,
        env: Env,
        authoring: authoring::Service,
        publishing: publishing::Service,
        pages: Pages,
    ) -> Self {
        Self {
            database,
            env,
            authoring,
            publishing,
            pages,
        }
    }

    /// One's own answers to an exercise; the staff gets those of all, or of the one they name. A page
    /// of whole answers could be larger than a client wants, so it says only what came of them.
    pub(crate) async fn list(
        &self,
        caller: &Caller,
        exercise: ExerciseId,
        query: &ListExerciseSubmissions,
        page_request: &PageRequest,
    ) -> Result<Page<SubmissionSummary>, Error> {
        let newest = EditionQuery::default();
        let read = self
            .publishing
            .edition_of_exercise(caller, exercise, &newest);
        let (course, _) = read.await?;
        let db = self.database.read();
        let role = self.authoring.role_of(db, caller, course.id).await?;
        let wanted = Wanted {
            exercise: Some(exercise),
            learner: match role.is_staff() {
                true => query.learner,
                false => Some(caller.user_id),
            },
            ..Wanted::default()
        };
        self.summaries(wanted, role.is_staff(), page_request).await
    }

    /// The answers of the courses of which the caller is staff, or their own.
    pub(crate) async fn list_all(
        &self,
        caller: &Caller,
        query: &ListSubmissions,
        page_request: &PageRequest,
    ) -> Result<Page<SubmissionSummary>, Error> {
        let mut wanted = Wanted {
            exercise: query.exercise,
            learner: query.learner,
            state: query.state,
            oldest_first: query.state == Some(SubmissionState::Queued),
            ..Wanted::default()
        };
        let mut is_staff = caller.has(Role::Admin) || caller.has(Role::Instructor);
        let course = match self.filtered_course(query).await {
            // A filter that fits nothing finds nothing.
            Err(Error::NotFound(_)) => {
                return Ok(paging::page(Vec::new(), page_request, |_| Vec::new()));
            }
            found => found?,
        };
        if let Some(course) = course {
            let db = self.database.read();
            let role = self.authoring.role_of(db, caller, course.id).await?;
            is_staff = role.is_staff();
            wanted.course = Some(course.id);
        } else if !caller.has(Role::Admin) {
            wanted.staff = Some(caller.user_id);
        }
        // Of their own answers, the staff sees what any learner sees.
        if !is_staff || query.learner == Some(caller.user_id) {
            (wanted.staff, wanted.learner) = (None, Some(caller.user_id));
            is_staff = false;
        }
        self.summaries(wanted, is_staff, page_request).await
    }

    /// The course to which the answers are narrowed, if they are.
    async fn filtered_course(
        &self,
        query: &ListSubmissions,
    ) -> Result<Option<Arc<CourseRecord>>, Error> {
        let course = match (&query.course, query.exercise) {
            (Some(course), _) => course.clone(),
            (None, Some(exercise)) => self.authoring.course_of_exercise(exercise).await?,
            (None, None) => return Ok(None),
        };
        Ok(Some(self.authoring.known(&course).await?))
    }

    async fn summaries(
        &self,
        wanted: Wanted,
        for_staff: bool,
        page_request: &PageRequest,
    ) -> Result<Page<SubmissionSummary>, Error> {
        let page = store::list(self.database.read(), wanted, page_request).await?;
        if !for_staff {
            return Ok(page.map(SubmissionSummary::from));
        }
        let learners = page.items.iter().map(|one| one.learner_id).collect();
        let names = self.authoring.names(learners).await;
        let now = self.env.now();
        Ok(page.map(|head| SubmissionSummary {
            learner_name: names.get(&head.learner_id).cloned(),
            claimed_by: holder(head.claim, now),
            ..SubmissionSummary::from(head)
        }))
    }

    pub(crate) async fn find(
        &self,
        caller: &Caller,
        id: SubmissionId,
        query: &ReadSubmission,
    ) -> Result<SubmissionView, Error> {
        let db = self.database.read();
        let found = store::find(db, id).await?;
        let found = found.ok_or(Error::NotFound("submission"))?;
        let role = self.authoring.role_of(db, caller, found.course_id).await?;
        if found.learner_id != caller.user_id && !role.is_staff() {
            return Err(Error::NotFound("submission"));
        }
        let asked = self.asked(&found).await?;
        let mut view = self.view(db, found, &asked, role.is_staff()).await?;
        if query.format.as_deref() == Some("html") {
            let links = AssetLinks::of(view.course_id, Some(view.version), false);
            view.explanation_html = self.html(view.explanation.clone(), &links).await?;
            view.comment_html = self.html(view.comment.clone(), &links).await?;
        }
        match role.is_staff() {
            true => Ok(self.named(view).await),
            false => Ok(view),
        }
    }

    async fn html(
        &self,
        text: Option<String>,
        links: &AssetLinks,
    ) -> Result<Option<String>, Error> {
        match text {
            Some(text) => {
                let html = self.pages.html(text, links.clone()).await?;
                Ok(Some(html.as_ref().to_owned()))
            }
            None => Ok(None),
        }
    }

    /// What an answer was given to.
    async fn asked(&self, found: &SubmissionRecord) -> Result<Asked, Error> {
        let content = self.publishing.content();
        let (course, exercise) = (found.course_id, found.exercise_id);
        let exercise = content.exercise(course, found.number, exercise).await?;
        let course = self.authoring.known(&course.into()).await?;
        let is_drawn = exercise.as_ref().is_some_and(|one| one.body.is_drawn());
        let of_attempt = |asked| drawn(asked, &course.seed, found.learner_id, found.attempt);
        Ok(Asked {
            exercise: exercise.map(of_attempt),
            course,
            is_drawn,
        })
    }

    /// An answer as its learner or the staff sees it, without a name.
    async fn view(
        &self,
        db: &impl ConnectionTrait,
        found: SubmissionRecord,
        asked: &Asked,
        for_staff: bool,
    ) -> Result<SubmissionView, Error> {
        let exercise = found.exercise_id;
        let body = asked.exercise.as_ref().map(|asked| &asked.body);
        let tried = store::tried(db, exercise, found.learner_id).await?;
        let own = enrollments::binding_version_of(db, found.course_id, found.learner_id).await?;
        let limits = match body {
            Some(body) => limits(db, (found.course_id, own), exercise, body).await?,
            None => Limits::default(),
        };
        let seed = &asked.course.seed;
        let ids = Ids { seed, exercise };
        let (graded_by, claim) = (found.graded_by, found.claim);
        let mut view = SubmissionView::new(found, body, ids, limits.standing(tried));
        view.prompt = body
            .filter(|_| asked.is_drawn)
            .map(|body| body.prompt.clone());
        if !for_staff {
            return Ok(view);
        }
        let now = self.env.now();
        Ok(SubmissionView {
            answer_text: body
                .zip(view.answer.as_ref())
                .map(|(body, answer)| readable(&body.question, answer, ids)),
            graded_by,
            claimed_by: holder(claim, now),
            ..view
        })
    }

    async fn named(&self, view: SubmissionView) -> SubmissionView {
        let mut names = self.authoring.names(vec![view.learner_id]).await;
        SubmissionView {
            learner_name: names.remove(&view.learner_id),
            ..view
        }
    }
}

/// What an answer was given to.
struct Asked {
    /// As the attempt had it.
    exercise: Option<Arc<VersionExercise>>,
    /// Whether other attempts are asked something else.
    is_drawn: bool,
    course: Arc<CourseRecord>,
}

/// Who is about to grade an answer.
fn holder(claim: Option<Claim>, now: DateTime<Utc>) -> Option<UserId> {
    let held = claim.filter(|claim| claim.holds(now));
    held.map(|claim| claim.by)
}

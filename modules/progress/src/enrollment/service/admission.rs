//! Who may begin a course, as far as it is decided before they are locked: an answer of the course module may take a
//! while.

use contracts::course::{Admission, OutlinePrerequisite, OutlineView};
use kernel::{CourseId, Failure, UserId};

use super::Service;
use crate::domain::Enrollment;
use crate::error::Error;
use crate::outlines;
use crate::recording::enrollments;

/// Whether somebody may begin a course.
#[derive(Debug, Clone)]
pub(crate) enum Entry {
    Open,
    /// The course is none that they may know of.
    Hidden,
    /// These courses have to be completed first.
    Incomplete(Vec<OutlinePrerequisite>),
    /// The course module says no, or does not answer.
    Refused(Failure),
}

impl Entry {
    /// # Errors
    /// Why they may not.
    pub(crate) fn require(self) -> Result<(), Error> {
        match self {
            Self::Open => Ok(()),
            Self::Hidden => Err(Error::CourseNotFound),
            Self::Incomplete(missing) => Err(Error::PrerequisitesMissing { missing }),
            Self::Refused(failure) => Err(failure.into()),
        }
    }
}

impl Service {
    /// Decides by the version that `learner` would begin. Who was in the course before meets its prerequisites, and who
    /// is in it is not asked anything.
    pub(crate) async fn entry(
        &self,
        learner: UserId,
        course: CourseId,
        code: Option<&str>,
        answered: &Result<Option<OutlineView>, Failure>,
    ) -> Result<Entry, Error> {
        let db = self.database.read();
        let existing = enrollments::find_by_course(db, learner, course).await?;
        if existing.as_ref().is_some_and(Enrollment::is_active) {
            return Ok(Entry::Open);
        }
        let known = outlines::find_course(db, course).await?;
        let outline = match answered {
            Ok(Some(outline))
                if known
                    .as_ref()
                    .is_none_or(|known| known.newest <= outline.version) =>
            {
                Some(outline.clone())
            }
            _ => match &known {
                Some(known) => outlines::find(db, course, known.newest).await?,
                None => None,
            },
        };
        let Some(outline) = outline else {
            return Ok(Entry::Open);
        };
        // What takes nobody in is refused for that, whatever else is missing.
        let archived = known.is_some_and(|known| known.archived) || matches!(answered, Ok(None));
        let missing = match existing {
            None if !archived => self.missing(learner, &outline).await?,
            _ => Vec::new(),
        };
        if !outline.invite_only && missing.is_empty() {
            return Ok(Entry::Open);
        }
        let Admission { staff, invited, .. } =
            match self.outlines.admit(course, learner, code).await {
                Ok(admission) => admission,
                Err(failure) => return Ok(Entry::Refused(failure)),
            };
        Ok(match (staff, invited || !outline.invite_only) {
            (true, _) => Entry::Open,
            (false, false) => Entry::Hidden,
            (false, true) if missing.is_empty() => Entry::Open,
            (false, true) => Entry::Incomplete(missing),
        })
    }

    /// What of the prerequisites is not completed, on whatever version. One that takes nobody in any more is not
    /// required, because nobody could complete it. One by invitation is required of those alone who know of it, unless
    /// the course is by invitation too: everybody else would learn of it here.
    async fn missing(
        &self,
        learner: UserId,
        outline: &OutlineView,
    ) -> Result<Vec<OutlinePrerequisite>, Error> {
        let db = self.database.read();
        let mut missing = Vec::new();
        for required in &outline.prerequisites {
            let enrollment = enrollments::find_by_course(db, learner, required.course_id).await?;
            let is_known = enrollment.is_some() || outline.invite_only;
            let is_complete = enrollment.is_some_and(|one| one.completed_at.is_some());
            let course = outlines::find_course(db, required.course_id).await?;
            let is_open =
                course.is_none_or(|course| !course.archived && (is_known || !course.invite_only));
            if !is_complete && is_open {
                missing.push(required.clone());
            }
        }
        Ok(missing)
    }
}

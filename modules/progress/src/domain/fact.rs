//! What happened in an enrollment, as the log keeps it.

use chrono::{DateTime, Utc};
use kernel::{ExerciseId, LessonId, SubmissionId};
use serde::{Deserialize, Serialize};

/// Something that happened in an enrollment. Only ever extended: old facts must stay readable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "payload", rename_all = "snake_case")]
pub(crate) enum Fact {
    Enrolled {
        version: i64,
    },
    LessonStarted {
        lesson: LessonId,
    },
    /// Both values are totals, so that a repeated fact changes nothing.
    LessonProgressed {
        lesson: LessonId,
        percent: i32,
        seconds: i64,
    },
    /// An answer that waits for its grade.
    ExerciseSubmitted {
        submission: SubmissionId,
        exercise: ExerciseId,
        attempt: i32,
    },
    ExerciseGraded(Grade),
    LessonCompleted {
        lesson: LessonId,
    },
    CourseCompleted {},
    Unenrolled {},
    /// The staff of the course has taken the learner out of it.
    Removed {},
    /// How long the learner may learn in the course: from here on until this moment, or without an end.
    AccessSet {
        until: Option<DateTime<Utc>>,
    },
    /// The time for which the learner may learn in the course is over.
    Expired {},
    /// From here on the learner is on this version.
    Upgraded {
        version: i64,
    },
}

impl Fact {
    /// Whether it follows from what others do, or from time: whom the staff moves, removes, or gives time was not
    /// active.
    pub(crate) fn is_of_others(&self) -> bool {
        matches!(
            self,
            Self::Upgraded { .. } | Self::Removed {} | Self::AccessSet { .. } | Self::Expired {}
        )
    }

    /// Whether it shows that the learner was learning that day.
    pub(crate) fn keeps_streak(&self) -> bool {
        matches!(
            self,
            Self::LessonStarted { .. }
                | Self::LessonProgressed { .. }
                | Self::LessonCompleted { .. }
                | Self::ExerciseSubmitted { .. }
                | Self::ExerciseGraded(_)
        )
    }
}

/// A fact and when it happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Occurrence {
    pub(crate) fact: Fact,
    pub(crate) at: DateTime<Utc>,
}

/// What a graded answer means to its learner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Grade {
    pub(crate) submission: SubmissionId,
    pub(crate) exercise: ExerciseId,
    pub(crate) attempt: i32,
    pub(crate) score: i32,
    pub(crate) max_score: i32,
    pub(crate) passed: bool,
}

impl Grade {
    /// Names the grade, so that receiving it again is noticed; a regrade is another grade.
    pub(crate) fn source(&self) -> String {
        format!(
            "{}/{}/{}/{}",
            self.submission, self.score, self.max_score, self.passed
        )
    }

    /// What it counts where the exercise gives `points`. The answer may have been given to another
    /// version of the exercise, which gives more or fewer.
    pub(crate) fn worth(&self, points: i32) -> i32 {
        let most = i64::from(self.max_score.max(1));
        let score = i64::from(self.score).clamp(0, most);
        i32::try_from(score * i64::from(points.max(0)) / most).unwrap_or(0)
    }
}

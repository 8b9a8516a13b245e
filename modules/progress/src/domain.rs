//! The rules of learning as pure functions and types: no storage, no requests.

mod achievement;
mod board;
mod buckets;
mod certificate_code;
mod cohort;
mod enrollment;
mod enrollment_settings;
mod fact;
mod gradebook;
mod learner;
mod level;
mod pending_facts;
mod progress_status;
mod projection;
mod replay;
mod report;
mod risk;
mod roster_order;
mod shape;
mod state;
mod statistics;
mod streak;
mod totals;
mod vacation;

pub(crate) use achievement::{Achievement, Metric, Rule, RuleScope, ScopeTotals, Tier};
pub(crate) use board::{Board, Period, Scope};
pub(crate) use buckets::{CountChanges, LEVELS, at_least, bits};
pub(crate) use certificate_code::CertificateCode;
pub(crate) use cohort::{Cohort, CohortSummary, MAX_COHORTS, MAX_MEMBERS};
pub(crate) use enrollment::{Enrollment, EnrollmentStatus};
pub(crate) use enrollment_settings::EnrollmentSettings;
pub(crate) use fact::{Fact, Grade, Occurrence};
pub(crate) use gradebook::{ALL_WEIGHTS, Category, Grading, Points, grade_category, total};
pub(crate) use learner::{AccountFlag, Learner};
pub(crate) use level::Level;
pub(crate) use pending_facts::{LONGEST_SPAN, PendingFacts};
pub(crate) use progress_status::ProgressStatus;
pub use projection::Projection;
pub(crate) use replay::Replay;
pub(crate) use report::{ReportFailure, ReportFormat, ReportKind, ReportState, Selection, Span};
pub(crate) use risk::{Risk, RiskDates};
pub(crate) use roster_order::RosterOrder;
pub(crate) use shape::Shape;
pub(crate) use state::{ExerciseState, LessonState, State};
pub(crate) use statistics::{
    Cell, LevelSums, Measure, Standing, Statistics, discrimination, median, middle_of,
};
pub(crate) use streak::{Step, Streak, local_day};
pub(crate) use totals::{COURSE_POINTS, LESSON_POINTS, Totals};
pub(crate) use vacation::{
    MAX_AHEAD, MAX_DAYS_OF_YEAR, Vacation, VacationRefusal, check as check_vacation, days_of_year,
};

/// The name under which this module publishes its events.
pub(crate) const MODULE: &str = "progress";

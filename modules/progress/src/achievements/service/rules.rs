//! Which rules make sense, and can be reached.

use kernel::{FieldFault, text};

use super::Service;
use crate::domain::{Achievement, COURSE_POINTS, LESSON_POINTS, Metric, Rule, RuleScope};
use crate::error::{AchievementError, Error};
use crate::outlines;

impl Service {
    /// Refuses what cannot be read, or cannot be reached. What was reachable `before` stays, whatever has become of its
    /// course.
    pub(super) async fn check(
        &self,
        wanted: &Achievement,
        before: Option<&Achievement>,
    ) -> Result<(), Error> {
        let mut faults = Vec::new();
        for (pointer, value) in [
            ("/name", &wanted.name),
            ("/description", &wanted.description),
        ] {
            if text::line(value).trim().is_empty() {
                let message = "must have a character that can be seen";
                faults.push(FieldFault::new(pointer, "blank", message));
            }
        }
        let stays = |one: &Achievement| one.rule == wanted.rule && one.retired_at.is_none();
        if wanted.retired_at.is_none() && !before.is_some_and(stays) {
            faults.extend(self.faults_of(&wanted.rule).await?);
        }
        match faults.is_empty() {
            true => Ok(()),
            false => Err(AchievementError::Invalid(faults).into()),
        }
    }

    async fn faults_of(&self, rule: &Rule) -> Result<Option<FieldFault>, Error> {
        let everywhere = rule.scope == RuleScope::Everything;
        if rule.metric == Metric::StreakDays && !everywhere {
            let message = "a streak is over all courses; leave course_id and tag out, or count something else";
            return Ok(Some(FieldFault::new("/metric", "exclusive", message)));
        }
        let db = self.database.read();
        let most = match &rule.scope {
            RuleScope::Tag(tag) if !outlines::has_tag(db, tag).await? => {
                let message =
                    "no published course has this tag; GET /api/v1/tags lists those that are used";
                return Ok(Some(FieldFault::new("/tag", "unknown_tag", message)));
            }
            RuleScope::Everything | RuleScope::Tag(_) => most_of_all(rule.metric),
            RuleScope::Course(course) => {
                let Some(known) = outlines::find_course(db, *course).await? else {
                    let message = "must be a published course";
                    return Ok(Some(FieldFault::new("/course_id", "unknown_id", message)));
                };
                let outline = self.outlines.get(db, *course, known.newest).await?;
                let lessons = outline.sections.iter().flat_map(|section| &section.lessons);
                let exercises = lessons.clone().flat_map(|lesson| &lesson.exercises);
                let count = |items: usize| i64::try_from(items).unwrap_or(i64::MAX);
                let (of_lessons, of_exercises) =
                    (count(lessons.count()), count(exercises.clone().count()));
                let points: i64 = exercises.map(|one| i64::from(one.points)).sum();
                match rule.metric {
                    Metric::Lessons => of_lessons,
                    Metric::Courses => 1,
                    Metric::Exercises | Metric::PerfectScores => of_exercises,
                    Metric::StreakDays => 0,
                    Metric::Points => points + LESSON_POINTS * of_lessons + COURSE_POINTS,
                }
            }
        };
        if rule.threshold <= most {
            return Ok(None);
        }
        let message = match (&rule.scope, most) {
            (RuleScope::Course(_), 0) => {
                "the newest version of this course has nothing of the kind; count something else"
                    .to_owned()
            }
            (RuleScope::Course(_), _) => format!(
                "nobody can reach that in the newest version of this course; send {most} or less"
            ),
            _ => format!("nobody will reach that; send {most} or less"),
        };
        Ok(Some(FieldFault::new("/threshold", "too_large", message)))
    }
}

/// What somebody may reach in a life of learning, where the catalogue grows.
fn most_of_all(metric: Metric) -> i64 {
    match metric {
        Metric::Lessons | Metric::Exercises | Metric::PerfectScores => 100_000,
        Metric::Courses => 10_000,
        Metric::StreakDays => 36_500,
        Metric::Points => 100_000_000,
    }
}

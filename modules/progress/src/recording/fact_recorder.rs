//! Writing facts down: the log, the projections of their enrollment and the events.

use std::collections::BTreeMap;

use bus::Events;
use contracts::progress::{
    ProgressCourseCompleted, ProgressCourseStarted, ProgressEnrolled, ProgressEnrollmentExpired,
    ProgressLearnerRemoved, ProgressLessonCompleted, ProgressLessonStarted, ProgressUnenrolled,
    ProgressUpdated, ProgressUpgraded,
};
use database::Transaction;
use kernel::{Env, Operation};
use sea_orm::DbErr;

use super::aggregate::EnrollmentAggregate;
use super::store::activity::ActivityRecord;
use super::store::{activity, enrollments, projections};
use crate::domain::{CertificateCode, Fact, Occurrence};
use crate::error::Error;

/// Appends the pending facts of the aggregate to the log.
pub(super) async fn append(
    txn: &Transaction,
    env: &Env,
    operation: &Operation,
    aggregate: &EnrollmentAggregate,
) -> Result<(), Error> {
    let enrollment = &aggregate.enrollment;
    // The boards of this moment get its points.
    let recorded_at = operation.moment(env.now());
    let versions = aggregate.facts.before.revision + 1..;
    let facts = versions.zip(&aggregate.facts.occurrences);
    let records = facts.map(|(version, occurrence)| ActivityRecord {
        id: env.id(),
        stream: enrollment.id,
        version,
        learner: enrollment.learner,
        course: enrollment.course,
        occurrence: occurrence.clone(),
        recorded_at,
        day: aggregate.learner.day(occurrence.at),
        actor: operation.actor,
    });
    let records: Vec<ActivityRecord> = records.collect();
    activity::append(txn, &records).await
}

/// Brings the projections of the enrollment to what its pending facts lead to.
pub(super) async fn project(
    txn: &Transaction,
    aggregate: &mut EnrollmentAggregate,
) -> Result<(), Error> {
    let (before, state) = (&aggregate.facts.before, &aggregate.facts.state);
    aggregate.enrollment.reflect(state, &aggregate.facts.shape);
    enrollments::update(txn, &aggregate.enrollment).await?;
    let id = aggregate.enrollment.id;
    let lessons = changed(&before.lessons, &state.lessons);
    projections::upsert_lessons(txn, id, &lessons).await?;
    let exercises = changed(&before.exercises, &state.exercises);
    projections::upsert_exercises(txn, id, &exercises).await
}

fn changed<'a, K: Ord + Copy, V: PartialEq>(
    before: &BTreeMap<K, V>,
    now: &'a BTreeMap<K, V>,
) -> Vec<(K, &'a V)> {
    let changed = now
        .iter()
        .filter(|(key, now)| before.get(key) != Some(*now));
    changed.map(|(key, now)| (*key, now)).collect()
}

/// Adds the events that follow from the pending facts.
pub(super) fn publish(
    events: &mut Events<'_>,
    aggregate: &EnrollmentAggregate,
    certificate: Option<&CertificateCode>,
) -> Result<(), DbErr> {
    let (facts, enrollment) = (&aggregate.facts, &aggregate.enrollment);
    let (enrollment_id, learner_id) = (enrollment.id, enrollment.learner);
    let course_id = enrollment.course;
    let mut begun = facts.before.started_at.is_some();
    for occurrence in &facts.occurrences {
        if matches!(occurrence.fact, Fact::LessonStarted { .. }) && !begun {
            begun = true;
            events.push(&ProgressCourseStarted {
                enrollment_id,
                learner_id,
                course_id,
            })?;
        }
        publish_fact(events, aggregate, occurrence, certificate)?;
    }
    if facts.counts_before != (enrollment.done, enrollment.total) {
        events.push(&ProgressUpdated {
            enrollment_id,
            learner_id,
            course_id,
            done: enrollment.done,
            total: enrollment.total,
        })?;
    }
    Ok(())
}

fn publish_fact(
    events: &mut Events<'_>,
    aggregate: &EnrollmentAggregate,
    occurrence: &Occurrence,
    certificate: Option<&CertificateCode>,
) -> Result<(), DbErr> {
    let enrollment = &aggregate.enrollment;
    let (enrollment_id, learner_id) = (enrollment.id, enrollment.learner);
    let course_id = enrollment.course;
    match &occurrence.fact {
        Fact::Enrolled { version } => events.push(&ProgressEnrolled {
            enrollment_id,
            learner_id,
            course_id,
            course_title: enrollment.title.clone(),
            version: *version,
            returning: aggregate.facts.before.revision > 0,
            origin: aggregate.origin,
        }),
        Fact::Unenrolled {} | Fact::Removed {} | Fact::Expired {} => {
            events.push(&ProgressUnenrolled {
                enrollment_id,
                learner_id,
                course_id,
                barred: occurrence.fact != Fact::Unenrolled {},
            })?;
            publish_end(events, aggregate, &occurrence.fact)
        }
        Fact::Upgraded { version } => events.push(&ProgressUpgraded {
            enrollment_id,
            learner_id,
            course_id,
            course_title: enrollment.title.clone(),
            version: *version,
        }),
        Fact::LessonStarted { lesson } => events.push(&ProgressLessonStarted {
            enrollment_id,
            learner_id,
            lesson_id: *lesson,
        }),
        Fact::LessonCompleted { lesson } => events.push(&ProgressLessonCompleted {
            enrollment_id,
            learner_id,
            course_id,
            lesson_id: *lesson,
            completed_at: occurrence.at,
        }),
        Fact::CourseCompleted {} => events.push(&ProgressCourseCompleted {
            enrollment_id,
            learner_id,
            course_id,
            course_title: enrollment.title.clone(),
            completed_at: occurrence.at,
            certificate_code: certificate.map(ToString::to_string),
        }),
        Fact::LessonProgressed { .. }
        | Fact::ExerciseSubmitted { .. }
        | Fact::ExerciseGraded(_)
        | Fact::AccessSet { .. } => Ok(()),
    }
}

/// Whoever leaves by themselves knows it, and so does whoever had left before they were removed.
fn publish_end(
    events: &mut Events<'_>,
    aggregate: &EnrollmentAggregate,
    fact: &Fact,
) -> Result<(), DbErr> {
    let enrollment = &aggregate.enrollment;
    let (enrollment_id, learner_id) = (enrollment.id, enrollment.learner);
    let (course_id, course_title) = (enrollment.course, enrollment.title.clone());
    match fact {
        Fact::Removed {} if aggregate.facts.before.active => events.push(&ProgressLearnerRemoved {
            enrollment_id,
            learner_id,
            course_id,
            course_title,
        }),
        Fact::Expired {} => events.push(&ProgressEnrollmentExpired {
            enrollment_id,
            learner_id,
            course_id,
            course_title,
        }),
        _ => Ok(()),
    }
}

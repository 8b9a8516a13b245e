//! What this module is asked for: bodies and queries that a service takes as they are.

mod catalogue;
mod courses;
mod editions;
mod exercises;
mod lessons;
mod sections;
mod submissions;

pub(crate) use catalogue::ListCourses;
pub(crate) use courses::{ChangeCourse, CreateCourse};
pub(crate) use editions::{EditionQuery, ReadLesson};
pub(crate) use exercises::{ChangeExercise, CreateExercise};
pub(crate) use lessons::{ChangeLesson, CreateLesson, OrderLessons};
pub(crate) use sections::{ChangeSection, CreateSection};
pub(crate) use submissions::SubmitAnswer;

/// Takes the new value where there is one.
fn set<T>(field: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *field = value;
    }
}

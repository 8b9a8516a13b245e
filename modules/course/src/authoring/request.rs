//! The requests that change drafts; a field that a change omits stays as it is.

mod batch;
mod courses;
mod exercises;
mod lessons;
mod sections;

pub(crate) use batch::{CourseBatch, DraftChange};
pub(crate) use courses::{ChangeCourse, CreateCourse, PutStaff};
pub(crate) use exercises::{ChangeExercise, CreateExercise};
pub(crate) use lessons::{ChangeLesson, CreateLesson, OrderLessons};
pub(crate) use sections::{ChangeSection, CreateSection};

/// Takes the new value where there is one.
fn set<T>(field: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *field = value;
    }
}

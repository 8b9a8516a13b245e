//! The shape of a draft, read without its texts.

use contracts::course::{OutlineExercise, OutlineLesson, OutlineSection, OutlineView};
use sea_orm::ConnectionTrait;

use super::store::exercises;
use super::store::lessons;
use super::store::sections;
use crate::authoring::store::{CourseRecord, ExerciseHead, LessonHead, SectionRecord};
use crate::domain::Visibility;
use crate::error::Error;

/// The parts of a draft without their texts, each kind by position.
pub(crate) struct Draft {
    pub(crate) sections: Vec<SectionRecord>,
    pub(crate) lessons: Vec<LessonHead>,
    pub(crate) exercises: Vec<ExerciseHead>,
}

impl Draft {
    pub(crate) async fn read(
        db: &impl ConnectionTrait,
        course: &CourseRecord,
    ) -> Result<Self, Error> {
        Ok(Self {
            sections: sections::list(db, course.id).await?,
            lessons: lessons::heads(db, course.id).await?,
            exercises: exercises::heads(db, course.id).await?,
        })
    }

    /// The shape that a version `number` of the draft would have.
    pub(crate) fn outline(&self, course: &CourseRecord, number: i64) -> OutlineView {
        let exercises_of = |lesson: &LessonHead| {
            let own = self.exercises.iter().filter(|e| e.lesson_id == lesson.id);
            own.map(|exercise| OutlineExercise {
                id: exercise.id,
                title: exercise.title.clone(),
                points: exercise.points,
            })
            .collect()
        };
        let lessons_of = |section: &SectionRecord| {
            let own = self.lessons.iter().filter(|l| l.section_id == section.id);
            own.map(|lesson| OutlineLesson {
                id: lesson.id,
                title: lesson.title.clone(),
                minutes: lesson.minutes,
                completion: lesson.completion,
                exercises: exercises_of(lesson),
            })
            .collect()
        };
        let sections = self.sections.iter().map(|section| OutlineSection {
            id: section.id,
            title: section.body.title.clone(),
            lessons: lessons_of(section),
        });
        OutlineView {
            course_id: course.id,
            version: number,
            slug: course.slug.clone(),
            title: course.body.title.clone(),
            invite_only: course.body.visibility == Visibility::Invite,
            prerequisites: Vec::new(),
            tags: course.body.tags.clone(),
            sections: sections.collect(),
        }
    }
}

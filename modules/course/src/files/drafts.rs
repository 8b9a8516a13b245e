//! Files and drafts say the same: how each becomes the other.

use super::{CourseFile, ExerciseFile, LessonFile, SectionFile};
use crate::authoring::{CourseRecord, ExerciseRecord, LessonRecord, SectionRecord};
use crate::domain::{CourseBody, ExerciseBody, LessonBody, SectionBody};

impl CourseFile {
    pub(crate) fn body(&self) -> CourseBody {
        CourseBody {
            title: self.title.clone(),
            summary: self.summary.clone(),
            description: self.description.clone(),
            difficulty: self.difficulty,
            category: self.category.clone(),
            cover: self.cover.clone(),
            tags: self.tags.clone(),
            visibility: self.visibility,
            retry_percent: self.retry_percent,
        }
    }
}

impl SectionFile {
    pub(crate) fn body(&self) -> SectionBody {
        SectionBody {
            title: self.title.clone(),
            summary: self.summary.clone(),
        }
    }
}

impl LessonFile {
    pub(crate) fn body(&self, content: &str) -> LessonBody {
        LessonBody {
            title: self.title.clone(),
            minutes: self.minutes,
            completion: self.completion,
            objectives: self.objectives.clone(),
            key_points: self.key_points.clone(),
            code_samples: self.code_samples.clone(),
            content: content.to_owned(),
        }
    }
}

impl ExerciseFile {
    pub(crate) fn body(&self) -> ExerciseBody {
        ExerciseBody {
            title: self.title.clone(),
            prompt: self.prompt.clone(),
            points: self.points,
            hints: self.hints.clone(),
            explanation: self.explanation.clone(),
            pass_percent: self.pass_percent,
            attempts: self.attempts,
            question: self.question.clone(),
        }
    }
}

impl From<CourseRecord> for CourseFile {
    fn from(course: CourseRecord) -> Self {
        let body = course.body;
        Self {
            format: 1,
            id: Some(course.id),
            slug: course.slug,
            title: body.title,
            summary: body.summary,
            description: body.description,
            difficulty: body.difficulty,
            category: body.category,
            cover: body.cover,
            tags: body.tags,
            visibility: body.visibility,
            retry_percent: body.retry_percent,
        }
    }
}

impl From<SectionRecord> for SectionFile {
    fn from(section: SectionRecord) -> Self {
        Self {
            id: Some(section.id),
            title: section.body.title,
            summary: section.body.summary,
        }
    }
}

impl From<LessonRecord> for LessonFile {
    fn from(lesson: LessonRecord) -> Self {
        let body = lesson.body;
        Self {
            id: Some(lesson.id),
            title: body.title,
            minutes: body.minutes,
            completion: body.completion,
            objectives: body.objectives,
            key_points: body.key_points,
            code_samples: body.code_samples,
        }
    }
}

impl From<ExerciseRecord> for ExerciseFile {
    fn from(exercise: ExerciseRecord) -> Self {
        let body = exercise.body;
        Self {
            key: exercise.key,
            id: Some(exercise.id),
            title: body.title,
            prompt: body.prompt,
            points: body.points,
            hints: body.hints,
            explanation: body.explanation,
            pass_percent: body.pass_percent,
            attempts: body.attempts,
            question: body.question,
        }
    }
}

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
            language: self.language.clone(),
            author_names: self.author_names.clone(),
            license: self.license.clone(),
            category: self.category.clone(),
            cover: self.cover.clone(),
            tags: self.tags.clone(),
            visibility: self.visibility,
            // They are known by slugs here, which only the database knows.
            prerequisites: Vec::new(),
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
            hint_cost: self.hint_cost_percent,
            explanation: self.explanation.clone(),
            pass_percent: self.pass_percent,
            attempts: self.attempts,
            time_limit: self.time_limit_minutes,
            cooldown: self.cooldown_minutes,
            question: self.question.clone(),
            variants: self.variants.clone(),
            objectives: self.objectives.clone(),
        }
    }
}

impl CourseFile {
    /// The draft, with the slugs of its prerequisites.
    pub(crate) fn new(course: CourseRecord, prerequisites: Vec<String>) -> Self {
        let body = course.body;
        Self {
            format: 1,
            id: Some(course.id),
            slug: course.slug,
            title: body.title,
            summary: body.summary,
            description: body.description,
            difficulty: body.difficulty,
            language: body.language,
            author_names: body.author_names,
            license: body.license,
            category: body.category,
            cover: body.cover,
            tags: body.tags,
            visibility: body.visibility,
            prerequisites,
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
            hint_cost_percent: body.hint_cost,
            explanation: body.explanation,
            pass_percent: body.pass_percent,
            attempts: body.attempts,
            time_limit_minutes: body.time_limit,
            cooldown_minutes: body.cooldown,
            question: body.question,
            variants: body.variants,
            objectives: body.objectives,
        }
    }
}

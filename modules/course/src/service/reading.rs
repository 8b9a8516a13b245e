//! Which edition of a course a reader gets, and reading its parts.

use contracts::course::{OutlineExercise, OutlineLesson, OutlineSection, OutlineView};
use kernel::{ExerciseId, LessonId, Page, Slice};
use rest::Caller;

use super::policy::{self, Need};
use super::structure::walk;
use super::{Service, paging};
use crate::Error;
use crate::command::EditionQuery;
use crate::reference::CourseRef;
use crate::store;
use crate::store::courses::CourseRecord;
use crate::store::exercises::ExerciseRecord;
use crate::store::lessons::LessonRecord;
use crate::store::sections::SectionRecord;
use crate::store::versions::VersionRecord;
use crate::view::{
    CourseOutline, ExerciseLine, LessonLine, LessonSummary, SectionLine, SectionView,
};

/// What of a course is read.
#[derive(Debug, Clone)]
pub(crate) enum Edition {
    Draft,
    Published(Box<VersionRecord>),
}

impl Service {
    /// The course and the edition that the caller asks for and may see.
    pub(crate) async fn reading(
        &self,
        caller: &Caller,
        course: &CourseRef,
        query: &EditionQuery,
    ) -> Result<(CourseRecord, Edition), Error> {
        let db = self.database.read();
        let course = store::courses::find(db, course).await?;
        let course = course.ok_or(Error::NotFound("course"))?;
        let draft = query.draft.unwrap_or(false);
        if draft || course.published_version == 0 {
            let standing = self.standing(db, caller, course.id).await?;
            policy::check(&course, standing, Need::Read)?;
        }
        if draft {
            return Ok((course, Edition::Draft));
        }
        let number = query.version.unwrap_or(course.published_version);
        if number == 0 {
            return Ok((course, Edition::Draft));
        }
        let version = store::versions::find(db, course.id, number).await?;
        let version = version.ok_or(Error::NotFound("version of this course"))?;
        Ok((course, Edition::Published(Box::new(version))))
    }

    /// The course of a lesson, be it in the draft or in a published version.
    pub(crate) async fn course_of_lesson(&self, lesson: LessonId) -> Result<CourseRef, Error> {
        let db = self.database.read();
        if let Some(draft) = store::lessons::find(db, lesson).await? {
            return Ok(draft.course_id.into());
        }
        let published = store::versions::course_of_lesson(db, lesson).await?;
        Ok(published.ok_or(Error::NotFound("lesson"))?.into())
    }

    /// The course of an exercise, be it in the draft or in a published version.
    pub(crate) async fn course_of_exercise(
        &self,
        exercise: ExerciseId,
    ) -> Result<CourseRef, Error> {
        let db = self.database.read();
        if let Some(draft) = store::exercises::find(db, exercise).await? {
            return Ok(draft.course_id.into());
        }
        let published = store::versions::course_of_exercise(db, exercise).await?;
        Ok(published.ok_or(Error::NotFound("exercise"))?.into())
    }

    pub(crate) async fn outline_of(
        &self,
        caller: &Caller,
        course: &CourseRef,
        query: &EditionQuery,
    ) -> Result<(CourseOutline, i64), Error> {
        let (course, edition) = self.reading(caller, course, query).await?;
        match edition {
            Edition::Published(version) => {
                let number = version.number;
                let outline = outline_lines(version.outline, course.slug, Some(number));
                Ok((outline, number))
            }
            Edition::Draft => {
                let outline = self.draft_outline(&course).await?;
                let slug = course.slug.clone();
                Ok((outline_lines(outline, slug, None), course.version))
            }
        }
    }

    async fn draft_outline(&self, course: &CourseRecord) -> Result<OutlineView, Error> {
        let db = self.database.read();
        let sections = store::sections::list_of(db, course.id).await?;
        let lessons = store::lessons::list_of(db, course.id).await?;
        let exercises = store::exercises::list_of(db, course.id).await?;
        Ok(outline(course, 0, &sections, &lessons, &exercises))
    }

    pub(crate) async fn sections(
        &self,
        caller: &Caller,
        course: &CourseRef,
        query: &EditionQuery,
        slice: &Slice,
    ) -> Result<Page<SectionView>, Error> {
        let (course, edition) = self.reading(caller, course, query).await?;
        let views: Vec<SectionView> = match edition {
            Edition::Draft => {
                let rows = store::sections::list_of(self.database.read(), course.id).await?;
                rows.into_iter().map(SectionView::from).collect()
            }
            Edition::Published(version) => {
                let number = version.number;
                let sections = (1..).zip(version.meta.sections);
                let view =
                    |(position, section): (i32, crate::content::VersionSection)| SectionView {
                        id: section.id,
                        course_id: course.id,
                        position,
                        title: section.body.title,
                        summary: section.body.summary,
                        draft: false,
                        version: number,
                    };
                sections.map(view).collect()
            }
        };
        Ok(paging::page(views, slice, |section| {
            walk(0, section.position, section.id.uuid())
        }))
    }

    pub(crate) async fn lessons(
        &self,
        caller: &Caller,
        course: &CourseRef,
        query: &EditionQuery,
        slice: &Slice,
    ) -> Result<Page<LessonSummary>, Error> {
        let (course, edition) = self.reading(caller, course, query).await?;
        let lines: Vec<(i32, LessonSummary)> = match edition {
            Edition::Draft => {
                let db = self.database.read();
                let sections = store::sections::list_of(db, course.id).await?;
                let lessons = store::lessons::list_of(db, course.id).await?;
                let place = |lesson: &LessonRecord| {
                    let own = sections.iter().find(|s| s.id == lesson.section_id);
                    own.map_or(0, |section| section.position)
                };
                let mut lines: Vec<_> = lessons
                    .into_iter()
                    .map(|lesson| (place(&lesson), LessonSummary::from(lesson)))
                    .collect();
                lines.sort_by_key(|(outer, line)| (*outer, line.position, line.id));
                lines
            }
            Edition::Published(version) => published_lines(&version),
        };
        let page = paging::page(lines, slice, |(outer, lesson)| {
            walk(*outer, lesson.position, lesson.id.uuid())
        });
        Ok(page.map(|(_, lesson)| lesson))
    }
}

fn published_lines(version: &VersionRecord) -> Vec<(i32, LessonSummary)> {
    let mut lines = Vec::new();
    for (outer, section) in (1..).zip(&version.outline.sections) {
        for (position, lesson) in (1..).zip(&section.lessons) {
            let line = LessonSummary {
                id: lesson.id,
                course_id: version.course_id,
                section_id: section.id,
                position,
                title: lesson.title.clone(),
                minutes: lesson.minutes,
                completion: lesson.completion,
                draft: false,
                version: version.number,
            };
            lines.push((outer, line));
        }
    }
    lines
}

impl From<SectionRecord> for SectionView {
    fn from(section: SectionRecord) -> Self {
        Self {
            id: section.id,
            course_id: section.course_id,
            position: section.position,
            title: section.body.title,
            summary: section.body.summary,
            draft: true,
            version: section.version,
        }
    }
}

impl From<LessonRecord> for LessonSummary {
    fn from(lesson: LessonRecord) -> Self {
        Self {
            id: lesson.id,
            course_id: lesson.course_id,
            section_id: lesson.section_id,
            position: lesson.position,
            title: lesson.body.title,
            minutes: lesson.body.minutes,
            completion: lesson.body.completion,
            draft: true,
            version: lesson.version,
        }
    }
}

/// The shape of a draft, as it would be published under `number`.
pub(super) fn outline(
    course: &CourseRecord,
    number: i64,
    sections: &[SectionRecord],
    lessons: &[LessonRecord],
    exercises: &[ExerciseRecord],
) -> OutlineView {
    let exercises_of = |lesson: &LessonRecord| {
        let own = exercises.iter().filter(|e| e.lesson_id == lesson.id);
        own.map(|exercise| OutlineExercise {
            id: exercise.id,
            title: exercise.body.title.clone(),
            points: exercise.body.points,
        })
        .collect()
    };
    let lessons_of = |section: &SectionRecord| {
        let own = lessons.iter().filter(|l| l.section_id == section.id);
        own.map(|lesson| OutlineLesson {
            id: lesson.id,
            title: lesson.body.title.clone(),
            minutes: lesson.body.minutes,
            completion: lesson.body.completion,
            exercises: exercises_of(lesson),
        })
        .collect()
    };
    let sections = sections.iter().map(|section| OutlineSection {
        id: section.id,
        title: section.body.title.clone(),
        lessons: lessons_of(section),
    });
    OutlineView {
        course_id: course.id,
        version: number,
        slug: course.slug.clone(),
        title: course.body.title.clone(),
        sections: sections.collect(),
    }
}

pub(super) fn outline_lines(
    outline: OutlineView,
    slug: String,
    version: Option<i64>,
) -> CourseOutline {
    let exercise = |exercise: OutlineExercise| ExerciseLine {
        id: exercise.id,
        title: exercise.title,
        points: exercise.points,
    };
    let lesson = |lesson: OutlineLesson| LessonLine {
        id: lesson.id,
        title: lesson.title,
        minutes: lesson.minutes,
        completion: lesson.completion,
        exercises: lesson.exercises.into_iter().map(exercise).collect(),
    };
    let sections = outline.sections.into_iter().map(|section| SectionLine {
        id: section.id,
        title: section.title,
        lessons: section.lessons.into_iter().map(lesson).collect(),
    });
    CourseOutline {
        course_id: outline.course_id,
        slug,
        title: outline.title,
        version,
        sections: sections.collect(),
    }
}

//! Sections and lessons.

use contracts::course_ref::CourseRef;
use kernel::{Caller, LessonId, Page, PageRequest};

use super::Service;
use crate::authoring::{
    LessonDetail, LessonHead, LessonRecord, LessonSummary, SectionView, lessons, sections,
};
use crate::domain::paging::{page, walk};
use crate::error::Error;
use crate::publishing::{Edition, EditionQuery, VersionRecord};
use crate::reading::request::ReadText;

impl Service {
    pub(crate) async fn sections(
        &self,
        caller: &Caller,
        course: &CourseRef,
        query: &EditionQuery,
        page_request: &PageRequest,
    ) -> Result<Page<SectionView>, Error> {
        let (course, edition) = self.publishing.edition(caller, course, query).await?;
        let views: Vec<SectionView> = match edition {
            Edition::Draft => {
                let rows = sections::list(self.database.read(), course.id).await?;
                rows.into_iter().map(SectionView::from).collect()
            }
            Edition::Published(number) => {
                let version = self.publishing.version(course.id, number).await?;
                let sections = (1..).zip(&version.meta.sections);
                sections
                    .map(|(position, section)| SectionView {
                        id: section.id,
                        course_id: course.id,
                        position,
                        title: section.body.title.clone(),
                        summary: section.body.summary.clone(),
                        draft: false,
                        version: number,
                    })
                    .collect()
            }
        };
        Ok(page(views, page_request, |section| {
            walk(0, section.position, section.id.uuid())
        }))
    }

    pub(crate) async fn lessons(
        &self,
        caller: &Caller,
        course: &CourseRef,
        query: &EditionQuery,
        page_request: &PageRequest,
    ) -> Result<Page<LessonSummary>, Error> {
        let (course, edition) = self.publishing.edition(caller, course, query).await?;
        let lines: Vec<(i32, LessonSummary)> = match edition {
            Edition::Draft => {
                let db = self.database.read();
                let sections = sections::list(db, course.id).await?;
                let lessons = lessons::heads(db, course.id).await?;
                let place = |lesson: &LessonHead| {
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
            Edition::Published(number) => {
                let version = self.publishing.version(course.id, number).await?;
                published_lines(&version)
            }
        };
        let page = page(lines, page_request, |(outer, lesson)| {
            walk(*outer, lesson.position, lesson.id.uuid())
        });
        Ok(page.map(|(_, lesson)| lesson))
    }

    /// The query with the version that the caller gets when it names none.
    pub(crate) async fn pinned_lesson(
        &self,
        caller: &Caller,
        lesson: LessonId,
        query: ReadText,
    ) -> Result<ReadText, Error> {
        let course = self.authoring.course_of_lesson(lesson).await?;
        let pinned = self
            .publishing
            .pinned(caller, &course, query.edition())
            .await;
        Ok(query.of(pinned.map_err(|error| error.hiding("lesson"))?))
    }

    pub(crate) async fn lesson(
        &self,
        caller: &Caller,
        lesson: LessonId,
        query: &ReadText,
    ) -> Result<LessonDetail, Error> {
        let wanted = query.edition();
        let read = self.publishing.edition_of_lesson(caller, lesson, &wanted);
        let (course, edition) = read.await?;
        let detail = match edition {
            Edition::Draft => {
                let found = lessons::find(self.database.read(), lesson).await?;
                found.map(LessonDetail::from)
            }
            Edition::Published(number) => {
                let content = self.publishing.content();
                let found = content.lesson(course.id, number, lesson).await?;
                found.map(|found| LessonDetail {
                    draft: false,
                    ..LessonDetail::from(LessonRecord {
                        id: lesson,
                        course_id: course.id,
                        section_id: found.section_id,
                        position: found.position,
                        key: String::new(),
                        body: found.body.clone(),
                        version: number,
                    })
                })
            }
        };
        let Some(mut detail) = detail else {
            return Err(self.absent(caller, course.id, "lesson").await);
        };
        if query.is_html()
            && let Some(text) = detail.content.take()
        {
            let html = self.pages.html(text, query.links(course.id)).await?;
            detail.content_html = Some(html.as_ref().to_owned());
        }
        Ok(detail)
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

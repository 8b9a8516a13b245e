//! Exercises, each as the caller may see it, and their hints.

use kernel::{Caller, ExerciseId, Key, LessonId, Page, PageRequest};

use super::Service;
use crate::authoring::{CourseRecord, exercises, lessons};
use crate::domain::question::task;
use crate::domain::{ExerciseBody, Ids, paging};
use crate::error::Error;
use crate::markdown::AssetLinks;
use crate::publishing::{Edition, VersionExercise};
use crate::reading::request::ReadText;
use crate::reading::view::{ExerciseForLearner, ExerciseView, HintView};

impl Service {
    pub(crate) async fn exercises(
        &self,
        caller: &Caller,
        lesson: LessonId,
        query: &ReadText,
        page_request: &PageRequest,
    ) -> Result<Page<ExerciseView>, Error> {
        let edition = query.edition();
        let read = self.publishing.edition_of_lesson(caller, lesson, &edition);
        let (course, edition) = read.await?;
        let db = self.database.read();
        let keys =
            |position: i32, id: ExerciseId| vec![Key::Int(i64::from(position)), Key::Id(id.uuid())];
        match edition {
            Edition::Draft => {
                let found = lessons::find(db, lesson).await?;
                found.ok_or(Error::NotFound("lesson"))?;
                let rows = exercises::list_in(db, lesson).await?;
                let page = paging::page(rows, page_request, |row| keys(row.position, row.id));
                Ok(page.map(|row| ExerciseView::Staff(Box::new(row.into()))))
            }
            Edition::Published(number) => {
                let content = self.publishing.content();
                if content.lesson(course.id, number, lesson).await?.is_none() {
                    return Err(self.absent(caller, course.id, "lesson").await);
                }
                let rows = content.exercises_of(course.id, number, lesson).await?;
                let page = paging::page(rows.to_vec(), page_request, |row| {
                    keys(row.position, row.exercise_id)
                });
                let shown = self.for_learner(caller, &course, number, page.items);
                let mut shown = shown.await?;
                if query.is_html() {
                    self.render(&mut shown, &query.links(course.id)).await?;
                }
                Ok(Page {
                    items: shown.into_iter().map(ExerciseView::from).collect(),
                    next: page.next,
                    prev: page.prev,
                    total: page.total,
                })
            }
        }
    }

    pub(crate) async fn exercise(
        &self,
        caller: &Caller,
        exercise: ExerciseId,
        query: &ReadText,
    ) -> Result<ExerciseView, Error> {
        let edition = query.edition();
        let read = self
            .publishing
            .edition_of_exercise(caller, exercise, &edition);
        let (course, edition) = read.await?;
        let db = self.database.read();
        let shown = match edition {
            Edition::Draft => exercises::find(db, exercise)
                .await?
                .map(|found| ExerciseView::Staff(Box::new(found.into()))),
            Edition::Published(number) => {
                let content = self.publishing.content();
                let found = content.exercise(course.id, number, exercise).await?;
                let found = found.iter().map(|found| VersionExercise::clone(found));
                let found = found.collect();
                let shown = self.for_learner(caller, &course, number, found);
                let mut shown = shown.await?;
                if query.is_html() {
                    self.render(&mut shown, &query.links(course.id)).await?;
                }
                shown.pop().map(ExerciseView::from)
            }
        };
        match shown {
            Some(shown) => Ok(shown),
            None => Err(self.absent(caller, course.id, "exercise").await),
        }
    }

    async fn for_learner(
        &self,
        caller: &Caller,
        course: &CourseRecord,
        number: i64,
        exercises: Vec<VersionExercise>,
    ) -> Result<Vec<ExerciseForLearner>, Error> {
        let left = self
            .assessment
            .attempts_left(caller.user_id, course, number, &exercises)
            .await?;
        let version = self.publishing.version(course.id, number).await?;
        let retry_percent = version.meta.course.retry_percent;
        let shown = exercises.into_iter().map(|exercise| {
            let (id, body) = (exercise.exercise_id, exercise.body);
            let ids = Ids {
                seed: &course.seed,
                exercise: id,
            };
            ExerciseForLearner {
                id,
                lesson_id: exercise.lesson_id,
                course_id: course.id,
                version: number,
                position: exercise.position,
                title: body.title,
                prompt: body.prompt,
                prompt_html: None,
                points: body.points,
                pass_percent: body.pass_percent,
                hints: i32::try_from(body.hints.len()).unwrap_or(0),
                attempts_left: left.get(&id).copied(),
                retry_percent: Some(retry_percent)
                    .filter(|_| !left.contains_key(&id) && body.question.rubric().is_none()),
                task: task(&body.question, ids),
            }
        });
        Ok(shown.collect())
    }

    async fn render(
        &self,
        exercises: &mut [ExerciseForLearner],
        links: &AssetLinks,
    ) -> Result<(), Error> {
        for exercise in exercises {
            let html = self.pages.html(exercise.prompt.clone(), links.clone());
            let html = html.await?;
            exercise.prompt_html = Some(html.as_ref().to_owned());
        }
        Ok(())
    }

    pub(crate) async fn hint(
        &self,
        caller: &Caller,
        exercise: ExerciseId,
        number: i32,
        query: &ReadText,
    ) -> Result<HintView, Error> {
        let edition = query.edition();
        let read = self
            .publishing
            .edition_of_exercise(caller, exercise, &edition);
        let (course, edition) = read.await?;
        let db = self.database.read();
        let body = match edition {
            Edition::Draft => exercises::find(db, exercise).await?.map(|found| found.body),
            Edition::Published(number) => {
                let content = self.publishing.content();
                let found = content.exercise(course.id, number, exercise).await?;
                found.map(|found| found.body.clone())
            }
        };
        let Some(ExerciseBody { hints, .. }) = body else {
            return Err(self.absent(caller, course.id, "exercise").await);
        };
        let of = i32::try_from(hints.len()).unwrap_or(0);
        let mut numbered = (1..).zip(hints);
        let found = numbered.find(|(place, _)| *place == number);
        let (_, text) = found.ok_or(Error::NotFound("hint"))?;
        let text_html = match query.is_html() {
            true => {
                let html = self.pages.html(text.clone(), query.links(course.id));
                Some(html.await?.as_ref().to_owned())
            }
            false => None,
        };
        Ok(HintView {
            number,
            of,
            text,
            text_html,
        })
    }
}

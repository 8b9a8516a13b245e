//! Exercises, each as the caller may see it, and their hints.

use kernel::{Caller, ExerciseId, Key, LessonId, Operation, Page, PageRequest};

use super::Service;
use crate::assessment::Turn;
use crate::authoring::{CourseRecord, exercises, lessons};
use crate::domain::question::task;
use crate::domain::{Draw, Ids, paging};
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
        let mut turns = self
            .assessment
            .turns(caller.user_id, (course, number), &exercises)
            .await?;
        let version = self.publishing.version(course.id, number).await?;
        let retry_percent = version.meta.course.retry_percent;
        let shown = exercises.into_iter().map(|exercise| {
            let (id, mut body) = (exercise.exercise_id, exercise.body);
            let turn = turns.remove(&id).unwrap_or_default();
            let is_drawn = body.is_drawn();
            if is_drawn {
                body = draw(caller, course, id, &turn).apply(&body);
            }
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
                prompt: Some(body.prompt).filter(|_| !turn.is_closed),
                prompt_html: None,
                points: body.points,
                pass_percent: body.pass_percent,
                hints: i32::try_from(body.hints.len()).unwrap_or(0),
                hint_cost_percent: turn.hint_cost,
                taken_hints: turn.taken_hints,
                attempts_left: turn.attempts_left,
                retry_percent: Some(retry_percent).filter(|_| {
                    turn.attempts_left.is_none() && !body.question.is_graded_by_staff()
                }),
                attempt: Some(turn.attempt).filter(|_| is_drawn),
                time_limit_minutes: body.time_limit,
                expires_at: turn.expires_at,
                cooldown_minutes: body.cooldown,
                opens_at: turn.opens_at,
                task: Some(task(&body.question, ids, caller.user_id)).filter(|_| !turn.is_closed),
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
            if let Some(prompt) = &exercise.prompt {
                let html = self.pages.html(prompt.clone(), links.clone()).await?;
                exercise.prompt_html = Some(html.as_ref().to_owned());
            }
        }
        Ok(())
    }

    /// The hints of an exercise as the next attempt of the caller has it, and what this one would cost them.
    async fn hints_for(
        &self,
        caller: &Caller,
        (course, number): (&CourseRecord, i64),
        found: &VersionExercise,
        hint: i32,
    ) -> Result<(Vec<String>, Option<i32>), Error> {
        let asked = std::slice::from_ref(found);
        let turns = self
            .assessment
            .turns(caller.user_id, (course, number), asked);
        let mut turns = turns.await?;
        let turn = turns.remove(&found.exercise_id).unwrap_or_default();
        if turn.is_closed {
            return Err(Error::NotStarted);
        }
        let is_free = turn.is_over || turn.taken_hints.contains(&hint);
        let cost = turn.hint_cost.filter(|_| !is_free);
        let hints = match found.body.is_drawn() {
            true => {
                let draw = draw(caller, course, found.exercise_id, &turn);
                draw.apply(&found.body).hints
            }
            false => found.body.hints.clone(),
        };
        Ok((hints, cost))
    }

    pub(crate) async fn hint(
        &self,
        caller: &Caller,
        (exercise, number): (ExerciseId, i32),
        query: &ReadText,
    ) -> Result<HintView, Error> {
        self.hint_or_take(caller, (exercise, number), query, None)
            .await
    }

    /// Takes a hint that costs points; one that is free, or was taken before, costs nothing.
    pub(crate) async fn take_hint(
        &self,
        caller: &Caller,
        operation: &Operation,
        (exercise, number): (ExerciseId, i32),
        query: &ReadText,
    ) -> Result<HintView, Error> {
        self.hint_or_take(caller, (exercise, number), query, Some(operation))
            .await
    }

    async fn hint_or_take(
        &self,
        caller: &Caller,
        (exercise, number): (ExerciseId, i32),
        query: &ReadText,
        take: Option<&Operation>,
    ) -> Result<HintView, Error> {
        let edition = query.edition();
        let read = self
            .publishing
            .edition_of_exercise(caller, exercise, &edition);
        let (course, edition) = read.await?;
        let db = self.database.read();
        let found = match edition {
            Edition::Draft => exercises::find(db, exercise)
                .await?
                .map(|found| (found.body.hints, None)),
            Edition::Published(version) => {
                let content = self.publishing.content();
                match content.exercise(course.id, version, exercise).await? {
                    Some(found) => {
                        let place = (&*course, version);
                        Some(self.hints_for(caller, place, &found, number).await?)
                    }
                    None => None,
                }
            }
        };
        let Some((hints, cost)) = found else {
            return Err(self.absent(caller, course.id, "exercise").await);
        };
        let of = i32::try_from(hints.len()).unwrap_or(0);
        let mut numbered = (1..).zip(hints);
        let found = numbered.find(|(place, _)| *place == number);
        let (_, text) = found.ok_or(Error::NotFound("hint"))?;
        match (cost, take) {
            (Some(cost), None) => return Err(Error::HintNotTaken(cost)),
            (Some(_), Some(operation)) => {
                let taken = self
                    .assessment
                    .take_hint(caller, operation, exercise, number);
                taken.await?;
            }
            (None, _) => {}
        }
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

fn draw<'a>(
    caller: &Caller,
    course: &'a CourseRecord,
    exercise: ExerciseId,
    turn: &Turn,
) -> Draw<'a> {
    Draw {
        seed: &course.seed,
        exercise,
        learner: caller.user_id,
        attempt: turn.attempt,
    }
}

//! What two versions say differently.

use std::time::{Duration, Instant};

use contracts::course_ref::CourseRef;
use kernel::{Caller, CourseId, Key, Page, PageRequest};
use serde::Serialize;
use serde_json::{Map, Value};

use super::Service;
use crate::domain::difference::{Part, PartKind, changes};
use crate::domain::{Need, paging};
use crate::error::Error;
use crate::publishing::store::parts;
use crate::publishing::view::VersionChange;

/// How long the words of a page may be compared before that is done less exactly.
const PATIENCE: Duration = Duration::from_secs(2);

impl Service {
    /// The parts of version `number` that are not the same in version `other`; for the staff, because it tells the
    /// answers of exercises.
    pub(crate) async fn diff(
        &self,
        caller: &Caller,
        course: &CourseRef,
        (number, other): (i64, i64),
        page_request: &PageRequest,
    ) -> Result<Page<VersionChange>, Error> {
        let course = self.authoring.known(course).await?;
        let db = self.database.read();
        self.authoring
            .require(db, caller, &course, Need::Read)
            .await?;
        let before = self.parts(course.id, number).await?;
        let after = self.parts(course.id, other).await?;
        let page_request = page_request.clone();
        let compared = move || {
            let changes = (1_i64..).zip(changes(&before, &after)).collect();
            let page = paging::page(changes, &page_request, |(place, _)| vec![Key::Int(*place)]);
            let deadline = Instant::now() + PATIENCE;
            page.map(|(_, change)| VersionChange::new(change, deadline))
        };
        Ok(self.lane.run(compared).await?)
    }

    /// Everything that a version says, in the order in which it is read.
    async fn parts(&self, course: CourseId, number: i64) -> Result<Vec<Part>, Error> {
        let version = self.version(course, number).await?;
        let db = self.database.read();
        let lessons = parts::lessons(db, course, number).await?;
        let exercises = parts::all_exercises(db, course, number).await?;
        let meta = &version.meta;
        let mut all = vec![Part {
            kind: PartKind::Course,
            id: course.uuid(),
            parent: None,
            title: meta.course.title.clone(),
            fields: fields(&meta.course),
        }];
        for section in &meta.sections {
            all.push(Part {
                kind: PartKind::Section,
                id: section.id.uuid(),
                parent: None,
                title: section.body.title.clone(),
                fields: fields(&section.body),
            });
            for lesson in lessons.iter().filter(|one| one.section_id == section.id) {
                all.push(Part {
                    kind: PartKind::Lesson,
                    id: lesson.lesson_id.uuid(),
                    parent: Some(section.id.uuid()),
                    title: lesson.body.title.clone(),
                    fields: fields(&lesson.body),
                });
                let own = exercises
                    .iter()
                    .filter(|one| one.lesson_id == lesson.lesson_id);
                all.extend(own.map(|exercise| Part {
                    kind: PartKind::Exercise,
                    id: exercise.exercise_id.uuid(),
                    parent: Some(lesson.lesson_id.uuid()),
                    title: exercise.body.title.clone(),
                    fields: fields(&exercise.body),
                }));
            }
        }
        Ok(all)
    }
}

fn fields<T: Serialize>(body: &T) -> Map<String, Value> {
    match serde_json::to_value(body) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}

//! What published versions hold, read and parsed once: a version never changes, so nothing but room
//! for others drops it.

use std::hash::Hash;
use std::sync::Arc;

use database::Database;
use kernel::{CourseId, ExerciseId, LessonId};
use moka::sync::Cache;

use super::store::{VersionExercise, VersionLesson, VersionRecord, parts, versions};
use crate::error::Error;

/// How many bytes of texts each kind of part keeps.
const KEPT_BYTES: u64 = 16 * 1024 * 1024;
/// What a part weighs beside its texts.
const OVERHEAD: usize = 512;

type Kept<K, V> = Cache<K, (Arc<V>, u32)>;

/// The parts of published versions.
#[derive(Clone)]
pub(crate) struct Content {
    database: Database,
    versions: Kept<(CourseId, i64), VersionRecord>,
    lessons: Kept<(CourseId, i64, LessonId), VersionLesson>,
    exercises: Kept<(CourseId, i64, ExerciseId), VersionExercise>,
    exercises_of: Kept<(CourseId, i64, LessonId), Vec<VersionExercise>>,
}

impl Content {
    pub(super) fn new(database: Database) -> Self {
        Self {
            database,
            versions: kept(),
            lessons: kept(),
            exercises: kept(),
            exercises_of: kept(),
        }
    }

    /// A version without the texts of its lessons.
    pub(crate) async fn version(
        &self,
        course: CourseId,
        number: i64,
    ) -> Result<Option<Arc<VersionRecord>>, Error> {
        let key = (course, number);
        if let Some((known, _)) = self.versions.get(&key) {
            return Ok(Some(known));
        }
        let found = versions::find(self.database.read(), course, number).await?;
        Ok(found.map(|found| {
            let bytes = found.bytes;
            keep(&self.versions, key, found, bytes)
        }))
    }

    pub(crate) async fn lesson(
        &self,
        course: CourseId,
        number: i64,
        lesson: LessonId,
    ) -> Result<Option<Arc<VersionLesson>>, Error> {
        let key = (course, number, lesson);
        if let Some((known, _)) = self.lessons.get(&key) {
            return Ok(Some(known));
        }
        let found = parts::find_lesson(self.database.read(), course, number, lesson).await?;
        Ok(found.map(|found| {
            let bytes = found.bytes;
            keep(&self.lessons, key, found, bytes)
        }))
    }

    pub(crate) async fn exercise(
        &self,
        course: CourseId,
        number: i64,
        exercise: ExerciseId,
    ) -> Result<Option<Arc<VersionExercise>>, Error> {
        let key = (course, number, exercise);
        if let Some((known, _)) = self.exercises.get(&key) {
            return Ok(Some(known));
        }
        let found = parts::find_exercise(self.database.read(), course, number, exercise).await?;
        Ok(found.map(|found| {
            let bytes = found.bytes;
            keep(&self.exercises, key, found, bytes)
        }))
    }

    /// The exercises of a lesson, by position.
    pub(crate) async fn exercises_of(
        &self,
        course: CourseId,
        number: i64,
        lesson: LessonId,
    ) -> Result<Arc<Vec<VersionExercise>>, Error> {
        let key = (course, number, lesson);
        if let Some((known, _)) = self.exercises_of.get(&key) {
            return Ok(known);
        }
        let found = parts::exercises(self.database.read(), course, number, lesson).await?;
        let bytes = found.iter().map(|exercise| exercise.bytes).sum();
        Ok(keep(&self.exercises_of, key, found, bytes))
    }
}

fn kept<K: Hash + Eq + Send + Sync + 'static, V: Send + Sync + 'static>() -> Kept<K, V> {
    Cache::builder()
        .max_capacity(KEPT_BYTES)
        .weigher(|_, (_, weight): &(Arc<V>, u32)| *weight)
        .build()
}

fn keep<K: Hash + Eq + Send + Sync + 'static, V: Send + Sync + 'static>(
    cache: &Kept<K, V>,
    key: K,
    value: V,
    bytes: usize,
) -> Arc<V> {
    let value = Arc::new(value);
    let weight = u32::try_from(bytes + OVERHEAD).unwrap_or(u32::MAX);
    cache.insert(key, (Arc::clone(&value), weight));
    value
}

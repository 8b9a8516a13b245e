//! What a draft refers to among its assets has to be there when it is published.

use std::collections::HashMap;

use contracts::course::OutlineView;
use database::Transaction;
use kernel::FieldFault;
use uuid::Uuid;

use super::Service;
use crate::assets::drafts;
use crate::authoring::CourseRecord;
use crate::domain::asset::{AssetKind, Form, name_key};
use crate::error::Error;
use crate::markdown::{self, Texts};
use crate::publishing::store::referring;

impl Service {
    /// What the draft refers to and does not have, with the place in the outline.
    pub(super) async fn missing_assets(
        &self,
        txn: &Transaction,
        course: &CourseRecord,
        outline: &OutlineView,
    ) -> Result<Vec<FieldFault>, Error> {
        let known = drafts::list(txn, course.id).await?.into_iter();
        let known: HashMap<_, _> = known
            .map(|asset| (name_key(&asset.name), asset.media_type))
            .collect();
        let mut faults = Vec::new();
        if let Some(cover) = &course.body.cover {
            let kind = known.get(&name_key(cover));
            let kind = kind.and_then(|media_type| AssetKind::of_media_type(media_type));
            if kind.is_none_or(|kind| kind.form != Form::Image) {
                let message = format!(
                    "the cover “{cover}” is no picture among the assets of the course; upload it, or choose another"
                );
                faults.push(FieldFault::new("/cover", "asset_missing", message));
            }
        }
        let description = Some(&course.body.description);
        let mut texts = markdown::of_text("/description", description);
        let places = places(outline);
        let place = |id: Uuid| places.get(&id).cloned().unwrap_or_default();
        for (id, lesson) in referring::lessons(txn, course.id).await? {
            texts.push((place(id.uuid()), lesson.content));
        }
        for (id, exercise) in referring::exercises(txn, course.id).await? {
            let of_exercise = markdown::of_exercise(
                Some(&exercise.prompt),
                Some(&exercise.hints),
                exercise.explanation.as_ref(),
                Some(&exercise.question),
                Some(&exercise.variants),
            );
            let place = place(id.uuid());
            let of_exercise = of_exercise.into_iter();
            texts.extend(of_exercise.map(|(at, text)| (format!("{place}{at}"), text)));
        }
        let referred = move || missing(texts, |name| known.contains_key(&name_key(name)));
        faults.extend(self.lane.run(referred).await?);
        Ok(faults)
    }
}

/// The pointers to lessons and exercises in an outline, by their ids.
fn places(outline: &OutlineView) -> HashMap<Uuid, String> {
    let mut places = HashMap::new();
    for (section, part) in outline.sections.iter().enumerate() {
        for (lesson, part) in part.lessons.iter().enumerate() {
            let at = format!("/sections/{section}/lessons/{lesson}");
            for (exercise, part) in part.exercises.iter().enumerate() {
                places.insert(part.id.uuid(), format!("{at}/exercises/{exercise}"));
            }
            places.insert(part.id.uuid(), at);
        }
    }
    places
}

fn missing(texts: Texts, is_known: impl Fn(&str) -> bool) -> Vec<FieldFault> {
    let mut faults = Vec::new();
    for (at, text) in texts.iter().filter(|(_, text)| text.contains("assets/")) {
        for name in markdown::references(text) {
            if !is_known(&name) {
                let message = format!(
                    "the text refers to “assets/{name}”, which the course does not have; upload it, or take the reference away"
                );
                faults.push(FieldFault::new(at, "asset_missing", message));
            }
        }
    }
    faults
}

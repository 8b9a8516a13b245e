//! What a draft refers to among its assets has to be there when it is published.

use std::collections::HashMap;

use database::Transaction;
use kernel::FieldFault;

use crate::assets::drafts;
use crate::authoring::CourseRecord;
use crate::domain::asset::{AssetKind, Form, name_key};
use crate::error::Error;
use crate::publishing::prepared::Prepared;

/// What the draft refers to and does not have, with the place in the outline.
pub(super) async fn missing_assets(
    txn: &Transaction,
    course: &CourseRecord,
    prepared: &Prepared,
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
    faults.extend(prepared.missing(|name| known.contains_key(&name_key(name))));
    Ok(faults)
}

//! The assets among the files of a course.

use std::collections::BTreeSet;

use super::reader::Reader;
use crate::assets::Content;
use crate::domain::AssetName;
use crate::domain::bounds::{MAX_ASSET_BYTES, MAX_ASSETS};
use crate::files::ParsedAssets;
use crate::files::folder::ASSETS;

impl Reader<'_> {
    /// Files without any say nothing of the assets that a course has.
    pub(super) fn assets(&mut self) -> ParsedAssets {
        if self.assets.is_empty() {
            return ParsedAssets::Kept;
        }
        self.limit("assets", self.assets.len(), MAX_ASSETS, "assets");
        let (mut contents, mut keys) = (Vec::new(), BTreeSet::new());
        for (name, bytes) in self.assets {
            let file = format!("{ASSETS}{name}");
            let parsed = match AssetName::parse(name, "") {
                Ok(parsed) => parsed,
                Err(fault) => {
                    self.fault(&file, 1, fault.message);
                    continue;
                }
            };
            if !keys.insert(parsed.key()) {
                let message = "has the name of another asset in another case; rename one of them";
                self.fault(&file, 1, message);
            } else if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > MAX_ASSET_BYTES {
                self.fault(&file, 1, "must have at most 10 MiB; make it smaller");
            } else {
                match Content::of_bytes(parsed, bytes.clone()) {
                    Ok(content) => contents.push(content),
                    Err(fault) => self.fault(&file, 1, fault.message),
                }
            }
        }
        ParsedAssets::Files(contents)
    }
}

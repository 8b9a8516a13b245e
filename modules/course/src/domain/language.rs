//! The languages in which courses are written, by their BCP 47 tags (RFC 5646).

use language_tags::LanguageTag;

/// The default language of a course.
pub(crate) fn english() -> String {
    "en".to_owned()
}

/// The tag in the form in which it is kept and compared: registered subtags in their usual letter case, without what
/// another tag has replaced. `None` when it is no valid tag.
pub(crate) fn canonical(tag: &str) -> Option<String> {
    let tag = LanguageTag::parse(tag).ok()?;
    tag.validate().ok()?;
    let canonical = tag.canonicalize().ok()?;
    Some(canonical.into_string())
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn tags_have_one_form_and_have_to_be_registered() {
        for (tag, form) in [
            ("en", Some("en")),
            ("EN-gb", Some("en-GB")),
            ("zh-hant-tw", Some("zh-Hant-TW")),
            ("iw", Some("he")),
            ("english", None),
            ("xx", None),
            ("en-", None),
            ("", None),
        ] {
            assert_eq!(canonical(tag).as_deref(), form, "{tag}");
        }
    }
}

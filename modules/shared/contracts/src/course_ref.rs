//! How an address names a course: by its id or by its slug.

use kernel::CourseId;
use serde::{Deserialize, Deserializer, de::Error};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// The id or the slug of a course, as a parameter of a path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum CourseRef {
    /// The id, 36 characters long.
    Id(CourseId),
    /// The slug: 3 to 80 characters.
    Slug(String),
}

impl CourseRef {
    /// Reads an id in its hyphenated form, or a slug; `None` for what is neither.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() == 36
            && let Ok(id) = text.parse()
        {
            return Some(Self::Id(id));
        }
        let is_slug = (3..=80).contains(&text.len()) && is_hyphenated(text);
        is_slug.then(|| Self::Slug(text.to_owned()))
    }
}

/// Whether `text` is made of words of lower-case letters and digits, joined by hyphens.
pub fn is_hyphenated(text: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let mut words = text.split('-');
    words.all(|word| !word.is_empty() && word.bytes().all(letter))
}

impl From<CourseId> for CourseRef {
    fn from(id: CourseId) -> Self {
        Self::Id(id)
    }
}

impl<'de> Deserialize<'de> for CourseRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom("must be the id or the slug of a course"))
    }
}

impl PartialSchema for CourseRef {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .min_length(Some(3))
            .max_length(Some(80))
            .pattern(Some("^[a-z0-9]+(-[a-z0-9]+)*$"))
            .description(Some("The id or the slug of a course."))
            .into()
    }
}

impl ToSchema for CourseRef {
    fn name() -> std::borrow::Cow<'static, str> {
        "CourseRef".into()
    }
}

#[cfg(test)]
mod tests {
    use super::CourseRef;

    #[test]
    fn an_address_is_an_id_or_a_slug_and_nothing_else() {
        let id = "01940000-0000-7000-8000-000000000001";
        assert!(matches!(CourseRef::parse(id), Some(CourseRef::Id(_))));
        assert!(matches!(
            CourseRef::parse("go-from-zero"),
            Some(CourseRef::Slug(_))
        ));
        for wrong in ["", "ab", "-abc", "abc-", "a--b", "Abc", "a b", "../x"] {
            assert_eq!(CourseRef::parse(wrong), None, "{wrong}");
        }
    }
}

//! Schemas that the derive cannot say: arrays of bounded strings, and objects that carry their kind.

use utoipa::PartialSchema;
use utoipa::openapi::schema::{Array, ArrayBuilder, Object, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Schema};

fn texts(items: std::ops::RangeInclusive<usize>, length: usize) -> Array {
    array(
        items,
        ObjectBuilder::new()
            .schema_type(Type::String)
            .min_length(Some(1))
            .max_length(Some(length)),
    )
}

fn array(items: std::ops::RangeInclusive<usize>, item: ObjectBuilder) -> Array {
    ArrayBuilder::new()
        .items(RefOr::T(Schema::Object(item.build())))
        .min_items(Some(*items.start()))
        .max_items(Some(*items.end()))
        .build()
}

/// Up to 20 sentences.
pub(crate) fn sentences() -> Array {
    texts(0..=20, 500)
}

/// Up to 5 hints.
pub(crate) fn hints() -> Array {
    texts(0..=5, 2000)
}

/// The numbers of hints.
pub(crate) fn hint_numbers() -> Array {
    let number = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(1))
        .maximum(Some(5));
    array(0..=5, number)
}

/// The numbers of the objectives of a lesson.
pub(crate) fn objective_numbers() -> Array {
    let number = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(1))
        .maximum(Some(20));
    array(0..=20, number)
}

/// The wordings that a short answer may have.
pub(crate) fn wordings() -> Array {
    texts(1..=20, 200)
}

/// The symbols of units.
pub(crate) fn units() -> Array {
    texts(0..=12, 20)
}

/// The points of the criteria of a rubric.
pub(crate) fn criteria() -> Array {
    let points = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(0))
        .maximum(Some(1000));
    array(1..=12, points)
}

/// The texts of gaps.
pub(crate) fn gaps() -> Array {
    let gap = ObjectBuilder::new()
        .schema_type(Type::String)
        .max_length(Some(1000));
    array(1..=30, gap)
}

/// What has an order.
pub(crate) fn ordered() -> Array {
    texts(2..=12, 500)
}

/// Up to 10 tags.
pub(crate) fn tags() -> Array {
    let tag = ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(1))
        .max_length(Some(40))
        .pattern(Some("^[a-z0-9]+(-[a-z0-9]+)*$"));
    array(0..=10, tag)
}

/// The names of up to 20 people.
pub(crate) fn names() -> Array {
    let name = ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(1))
        .max_length(Some(100))
        .format(Some(SchemaFormat::Custom("line".to_owned())));
    array(0..=20, name)
}

/// Up to 20 courses, by their ids or slugs.
pub(crate) fn courses() -> Array {
    let course = ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(3))
        .max_length(Some(80))
        .pattern(Some("^[a-z0-9]+(-[a-z0-9]+)*$"));
    array(0..=20, course)
}

/// The short ids of options or items.
pub(crate) fn item_ids() -> Array {
    let id = ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(1))
        .max_length(Some(20))
        .pattern(Some("^[A-Za-z0-9_-]+$"));
    array(0..=12, id)
}

/// The object of `T` with the word that distinguishes it from the others of its enumeration.
/// The derive would join the two with `allOf`, which a closed object can never satisfy.
pub(crate) fn of_kind<T: PartialSchema>(kind: &str) -> RefOr<Schema> {
    let mut object = match T::schema() {
        RefOr::T(Schema::Object(object)) => object,
        _ => Object::new(),
    };
    let word = ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some([kind]))
        .build();
    object.title = Some(kind.to_owned());
    object.properties.insert("kind".to_owned(), word.into());
    object.required.insert(0, "kind".to_owned());
    RefOr::T(Schema::Object(object))
}

//! The edge of the catalogue.

mod answer;
mod lists;
mod ready;

use rest::Routes;

pub(crate) use answer::{Shows, for_everybody};
pub(crate) use ready::{Readers, Ready};

/// Every route of the room.
pub(crate) fn routes(cfg: &mut impl Routes) {
    cfg.service(lists::list_courses)
        .service(lists::get_course_facets)
        .service(lists::list_tags)
        .service(lists::list_categories);
}

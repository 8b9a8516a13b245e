//! The edge of the drafts: requests are parsed and authorized, answers are shaped.

mod courses;
mod exercises;
mod lessons;
mod sections;
mod staff;

use rest::Routes;

/// Every route of the room.
pub(crate) fn routes(cfg: &mut impl Routes) {
    cfg.service(courses::create_course)
        .service(courses::update_course)
        .service(courses::delete_course)
        .service(courses::apply_course_batch)
        .service(sections::create_section)
        .service(sections::update_section)
        .service(sections::delete_section)
        .service(lessons::reorder_lessons)
        .service(lessons::create_lesson)
        .service(lessons::update_lesson)
        .service(lessons::delete_lesson)
        .service(exercises::create_exercise)
        .service(exercises::update_exercise)
        .service(exercises::delete_exercise)
        .service(staff::list_course_staff)
        .service(staff::replace_course_staff_member)
        .service(staff::delete_course_staff_member);
}

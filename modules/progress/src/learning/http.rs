//! The endpoints of learning.

mod courses;
mod lessons;

use rest::Routes;

pub(crate) fn routes(cfg: &mut impl Routes) {
    cfg.service(courses::get_my_course_progress)
        .service(courses::explain_my_course_progress)
        .service(courses::list_my_next_lessons)
        .service(lessons::start_lesson)
        .service(lessons::update_lesson_progress)
        .service(lessons::complete_lesson);
}

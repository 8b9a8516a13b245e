//! The endpoints of this module; the one list of its routes.

mod achievements;
mod answer;
mod courses;
mod enrollments;
mod leaderboards;
mod learners;
mod lessons;

use rest::Routes;

pub fn routes(cfg: &mut impl Routes) {
    cfg.service(learners::get_progress_overview)
        .service(enrollments::list_enrollments)
        .service(enrollments::enroll)
        .service(enrollments::get_enrollment)
        .service(enrollments::leave_course)
        .service(courses::get_course_progress)
        .service(courses::explain_course_progress)
        .service(courses::list_next_lessons)
        .service(lessons::start_lesson)
        .service(lessons::report_lesson_progress)
        .service(lessons::complete_lesson)
        .service(learners::get_streak)
        .service(learners::get_stats)
        .service(learners::get_activity)
        .service(leaderboards::appear_on_leaderboards)
        .service(leaderboards::get_leaderboard)
        .service(achievements::list_achievements)
        .service(achievements::list_my_achievements);
}

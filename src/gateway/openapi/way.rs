//! The order in which Swagger UI shows the operations: that of a user's way through the platform.

use serde_json::Value;

/// The ids of all operations.
const WAY: [&str; 121] = [
    // auth
    "register",
    "verify_email",
    "resend_verification_email",
    "log_in",
    "complete_mfa_challenge",
    "refresh",
    "log_out",
    "log_out_all",
    "request_password_reset",
    "reset_password",
    "enroll_totp",
    "confirm_totp",
    "regenerate_recovery_codes",
    "disable_totp",
    "list_identity_providers",
    "start_provider_login",
    "complete_provider_login",
    "exchange_login_code",
    "restore_account",
    "create_first_admin",
    // catalogue
    "list_courses",
    "list_categories",
    "list_tags",
    // courses, for learners
    "get_course",
    "get_course_outline",
    // enrollments
    "enroll",
    "list_my_enrollments",
    "get_my_enrollment",
    "get_my_enrollment_upgrade",
    "upgrade_enrollment",
    "unenroll",
    // lessons
    "list_lessons",
    "get_lesson",
    // exercises
    "list_exercises",
    "get_exercise",
    "get_hint",
    // submissions
    "submit_answer",
    "list_exercise_submissions",
    "get_submission",
    // progress
    "start_lesson",
    "update_lesson_progress",
    "complete_lesson",
    "get_my_progress",
    "get_my_course_progress",
    "explain_my_course_progress",
    "list_my_next_lessons",
    "get_my_streak",
    "get_my_stats",
    "get_my_activity",
    // achievements
    "list_my_achievements",
    "list_achievements",
    // leaderboards
    "get_leaderboard",
    "replace_my_leaderboard_settings",
    // notifications
    "list_my_notifications",
    "get_my_unread_count",
    "get_my_notification",
    "update_my_notification",
    "mark_all_my_notifications_read",
    "delete_my_notification",
    // users, oneself
    "get_me",
    "update_me",
    "update_my_email",
    "update_my_password",
    "list_my_sessions",
    "revoke_my_session",
    "revoke_my_other_sessions",
    "create_my_api_token",
    "list_my_api_tokens",
    "revoke_my_api_token",
    "list_my_identities",
    "unlink_my_identity",
    "create_my_export",
    "get_my_export",
    "download_my_export",
    "delete_me",
    "get_user_profile",
    // courses, for authors
    "create_course",
    "update_course",
    "create_section",
    "list_sections",
    "update_section",
    "delete_section",
    "create_lesson",
    "update_lesson",
    "reorder_lessons",
    "delete_lesson",
    "create_exercise",
    "update_exercise",
    "delete_exercise",
    "publish_course",
    "list_course_versions",
    "get_course_version",
    "archive_course",
    "restore_course",
    "delete_course",
    "list_course_staff",
    "replace_course_staff_member",
    "delete_course_staff_member",
    // administration
    "create_invitation",
    "list_invitations",
    "get_invitation",
    "revoke_invitation",
    "list_users",
    "get_user",
    "update_user",
    "start_user_password_reset",
    "revoke_user_sessions",
    "reset_user_mfa",
    "delete_user",
    "get_user_erasure",
    "list_audit_events",
    "list_deliveries",
    "retry_delivery",
    "list_dead_letters",
    "get_dead_letter",
    "replay_dead_letter",
    "discard_dead_letter",
    // operation
    "get_jwks",
    "livez",
    "readyz",
    "startupz",
];

/// Numbers an operation by its place on the way (`x-order`).
pub(super) fn number(operation: &mut Value) {
    let id = operation["operationId"].as_str().unwrap_or_default();
    if let Some(place) = WAY.iter().position(|known| *known == id) {
        operation["x-order"] = place.into();
    }
}

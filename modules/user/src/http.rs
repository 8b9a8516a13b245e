//! The module's routes, each with its place in the API description.

mod api_tokens;
mod audit;
mod auth;
mod emails;
mod erasure;
mod export;
mod identities;
mod invitations;
mod login;
mod me;
mod mfa;
mod passwords;
mod people;
mod providers;
mod sessions;

use rest::Routes;

/// The one list of the module's endpoints. Fixed words come before an id that would swallow them.
pub fn routes(config: &mut impl Routes) {
    config
        .service(auth::register)
        .service(auth::set_up)
        .service(login::log_in)
        .service(login::refresh)
        .service(login::log_out)
        .service(login::log_out_everywhere)
        .service(passwords::forgot_password)
        .service(passwords::reset_password)
        .service(emails::verify_email)
        .service(emails::resend_verification)
        .service(mfa::answer_challenge)
        .service(mfa::enrol_totp)
        .service(mfa::confirm_totp)
        .service(mfa::remove_totp)
        .service(mfa::replace_recovery_codes)
        .service(providers::list_providers)
        .service(providers::begin_provider_sign_in)
        .service(providers::finish_provider_sign_in)
        .service(providers::exchange_provider_sign_in)
        .service(erasure::keep_account)
        .service(me::get_me)
        .service(me::update_me)
        .service(erasure::delete_me)
        .service(export::request_my_export)
        .service(export::get_my_export)
        .service(export::get_my_export_content)
        .service(passwords::change_my_password)
        .service(emails::change_my_email)
        .service(sessions::list_my_sessions)
        .service(sessions::end_my_session)
        .service(sessions::end_my_other_sessions)
        .service(api_tokens::list_my_tokens)
        .service(api_tokens::create_my_token)
        .service(api_tokens::delete_my_token)
        .service(identities::list_my_identities)
        .service(identities::unlink_my_identity)
        .service(invitations::list_invitations)
        .service(invitations::create_invitation)
        .service(invitations::get_invitation)
        .service(invitations::withdraw_invitation)
        .service(audit::read_audit_log)
        .service(people::list_users)
        .service(people::get_user)
        .service(people::change_user)
        .service(erasure::delete_user)
        .service(erasure::get_erasure)
        .service(people::get_profile)
        .service(sessions::end_sessions_of)
        .service(passwords::start_password_reset)
        .service(mfa::remove_factor_of);
}

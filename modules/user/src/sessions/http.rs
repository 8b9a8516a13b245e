//! The routes of sessions and their tokens.

mod api_tokens;
mod client;
mod sessions;
mod tokens;

use rest::Routes;

/// Fixed words come before an id that would swallow them.
pub(crate) fn routes(config: &mut impl Routes) {
    config
        .service(tokens::refresh)
        .service(tokens::log_out)
        .service(tokens::log_out_all)
        .service(sessions::list_my_sessions)
        .service(sessions::revoke_my_session)
        .service(sessions::revoke_my_other_sessions)
        .service(sessions::revoke_user_sessions)
        .service(api_tokens::list_my_api_tokens)
        .service(api_tokens::create_my_api_token)
        .service(api_tokens::revoke_my_api_token);
}

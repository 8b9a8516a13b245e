//! The module's routes, each with its place in the API description.

mod auth;
pub(crate) mod me;
mod people;
mod sessions;

use rest::Routes;

/// The one list of the module's endpoints.
pub fn routes(config: &mut impl Routes) {
    config
        .service(auth::register)
        .service(auth::log_in)
        .service(auth::refresh)
        .service(auth::log_out)
        .service(auth::log_out_everywhere)
        .service(auth::set_up)
        .service(me::get_me)
        .service(me::update_me)
        .service(sessions::list_my_sessions)
        .service(sessions::end_my_session)
        .service(people::list_users)
        .service(people::get_user)
        .service(people::change_user)
        .service(people::get_profile);
}

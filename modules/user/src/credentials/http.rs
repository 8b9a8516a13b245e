//! The routes of passwords.

mod login;
mod passwords;

use rest::Routes;

pub(crate) fn routes(config: &mut impl Routes) {
    config
        .service(login::log_in)
        .service(passwords::request_password_reset)
        .service(passwords::reset_password)
        .service(passwords::update_my_password)
        .service(passwords::start_user_password_reset);
}

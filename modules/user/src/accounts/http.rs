//! The routes of accounts and invitations.

mod invitations;
mod me;
mod registration;
mod users;

use rest::Routes;

/// Fixed words come before an id that would swallow them.
pub(crate) fn routes(config: &mut impl Routes) {
    config
        .service(registration::register)
        .service(registration::create_first_admin)
        .service(me::get_me)
        .service(me::update_me)
        .service(invitations::list_invitations)
        .service(invitations::create_invitation)
        .service(invitations::get_invitation)
        .service(invitations::revoke_invitation)
        .service(users::list_users)
        .service(users::get_user)
        .service(users::update_user)
        .service(users::get_user_profile);
}

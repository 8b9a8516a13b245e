//! The routes of signing in with others, and of linked identities.

mod cookie;
mod identities;
mod providers;

use rest::Routes;

pub(crate) fn routes(config: &mut impl Routes) {
    config
        .service(providers::list_identity_providers)
        .service(providers::start_provider_login)
        .service(providers::complete_provider_login)
        .service(providers::exchange_login_code)
        .service(identities::list_my_identities)
        .service(identities::unlink_my_identity);
}

//! The routes of exports and erasures.

mod erasure;
mod export;

use rest::Routes;

/// Fixed words come before an id that would swallow them.
pub(crate) fn routes(config: &mut impl Routes) {
    config
        .service(erasure::restore_account)
        .service(erasure::delete_me)
        .service(export::create_my_export)
        .service(export::get_my_export)
        .service(export::download_my_export)
        .service(erasure::delete_user)
        .service(erasure::get_user_erasure);
}

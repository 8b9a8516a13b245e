//! What operators do over the API, across all modules.

mod dead_letters;

use rest::Routes;

/// Adds every route; they need the modules and the clock as application data.
pub fn routes(config: &mut impl Routes) {
    config
        .service(dead_letters::list_dead_letters)
        .service(dead_letters::get_dead_letter)
        .service(dead_letters::replay_dead_letter)
        .service(dead_letters::discard_dead_letter);
}

//! The module on a real database: what the tests of its rooms share, and tests of it as a whole.

mod edge;
mod events;
mod module_test;

pub(crate) use module_test::{
    ModuleTest, caller, completed, contact, enrolled, registered, unlocked, user,
};

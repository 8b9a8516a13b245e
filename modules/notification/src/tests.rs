//! The rules of the module on a real database.

mod deliveries;
mod edge;
mod inbox;
mod letters;
mod reactions;
mod smtp;
mod stage;

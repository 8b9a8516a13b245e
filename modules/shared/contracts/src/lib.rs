//! What the modules ask and tell each other: views, traits and events, and nothing that runs.

pub mod course;
pub mod notification;
pub mod progress;
pub mod user;

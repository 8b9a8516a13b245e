//! Puts messages and transactional emails into words, in every language that ships.

mod rendering;
mod sources;
mod words;

pub(crate) use rendering::{MailText, RenderError, Templates};
pub(crate) use words::{greeting_name, one_line};

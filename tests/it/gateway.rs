//! What holds of `gopro gateway`: the same answers as the services give, and an orderly word when
//! they give none.

mod answers;
mod failures;
mod malformed;
mod moments;
mod requests;
mod wrong_answers;

//! Parses the command and runs it.

use std::process::ExitCode;

use gopro::cli::{Command, complain};

fn main() -> ExitCode {
    // One provider of cryptography for every TLS connection; it can only be set once.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    match Command::from_command_line().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

//! Parses the command and runs it.

use std::process::ExitCode;

use gopro::cli::Command;

fn main() -> ExitCode {
    // One provider of cryptography for every TLS connection; it can only be set once.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    match Command::from_command_line().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = std::io::Write::write_fmt(
                &mut std::io::stderr(),
                format_args!("gopro: {}\n", told(&error)),
            );
            ExitCode::FAILURE
        }
    }
}

/// The error with its causes; one that was said already is not said again.
fn told(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

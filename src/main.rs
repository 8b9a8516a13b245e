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
                format_args!("gopro: {error:#}\n"),
            );
            ExitCode::FAILURE
        }
    }
}

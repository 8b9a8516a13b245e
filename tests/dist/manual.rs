//! Writes the man pages and shell completions of all commands: `cargo run --example manual -- FOLDER`.

use std::fs;
use std::path::PathBuf;

use clap::ValueEnum;
use clap_complete::Shell;
use gopro::cli::Command;

fn main() -> std::io::Result<()> {
    let folder = std::env::args_os().nth(1).map(PathBuf::from);
    let folder = folder.unwrap_or_else(|| "target/dist/share".into());
    let (pages, completions) = (folder.join("man/man1"), folder.join("completions"));
    fs::create_dir_all(&pages)?;
    fs::create_dir_all(&completions)?;
    clap_mangen::generate_to(Command::described(), &pages)?;
    for shell in Shell::value_variants() {
        clap_complete::generate_to(*shell, &mut Command::described(), "gopro", &completions)?;
    }
    Ok(())
}

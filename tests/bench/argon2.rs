//! The yardstick of a login: one verification of a stored password by the Argon2 crate alone.

use std::time::{Duration, Instant};

use argon2::Argon2;
use argon2::password_hash::PasswordVerifier;
use argon2::password_hash::phc::PasswordHash;

/// Prints how many milliseconds one verification takes, averaged over the given seconds.
#[expect(
    clippy::print_stdout,
    reason = "the figure is what this program is for"
)]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut argument = |name: &str| arguments.next().ok_or(format!("give the {name} too"));
    let password = argument("password")?;
    let stored = argument("stored hash")?;
    let seconds = argument("number of seconds")?.parse()?;
    let stored = PasswordHash::new(&stored)?;
    let begun = Instant::now();
    let mut count = 0;
    while begun.elapsed() < Duration::from_secs(seconds) {
        Argon2::default().verify_password(password.as_bytes(), &stored)?;
        count += 1;
    }
    println!(
        "{}",
        begun.elapsed().as_secs_f64() * 1000.0 / f64::from(count)
    );
    Ok(())
}

//! `gopro healthcheck` checks whether the running server is ready.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::output::say;
use crate::config::Settings;

pub(super) fn run(settings: &Settings) -> Result<()> {
    let mut address = settings.server.address;
    if address.ip().is_unspecified() {
        address.set_ip(IpAddr::V4(Ipv4Addr::LOCALHOST));
    }
    let wait = Duration::from_secs(3);
    let silent = || format!("no response from {address}; is the server running?");
    let mut stream = TcpStream::connect_timeout(&address, wait).with_context(silent)?;
    stream.set_read_timeout(Some(wait))?;
    write!(
        stream,
        "GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).with_context(silent)?;
    let status = answer.lines().next().unwrap_or_default();
    if !status.contains(" 200 ") {
        bail!("the server at {address} is not ready: {status}");
    }
    say("ready");
    Ok(())
}

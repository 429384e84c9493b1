//! `dnwerks healthy`: asks the process on this machine how it is, for images that have no shell and no curl.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use anyhow::{Context as _, Result};
use clap::Args;

use crate::terminal;

/// An orchestrator's own bound is longer.
const PATIENCE: Duration = Duration::from_millis(2500);

/// What `dnwerks healthy --help` teaches.
pub const AFTER_HELP: &str = "\
Examples:
  dnwerks healthy                                whether it is alive: for a container's health check
  dnwerks healthy --ready --listen 10.0.0.7:80   whether it can do its work";

/// Which process, and what to ask it.
#[derive(Debug, Args)]
#[group(skip)]
pub struct Healthy {
    /// The address on which it listens.
    #[arg(
        long,
        env = "LISTEN",
        default_value = "127.0.0.1:8080",
        value_name = "ADDRESS:PORT"
    )]
    listen: SocketAddr,

    /// Also asks whether it can do its work, which depends on others: not for restarting it.
    #[arg(long)]
    ready: bool,
}

/// Whether the process is well.
///
/// # Errors
/// When it does not answer.
pub async fn ask(settings: &Healthy) -> Result<bool> {
    let path = if settings.ready { "readyz" } else { "healthz" };
    let url = format!("http://{}/{path}", reachable(settings.listen));
    let http = reqwest::Client::builder().timeout(PATIENCE).build()?;
    let answer = http.get(&url).send().await;
    let status = answer.with_context(|| url.clone())?.status();
    if !status.is_success() {
        terminal::note(&format!("{url} answers {status}"));
    }
    Ok(status.is_success())
}

/// Who listens on every address is asked on this machine's own.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_is_asked_on_this_machine() {
        for (listen, asked) in [
            ("0.0.0.0:8080", "127.0.0.1:8080"),
            ("[::]:80", "[::1]:80"),
            ("10.0.0.7:1", "10.0.0.7:1"),
        ] {
            let listen: SocketAddr = listen.parse().unwrap();
            assert_eq!(reachable(listen).to_string(), asked);
        }
    }
}

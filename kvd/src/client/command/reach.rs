//! Flags that say where the servers are, and how to deal with them.

use crate::client::ClientOptions;
use crate::exit::Failure;
use crate::password::Password;
use crate::servers_file::ServersFile;
use clap::Args;
use std::path::PathBuf;
use std::time::Duration;

/// Where the servers are, and how to deal with them.
#[derive(Args, Clone)]
pub struct Reach {
    /// A server of the cluster; may be given several times [default: 127.0.0.1:8000 to 127.0.0.1:8004]
    #[arg(long = "server", value_name = "HOST:PORT", global = true, value_parser = address)]
    servers: Vec<String>,
    /// The servers file
    #[arg(long, value_name = "FILE", global = true, conflicts_with = "servers")]
    config: Option<PathBuf>,
    /// A file with the password of the servers; or the variable KVD_PASSWORD
    #[arg(long, value_name = "FILE", global = true)]
    password_file: Option<PathBuf>,
    /// How long to try, such as 500ms, 10s or 2m
    #[arg(long, value_name = "TIME", global = true, default_value = "10s", value_parser = duration)]
    timeout: Duration,
}

impl Reach {
    /// # Errors
    /// When the servers file or the password can't be used.
    pub fn options(self) -> Result<ClientOptions, Failure> {
        let servers = match &self.config {
            Some(path) => {
                let servers = ServersFile::read(path)?.servers;
                servers.into_iter().map(|server| server.advertised).collect()
            }
            None if self.servers.is_empty() => ClientOptions::default().servers,
            None => self.servers,
        };
        let password = Password::find(self.password_file.as_deref())?;
        Ok(ClientOptions { servers, password, timeout: self.timeout })
    }
}

fn address(text: &str) -> Result<String, String> {
    let port = text.rsplit_once(':').filter(|(host, _)| !host.is_empty());
    match port.map(|(_, port)| port.parse::<u16>()) {
        Some(Ok(1..)) => Ok(text.to_owned()),
        _ => Err("expected HOST:PORT, such as 127.0.0.1:8000".to_owned()),
    }
}

/// A number and its unit, which the error names.
///
/// # Errors
/// When the text is none, in words.
pub fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.len() - text.trim_start_matches(|it: char| it.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let unit_ms = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        _ => return Err("expected a number and ms, s or m, such as 10s".to_owned()),
    };
    let time_ms = number.parse().ok().and_then(|number: u64| number.checked_mul(unit_ms));
    time_ms.map(Duration::from_millis).ok_or_else(|| format!("expected a number, found {number:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_a_unit() {
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("10s"), Ok(Duration::from_secs(10)));
        assert_eq!(duration("2m"), Ok(Duration::from_secs(120)));
        for text in
            ["", "10", "s", "1h", "-1s", "1.5s", "99999999999999999999s", "9999999999999999999m"]
        {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn addresses_have_a_host_and_a_port() {
        for text in ["localhost:80", "127.0.0.1:8000", "[::1]:8000"] {
            assert_eq!(address(text), Ok(text.to_owned()));
        }
        for text in ["", "localhost", ":80", "localhost:", "localhost:0", "localhost:70000"] {
            assert!(address(text).is_err(), "{text}");
        }
    }
}

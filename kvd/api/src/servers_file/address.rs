//! Hosts, and `host:port`.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

/// A host and a port. As text, an IPv6 address is in brackets.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Address {
    /// In the one form in which hosts are compared.
    host: String,
    port: u16,
}

impl Address {
    pub fn new(host: &str, port: u16) -> Address {
        let host = match host.parse::<IpAddr>() {
            Ok(ip) => ip.to_string(),
            Err(_) => host.to_ascii_lowercase(),
        };
        Address { host, port }
    }

    /// The host, without brackets, and the port of `host:port`.
    pub fn split(text: &str) -> Option<(&str, u16)> {
        let (host, port) = text.rsplit_once(':')?;
        let port = port.parse().ok().filter(|port| *port != 0)?;
        match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
            Some(host) => host.parse::<Ipv6Addr>().is_ok().then_some((host, port)),
            None => (is_host(host) && !host.contains(':')).then_some((host, port)),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Address { host, port } = self;
        if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
    }
}

/// Whether it is an IP address or a name. What ends in a number is an address or a mistake, as `127.0.1`.
pub fn is_host(text: &str) -> bool {
    if text.parse::<IpAddr>().is_ok() {
        return true;
    }
    let last = text.rsplit('.').next().unwrap_or_default();
    text.len() <= 253
        && text.split('.').all(is_label)
        && !last.bytes().all(|byte| byte.is_ascii_digit())
}

/// One of the words of a name. Underscores are in no standard, but in many names of containers.
fn is_label(label: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=63).contains(&label.len())
        && label.bytes().all(inner)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

/// Whether a listener there listens on all addresses.
pub fn is_wildcard(host: &str) -> bool {
    host.parse::<IpAddr>().is_ok_and(|ip| ip.to_canonical().is_unspecified())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_addresses_or_names() {
        for host in ["127.0.0.1", "::1", "localhost", "kv-1.example.org", "node_1", "1st.example"] {
            assert!(is_host(host), "{host}");
        }
        let long = "a".repeat(64);
        for not in
            ["", "127.0.1", "256.0.0.1", "a b", "-a", "a-", "a..b", "[::1]", "a:1", "ä", &long]
        {
            assert!(!is_host(not), "{not}");
        }
    }

    #[test]
    fn addresses_are_split_at_the_port() {
        assert_eq!(Address::split("localhost:80"), Some(("localhost", 80)));
        assert_eq!(Address::split("[::1]:80"), Some(("::1", 80)));
        for not in
            ["", ":80", "localhost", "localhost:", "localhost:0", "a:65536", "::1:80", "[a]:80"]
        {
            assert_eq!(Address::split(not), None, "{not}");
        }
    }

    #[test]
    fn one_address_has_one_form() {
        assert_eq!(Address::new("0:0::1", 80).to_string(), "[::1]:80");
        assert_eq!(Address::new("LocalHost", 80), Address::new("localhost", 80));
        assert_ne!(Address::new("localhost", 80), Address::new("localhost", 81));
    }

    #[test]
    fn wildcards_are_addresses_of_zeros() {
        for host in ["0.0.0.0", "::", "0::0", "::ffff:0.0.0.0"] {
            assert!(is_wildcard(host), "{host}");
        }
        assert!(!is_wildcard("127.0.0.1") && !is_wildcard("localhost"));
    }
}

//! The fields of an entry, each refused with what it should be.

use super::address::{Address, is_host, is_wildcard};
use serde::de::{Deserialize, Deserializer, Error};
use serde_json::Value;
use std::path::PathBuf;

/// More of a value than this is not worth showing.
const SHOWN_CHARS: usize = 60;

pub fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    read(deserializer, "an id, a whole number from 0", Value::as_u64).map(Some)
}

pub fn port<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u16, D::Error> {
    read(deserializer, "a port", |value| {
        let port = u16::try_from(value.as_u64()?).ok()?;
        (port != 0).then_some(port)
    })
}

pub fn host<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    text(deserializer, "an IP address or the name of a host", is_host)
}

pub fn advertised<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let expected = "host:port, where a client can be sent to";
    text(deserializer, expected, |text| {
        Address::split(text).is_some_and(|(host, _)| !is_wildcard(host))
    })
}

pub fn data<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<PathBuf>, D::Error> {
    let fits = |text: &str| !text.is_empty() && !text.contains('\0');
    Ok(text(deserializer, "the name of a directory", fits)?.map(PathBuf::from))
}

pub fn cluster<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let bytes_max = persister::Identity::CLUSTER_BYTES_MAX;
    let expected = format!("the cluster's name, of 1 to {bytes_max} bytes");
    text(deserializer, &expected, |text| (1..=bytes_max).contains(&text.len()))
}

fn text<'de, D: Deserializer<'de>>(
    deserializer: D,
    expected: &str,
    fits: impl FnOnce(&str) -> bool,
) -> Result<Option<String>, D::Error> {
    read(deserializer, expected, |value| {
        value.as_str().filter(|text| fits(text)).map(str::to_owned)
    })
    .map(Some)
}

fn read<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    expected: &str,
    understand: impl FnOnce(&Value) -> Option<T>,
) -> Result<T, D::Error> {
    let value = Value::deserialize(deserializer)?;
    understand(&value).ok_or_else(|| {
        let mut found = value.to_string();
        if let Some((end, _)) = found.char_indices().nth(SHOWN_CHARS) {
            found.replace_range(end.., "…");
        }
        D::Error::custom(format_args!("expected {expected}, found {found}"))
    })
}

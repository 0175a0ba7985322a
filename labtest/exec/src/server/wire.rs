//! Messages between children as they cross the network: what one wrote, verbatim, and who that was.

use parking_lot::Mutex;
use std::collections::BTreeSet;

/// Stands after the sender of a request.
const OF_REQUEST: u8 = b' ';
/// Stands after the sender of a message that nobody answers.
const OF_MESSAGE: u8 = b'!';

/// How many methods there may be, over all programs of this process: their names are kept for ever.
const METHODS_MAX: usize = 256;
/// How long the name of a method may be.
const METHOD_BYTES_MAX: usize = 64;

pub(super) fn request(from: usize, args: &[u8]) -> Vec<u8> {
    [from.to_string().as_bytes(), &[OF_REQUEST], args].concat()
}

pub(super) fn message(from: usize, body: &[u8]) -> Vec<u8> {
    [from.to_string().as_bytes(), &[OF_MESSAGE], body].concat()
}

/// What arrived.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Arrived<'a> {
    Request { from: usize, args: &'a [u8] },
    Message { from: usize, body: &'a [u8] },
}

/// None for what no child has sent.
pub(super) fn read(bytes: &[u8]) -> Option<Arrived<'_>> {
    let end = bytes.iter().position(|byte| !byte.is_ascii_digit())?;
    let from = std::str::from_utf8(&bytes[..end]).ok()?.parse().ok()?;
    let json = &bytes[end + 1..];
    match bytes[end] {
        OF_REQUEST => Some(Arrived::Request { from, args: json }),
        OF_MESSAGE => Some(Arrived::Message { from, body: json }),
        _ => None,
    }
}

/// The JSON of a request or a message as it crosses the network.
pub(crate) fn payload(bytes: &[u8]) -> Option<&[u8]> {
    read(bytes)
        .map(|(Arrived::Request { args: json, .. } | Arrived::Message { body: json, .. })| json)
}

/// The name of a method, for as long as this process lives.
///
/// # Errors
/// When it is too long, or one too many.
pub(crate) fn method(name: &str) -> Result<&'static str, String> {
    static METHODS: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let mut methods = METHODS.lock();
    if let Some(known) = methods.get(name) {
        return Ok(known);
    }
    if name.is_empty() || name.len() > METHOD_BYTES_MAX {
        let bytes = name.len();
        return Err(format!(
            "the name of a method has {bytes} bytes, expected 1 to {METHOD_BYTES_MAX}"
        ));
    }
    if methods.len() == METHODS_MAX {
        return Err(format!("`{name}` is one more than {METHODS_MAX} methods"));
    }
    let name: &'static str = Box::leak(name.into());
    methods.insert(name);
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_arrives_is_what_was_sent() {
        let request = request(12, b"{\"term\": 1}");
        assert_eq!(read(&request), Some(Arrived::Request { from: 12, args: b"{\"term\": 1}" }));
        assert_eq!(payload(&message(0, b"[]")), Some(&b"[]"[..]));
        for wrong in [&b""[..], b"12", b"x {}", b"1?{}", b"99999999999999999999999 {}"] {
            assert_eq!(read(wrong), None);
        }
    }

    #[test]
    fn methods_have_names_of_some_length() {
        assert_eq!(method("RequestVote"), Ok("RequestVote"));
        assert!(method("").is_err());
        assert!(method(&"x".repeat(65)).unwrap_err().contains("has 65 bytes"));
    }
}

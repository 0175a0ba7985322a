//! The values that tests submit: readable text, so that a report can print them.

use bytes::Bytes;
use std::fmt;

/// A command of the tests: a number in decimal, or a text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Value(Bytes);

/// Longer values are cut in reports; the numbers the tests submit fit in.
const SHOWN_CHARACTERS_MAX: usize = 40;

impl Value {
    /// The command as it travels through Raft.
    pub fn bytes(&self) -> &Bytes {
        &self.0
    }

    /// The number this value stands for, if it is one.
    pub fn as_integer(&self) -> Option<u64> {
        std::str::from_utf8(&self.0).ok()?.parse().ok()
    }

    /// A random number of 63 bits, as the lab draws most of its values.
    pub fn random(rng: &mut runtime::Rng) -> Value {
        Value::from(rng.next_u64() >> 1)
    }

    /// A random text of so many lower-case letters.
    pub fn random_text(rng: &mut runtime::Rng, length: usize) -> Value {
        let text: Vec<u8> = (0..length).map(|_| b'a' + rng.below(26) as u8).collect();
        Value(text.into())
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Value {
        Value(number.to_string().into())
    }
}

impl From<&'static str> for Value {
    fn from(text: &'static str) -> Value {
        Value(Bytes::from_static(text.as_bytes()))
    }
}

impl From<Bytes> for Value {
    fn from(bytes: Bytes) -> Value {
        Value(bytes)
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&describe(&self.0))
    }
}

/// A command for human eyes: its text if it is one, cut when long, its bytes otherwise.
pub(crate) fn describe(command: &[u8]) -> String {
    let printable = std::str::from_utf8(command)
        .ok()
        .filter(|text| !text.is_empty() && !text.chars().any(char::is_control));
    match printable {
        Some(text) if text.chars().count() <= SHOWN_CHARACTERS_MAX => text.to_string(),
        Some(text) => {
            let start: String = text.chars().take(SHOWN_CHARACTERS_MAX).collect();
            format!("{start}… ({} bytes)", command.len())
        }
        None if command.is_empty() => "(empty)".to_string(),
        None => {
            let start: String = command.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
            format!("0x{start}… ({} bytes)", command.len())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_and_read_in_decimal() {
        let value = Value::from(101);
        assert_eq!(value.bytes().as_ref(), b"101");
        assert_eq!(value.as_integer(), Some(101));
        assert_eq!(Value::from("x").as_integer(), None);
    }

    #[test]
    fn any_bytes_can_be_described() {
        assert_eq!(describe(b"101"), "101");
        assert_eq!(describe(b""), "(empty)");
        assert_eq!(describe(&[0, 255]), "0x00ff… (2 bytes)");
        assert_eq!(describe("ä".repeat(50).as_bytes()), format!("{}… (100 bytes)", "ä".repeat(40)));
    }
}

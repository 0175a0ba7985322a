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

    /// A random text of that many lower-case letters.
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

/// How many bytes are shown before the first difference, and from it on.
const BYTES_BEFORE: usize = 6;
const BYTES_AFTER: usize = 10;

/// Two commands that differ, for one sentence: where what is shown of them would be the same text,
/// each is shown from a little before the first byte that differs, with its place.
pub(crate) fn tell_apart(left: &[u8], right: &[u8]) -> (String, String) {
    let shown = (describe(left), describe(right));
    let same_beginning = match (shown.0.split_once('…'), shown.1.split_once('…')) {
        (Some((left, _)), Some((right, _))) => left == right,
        _ => false,
    };
    if left == right || !same_beginning {
        return shown;
    }
    let differs = left.iter().zip(right).position(|(left, right)| left != right);
    let differs = differs.unwrap_or(left.len().min(right.len()));
    // In a text, a difference is that of whole characters.
    let are_texts = is_text(left) && is_text(right);
    (around(left, differs, are_texts), around(right, differs, are_texts))
}

fn is_text(command: &[u8]) -> bool {
    std::str::from_utf8(command).is_ok_and(|text| !text.chars().any(char::is_control))
}

/// The bytes around a place, as text or in hexadecimal.
fn around(command: &[u8], place: usize, is_text: bool) -> String {
    let mut start = place.saturating_sub(BYTES_BEFORE).min(command.len());
    let mut end = place.saturating_add(BYTES_AFTER).min(command.len());
    let shown = match std::str::from_utf8(command).ok().filter(|_| is_text) {
        Some(text) => {
            start = (0..=start).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            end = (end..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
            text[start..end].to_owned()
        }
        None => command[start..end].iter().map(|byte| format!("{byte:02x}")).collect(),
    };
    let mark = if is_text { "" } else { "0x" };
    let (before, after) =
        (if start > 0 { "…" } else { "" }, if end < command.len() { "…" } else { "" });
    let bytes = command.len();
    format!("{mark}{before}{shown}{after} ({bytes} bytes, they differ from byte {place} on)")
}

/// What was applied, for human eyes: a command, or an entry of Raft's own.
pub(crate) fn describe_applied(command: Option<&[u8]>) -> String {
    command.map_or_else(|| "an entry of Raft's own".to_owned(), describe)
}

/// Two different things that were applied, for one sentence, as [`tell_apart`].
pub(crate) fn tell_applied_apart(left: Option<&[u8]>, right: Option<&[u8]>) -> (String, String) {
    match (left, right) {
        (Some(left), Some(right)) => tell_apart(left, right),
        _ => (describe_applied(left), describe_applied(right)),
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

    #[test]
    fn values_that_differ_late_are_shown_where_they_differ() {
        let zeros = "0".repeat(200);
        let mut other = zeros.clone();
        other.replace_range(97..98, "7");
        let (left, right) = tell_apart(zeros.as_bytes(), other.as_bytes());
        assert_eq!(left, "…0000000000000000… (200 bytes, they differ from byte 97 on)");
        assert_eq!(right, "…0000007000000000… (200 bytes, they differ from byte 97 on)");
        // One is the beginning of the other.
        let (left, right) = tell_apart(zeros.as_bytes(), &zeros.as_bytes()[..150]);
        assert_eq!(left, "…0000000000000000… (200 bytes, they differ from byte 150 on)");
        assert_eq!(right, "…000000 (150 bytes, they differ from byte 150 on)");
    }

    #[test]
    fn bytes_that_are_no_text_are_shown_where_they_differ() {
        let (mut one, mut other) = (vec![0_u8; 40], vec![0_u8; 40]);
        (one[30], other[30]) = (1, 0xff);
        let (left, right) = tell_apart(&one, &other);
        assert!(left.starts_with("0x…00000000000001"), "{left}");
        assert!(right.starts_with("0x…000000000000ff"), "{right}");
        // A letter of two bytes that differ in the second.
        let (one, other) = ("a".repeat(60) + "ä", "a".repeat(60) + "ö");
        let (left, right) = tell_apart(one.as_bytes(), other.as_bytes());
        assert!(left.contains('ä') && right.contains('ö'), "{left} {right}");
    }

    #[test]
    fn what_shows_the_difference_anyway_stays_as_it_is() {
        assert_eq!(tell_apart(b"", b"x"), ("(empty)".to_owned(), "x".to_owned()));
        let long = "1".repeat(50);
        let (left, right) = tell_apart(b"2", long.as_bytes());
        assert_eq!((left.as_str(), right), ("2", describe(long.as_bytes())));
    }
}

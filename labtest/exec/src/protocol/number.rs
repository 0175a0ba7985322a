//! Integers that survive a reader of JSON who has only floating-point numbers.

use serde::de::{self, Deserialize, Deserializer, Visitor};
use std::fmt::{self, Write};

/// Below this every integer is a number of its own also in 64-bit floating point.
const EXACT_END: u64 = 1 << 53;

/// An integer, read from a JSON number or from a text in decimal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Number(pub(crate) u64);

impl Number {
    /// Writes it: as a number where that is exact everywhere, and as a text otherwise.
    pub(crate) fn write(self, out: &mut String) {
        let Number(number) = self;
        // A text takes whatever is written.
        let _ = match number < EXACT_END {
            true => write!(out, "{number}"),
            false => write!(out, "\"{number}\""),
        };
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Number, D::Error> {
        from.deserialize_any(NumberVisitor).map(Number)
    }
}

struct NumberVisitor;

impl Visitor<'_> for NumberVisitor {
    type Value = u64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an integer from 0 to 2^64 - 1, as a number or as a text in decimal")
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<u64, E> {
        Ok(number)
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<u64, E> {
        u64::try_from(number).map_err(|_| E::invalid_value(de::Unexpected::Signed(number), &self))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<u64, E> {
        text.parse().map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_exact_for_every_reader() {
        let written = |number| {
            let mut out = String::new();
            Number(number).write(&mut out);
            out
        };
        assert_eq!(written(0), "0");
        assert_eq!(written(EXACT_END - 1), "9007199254740991");
        assert_eq!(written(EXACT_END), "\"9007199254740992\"");
        for number in [0, 7, EXACT_END, u64::MAX] {
            let read: Number = serde_json::from_str(&written(number)).unwrap();
            assert_eq!(read, Number(number));
        }
    }

    #[test]
    fn what_is_no_integer_is_refused_with_what_was_expected() {
        for text in ["-1", "1.5", "\"x\"", "null", "1e3"] {
            let error = serde_json::from_str::<Number>(text).unwrap_err().to_string();
            assert!(error.contains("an integer from 0 to 2^64 - 1"), "{text}: {error}");
        }
    }
}

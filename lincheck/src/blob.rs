//! Values of stores that need not be text.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt::{self, Debug};
use std::hash::Hash;

/// What a store may hold under a key: something that can be appended to.
pub trait StoreValue: Clone + Eq + Hash + Debug + Default {
    /// Its bytes. Two values are equal if their bytes are.
    fn as_bytes(&self) -> &[u8];

    /// Adds another one at its end.
    fn push(&mut self, tail: &Self);
}

impl StoreValue for String {
    fn as_bytes(&self) -> &[u8] {
        str::as_bytes(self)
    }

    fn push(&mut self, tail: &String) {
        self.push_str(tail);
    }
}

/// Bytes, shown as text where they are text and in Base64 where they are not.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Blob(Vec<u8>);

impl Blob {
    /// The bytes that this is in Base64 (RFC 4648, section 4).
    pub(crate) fn from_base64(text: &str) -> Option<Blob> {
        STANDARD.decode(text).ok().map(Blob)
    }

    /// As text, if it is text.
    pub(crate) fn as_text(&self) -> Option<&str> {
        str::from_utf8(&self.0).ok()
    }
}

impl StoreValue for Blob {
    fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    fn push(&mut self, tail: &Blob) {
        self.0.extend_from_slice(&tail.0);
    }
}

impl From<&str> for Blob {
    fn from(text: &str) -> Blob {
        Blob(text.as_bytes().to_vec())
    }
}

impl From<Vec<u8>> for Blob {
    fn from(bytes: Vec<u8>) -> Blob {
        Blob(bytes)
    }
}

impl fmt::Debug for Blob {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.as_text() {
            Some(text) => write!(formatter, "{text:?}"),
            None => write!(formatter, "{self}"),
        }
    }
}

impl fmt::Display for Blob {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.as_text() {
            Some(text) => formatter.write_str(text),
            None => write!(formatter, "base64:{}", STANDARD.encode(&self.0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_show_as_text_where_they_are_text() {
        assert_eq!(format!("{:?}", Blob::from("a\"b")), "\"a\\\"b\"");
        let mut e_acute = Blob::from(vec![0xc3]);
        assert_eq!(format!("{e_acute:?}"), "base64:ww==");
        e_acute.push(&Blob::from(vec![0xa9]));
        assert_eq!(format!("{e_acute:?}"), "\"é\"", "each half is no text");
        assert_eq!(Blob::from_base64("w6k="), Some(e_acute));
        assert_eq!(Blob::from_base64("w6k"), None);
    }
}

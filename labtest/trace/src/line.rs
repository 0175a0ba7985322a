//! One line of JSON, written field by field into a buffer.
//!
//! A recorded run writes some hundred thousand of them, so nothing is allocated.

use std::fmt::Write;

/// A command for human eyes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Command<'a> {
    /// The command in words, `101`; a long one is cut.
    pub text: &'a str,
    /// A hash of the whole (XXH3, 64 bits) if the words are shortened, to distinguish two with the same words.
    pub digest: Option<u64>,
}

/// An object under construction, `{` to `}` and the end of the line.
pub(crate) struct Line<'a> {
    buffer: &'a mut String,
    is_first: bool,
}

impl<'a> Line<'a> {
    pub(crate) fn new(buffer: &'a mut String) -> Line<'a> {
        buffer.push('{');
        Line { buffer, is_first: true }
    }

    /// Names are written as they are: they come from this crate and need no escapes.
    fn name(&mut self, name: &'static str) {
        if !std::mem::take(&mut self.is_first) {
            self.buffer.push(',');
        }
        self.buffer.push('"');
        self.buffer.push_str(name);
        self.buffer.push_str("\":");
    }

    pub(crate) fn number(&mut self, name: &'static str, number: u64) -> &mut Self {
        self.name(name);
        push_number(self.buffer, number);
        self
    }

    pub(crate) fn text(&mut self, name: &'static str, text: &str) -> &mut Self {
        self.name(name);
        push_text(self.buffer, text);
        self
    }

    pub(crate) fn flag(&mut self, name: &'static str, flag: bool) -> &mut Self {
        self.name(name);
        self.buffer.push_str(if flag { "true" } else { "false" });
        self
    }

    pub(crate) fn number_or_null(&mut self, name: &'static str, number: Option<u64>) -> &mut Self {
        match number {
            Some(number) => self.number(name, number),
            None => {
                self.name(name);
                self.buffer.push_str("null");
                self
            }
        }
    }

    pub(crate) fn text_or_null(&mut self, name: &'static str, text: Option<&str>) -> &mut Self {
        match text {
            Some(text) => self.text(name, text),
            None => {
                self.name(name);
                self.buffer.push_str("null");
                self
            }
        }
    }

    /// Two texts as an array; the first may be missing.
    pub(crate) fn pair(
        &mut self,
        name: &'static str,
        first: Option<&str>,
        second: &str,
    ) -> &mut Self {
        self.name(name);
        self.buffer.push('[');
        match first {
            Some(first) => push_text(self.buffer, first),
            None => self.buffer.push_str("null"),
        }
        self.buffer.push(',');
        push_text(self.buffer, second);
        self.buffer.push(']');
        self
    }

    pub(crate) fn numbers(&mut self, name: &'static str, numbers: &[usize]) -> &mut Self {
        self.name(name);
        push_numbers(self.buffer, numbers);
        self
    }

    pub(crate) fn lists(&mut self, name: &'static str, lists: &[Vec<usize>]) -> &mut Self {
        self.name(name);
        self.buffer.push('[');
        for (place, list) in lists.iter().enumerate() {
            if place > 0 {
                self.buffer.push(',');
            }
            push_numbers(self.buffer, list);
        }
        self.buffer.push(']');
        self
    }

    /// The words, and the hash beside them if there is one.
    pub(crate) fn command(&mut self, name: &'static str, command: Command<'_>) -> &mut Self {
        self.text(name, command.text);
        if let Some(digest) = command.digest {
            self.hash("digest", digest);
        }
        self
    }

    pub(crate) fn hash(&mut self, name: &'static str, hash: u64) -> &mut Self {
        self.name(name);
        // Writing to a string can't fail.
        let _ = write!(self.buffer, "\"{hash:016x}\"");
        self
    }
}

impl Drop for Line<'_> {
    fn drop(&mut self) {
        self.buffer.push_str("}\n");
    }
}

fn push_numbers(buffer: &mut String, numbers: &[usize]) {
    buffer.push('[');
    for (place, number) in numbers.iter().enumerate() {
        if place > 0 {
            buffer.push(',');
        }
        push_number(buffer, *number as u64);
    }
    buffer.push(']');
}

fn push_number(buffer: &mut String, mut number: u64) {
    // Twenty digits are the largest number's.
    let mut digits = [0_u8; 20];
    let mut first = digits.len();
    loop {
        first -= 1;
        digits[first] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    buffer.extend(digits[first..].iter().map(|digit| char::from(*digit)));
}

fn push_text(buffer: &mut String, text: &str) {
    buffer.push('"');
    let mut plain = 0;
    for (at, byte) in text.bytes().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        // Such a byte is a whole character, so the text may be cut here.
        buffer.push_str(&text[plain..at]);
        plain = at + 1;
        match byte {
            b'"' => buffer.push_str("\\\""),
            b'\\' => buffer.push_str("\\\\"),
            b'\n' => buffer.push_str("\\n"),
            b'\t' => buffer.push_str("\\t"),
            // Writing to a string can't fail.
            control => drop(write!(buffer, "\\u{control:04x}")),
        }
    }
    buffer.push_str(&text[plain..]);
    buffer.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn a_line_is_the_json_that_it_should_be() {
        let mut buffer = String::new();
        let nasty = "a \"quoted\"\\\n\t\u{1}\u{7f} ünï漢";
        Line::new(&mut buffer)
            .number("zero", 0)
            .number("most", u64::MAX)
            .text("nasty", nasty)
            .text("empty", "")
            .flag("yes", true)
            .number_or_null("none", None)
            .numbers("list", &[3, 10])
            .lists("lists", &[vec![0, 3], Vec::new()])
            .hash("hash", 0xab);
        let read: Value = serde_json::from_str(&buffer).unwrap();
        let expected = json!({
            "zero": 0, "most": u64::MAX, "nasty": nasty, "empty": "", "yes": true, "none": null,
            "list": [3, 10], "lists": [[0, 3], []], "hash": "00000000000000ab",
        });
        assert_eq!(read, expected);
        assert!(buffer.ends_with("}\n") && buffer.lines().count() == 1);
    }

    #[test]
    fn an_object_may_be_empty() {
        let mut buffer = String::new();
        drop(Line::new(&mut buffer));
        assert_eq!(buffer, "{}\n");
    }
}

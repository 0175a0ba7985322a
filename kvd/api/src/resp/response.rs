//! What a server answers, as a client reads it, in either version of the protocol.

use super::error::ProtocolError;
use super::integer;
use super::piece::{Lines, take_value};
use super::reply::Reply;
use bytes::{Bytes, BytesMut};
use std::borrow::Cow;

/// The longest line: a word, an error, a number.
const LINE_BYTES_MAX: usize = 64 << 10;

/// More elements than that get their room when they come.
const ELEMENTS_AT_FIRST: usize = 8;

/// How large replies may be; the default of each is in parentheses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplyLimits {
    /// How many elements a reply has on all levels together, keys of maps included (4,194,304).
    pub elements: usize,
    /// How many arrays and maps stand in one another (32).
    pub depth: usize,
    /// How long each value is (64 MiB).
    pub value_bytes: usize,
    /// How long a reply is, with all its lengths and ends of lines (256 MiB).
    pub reply_bytes: usize,
}

impl Default for ReplyLimits {
    fn default() -> ReplyLimits {
        ReplyLimits { elements: 4 << 20, depth: 32, value_bytes: 64 << 20, reply_bytes: 256 << 20 }
    }
}

/// Takes replies off what arrives over a connection. Sets are read as arrays, verbatim strings as bytes
/// without their format, and long errors as errors.
#[derive(Debug)]
pub struct ReplyParser {
    limits: ReplyLimits,
    lines: Lines,
    value: Option<Value>,
    /// From the outermost to the innermost.
    open: Vec<Open>,
    elements: usize,
    size_bytes: usize,
    failed: Option<ProtocolError>,
}

/// A value whose length is known.
#[derive(Clone, Copy, Debug)]
struct Value {
    kind: u8,
    length_bytes: usize,
}

/// An array or a map some of whose elements are missing.
#[derive(Debug)]
struct Open {
    map: bool,
    count: usize,
    /// Keys and values in turn, in a map.
    elements: Vec<Reply>,
}

/// What a line or a value comes to.
enum Part {
    Whole(Reply),
    Begin(Open),
    Announced(Value),
}

impl ReplyParser {
    /// For a connection of which nothing is read yet.
    pub fn new(limits: ReplyLimits) -> ReplyParser {
        ReplyParser {
            limits,
            lines: Lines::default(),
            value: None,
            open: Vec::new(),
            elements: 0,
            size_bytes: 0,
            failed: None,
        }
    }

    /// Takes the next reply off a buffer to which bytes are only ever appended; nothing while it is not
    /// whole.
    ///
    /// Bytes that are not a reply, or more than the limits allow, are an error, and so is everything after it.
    pub fn next(&mut self, buffer: &mut BytesMut) -> Result<Option<Reply>, ProtocolError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        self.read(buffer).inspect_err(|error| self.failed = Some(error.clone()))
    }

    fn read(&mut self, buffer: &mut BytesMut) -> Result<Option<Reply>, ProtocolError> {
        while let Some(part) = self.read_part(buffer)? {
            let element = match part {
                Part::Announced(value) => {
                    self.value = Some(value);
                    continue;
                }
                Part::Begin(open) if open.count > 0 => {
                    self.open.push(open);
                    continue;
                }
                Part::Begin(empty) => empty.close(),
                Part::Whole(reply) => reply,
            };
            if let Some(whole) = self.place(element) {
                (self.elements, self.size_bytes) = (0, 0);
                return Ok(Some(whole));
            }
        }
        Ok(None)
    }

    /// Puts an element where it belongs, and gives the whole reply when it was the last one.
    fn place(&mut self, mut reply: Reply) -> Option<Reply> {
        while let Some(mut innermost) = self.open.pop() {
            innermost.elements.push(reply);
            if innermost.elements.len() < innermost.count {
                self.open.push(innermost);
                return None;
            }
            reply = innermost.close();
        }
        Some(reply)
    }

    fn read_part(&mut self, buffer: &mut BytesMut) -> Result<Option<Part>, ProtocolError> {
        if let Some(value) = self.value {
            let Some(bytes) = take_value(buffer, value.length_bytes)? else { return Ok(None) };
            self.value = None;
            return Ok(Some(Part::Whole(value.reply(bytes)?)));
        }
        let Some(end) = self.lines.end(buffer, "line", LINE_BYTES_MAX)? else { return Ok(None) };
        let line = buffer.split_to(end + 1);
        self.count_bytes(line.len())?;
        let [kind, text @ .., b'\r', b'\n'] = &line[..] else {
            return Err(ProtocolError::expected("expected a line of a reply and CRLF", &line));
        };
        self.interpret(*kind, text, &line).map(Some)
    }

    fn interpret(&mut self, kind: u8, text: &[u8], line: &[u8]) -> Result<Part, ProtocolError> {
        let expected = |what| ProtocolError::expected(format_args!("expected {what}"), line);
        let reply = match (kind, text) {
            (b'+', text) => Reply::Simple(Cow::Owned(lossy(text))),
            (b'-', text) => Reply::Error(lossy(text)),
            (b':', text) => {
                Reply::Integer(integer::read(text).ok_or_else(|| expected("an integer"))?)
            }
            (b'_', b"") | (b'$', b"-1") => Reply::Null,
            (b'*', b"-1") => Reply::NullArray,
            (b'#', b"t") => Reply::Boolean(true),
            (b'#', b"f") => Reply::Boolean(false),
            (b',', text) => Reply::Double(double(text).ok_or_else(|| expected("a double"))?),
            (b'$' | b'=' | b'!' | b'*' | b'~' | b'%', text) => {
                let length = integer::read(text).and_then(|length| usize::try_from(length).ok());
                let length = length.ok_or_else(|| expected("a length"))?;
                return match kind {
                    b'$' | b'=' | b'!' => self.announce(kind, length).map(Part::Announced),
                    _ => self.begin(kind, length).map(Part::Begin),
                };
            }
            _ => return Err(expected("a reply")),
        };
        Ok(Part::Whole(reply))
    }

    fn announce(&mut self, kind: u8, length_bytes: usize) -> Result<Value, ProtocolError> {
        ProtocolError::check_size("value", length_bytes, self.limits.value_bytes)?;
        self.count_bytes(length_bytes.saturating_add(2))?;
        Ok(Value { kind, length_bytes })
    }

    fn begin(&mut self, kind: u8, length: usize) -> Result<Open, ProtocolError> {
        let map = kind == b'%';
        let count = length.saturating_mul(if map { 2 } else { 1 });
        self.elements = self.elements.saturating_add(count);
        ProtocolError::check_count("elements", self.elements, self.limits.elements)?;
        let depth = self.open.len() + 1;
        ProtocolError::check_count("arrays in one another", depth, self.limits.depth)?;
        Ok(Open { map, count, elements: Vec::with_capacity(count.min(ELEMENTS_AT_FIRST)) })
    }

    fn count_bytes(&mut self, bytes: usize) -> Result<(), ProtocolError> {
        self.size_bytes = self.size_bytes.saturating_add(bytes);
        ProtocolError::check_size("reply", self.size_bytes, self.limits.reply_bytes)
    }
}

impl Open {
    fn close(self) -> Reply {
        if !self.map {
            return Reply::Array(self.elements);
        }
        let mut elements = self.elements.into_iter();
        Reply::Map(std::iter::from_fn(|| elements.next().zip(elements.next())).collect())
    }
}

impl Value {
    fn reply(self, bytes: Bytes) -> Result<Reply, ProtocolError> {
        match self.kind {
            b'!' => Ok(Reply::Error(lossy(&bytes))),
            b'=' if bytes.get(3) == Some(&b':') => Ok(Reply::Bulk(bytes.slice(4..))),
            b'=' => Err(ProtocolError::expected("expected a format of 3 letters and ':'", &bytes)),
            _ => Ok(Reply::Bulk(bytes)),
        }
    }
}

fn lossy(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}

fn double(text: &[u8]) -> Option<f64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

#[cfg(test)]
mod tests;

//! What a client asks, as it arrives: a parser that can pause at any byte.

use super::error::ProtocolError;
use super::piece::{Lines, take_value};
use super::{inline, integer, reply};
use bytes::{Buf, Bytes, BytesMut};
use std::mem::take;

/// What begins a line, a sign, the digits of a length and CR fit into less.
const LENGTH_LINE_BYTES_MAX: usize = 32;

/// More arguments than that get their room when they come.
const ARGUMENTS_AT_FIRST: usize = 8;

/// A command with its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The command's name and what follows it: one at least. They share the memory they arrived in, which
    /// lives as long as the last of them: what is short and is to be kept for long is better copied.
    pub arguments: Vec<Bytes>,
    /// How many bytes it took on the wire.
    pub size_bytes: usize,
}

impl Request {
    /// Appends a command as a client sends it.
    pub fn write(arguments: &[impl AsRef<[u8]>], to: &mut BytesMut) {
        integer::write_line(to, b'*', arguments.len() as i64);
        arguments.iter().for_each(|argument| reply::write_bulk(to, argument.as_ref()));
    }
}

/// How large requests may be; the default of each is in parentheses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many arguments a command has, its name included (1,048,576).
    pub arguments: usize,
    /// How long each of them is (64 MiB).
    pub argument_bytes: usize,
    /// How long a command is, with all its lengths and ends of lines (65 MiB).
    pub command_bytes: usize,
    /// How long a command is that is typed as a line; no other limit matters to it (64 KiB).
    pub inline_bytes: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            arguments: 1 << 20,
            argument_bytes: 64 << 20,
            command_bytes: 65 << 20,
            inline_bytes: 64 << 10,
        }
    }
}

/// Takes requests off what arrives over a connection: arrays of bulk strings, and lines of words.
#[derive(Debug)]
pub struct RequestParser {
    limits: Limits,
    lines: Lines,
    stage: Stage,
    /// The command that is being read, as far as it has come.
    arguments: Vec<Bytes>,
    arguments_missing: usize,
    size_bytes: usize,
    failed: Option<ProtocolError>,
}

/// What comes next.
#[derive(Clone, Copy, Debug)]
enum Stage {
    Command,
    Length,
    Value { length_bytes: usize },
}

impl RequestParser {
    /// For a connection of which nothing is read yet.
    pub fn new(limits: Limits) -> RequestParser {
        RequestParser {
            limits,
            lines: Lines::default(),
            stage: Stage::Command,
            arguments: Vec::new(),
            arguments_missing: 0,
            size_bytes: 0,
            failed: None,
        }
    }

    /// Takes the next request off a buffer to which bytes are only ever appended; nothing while it is not
    /// whole. Empty lines and arrays without elements are passed over, as Redis does.
    ///
    /// Bytes that are not a request, or more than the limits allow, are an error, and so is everything after
    /// it.
    pub fn next(&mut self, buffer: &mut BytesMut) -> Result<Option<Request>, ProtocolError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        self.read(buffer).inspect_err(|error| self.failed = Some(error.clone()))
    }

    fn read(&mut self, buffer: &mut BytesMut) -> Result<Option<Request>, ProtocolError> {
        loop {
            let before = buffer.len();
            let progress = match (self.stage, buffer.first()) {
                (_, None) => None,
                (Stage::Command, Some(b'*')) => self.read_count(buffer)?,
                (Stage::Command, Some(_)) => self.read_inline(buffer)?,
                (Stage::Length, Some(_)) => self.read_length(buffer)?,
                (Stage::Value { length_bytes }, Some(_)) => {
                    self.read_value(buffer, length_bytes)?
                }
            };
            let Some(()) = progress else { return Ok(None) };
            self.size_bytes += before - buffer.len();
            if self.arguments_missing == 0 {
                self.stage = Stage::Command;
                let (arguments, size_bytes) =
                    (take(&mut self.arguments), take(&mut self.size_bytes));
                if !arguments.is_empty() {
                    return Ok(Some(Request { arguments, size_bytes }));
                }
            }
        }
    }

    fn read_count(&mut self, buffer: &mut BytesMut) -> Result<Option<()>, ProtocolError> {
        let Some(count) = self.read_integer(buffer, "invalid multibulk length")? else {
            return Ok(None);
        };
        let count = usize::try_from(count).unwrap_or(0);
        ProtocolError::check_count("arguments", count, self.limits.arguments)?;
        self.arguments_missing = count;
        self.arguments = Vec::with_capacity(count.min(ARGUMENTS_AT_FIRST));
        self.stage = Stage::Length;
        Ok(Some(()))
    }

    fn read_inline(&mut self, buffer: &mut BytesMut) -> Result<Option<()>, ProtocolError> {
        let bytes_max = self.limits.inline_bytes;
        let Some(end) = self.lines.end(buffer, "inline command", bytes_max)? else {
            return Ok(None);
        };
        self.arguments = inline::words(&buffer[..end])?;
        buffer.advance(end + 1);
        Ok(Some(()))
    }

    fn read_length(&mut self, buffer: &mut BytesMut) -> Result<Option<()>, ProtocolError> {
        if !buffer.starts_with(b"$") {
            return Err(ProtocolError::expected("expected '$'", &buffer[..1]));
        }
        let before = buffer.len();
        let Some(length) = self.read_integer(buffer, "invalid bulk length")? else {
            return Ok(None);
        };
        let Ok(length_bytes) = usize::try_from(length) else {
            let what = "invalid bulk length: expected 0 or more";
            return Err(ProtocolError::expected(what, length.to_string().as_bytes()));
        };
        ProtocolError::check_size("value", length_bytes, self.limits.argument_bytes)?;
        let command_bytes = self.size_bytes + (before - buffer.len());
        let command_bytes = command_bytes.saturating_add(length_bytes).saturating_add(2);
        ProtocolError::check_size("command", command_bytes, self.limits.command_bytes)?;
        self.stage = Stage::Value { length_bytes };
        Ok(Some(()))
    }

    fn read_value(
        &mut self,
        buffer: &mut BytesMut,
        length_bytes: usize,
    ) -> Result<Option<()>, ProtocolError> {
        let Some(value) = take_value(buffer, length_bytes)? else { return Ok(None) };
        self.arguments.push(value);
        self.arguments_missing -= 1;
        self.stage = Stage::Length;
        Ok(Some(()))
    }

    /// The integer after a line's first byte, which is known.
    fn read_integer(
        &mut self,
        buffer: &mut BytesMut,
        otherwise: &str,
    ) -> Result<Option<i64>, ProtocolError> {
        let Some(end) = self.lines.end(buffer, "length line", LENGTH_LINE_BYTES_MAX)? else {
            return Ok(None);
        };
        let text = &buffer[1..end];
        let Some(value) = text.strip_suffix(b"\r").and_then(integer::read) else {
            let what = format_args!("{otherwise}: expected an integer and CRLF");
            return Err(ProtocolError::expected(what, &buffer[1..=end]));
        };
        buffer.advance(end + 1);
        Ok(Some(value))
    }
}

#[cfg(test)]
mod tests;

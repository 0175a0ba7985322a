//! What both parsers take off a buffer: lines, and values whose length is known.

use super::error::ProtocolError;
use bytes::{Buf, Bytes, BytesMut};

/// Finds the ends of lines in a buffer that grows, and searches each of its bytes once.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// This many bytes at the beginning of the buffer have no end in them.
    searched_bytes: usize,
    #[cfg(test)]
    pub(super) searched_bytes_total: usize,
}

impl Lines {
    /// How long the buffer's first line is, its line feed not counted; nothing while that has not come.
    pub(super) fn end(
        &mut self,
        buffer: &[u8],
        what: &'static str,
        bytes_max: usize,
    ) -> Result<Option<usize>, ProtocolError> {
        let until = buffer.len().min(bytes_max.saturating_add(1));
        let found = buffer[self.searched_bytes..until].iter().position(|byte| *byte == b'\n');
        let end = found.map(|at| self.searched_bytes + at);
        #[cfg(test)]
        {
            self.searched_bytes_total += end.map_or(until, |end| end + 1) - self.searched_bytes;
        }
        self.searched_bytes = if end.is_some() { 0 } else { until };
        if end.is_none() {
            ProtocolError::check_size(what, until, bytes_max)?;
        }
        Ok(end)
    }
}

/// Takes a value of that length and the end of its line, without a copy; nothing while they have not come.
pub(super) fn take_value(
    buffer: &mut BytesMut,
    length_bytes: usize,
) -> Result<Option<Bytes>, ProtocolError> {
    let Some(end) = buffer.get(length_bytes..length_bytes.saturating_add(2)) else {
        return Ok(None);
    };
    if end != b"\r\n" {
        let what = format_args!("expected CRLF after a value of length {length_bytes}");
        return Err(ProtocolError::expected(what, end));
    }
    let value = buffer.split_to(length_bytes).freeze();
    buffer.advance(2);
    Ok(Some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_found_where_it_ends() {
        let mut lines = Lines::default();
        assert_eq!(lines.end(b"", "line", 3), Ok(None));
        assert_eq!(lines.end(b"ab", "line", 3), Ok(None));
        assert_eq!(lines.end(b"abc\nd\n", "line", 3), Ok(Some(3)));
        assert_eq!(lines.end(b"d\n", "line", 3), Ok(Some(1)));
        assert_eq!(lines.searched_bytes_total, 6);
    }

    #[test]
    fn a_line_beyond_its_limit_is_refused_before_it_ends() {
        let too_large = Err(ProtocolError::TooLarge { what: "line", bytes: 4, bytes_max: 3 });
        for line in [&b"abcd"[..], b"abcd\n", b"abcdefghi\n"] {
            assert_eq!(Lines::default().end(line, "line", 3), too_large);
        }
        assert_eq!(Lines::default().end(b"abc", "line", 3), Ok(None));
    }

    #[test]
    fn a_value_is_taken_when_it_and_its_end_are_there() {
        for arrived in [&b""[..], b"abc", b"abc\r"] {
            assert_eq!(take_value(&mut BytesMut::from(arrived), 3), Ok(None));
        }
        let mut buffer = BytesMut::from(&b"abc\r\nd"[..]);
        let begin = buffer.as_ptr();
        let value = take_value(&mut buffer, 3).unwrap().unwrap();
        assert_eq!((&value[..], &buffer[..]), (&b"abc"[..], &b"d"[..]));
        assert_eq!(value.as_ptr(), begin, "it is not copied");
        assert_eq!(take_value(&mut buffer, usize::MAX), Ok(None));
    }

    #[test]
    fn a_value_that_does_not_end_where_it_should_is_refused() {
        let error = take_value(&mut BytesMut::from(&b"abcd\r\n"[..]), 3).unwrap_err();
        let sentence = r"Protocol error: expected CRLF after a value of length 3, got 'd\r'";
        assert_eq!(error.to_string(), sentence);
    }
}

//! What a server answers, and how it is written in either version of the protocol.

use super::integer;
use bytes::{BufMut, Bytes, BytesMut};
use std::borrow::Cow;

/// Which version of the protocol a client speaks; a connection begins with [`Version::Resp2`], and `HELLO 3`
/// changes it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Version {
    /// Without maps, booleans, doubles and a null of its own.
    #[default]
    Resp2,
    /// With them.
    Resp3,
}

/// An answer, or a part of one.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// A word or a line, such as `OK`. CR and LF in it are written as blanks.
    Simple(Cow<'static, str>),
    /// An error: a code in capitals, a blank and a sentence. CR and LF in it are written as blanks.
    Error(String),
    /// An integer.
    Integer(i64),
    /// Any bytes.
    Bulk(Bytes),
    /// That there is no value, where a value is expected.
    Null,
    /// That there is no value, where an array is expected; in RESP3 the same as [`Reply::Null`].
    NullArray,
    /// Replies in their order.
    Array(Vec<Reply>),
    /// Pairs of a key and a value; an array of keys and values in turn in RESP2.
    Map(Vec<(Reply, Reply)>),
    /// Yes or no; 1 or 0 in RESP2.
    Boolean(bool),
    /// A number that need not be whole; its digits as bytes in RESP2.
    Double(f64),
}

impl Reply {
    /// `OK`.
    pub fn ok() -> Reply {
        Reply::Simple(Cow::Borrowed("OK"))
    }

    /// Any bytes.
    pub fn bulk(bytes: impl Into<Bytes>) -> Reply {
        Reply::Bulk(bytes.into())
    }

    /// An error, which begins with its code: `ERR unknown command 'FOO'`.
    pub fn error(sentence: impl Into<String>) -> Reply {
        Reply::Error(sentence.into())
    }

    /// Appends the reply as a client of that version reads it.
    pub fn write(&self, to: &mut BytesMut, version: Version) {
        let resp3 = version == Version::Resp3;
        match self {
            Reply::Simple(text) => write_line(to, b'+', text),
            Reply::Error(text) => write_line(to, b'-', text),
            Reply::Integer(value) => integer::write_line(to, b':', *value),
            Reply::Bulk(bytes) => write_bulk(to, bytes),
            Reply::Null | Reply::NullArray if resp3 => to.put_slice(b"_\r\n"),
            Reply::Null => to.put_slice(b"$-1\r\n"),
            Reply::NullArray => to.put_slice(b"*-1\r\n"),
            Reply::Array(items) => {
                integer::write_line(to, b'*', items.len() as i64);
                items.iter().for_each(|item| item.write(to, version));
            }
            Reply::Map(pairs) => {
                let (kind, count) =
                    if resp3 { (b'%', pairs.len()) } else { (b'*', 2 * pairs.len()) };
                integer::write_line(to, kind, count as i64);
                for (key, value) in pairs {
                    key.write(to, version);
                    value.write(to, version);
                }
            }
            Reply::Boolean(value) if resp3 => {
                to.put_slice(if *value { b"#t\r\n" } else { b"#f\r\n" })
            }
            Reply::Boolean(value) => integer::write_line(to, b':', i64::from(*value)),
            Reply::Double(value) if resp3 => write_line(to, b',', &double(*value)),
            Reply::Double(value) => write_bulk(to, double(*value).as_bytes()),
        }
    }
}

fn double(value: f64) -> String {
    // Rust says NaN, and agrees with Redis on inf and -inf.
    if value.is_nan() { "nan".to_owned() } else { value.to_string() }
}

/// Appends a length, the bytes, and the end of the line.
pub(super) fn write_bulk(to: &mut BytesMut, bytes: &[u8]) {
    integer::write_line(to, b'$', bytes.len() as i64);
    to.reserve(bytes.len() + 2);
    to.put_slice(bytes);
    to.put_slice(b"\r\n");
}

/// A line break in it would end the reply, and begin another one of the sender's choice.
fn write_line(to: &mut BytesMut, kind: u8, text: &str) {
    to.reserve(text.len() + 3);
    to.put_u8(kind);
    let begin = to.len();
    to.put_slice(text.as_bytes());
    for byte in &mut to[begin..] {
        if matches!(byte, b'\r' | b'\n') {
            *byte = b' ';
        }
    }
    to.put_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(reply: &Reply, version: Version) -> String {
        let mut bytes = BytesMut::new();
        reply.write(&mut bytes, version);
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    #[test]
    fn each_kind_is_written_in_both_versions() {
        let pair = vec![(Reply::bulk("proto"), Reply::Integer(3))];
        let rows = [
            (Reply::ok(), "+OK\r\n", "+OK\r\n"),
            (Reply::error("ERR no"), "-ERR no\r\n", "-ERR no\r\n"),
            (Reply::Integer(-7), ":-7\r\n", ":-7\r\n"),
            (Reply::bulk("a\r\nb"), "$4\r\na\r\nb\r\n", "$4\r\na\r\nb\r\n"),
            (Reply::bulk(""), "$0\r\n\r\n", "$0\r\n\r\n"),
            (Reply::Null, "$-1\r\n", "_\r\n"),
            (Reply::NullArray, "*-1\r\n", "_\r\n"),
            (Reply::Array(vec![]), "*0\r\n", "*0\r\n"),
            (
                Reply::Array(vec![Reply::Null, Reply::ok()]),
                "*2\r\n$-1\r\n+OK\r\n",
                "*2\r\n_\r\n+OK\r\n",
            ),
            (Reply::Map(pair), "*2\r\n$5\r\nproto\r\n:3\r\n", "%1\r\n$5\r\nproto\r\n:3\r\n"),
            (Reply::Boolean(true), ":1\r\n", "#t\r\n"),
            (Reply::Boolean(false), ":0\r\n", "#f\r\n"),
            (Reply::Double(-1.5), "$4\r\n-1.5\r\n", ",-1.5\r\n"),
            (Reply::Double(f64::INFINITY), "$3\r\ninf\r\n", ",inf\r\n"),
            (Reply::Double(f64::NEG_INFINITY), "$4\r\n-inf\r\n", ",-inf\r\n"),
            (Reply::Double(f64::NAN), "$3\r\nnan\r\n", ",nan\r\n"),
        ];
        for (reply, resp2, resp3) in rows {
            assert_eq!(written(&reply, Version::Resp2), resp2);
            assert_eq!(written(&reply, Version::Resp3), resp3);
        }
    }

    #[test]
    fn a_line_break_begins_no_second_reply() {
        for version in [Version::Resp2, Version::Resp3] {
            let error = Reply::error("ERR unknown command 'x'\r\n+OK\n");
            assert_eq!(written(&error, version), "-ERR unknown command 'x'  +OK \r\n");
            assert_eq!(written(&Reply::Simple("a\rb\nc".into()), version), "+a b c\r\n");
        }
    }
}

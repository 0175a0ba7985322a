//! `SESSION` and `ONCE`: a command that takes effect exactly once, however often it is sent.

use super::{Kind, Write, row_of};
use crate::resp::Reply;
use bytes::Bytes;
use kv::Once;
use std::fmt;
use std::str::FromStr;

/// A session as clients know it: the number of its entry and its random bits, in hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// The entry that opened it.
    pub number: u64,
    /// 128 random bits.
    pub token: u128,
}

impl fmt::Display for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}-{:032x}", self.number, self.token)
    }
}

impl FromStr for Session {
    type Err = ();

    fn from_str(text: &str) -> Result<Session, ()> {
        let (number, token) = text.split_once('-').ok_or(())?;
        let session = Session {
            number: u64::from_str_radix(number, 16).map_err(drop)?,
            token: u128::from_str_radix(token, 16).map_err(drop)?,
        };
        // There is one way to write it.
        if session.to_string() == text { Ok(session) } else { Err(()) }
    }
}

/// `ONCE session sequence command...`.
pub fn once(arguments: &[Bytes]) -> Result<Write, Reply> {
    let session = std::str::from_utf8(&arguments[1]).ok().and_then(|text| text.parse().ok());
    let Some(Session { number: session, token }) = session else {
        return Err(Reply::error("ERR no session; SESSION opens one and answers with its name"));
    };
    let sequence = std::str::from_utf8(&arguments[2]).ok().and_then(|text| text.parse().ok());
    let Some(sequence @ 1..) = sequence else {
        return Err(Reply::error(
            "ERR a sequence is a whole number from 1, each higher than before",
        ));
    };
    let command = &arguments[3..];
    let row = row_of(command)?;
    let Kind::Write(parse) = row.kind else {
        let name = row.name.to_ascii_uppercase();
        return Err(Reply::error(format!("ERR ONCE is for commands that write, {name} does not")));
    };
    let write = parse(&command[1..])?;
    Ok(Write { once: Some(Once { session, token, sequence }), ..write })
}

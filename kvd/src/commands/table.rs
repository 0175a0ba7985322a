//! All commands, and what `COMMAND` tells of them.

use super::{Read, Write, reads, writes};
use crate::resp::Reply;
use bytes::Bytes;
use std::borrow::Cow;

/// What a command is for.
pub enum Kind {
    /// It changes values.
    Write(fn(&[Bytes]) -> Result<Write, Reply>),
    /// It looks at them.
    Read(fn(&[Bytes]) -> Result<Read, Reply>),
    /// It makes another command take effect once.
    Once,
    /// It opens a session.
    OpenSession,
    /// It is about the connection or the server.
    Local,
}

/// A command.
pub struct Row {
    /// Its name, in small letters.
    pub name: &'static str,
    /// How many words it has, its name among them; if negative, at least that many.
    pub arity: i64,
    /// Places of the first and the last key, and from one to the next. 0 for no key; a negative last place
    /// counts from the end.
    pub keys: (usize, i64, usize),
    /// What it is for.
    pub kind: Kind,
}

const fn row(name: &'static str, arity: i64, keys: (usize, i64, usize), kind: Kind) -> Row {
    Row { name, arity, keys, kind }
}

const NONE: (usize, i64, usize) = (0, 0, 0);
const ONE: (usize, i64, usize) = (1, 1, 1);
const ALL: (usize, i64, usize) = (1, -1, 1);

/// All of them, by kind and name.
pub static TABLE: &[Row] = &[
    row("append", 3, ONE, Kind::Write(writes::append)),
    row("cas", 4, ONE, Kind::Write(writes::cas)),
    row("decr", 2, ONE, Kind::Write(writes::decr)),
    row("decrby", 3, ONE, Kind::Write(writes::decrby)),
    row("del", -2, ALL, Kind::Write(writes::del)),
    row("getdel", 2, ONE, Kind::Write(writes::getdel)),
    row("getset", 3, ONE, Kind::Write(writes::getset)),
    row("incr", 2, ONE, Kind::Write(writes::incr)),
    row("incrby", 3, ONE, Kind::Write(writes::incrby)),
    row("mset", -3, (1, -1, 2), Kind::Write(writes::mset)),
    row("set", -3, ONE, Kind::Write(writes::set)),
    row("setnx", 3, ONE, Kind::Write(writes::setnx)),
    row("dbsize", 1, NONE, Kind::Read(reads::dbsize)),
    row("exists", -2, ALL, Kind::Read(reads::exists)),
    row("get", 2, ONE, Kind::Read(reads::get)),
    row("keys", 2, NONE, Kind::Read(reads::keys)),
    row("mget", -2, ALL, Kind::Read(reads::mget)),
    row("scan", -2, NONE, Kind::Read(reads::scan)),
    row("strlen", 2, ONE, Kind::Read(reads::strlen)),
    row("type", 2, ONE, Kind::Read(reads::r#type)),
    row("once", -5, (4, 4, 1), Kind::Once),
    row("session", 1, NONE, Kind::OpenSession),
    row("asking", 1, NONE, Kind::Local),
    row("auth", -2, NONE, Kind::Local),
    row("client", -2, NONE, Kind::Local),
    row("cluster", -2, NONE, Kind::Local),
    row("command", -1, NONE, Kind::Local),
    row("config", -2, NONE, Kind::Local),
    row("echo", 2, NONE, Kind::Local),
    row("hello", -1, NONE, Kind::Local),
    row("info", -1, NONE, Kind::Local),
    row("ping", -1, NONE, Kind::Local),
    row("quit", -1, NONE, Kind::Local),
    row("readonly", 1, NONE, Kind::Local),
    row("readwrite", 1, NONE, Kind::Local),
    row("reset", 1, NONE, Kind::Local),
    row("select", 2, NONE, Kind::Local),
];

/// The command with that name, in small or capital letters.
pub fn find(name: &[u8]) -> Option<&'static Row> {
    TABLE.iter().find(|row| row.name.as_bytes().eq_ignore_ascii_case(name))
}

impl Row {
    /// Whether it may have that many words, its name among them.
    pub fn takes(&self, words: usize) -> bool {
        let words = i64::try_from(words).unwrap_or(i64::MAX);
        if self.arity < 0 { words >= -self.arity } else { words == self.arity }
    }

    /// The keys among its words.
    pub fn keys<'a>(&self, arguments: &'a [Bytes]) -> impl Iterator<Item = &'a Bytes> {
        let (first, last, step) = self.keys;
        let end = match usize::try_from(last) {
            Ok(last) => last + 1,
            Err(_) => arguments.len(),
        };
        let keys = if first == 0 { &[] } else { arguments.get(first..end).unwrap_or_default() };
        keys.iter().step_by(step.max(1))
    }

    fn flags(&self) -> &'static [&'static str] {
        match self.kind {
            Kind::Write(_) | Kind::Once | Kind::OpenSession => &["write", "denyoom"],
            Kind::Read(_) => &["readonly"],
            Kind::Local => &["loading", "stale", "fast"],
        }
    }

    /// Its row in the answer to `COMMAND`: name, arity, flags, keys, categories, and four lists that are empty.
    pub fn describe(&self) -> Reply {
        let simple = |text: &'static str| Reply::Simple(Cow::Borrowed(text));
        let (first, last, step) = self.keys;
        let categories = match self.kind {
            Kind::Local => vec![simple("@connection")],
            Kind::Read(_) => vec![simple("@read")],
            _ => vec![simple("@write")],
        };
        Reply::Array(vec![
            Reply::bulk(self.name),
            Reply::Integer(self.arity),
            Reply::Array(self.flags().iter().map(|flag| simple(flag)).collect()),
            Reply::Integer(first as i64),
            Reply::Integer(last),
            Reply::Integer(step as i64),
            Reply::Array(categories),
            Reply::Array(Vec::new()),
            Reply::Array(Vec::new()),
            Reply::Array(Vec::new()),
        ])
    }
}

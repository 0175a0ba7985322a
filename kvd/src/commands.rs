//! The commands of clients: what each asks of the store, and how it is answered.
//!
//! A row of [`TABLE`] is a command; `writes`, `reads` and `sessions` have what they do. Those about the
//! connection and the server ask nothing of the store, and are answered in `server/local.rs`.

mod glob;
mod reads;
mod sessions;
mod table;
mod writes;

pub use sessions::Session;
pub use table::{Kind, Row, TABLE, find};

use crate::resp::Reply;
use bytes::Bytes;
use kv::{Action, Answer, Once, Request, Store};

/// What a command asks of the store.
pub enum Operation {
    /// To change, by one entry of the log.
    Write(Write),
    /// To be looked at.
    Read(Read),
    /// To open a session.
    OpenSession,
}

impl Operation {
    /// Whether there may be more bytes to keep afterwards.
    pub fn takes_room(&self) -> bool {
        match self {
            Operation::Write(write) => {
                let gives = |request: &Request| {
                    request.action.is_read() || request.action == Action::Remove
                };
                !write.requests.iter().all(gives)
            }
            Operation::Read(_) => false,
            Operation::OpenSession => true,
        }
    }
}

/// A change, which is made as a whole.
pub struct Write {
    /// What makes it take effect once, if anything does.
    pub once: Option<Once>,
    /// What is asked.
    pub requests: Vec<Request>,
    /// How the answer is told.
    pub tell: Tell,
}

/// Tells a client an answer of the store.
pub type Tell = fn(Answer) -> Reply;

/// A look at the store, and how it is told.
pub struct Read(pub Box<dyn FnOnce(&Store) -> Reply + Send>);

impl Write {
    fn new(requests: Vec<Request>, tell: Tell) -> Write {
        Write { once: None, requests, tell }
    }
}

/// What a request asks of the store; `row` is the command's row.
///
/// # Errors
/// The reply to an invalid one. Nothing has been done.
pub fn operation(row: &Row, arguments: &[Bytes]) -> Result<Operation, Reply> {
    match &row.kind {
        Kind::Write(parse) => parse(&arguments[1..]).map(Operation::Write),
        Kind::Read(parse) => parse(&arguments[1..]).map(Operation::Read),
        Kind::Once => sessions::once(arguments).map(Operation::Write),
        Kind::OpenSession => Ok(Operation::OpenSession),
        Kind::Local => Err(Reply::error("ERR this command asks nothing of the store")),
    }
}

/// The row of a request, if there is such a command and it has the right number of arguments.
///
/// # Errors
/// The reply to it.
pub fn row_of(arguments: &[Bytes]) -> Result<&'static Row, Reply> {
    let name = arguments.first().map_or(&b""[..], |name| name);
    let Some(row) = find(name) else { return Err(unknown(name)) };
    match row.takes(arguments.len()) {
        true => Ok(row),
        false => Err(wrong_number(row.name)),
    }
}

fn unknown(name: &[u8]) -> Reply {
    let shown = name.get(..name.len().min(64)).unwrap_or_default().escape_ascii();
    let all: Vec<&str> = TABLE.iter().map(|row| row.name).collect();
    let all = all.join(" ").to_ascii_uppercase();
    Reply::error(format!("ERR unknown command '{shown}'; this store has {all}"))
}

/// The reply to a command with too few or too many arguments.
pub fn wrong_number(name: &str) -> Reply {
    Reply::error(format!("ERR wrong number of arguments for '{name}' command"))
}

/// The answers of a command of several requests.
fn several(answer: Answer) -> Vec<Answer> {
    match answer {
        Answer::Several(answers) => answers,
        one => vec![one],
    }
}

fn value_or_null(value: Option<Bytes>) -> Reply {
    value.map_or(Reply::Null, Reply::Bulk)
}

/// A whole number of 64 bits.
fn integer(argument: &[u8]) -> Result<i64, Reply> {
    let text = std::str::from_utf8(argument).ok();
    let number = text.and_then(|text| text.parse().ok());
    number.ok_or_else(|| Reply::error("ERR value is not an integer or out of range"))
}

#[cfg(test)]
mod tests;

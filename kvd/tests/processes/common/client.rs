//! A client as real ones are: it follows `-MOVED`, and sends again what certainly had no effect.

use super::{Connection, PATIENCE, eventually, pause, text, words};
use bytes::Bytes;
use kvd::resp::Reply;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// The result of sending a command once.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    Answered(Reply),
    /// It certainly had no effect.
    Failed,
    /// It may have an effect, now or later.
    Unknown,
}

/// It knows all servers, and stays with the one that answered.
pub struct Client {
    addresses: Vec<String>,
    /// The next of them to try.
    next: usize,
    /// Where it was sent to.
    moved_to: Option<String>,
    connection: Option<(String, Connection)>,
    /// How long it waits for an answer.
    pub timeout: Duration,
    /// The codes of all errors that it has seen.
    pub errors: BTreeSet<String>,
}

impl Client {
    pub fn new(addresses: Vec<String>) -> Client {
        let (timeout, errors) = (PATIENCE, BTreeSet::new());
        Client { addresses, next: 0, moved_to: None, connection: None, timeout, errors }
    }

    /// Where the last command was answered.
    pub fn address(&self) -> Option<&str> {
        self.connection.as_ref().map(|(address, _)| address.as_str())
    }

    /// Sends a command once.
    pub fn send_once(&mut self, command: &[Bytes]) -> Outcome {
        let Some(connection) = self.connect() else { return Outcome::Failed };
        match connection.ask_words(command) {
            Ok(Reply::Error(error)) => self.refused(error),
            Ok(reply) => Outcome::Answered(reply),
            Err(_) => {
                self.connection = None;
                Outcome::Unknown
            }
        }
    }

    fn connect(&mut self) -> Option<&mut Connection> {
        if self.connection.is_none() {
            let address = self.moved_to.take().unwrap_or_else(|| {
                self.next += 1;
                self.addresses[self.next % self.addresses.len()].clone()
            });
            self.connection =
                Connection::open_with(&address, self.timeout).ok().map(|it| (address, it));
        }
        self.connection.as_mut().map(|(_, connection)| connection)
    }

    fn refused(&mut self, error: String) -> Outcome {
        let mut words = error.split(' ');
        let code = words.next().unwrap_or_default();
        self.errors.insert(code.to_owned());
        match code {
            "MOVED" => {
                self.connection = None;
                self.moved_to = words.nth(1).map(str::to_owned);
                Outcome::Failed
            }
            "CLUSTERDOWN" | "TRYAGAIN" => {
                self.connection = None;
                Outcome::Failed
            }
            "UNKNOWN" => Outcome::Unknown,
            _ => Outcome::Answered(Reply::Error(error)),
        }
    }

    /// Sends a command until it has, or may have, an effect; none for the latter.
    pub fn ask(&mut self, command: &str) -> Option<Reply> {
        let command = words(command);
        let began = Instant::now();
        loop {
            match self.send_once(&command) {
                Outcome::Answered(reply) => return Some(reply),
                Outcome::Unknown => return None,
                Outcome::Failed if began.elapsed() < PATIENCE => pause(),
                Outcome::Failed => panic!("{command:?}: nobody takes it; {:?}", self.errors),
            }
        }
    }

    /// Sends a command until it is answered; for those that may take effect twice. The answer as text.
    pub fn insist(&mut self, command: &str) -> String {
        eventually(command, || self.ask(command).as_ref().map(text))
    }
}

//! The layout: times at the left, then a column for each server.

use super::{Told, Who};
use labtrace::seconds_exact;
use std::fmt::Write;

/// `  12.345678 s  `.
const TIME_WIDTH: usize = 15;
/// A column with less room would be nothing but broken words.
const COLUMN_MIN: usize = 12;
const GAP: usize = 2;

/// Lays out what is told.
pub struct Columns {
    servers: usize,
    column: usize,
    last_at: Option<u64>,
}

impl Columns {
    /// For `servers` servers, on lines of `width` characters (more when the columns would be too
    /// narrow).
    pub fn new(servers: usize, width: usize) -> Columns {
        let room = width.saturating_sub(TIME_WIDTH) / servers.max(1);
        let column = room.saturating_sub(GAP).max(COLUMN_MIN);
        Columns { servers, column, last_at: None }
    }

    /// The names above the columns.
    pub fn head(&self) -> String {
        let mut head = format!("{:>width$}  ", "time", width = TIME_WIDTH - GAP);
        for server in 0..self.servers {
            self.push_cell(&mut head, &format!("server {server}"));
        }
        finished(head)
    }

    /// The lines of one thing; the time is shown where it differs from the one before.
    pub fn lines(&mut self, told: &Told) -> String {
        let is_new = self.last_at.replace(told.at) != Some(told.at);
        let time = if is_new { seconds_exact(told.at) } else { String::new() };
        let (before, room) = match told.who {
            Who::Server(server) => (server * (self.column + GAP), self.column),
            Who::Nobody => (0, self.servers * (self.column + GAP)),
        };
        let mut lines = String::new();
        let mark = if told.who == Who::Nobody { "-- " } else { "" };
        let text = format!("{mark}{}", told.text);
        for (number, part) in wrapped(&text, room).into_iter().enumerate() {
            let time = if number == 0 { time.as_str() } else { "" };
            let mut line = format!("{time:>width$}  ", width = TIME_WIDTH - GAP);
            line.extend(std::iter::repeat_n(' ', before));
            line.push_str(&part);
            lines.push_str(&finished(line));
        }
        lines
    }

    fn push_cell(&self, line: &mut String, text: &str) {
        // Writing to a string can't fail.
        let _ = write!(line, "{text:width$}", width = self.column + GAP);
    }
}

fn finished(mut line: String) -> String {
    line.truncate(line.trim_end().len());
    line.push('\n');
    line
}

/// The text in lines of at most `room` characters, broken between words where that is possible.
fn wrapped(text: &str, room: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let mut word: Vec<char> = word.chars().collect();
        let length = line.chars().count();
        if length > 0 && length + 1 + word.len() > room {
            lines.push(std::mem::take(&mut line));
        }
        while word.len() > room {
            let rest = word.split_off(room);
            lines.push(word.into_iter().collect());
            word = rest;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.extend(word);
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::narrate::Kind;

    fn told(at: u64, who: Who, text: &str) -> Told {
        Told { at, who, kind: Kind::Role, text: text.to_string() }
    }

    #[test]
    fn each_server_has_its_column() {
        let mut columns = Columns::new(2, 60);
        let mut text = columns.head();
        for told in [
            told(1_500_000_000, Who::Server(0), "becomes candidate for term 1"),
            told(1_500_000_000, Who::Server(1), "gives server 0 its vote in term 1"),
            told(1_500_001_000, Who::Nobody, "cut the leader off"),
        ] {
            text.push_str(&columns.lines(&told));
        }
        let expected = "         time  server 0              server 1
   1.500000 s  becomes candidate
               for term 1
                                     gives server 0 its
                                     vote in term 1
   1.500001 s  -- cut the leader off
";
        assert_eq!(text, expected);
    }

    #[test]
    fn text_is_broken_between_words_and_within_long_ones() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("abcdefghij kl", 4), ["abcd", "efgh", "ij", "kl"]);
        assert_eq!(wrapped("äöü äöü", 3), ["äöü", "äöü"]);
        assert_eq!(wrapped("", 3), [""]);
    }
}

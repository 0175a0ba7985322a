//! One merged log of all servers, coloured where a person looks.

use super::log_line::LogLine;
use anstyle::{AnsiColor, Style};
use std::io::{self, Write};

/// Each server has one of these.
const COLOURS: [AnsiColor; 6] = [
    AnsiColor::Cyan,
    AnsiColor::Green,
    AnsiColor::Magenta,
    AnsiColor::Blue,
    AnsiColor::BrightCyan,
    AnsiColor::BrightMagenta,
];

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const WARN: Style = AnsiColor::Yellow.on_default();
const ERROR: Style = AnsiColor::Red.on_default().bold();

/// Writes the log.
pub struct Screen<W> {
    output: W,
    /// The digits of the longest id.
    id_width: usize,
    /// The ids, by colour.
    ids: Vec<u64>,
}

/// How much a line of the spawner's own should strike the eye.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// Something to know.
    Plain,
    /// Something to see.
    Bold,
    /// Something that went wrong.
    Alarm,
}

impl<W: Write> Screen<W> {
    /// Writes the log of the servers with those ids to that output, which takes the colours away if
    /// nobody can see them.
    pub fn new(output: W, ids: Vec<u64>) -> Screen<W> {
        let id_width = ids.iter().map(|id| id.to_string().len()).max().unwrap_or_default();
        Screen { output, id_width, ids }
    }

    /// A line of a server.
    pub fn server(&mut self, id: u64, line: &str) -> io::Result<()> {
        let place = self.ids.iter().position(|other| *other == id).unwrap_or_default();
        let style = COLOURS[place % COLOURS.len()].on_default();
        writeln!(self.output, "{style}node {id:<width$} |{style:#} {line}", width = self.id_width)?;
        self.output.flush()
    }

    /// A line of the spawner itself.
    pub fn own(&mut self, weight: Weight, line: &str) -> io::Result<()> {
        let style = match weight {
            Weight::Plain => Style::new(),
            Weight::Bold => BOLD,
            Weight::Alarm => ERROR,
        };
        writeln!(self.output, "{style}{line}{style:#}")?;
        self.output.flush()
    }
}

/// The text of a line: `12:00:01.123 WARN slow disk`. What is usual has no level.
pub fn show(line: &LogLine) -> String {
    let LogLine { time, level, text, .. } = line;
    let style = match level.as_str() {
        "" | "INFO" => return format!("{DIM}{time}{DIM:#} {text}"),
        "ERROR" => ERROR,
        "WARN" => WARN,
        _ => DIM,
    };
    format!("{DIM}{time}{DIM:#} {style}{level}{style:#} {text}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use anstream::adapter::strip_str;

    fn line(level: &str) -> LogLine {
        let time = "12:00:01.123".to_owned();
        LogLine { time, level: level.to_owned(), text: "slow disk".to_owned(), leader: None }
    }

    fn written(write: impl FnOnce(&mut Screen<&mut Vec<u8>>) -> io::Result<()>) -> String {
        let mut output = Vec::new();
        write(&mut Screen::new(&mut output, vec![2, 10])).unwrap();
        String::from_utf8(output).unwrap()
    }

    #[test]
    fn a_line_of_a_server_names_it() {
        let said = written(|screen| screen.server(2, &show(&line("INFO"))));
        assert_eq!(strip_str(&said).to_string(), "node 2  | 12:00:01.123 slow disk\n");
        let said = written(|screen| screen.server(10, &show(&line("WARN"))));
        assert_eq!(strip_str(&said).to_string(), "node 10 | 12:00:01.123 WARN slow disk\n");
    }

    #[test]
    fn servers_and_levels_have_colours() {
        let [two, ten] = [2, 10].map(|id| written(|screen| screen.server(id, "")));
        assert!(two.contains("\u{1b}[36m") && ten.contains("\u{1b}[32m"), "{two:?} {ten:?}");
        assert!(show(&line("ERROR")).contains("\u{1b}[31mERROR"));
        assert!(show(&line("WARN")).contains("\u{1b}[33mWARN"));
        assert!(!show(&line("INFO")).contains("INFO"));
    }

    #[test]
    fn the_spawner_speaks_without_a_name() {
        let said = written(|screen| screen.own(Weight::Bold, "LEADER IS NOW NODE 2"));
        assert_eq!(strip_str(&said).to_string(), "LEADER IS NOW NODE 2\n");
        assert!(said.starts_with("\u{1b}[1m"), "{said:?}");
        let said = written(|screen| screen.own(Weight::Plain, "bye"));
        assert_eq!(said, "bye\n");
    }
}

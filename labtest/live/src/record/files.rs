//! The names of the files.

/// The names of the files in a folder.
pub struct Files;

impl Files {
    /// One screen for people.
    pub const REPORT_TEXT: &'static str = "report.txt";
    /// The same for programs, [`SCHEMA`](super::SCHEMA).
    pub const REPORT_JSON: &'static str = "report.json";
    /// Every event.
    pub const TRACE: &'static str = "trace.jsonl";
    /// The schedule as it was carried out.
    pub const SCENARIO: &'static str = "scenario.toml";
    /// What the judge needs beside histories.
    pub const FACTS: &'static str = "facts.json";
    /// The run as a page.
    pub const PAGE: &'static str = "timeline.html";
    /// What clients saw and what contradicts itself, where something does.
    pub const LINEARIZABILITY: &'static str = "linearizability.html";
    /// The folder of what servers logged.
    pub const LOGS: &'static str = "logs";
    /// The folder of the servers' directories, where something failed.
    pub const DATA: &'static str = "data";

    /// All but the histories.
    pub(super) const ALL: [&'static str; 7] = [
        Files::REPORT_TEXT,
        Files::REPORT_JSON,
        Files::TRACE,
        Files::SCENARIO,
        Files::FACTS,
        Files::PAGE,
        Files::LINEARIZABILITY,
    ];

    /// What a server logged, or where its directory is kept: a name in [`Files::LOGS`] or [`Files::DATA`].
    pub(super) fn server(number: usize) -> String {
        format!("server-{number}")
    }

    /// What a server logged.
    pub fn log(server: usize) -> String {
        format!("{}/{}.log", Files::LOGS, Files::server(server))
    }
}

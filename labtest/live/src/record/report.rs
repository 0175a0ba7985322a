//! What a run came to, for programs and for people on one screen.

use super::{Files, Load, stored::HistoryCount};
use crate::judge;
use harness::property;
use labtrace::{Place, VerdictName, seconds};
use serde::{Deserialize, Serialize};
use std::fmt::Write;

/// The version that is written and read.
pub const SCHEMA: &str = "labtest.live/v1";

/// How much is shown of the findings for a property: everything should fit on a screen.
const LINES_SHOWN: usize = 6;

/// What is said of a run that did not come to its end.
const UNFINISHED: &str = "the run has not come to its end";

/// What is run, as it is known from the beginning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// What schedule and workloads are drawn from.
    pub seed: u64,
    /// What kind of server it is.
    pub implementation: String,
    /// How many servers there are.
    pub servers: usize,
    /// The network in words, for the trace: `through proxies on loopback`.
    pub network: String,
    /// What is done with them, in a few words: `kill, pause and partition for 60 s`.
    pub description: String,
    /// The line that runs it again.
    pub replay: String,
    /// The line that judges it again.
    pub check: String,
}

/// The result of a run, `labtest.live/v1`: `report.json`, of which `report.txt` is made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: String,
    /// Failed if a check is violated, else undecided if one could not be judged.
    pub verdict: VerdictName,
    /// What was violated or could not be judged, in a sentence.
    pub reason: Option<String>,
    /// What was run.
    #[serde(flatten)]
    pub about: About,
    /// How long it took, from the start of the run to its end, in nanoseconds.
    pub length_ns: u64,
    /// What was done, and that it happened, a sentence each.
    pub done: Vec<String>,
    /// What clients did.
    pub load: Load,
    /// What was judged.
    pub checks: Vec<Check>,
    /// How long the histories are, to notice when a part of one is lost.
    pub histories: Vec<HistoryCount>,
}

/// What was found of one property.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Its name, one of those in [`harness::property`].
    pub name: String,
    /// What must hold, as a sentence.
    pub statement: String,
    /// Whether it does.
    pub finding: Finding,
    /// How it is violated, or why it could not be judged or seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// When, in nanoseconds from the start of the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_ns: Option<u64>,
    /// Where.
    #[serde(flatten)]
    pub place: Place,
}

/// Whether a property holds, from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Finding {
    /// It does.
    Holds,
    /// Servers of this kind don't show whether it does, which is not a fault of this run.
    Unseen,
    /// It could not be judged.
    Unknown,
    /// It does not.
    Violated,
}

impl Check {
    /// What was found of a property of [`harness::property`].
    pub fn new(name: &str, finding: Finding, text: Option<String>) -> Check {
        let statement = property::statement(name).unwrap_or_default().to_owned();
        Check {
            name: name.to_owned(),
            statement,
            finding,
            text,
            at_ns: None,
            place: Place::default(),
        }
    }
}

impl From<judge::Check> for Check {
    fn from(check: judge::Check) -> Check {
        let (finding, text) = match check.finding {
            judge::Finding::Holds => (Finding::Holds, None),
            judge::Finding::Unseen(why) => (Finding::Unseen, Some(why)),
            judge::Finding::Unknown(why) => (Finding::Unknown, Some(why)),
            judge::Finding::Violated(how) => (Finding::Violated, Some(how)),
        };
        Check::new(check.property, finding, text)
    }
}

impl Report {
    /// The report of a run that came to its end.
    pub fn new(
        about: About,
        length_ns: u64,
        done: Vec<String>,
        load: Load,
        checks: Vec<Check>,
    ) -> Report {
        let (verdict, reason) = verdict_of(&checks);
        let reason = reason.map(str::to_owned);
        let (schema, histories) = (SCHEMA.to_owned(), Vec::new());
        Report { schema, verdict, reason, about, length_ns, done, load, checks, histories }
    }

    /// What is true of a run until it comes to its end.
    pub(super) fn unfinished(about: About) -> Report {
        let mut report = Report::new(about, 0, Vec::new(), Load::default(), Vec::new());
        (report.verdict, report.reason) = (VerdictName::Undecided, Some(UNFINISHED.to_owned()));
        report
    }

    /// `report.json`.
    pub(super) fn json(&self) -> String {
        // Plain data, with texts for keys: it has a form in JSON.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// `report.txt`. `files` are the files to look at, with what they show.
    pub(super) fn text(&self, files: &[(String, &str)]) -> String {
        let mut text = String::new();
        // Writing to a string can't fail.
        let _ = self.write_text(&mut text, files);
        text
    }

    fn write_text(&self, text: &mut String, files: &[(String, &str)]) -> std::fmt::Result {
        let About { seed, implementation, servers, network, description, .. } = &self.about;
        let length = seconds(self.length_ns);
        writeln!(text, "live, seed {seed}: {}", verdict_word(self.verdict))?;
        if let Some(reason) = &self.reason {
            writeln!(text, "\n  {reason}\n")?;
        }
        row(
            text,
            "run",
            &format!("{servers} × {implementation}, {network}, {length} of real time"),
        )?;
        rows(text, "done", std::iter::once(description).chain(&self.done))?;
        rows(text, "clients", self.load.words())?;
        writeln!(text, "checks")?;
        for check in &self.checks {
            check.write(text)?;
        }
        rows(text, "look", files.iter().map(|(file, what)| format!("{file}, {what}")))?;
        row(text, "again", &self.about.replay)?;
        row(text, "judge", &self.about.check)
    }
}

impl Check {
    /// What is wrong, on a line, or else what should hold.
    pub(super) fn said(&self) -> &str {
        let text = self.text.as_ref().and_then(|text| text.lines().next());
        text.unwrap_or(&self.statement)
    }

    /// On a line, and on another what is wrong.
    pub(super) fn write(&self, text: &mut String) -> std::fmt::Result {
        let Check { name, statement, .. } = self;
        let finding = match self.finding {
            Finding::Holds => "holds",
            Finding::Unseen => "unseen",
            Finding::Violated => "VIOLATED",
            Finding::Unknown => "unknown",
        };
        writeln!(text, "  {finding:8}  {name:26}{statement}")?;
        let at = self.at_ns.map_or(String::new(), |at| format!("at {}: ", seconds(at)));
        let mut lines = self.text.iter().flat_map(|text| text.lines());
        let Some(first) = lines.next() else { return Ok(()) };
        let place = self.place.describe();
        let place = if place.is_empty() { place } else { format!(" ({place})") };
        writeln!(text, "            {at}{first}{place}")?;
        for line in lines.by_ref().take(LINES_SHOWN - 1) {
            writeln!(text, "            {line}")?;
        }
        match lines.count() {
            0 => Ok(()),
            more => writeln!(text, "            … and {more} lines more in {}", Files::REPORT_JSON),
        }
    }
}

impl std::fmt::Display for Check {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut text = String::new();
        self.write(&mut text)?;
        f.write_str(text.trim_end())
    }
}

impl Load {
    fn words(&self) -> Vec<String> {
        let Load { clients, operations, ok, failed, unknown, ok_per_s, p50_us, p99_us } = self;
        let counts = format!(
            "{clients} clients, {operations} operations: {ok} ok, {failed} failed, {unknown} unknown"
        );
        let speed = format!(
            "{ok_per_s} ok a second, half of them within {}, 99 of 100 within {}",
            milliseconds(*p50_us),
            milliseconds(*p99_us)
        );
        vec![counts, speed]
    }
}

/// The verdict on all checks, and what decided it in words.
pub(super) fn verdict_of(checks: &[Check]) -> (VerdictName, Option<&str>) {
    let first = |finding| checks.iter().find(|check| check.finding == finding);
    match (first(Finding::Violated), first(Finding::Unknown)) {
        (Some(check), _) => (VerdictName::Failed, Some(check.said())),
        (None, Some(check)) => (VerdictName::Undecided, Some(check.said())),
        (None, None) if checks.is_empty() => (VerdictName::Undecided, Some("nothing was judged")),
        (None, None) => (VerdictName::Passed, None),
    }
}

/// The verdict as the first line has it.
pub(super) fn verdict_word(verdict: VerdictName) -> &'static str {
    match verdict {
        VerdictName::Passed => "passed",
        VerdictName::Failed => "FAILED",
        VerdictName::Undecided => "could not be judged",
    }
}

/// What there is to look at in a folder, and what there is to see.
pub(super) const LOOK: [(&str, &str); 5] = [
    (Files::PAGE, "the whole run as a page"),
    (Files::LINEARIZABILITY, "what clients saw, and what contradicts itself"),
    (Files::TRACE, "every event"),
    (Files::LOGS, "what servers logged"),
    (Files::DATA, "the servers' directories"),
];

fn row(text: &mut String, name: &str, what: &str) -> std::fmt::Result {
    writeln!(text, "{name:10}{what}")
}

/// A name, and lines that there are to say about it.
fn rows(
    text: &mut String,
    name: &str,
    lines: impl IntoIterator<Item = impl AsRef<str>>,
) -> std::fmt::Result {
    for (number, line) in lines.into_iter().enumerate() {
        row(text, if number == 0 { name } else { "" }, line.as_ref())?;
    }
    Ok(())
}

fn milliseconds(microseconds: u64) -> String {
    format!("{:.1} ms", microseconds as f64 / 1e3)
}

//! A run in words.

use super::history::Counts;
use super::judge::{Judgement, Verdict};
use super::{Fault, HISTORY, MESSAGES, Options, PAGE};
use lincheck::FaultBand;
use std::fmt::Write as _;
use std::path::Path;

/// What is told of a run.
pub(super) struct Report<'a> {
    pub(super) options: &'a Options,
    pub(super) judgement: &'a Judgement,
    pub(super) faults: &'a [FaultBand],
    pub(super) counts: Counts,
}

impl Report<'_> {
    pub(super) fn text(&self, folder: &Path) -> String {
        let Options { seed, nodes, clients, .. } = self.options;
        let verdict = match self.judgement.verdict {
            Verdict::Passed => "passed",
            Verdict::Undecided => "could not be judged",
            Verdict::Violated => "violated",
        };
        let Counts { answered, failed, unknown } = self.counts;
        let mut text = format!("maelstrom, seed {seed}: {verdict}\n");
        for reason in &self.judgement.reasons {
            text += &indented("what:   ", reason);
        }
        text += &format!("nodes:  {nodes} of {}\n", self.command());
        text += &format!(
            "asked:  {} operations by {clients} clients: {answered} answered, {failed} without effect, \
             {unknown} of unknown outcome\n",
            answered + failed + unknown
        );
        text += &indented("faults: ", &self.faults());
        let files = [PAGE, HISTORY, MESSAGES].map(|file| folder.join(file));
        let files = files.iter().filter(|file| file.exists());
        let files: Vec<String> = files.map(|file| file.display().to_string()).collect();
        text += &indented("look:   ", &files.join("\n"));
        text += &format!("again:  {}\n", self.again());
        text +=
            "        the same faults and clients; time is real, so no run is exactly the same\n";
        text
    }

    fn command(&self) -> String {
        let mut words = vec![self.options.program.display().to_string()];
        words.extend(self.options.arguments.iter().cloned());
        words.join(" ")
    }

    fn faults(&self) -> String {
        let mut text = String::new();
        for FaultBand { from, to, label } in self.faults {
            let [from, to] = [from, to].map(|at| *at as f64 / 1e9);
            // Writing into a text can't fail.
            let _ = writeln!(text, "{from:.3} s to {to:.3} s: {label}");
        }
        if text.is_empty() { "none".to_owned() } else { text }
    }

    fn again(&self) -> String {
        let Options { program, arguments, nodes, clients, time_limit, faults, seed, .. } =
            self.options;
        let faults: Vec<String> = faults.iter().map(Fault::to_string).collect();
        let faults = if faults.is_empty() { "none".to_owned() } else { faults.join(",") };
        let time = match time_limit.as_millis() {
            ms if ms.is_multiple_of(1000) => format!("{}s", ms / 1000),
            ms => format!("{ms}ms"),
        };
        let mut line = format!(
            "labtest maelstrom --bin {} --nodes {nodes} --clients {clients} --time-limit {time} --nemesis \
             {faults} --seed {seed}",
            program.display(),
        );
        if !arguments.is_empty() {
            line += &format!(" -- {}", arguments.join(" "));
        }
        line
    }
}

/// The text behind a word, its later lines below its first.
fn indented(word: &str, text: &str) -> String {
    let indent = " ".repeat(word.len());
    let lines: Vec<&str> = text.trim_end().lines().collect();
    format!("{word}{}\n", lines.join(&format!("\n{indent}")))
}

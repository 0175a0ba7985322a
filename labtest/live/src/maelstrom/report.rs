//! A run in words.

use super::facts::Facts;
use super::history::Counts;
use super::judge::{Judgement, Verdict};
use super::{HISTORY, MESSAGES, PAGE};
use lincheck::FaultBand;
use std::fmt::Write as _;
use std::path::Path;

/// What is told of a run.
pub(super) struct Report<'a> {
    pub(super) facts: &'a Facts,
    pub(super) judgement: &'a Judgement,
}

impl Report<'_> {
    pub(super) fn text(&self, folder: &Path) -> String {
        let Facts { seed, nodes, clients, command, again, .. } = self.facts;
        let verdict = match self.judgement.verdict {
            Verdict::Passed => "passed",
            Verdict::Undecided => "could not be judged",
            Verdict::Violated => "violated",
        };
        let Counts { answered, failed, unknown } = self.facts.counts;
        let mut text = format!("maelstrom, seed {seed}: {verdict}\n");
        for reason in &self.judgement.reasons {
            text += &indented("what:   ", reason);
        }
        text += &format!("nodes:  {nodes} of {command}\n");
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
        text += &format!("again:  {again}\n");
        text +=
            "        the same faults and clients; time is real, so no run is exactly the same\n";
        text
    }

    fn faults(&self) -> String {
        let mut text = String::new();
        for FaultBand { from, to, label } in &self.facts.faults {
            let [from, to] = [from, to].map(|at| *at as f64 / 1e9);
            // Writing into a text can't fail.
            let _ = writeln!(text, "{from:.3} s to {to:.3} s: {label}");
        }
        if text.is_empty() { "none".to_owned() } else { text }
    }
}

/// The text after a word, its later lines below its first.
fn indented(word: &str, text: &str) -> String {
    let indent = " ".repeat(word.len());
    let lines: Vec<&str> = text.trim_end().lines().collect();
    format!("{word}{}\n", lines.join(&format!("\n{indent}")))
}

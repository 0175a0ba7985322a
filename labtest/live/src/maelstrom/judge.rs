//! What a run came to.

use super::history::Counts;
use lincheck::{FaultBand, ModelName, PageContext, ReadOptions, RecordedHistory};
use std::path::Path;

/// What a run came to, from the best to the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Nothing was wrong.
    Passed,
    /// Nothing was found, and it could not be judged whether that means something.
    Undecided,
    /// Something was wrong.
    Violated,
}

/// A verdict and the sentences that give the reasons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Judgement {
    pub(super) verdict: Verdict,
    pub(super) reasons: Vec<String>,
}

/// With fewer answers nothing is known of a cluster.
const ANSWERED_MIN: u64 = 50;

impl Judgement {
    pub(super) fn new() -> Judgement {
        Judgement { verdict: Verdict::Passed, reasons: Vec::new() }
    }

    pub(super) fn add(&mut self, verdict: Verdict, reason: String) {
        self.verdict = self.verdict.max(verdict);
        self.reasons.push(reason);
    }

    /// Whether enough was answered for nothing wrong to mean something.
    pub(super) fn judge_load(&mut self, counts: Counts) {
        let Counts { answered, .. } = counts;
        if answered < ANSWERED_MIN && self.verdict == Verdict::Passed {
            let reason = format!(
                "too little happened to judge: {answered} operations were answered, and {ANSWERED_MIN} should be"
            );
            self.add(Verdict::Undecided, reason);
        }
    }

    /// Whether what clients saw is linearizable, each key a register. A page shows why not.
    ///
    /// # Errors
    /// When the page can't be written.
    pub(super) fn judge_history(
        &mut self,
        text: &str,
        faults: Vec<FaultBand>,
        page: &Path,
    ) -> anyhow::Result<()> {
        let history = RecordedHistory::read(text, ModelName::Register, &ReadOptions::default())?;
        let report = history.explain(None);
        match report.verdict {
            lincheck::Verdict::Linearizable => return Ok(()),
            lincheck::Verdict::NotLinearizable => {
                let described = history.describe(&report);
                self.add(Verdict::Violated, described.trim_end().to_owned());
            }
            lincheck::Verdict::Unknown => {
                let (steps, unknown) = (report.steps(), history.unknown_outcomes());
                let reason = format!(
                    "whether it is linearizable is not known after {steps} steps: {unknown} operations are of \
                     unknown outcome; a shorter run, or fewer clients, are easier to judge"
                );
                self.add(Verdict::Undecided, reason);
            }
        }
        let context = PageContext { faults, ..PageContext::default() };
        std::fs::write(page, history.html(&report, &context))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::maelstrom::judge_again;

    fn history(read: &str) -> String {
        let mut lines = vec![r#"{"schema":"labtest.history/v2","model":"register"}"#.to_owned()];
        for (at, process, kind, f, value) in [
            (1, 0, "invoke", "write", "1"),
            (2, 0, "ok", "write", "1"),
            (3, 1, "invoke", "read", "null"),
            (4, 1, "ok", "read", read),
        ] {
            lines.push(format!(
                r#"{{"at":{at},"process":{process},"type":"{kind}","f":"{f}","key":0,"value":{value}}}"#
            ));
        }
        lines.join("\n")
    }

    #[test]
    fn a_stale_read_is_told_and_drawn_and_a_fresh_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let page = folder.path().join("page.html");
        let mut judgement = Judgement::new();
        judgement.judge_history(&history("1"), Vec::new(), &page).unwrap();
        assert_eq!((judgement.clone(), page.exists()), (Judgement::new(), false));
        judgement.judge_history(&history("null"), Vec::new(), &page).unwrap();
        assert_eq!(judgement.verdict, Verdict::Violated);
        assert!(judgement.reasons[0].contains("not linearizable"), "{:?}", judgement.reasons);
        assert!(page.exists());
    }

    #[test]
    fn too_few_answers_are_no_pass_and_do_not_hide_a_violation() {
        let few = Counts { answered: ANSWERED_MIN - 1, ..Counts::default() };
        let mut judgement = Judgement::new();
        judgement.judge_load(Counts { answered: ANSWERED_MIN, ..few });
        assert_eq!(judgement.verdict, Verdict::Passed);
        judgement.judge_load(few);
        assert_eq!(judgement.verdict, Verdict::Undecided);
        judgement.add(Verdict::Violated, "a node has ended".to_owned());
        judgement.judge_load(few);
        assert_eq!(judgement.verdict, Verdict::Violated);
    }

    #[test]
    fn what_a_run_has_left_is_judged_anew() {
        let folder = tempfile::tempdir().unwrap();
        let write =
            |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        let judged = || judge_again(folder.path()).map_err(|error| format!("{error:#}"));
        let facts = r#"{"schema": "labtest.maelstrom/v1", "seed": 1, "nodes": 3, "clients": 5,
            "command": "node", "again": "labtest maelstrom", "problems": [], "is_interrupted": false,
            "faults": [], "counts": {"answered": 50, "failed": 0, "unknown": 0}}"#;
        assert!(judged().unwrap_err().contains("maelstrom.json"));
        write("maelstrom.json", facts);
        assert!(judged().unwrap_err().contains("history.jsonl"));
        write("history.jsonl", &history("1"));
        assert_eq!(judged().unwrap().verdict, Verdict::Passed);
        write("history.jsonl", &history("2"));
        assert_eq!(judged().unwrap().verdict, Verdict::Violated);
        write("history.jsonl", &history("1"));
        let told = facts.replace("\"problems\": []", "\"problems\": [\"n1 has ended\"]");
        write("maelstrom.json", &told);
        assert_eq!(judged().unwrap().verdict, Verdict::Violated);
        write("maelstrom.json", &facts.replace("/v1", "/v9"));
        assert!(judged().unwrap_err().contains("expected schema labtest.maelstrom/v1"));
    }
}

//! The report of a failure, for people on one screen, and for programs.

use super::{Files, Repeated, Smallest, config_json};
use crate::backtrace::own_frames;
use crate::difference::Finding;
use crate::numbers::{grouped, plural};
use harness::record::Subject;
use harness::{CauseKind, property};
use labreport::run::{MomentKind, Run};
use labtrace::report::{RepeatedRecord, ReportRecord, SCHEMA, ShrunkRecord};
use labtrace::{RunRecord, first_wrong, seconds};
use std::fmt::Write;

/// How many moments before the failure are told, and where it is told what led to it: the whole should fit on a
/// screen.
const MOMENTS_SHOWN: usize = 10;
const MOMENTS_BESIDE_CAUSES: usize = 5;
/// A scenario that is longer is in its file.
const SCENARIO_LINES_SHOWN: usize = 12;
/// A panic can be long.
const DETAILS_SHOWN: usize = 6;
/// The last words of a program have the stacks of what did not go on.
const STACK_LINES_SHOWN: usize = 40;

/// Everything that a report tells.
pub(super) struct Report<'a> {
    pub(super) subject: &'a Subject,
    pub(super) run: &'a RunRecord,
    /// None on the real clock.
    pub(super) repeated: Option<&'a Repeated>,
    pub(super) pictured: Option<&'a Run>,
    /// What it was made smaller to.
    pub(super) shrunk: Option<&'a Smallest>,
}

impl Report<'_> {
    /// `report.txt`.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string can't fail.
        let _ = self.write_text(&mut text);
        text
    }

    fn write_text(&self, text: &mut String) -> std::fmt::Result {
        let Report { subject, run, .. } = self;
        writeln!(text, "{}, seed {}: {}", run.test, run.seed, self.verdict())?;
        let Subject { description, network, config, implementation, .. } = subject;
        let servers = plural(config.servers as u64, "server");
        writeln!(text, "{description}; {implementation} with {servers}, network: {network}")?;
        if let Some(failure) = &run.failure {
            writeln!(text, "\n  {}", failure.message)?;
            let shown = match &*failure.property {
                property::PROGRAM => STACK_LINES_SHOWN,
                _ => DETAILS_SHOWN,
            };
            for detail in failure.details.iter().chain(&run.warnings).take(shown) {
                writeln!(text, "    {detail}")?;
            }
            let rule = property::statement(&failure.property);
            let rule = rule.map_or(String::new(), |rule| format!(": {rule}"));
            row(&mut *text, "\nproperty", &format!("{}{rule}", failure.property))?;
            let at = seconds(failure.at_ns);
            row(text, "when", &format!("{at} of {} time", self.clock()))?;
            let place = failure.place.describe();
            if !place.is_empty() {
                row(text, "where", &place)?;
            }
        }
        self.write_causes(text)?;
        self.write_frames(text)?;
        row(text, "run", &self.measures())?;
        if let Some(coverage) = &run.coverage {
            row(text, "seen", &coverage.words())?;
        }
        for unchecked in run.coverage.iter().flat_map(|coverage| &coverage.off) {
            let labtrace::Unchecked { what, since_ns, why } = unchecked;
            row(text, "", &format!("{what} no more from {} on: {why}", seconds(*since_ns)))?;
        }
        row(text, "hash", &self.proof())?;
        let finding = self.repeated.and_then(|again| again.finding.as_ref());
        for (number, line) in finding.iter().flat_map(|found| found.lines()).enumerate() {
            row(text, if number == 0 { "differs" } else { "" }, &line)?;
        }
        self.write_scenario(text)?;
        if let Some(shrunk) = self.shrunk {
            row(text, "shrunk", &shrunk_to(shrunk))?;
            for line in shrunk.shrunk.scenario.to_string().lines() {
                row(text, "", line)?;
            }
        }
        self.write_story(text)?;
        self.write_files(text)?;
        row(text, "replay", &run.replay)
    }

    /// How the servers are configured, and where that is short all that was done.
    fn write_scenario(&self, text: &mut String) -> std::fmt::Result {
        let Subject { scenario, config, .. } = self.subject;
        // Of one that was made smaller the smaller one is told.
        let told = scenario.as_ref().filter(|_| self.shrunk.is_none()).map(ToString::to_string);
        let told = told.filter(|told| told.lines().count() <= SCENARIO_LINES_SHOWN);
        if told.is_none() {
            row(text, "config", &config.words())?;
        }
        if let Some(scenario) = scenario {
            let steps = plural(scenario.step_count(self.run.seed), "step");
            row(text, "scenario", &format!("{}, {steps}", Files::SCENARIO))?;
        }
        for line in told.iter().flat_map(|told| told.lines()) {
            row(text, "", line)?;
        }
        Ok(())
    }

    /// What led to the failure: what should not have been at first, and the facts by time.
    fn write_causes(&self, text: &mut String) -> std::fmt::Result {
        let Some(Run { causes, .. }) = self.pictured.filter(|run| !run.causes.is_empty()) else {
            return Ok(());
        };
        let kind = first_wrong(causes).map_or("not seen", |cause| &cause.fact);
        let statement = CauseKind::ALL.iter().find(|known| known.name == kind);
        let statement = statement.map_or(String::new(), |known| format!(": {}", known.statement));
        row(text, "cause", &format!("{kind}{statement}"))?;
        for fact in causes {
            let sign = if fact.wrong { '!' } else { ' ' };
            writeln!(text, "  {:>11} {sign}{}", seconds(fact.when), fact.text)?;
        }
        Ok(())
    }

    /// Of the run that was recorded.
    pub(super) fn backtrace(&self) -> Option<&str> {
        self.repeated?.backtrace.as_deref()
    }

    /// The frames of a panic that its author knows.
    fn write_frames(&self, text: &mut String) -> std::fmt::Result {
        let Some(backtrace) = self.backtrace() else { return Ok(()) };
        let whole = match own_frames(backtrace) {
            frames if frames.is_empty() => {
                format!(
                    "{}; none of its frames is known to be of the code under test",
                    Files::BACKTRACE
                )
            }
            frames => {
                for (number, frame) in frames.iter().enumerate() {
                    row(text, if number == 0 { "code" } else { "" }, frame)?;
                }
                format!("{}, with the frames of std, tokio and the tester", Files::BACKTRACE)
            }
        };
        row(text, "backtrace", &whole)
    }

    fn verdict(&self) -> &'static str {
        match self.run.verdict {
            labtrace::VerdictName::Passed => "passed",
            labtrace::VerdictName::Failed => "FAILED",
            labtrace::VerdictName::Undecided => "can't be judged",
        }
    }

    fn clock(&self) -> &'static str {
        self.subject.clock.name()
    }

    fn measures(&self) -> String {
        let run = self.run;
        let (rpcs, bytes) = (plural(run.measures.rpcs, "RPC"), plural(run.measures.bytes, "byte"));
        let (commits, terms) = (grouped(run.measures.commits), grouped(run.measures.terms));
        let time = seconds(run.virtual_ns());
        format!("{time}, {rpcs}, {bytes}; applied up to index {commits}, highest term {terms}")
    }

    fn proof(&self) -> String {
        match self.repeated {
            None => "none: a run on the real clock can't be repeated".to_string(),
            Some(again) if again.is_the_same => {
                format!("{} (the same when it was made again)", self.run.trace_hash)
            }
            Some(again) if again.first_is_kept => format!(
                "{}, but {} when it was made again: NOT REPEATABLE. What is told here is the recording of the \
                 run that failed, and nothing is made smaller",
                self.run.trace_hash, again.trace_hash
            ),
            Some(again) => format!(
                "{}, but {} when it was recorded: something draws chance or time from outside \
                 the run, and what was recorded is another run",
                self.run.trace_hash, again.trace_hash
            ),
        }
    }

    /// What happened last before the failure, from the recording.
    fn write_story(&self, text: &mut String) -> std::fmt::Result {
        let Some(pictured) = self.pictured else { return Ok(()) };
        let mut story = pictured.story();
        let end = story.iter().position(|moment| moment.kind == MomentKind::Failure);
        story.truncate(end.unwrap_or(story.len()));
        let shown = match pictured.causes.is_empty() {
            true => MOMENTS_SHOWN,
            false => MOMENTS_BESIDE_CAUSES,
        };
        let first = story.len().saturating_sub(shown);
        if story.is_empty() {
            return Ok(());
        }
        writeln!(text, "\nwhat came before")?;
        for moment in &story[first..] {
            writeln!(text, "  {:>11}  {}", seconds(moment.at), moment.text)?;
        }
        Ok(())
    }

    fn write_files(&self, text: &mut String) -> std::fmt::Result {
        if self.repeated.is_none() {
            return row(text, "\nlook", "nothing is recorded on the real clock");
        }
        row(text, "\nlook", &format!("{}, the whole run as a picture", Files::PAGE))?;
        row(text, "", &format!("{}, its end", Files::PICTURE))?;
        if self.subject.config.kv.is_some() {
            row(text, "", &format!("{}, what clients saw", Files::LINEARIZABILITY))?;
        }
        row(text, "", &format!("{}, every event; {}, the clients", Files::TRACE, Files::HISTORY))
    }

    /// `report.json`.
    pub(super) fn json(&self) -> String {
        let statement = self.run.failure.as_ref().and_then(|it| property::statement(&it.property));
        let repeated = self.repeated.map(|again| RepeatedRecord {
            trace_hash: again.trace_hash.clone(),
            is_the_same: again.is_the_same,
            difference: again.finding.as_ref().map(Finding::record),
        });
        let shrunk = self.shrunk.map(|Smallest { shrunk, .. }| ShrunkRecord {
            scenario: format!("{}/{}", Files::SHRUNK, Files::SCENARIO),
            steps: shrunk.steps,
            steps_before: shrunk.steps_before,
            runs: shrunk.runs,
            is_minimal: shrunk.is_minimal,
        });
        let report = ReportRecord {
            schema: SCHEMA.to_owned(),
            description: self.subject.description.clone(),
            network: self.subject.network.clone(),
            statement: statement.map(str::to_owned),
            run: self.run.clone(),
            causes: self.pictured.map_or_else(Vec::new, |run| run.causes.clone()),
            repeated,
            config: config_json(&self.subject.config),
            shrunk,
        };
        // Plain data, with texts for keys: it has a form in JSON.
        report.text().unwrap_or_default()
    }
}

/// Where the smaller scenario is and how small it is.
fn shrunk_to(smallest: &Smallest) -> String {
    let (shrunk, runs) = (&smallest.shrunk, smallest.runs());
    let (file, folder) = (Files::SCENARIO, Files::SHRUNK);
    let steps = plural(shrunk.steps, "step");
    let more = match shrunk.is_minimal {
        true => "nothing more can be left out",
        false => "`labtest shrink` may find less",
    };
    format!("{folder}/{file}, {steps}, found with {runs}; {more}")
}

/// A name and what there is to say about it.
fn row(text: &mut String, name: &str, what: &str) -> std::fmt::Result {
    let (blank, name) = name.strip_prefix('\n').map_or(("", name), |name| ("\n", name));
    writeln!(text, "{blank}{name:10}{what}")
}

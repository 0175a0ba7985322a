//! Recorded histories, by the model that judges them.

mod models;
mod reading;
mod vocabulary;

pub use models::{InitialError, ModelName, UnknownModel};
pub use reading::Source;

use crate::formats::{Format, FormatError};
use crate::line::LineProblem;
use crate::models::{Kv, KvInput, KvOutput};
use crate::{Checker, History, Judgement, Model, Outcome, PageContext, Report, render_html};
use serde_json::Value;
use std::fmt;
use thiserror::Error;

/// Why a text is not a history.
#[derive(Debug, Error)]
pub enum ReadError {
    /// Nobody knows the model.
    #[error(transparent)]
    Model(#[from] UnknownModel),
    /// Nobody knows the format, or it could be several.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// The object cannot begin so.
    #[error(transparent)]
    Initial(#[from] InitialError),
    /// Something is wrong with a line.
    #[error("line {line}: {problem}")]
    Line {
        /// Which, counted from 1.
        line: usize,
        /// What.
        problem: LineProblem,
    },
}

/// What is not said by a text itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReadOptions {
    /// The format; by default that which the beginning of the text shows.
    pub format: Option<Format>,
    /// How the object begins: what registers hold (for `multi-register` by key), a counter's total, a
    /// bank's balances by account. By default what the text says, else nothing.
    pub initial: Option<Value>,
}

/// A history that was read, with its model.
pub struct RecordedHistory {
    judged: Box<dyn Judged>,
    source: Source,
}

impl fmt::Debug for RecordedHistory {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("RecordedHistory");
        shown.field("source", &self.source).finish_non_exhaustive()
    }
}

/// A history with its model, whichever that is.
trait Judged {
    fn operation_count(&self) -> usize;
    fn unknown_outcomes(&self) -> usize;
    fn explain(&self, budget_steps: Option<u64>, stop: &dyn Fn() -> bool) -> Report;
    fn judgement(&self, report: &Report) -> Judgement;
    fn describe(&self, report: &Report) -> String;
    fn html(&self, report: &Report, context: &PageContext) -> String;
}

struct OfModel<M: Model> {
    model: M,
    history: History<M::Input, M::Output>,
}

impl<M: Model> Judged for OfModel<M> {
    fn operation_count(&self) -> usize {
        self.history.operations().len()
    }

    fn unknown_outcomes(&self) -> usize {
        let all = self.history.operations().iter();
        all.filter(|operation| operation.outcome == Outcome::Unknown).count()
    }

    fn explain(&self, budget_steps: Option<u64>, stop: &dyn Fn() -> bool) -> Report {
        let checker = Checker::new(&self.model).stop_when(stop);
        let budget = budget_steps.unwrap_or_else(|| checker.budget_for(&self.history));
        checker.budget(budget).explain(&self.history)
    }

    fn judgement(&self, report: &Report) -> Judgement {
        Judgement::new(&self.model, &self.history, report)
    }

    fn describe(&self, report: &Report) -> String {
        report.describe(&self.model, &self.history)
    }

    fn html(&self, report: &Report, context: &PageContext) -> String {
        render_html(&self.model, &self.history, report, context)
    }
}

/// Reads JSON lines and explains them by the model with that name, with the default budget.
///
/// The first line is a header, each other line an event, in the order in which they happened:
///
/// ```json
/// {"schema":"labtest.history/v2"}
/// {"at":1000,"process":0,"type":"invoke","f":"put","key":"x","value":"1"}
/// {"at":2500,"process":0,"type":"ok","f":"put","key":"x"}
/// ```
///
/// `at` is in nanoseconds and never goes back; where no line has it, times are made up from the order.
/// `process` is a number; lines in which it is `"nemesis"` are left out. `type` is `invoke`, `ok`, `fail` (it
/// certainly did not take effect) or `info` (nobody knows); `f` repeats what the process invoked. An operation
/// that no line completes is of unknown outcome. `key`, a string or a number, names the object: all lines have
/// one, or none, which is one object. What is not text, as a key or as a value of [`Kv`], is `{"base64": "…"}`;
/// version 1 of the format has no such. What `f` and `value` may be depends on the model, see [`ModelName`].
/// `version` is for [`Kv`]: in an `ok` the key's version then, in the `invoke` of a `put` the version on whose
/// condition it is. A header with `"missing_is_empty": true` is for stores that answer the empty string to a
/// get of a key that is not there. Other fields are left to other readers.
///
/// ```
/// let text = r#"{"schema":"labtest.history/v2"}
/// {"at":10,"process":0,"type":"invoke","f":"write","value":1}
/// {"at":20,"process":0,"type":"ok","f":"write"}
/// {"at":30,"process":1,"type":"invoke","f":"read"}
/// {"at":40,"process":1,"type":"ok","f":"read","value":null}
/// "#;
/// let (history, report) = lincheck::check_jsonl(text, "register")?;
/// assert!(!report.verdict.is_pass());
/// let what = "client 1 [30, 40] read -> nothing <- fits nowhere";
/// assert!(history.describe(&report).contains(what));
/// # Ok::<(), lincheck::ReadError>(())
/// ```
///
/// # Errors
/// When there is no such model, or a line is not as it should be.
pub fn check_jsonl(text: &str, model: &str) -> Result<(RecordedHistory, Report), ReadError> {
    let history = RecordedHistory::read(
        text,
        model.parse()?,
        &ReadOptions { format: Some(Format::Jsonl), initial: None },
    )?;
    let report = history.explain(None);
    Ok((history, report))
}

/// Reads JSON lines of a key/value store.
///
/// # Errors
/// When a line is not as it should be.
pub fn read_store(text: &str) -> Result<History<KvInput, KvOutput>, ReadError> {
    let opened = Format::Jsonl.open(text).map_err(at_line)?;
    Ok(reading::read(&Kv::new(), Format::Jsonl, opened)?.0)
}

impl RecordedHistory {
    /// Reads a history for that model.
    ///
    /// ```
    /// use lincheck::{ModelName, ReadOptions, RecordedHistory, Verdict};
    ///
    /// let text = "
    ///     {:process 0, :type :invoke, :f :write, :value 1}
    ///     {:process 1, :type :invoke, :f :read,  :value nil}
    ///     {:process 1, :type :ok,     :f :read,  :value 1}";
    /// let history = RecordedHistory::read(text, ModelName::Register, &ReadOptions::default())?;
    /// assert_eq!(history.explain(None).verdict, Verdict::Linearizable);
    /// assert_eq!(history.source().to_string(), "3 lines of 2 clients, as Jepsen's EDN");
    /// # Ok::<(), lincheck::ReadError>(())
    /// ```
    ///
    /// # Errors
    /// When the format is not clear; what is wrong with the first line that is not as it should be.
    pub fn read(
        text: &str,
        model: ModelName,
        options: &ReadOptions,
    ) -> Result<RecordedHistory, ReadError> {
        let format = options.format.map_or_else(|| Format::of(text), Ok)?;
        let mut opened = format.open(text).map_err(at_line)?;
        opened.initial = options.initial.clone().or(opened.initial);
        let (judged, source) = model.read(format, opened)?;
        Ok(RecordedHistory { judged, source })
    }

    /// How many operations it has.
    pub fn operation_count(&self) -> usize {
        self.judged.operation_count()
    }

    /// How many operations are of unknown outcome. Each may have taken effect at any time or never, so
    /// they are what makes histories hard to judge.
    pub fn unknown_outcomes(&self) -> usize {
        self.judged.unknown_outcomes()
    }

    /// What was read, as what.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Judges the history and explains what is wrong with it, see [`Checker::explain`]; with the
    /// default budget unless another is given.
    pub fn explain(&self, budget_steps: Option<u64>) -> Report {
        self.explain_until(budget_steps, &|| false)
    }

    /// The same, stopped as soon as `stop` is true, see [`Checker::stop_when`].
    pub fn explain_until(&self, budget_steps: Option<u64>, stop: &dyn Fn() -> bool) -> Report {
        self.judged.explain(budget_steps, stop)
    }

    /// A report on it as data.
    pub fn judgement(&self, report: &Report) -> Judgement {
        self.judged.judgement(report)
    }

    /// A report on it in words, see [`Report::describe`].
    pub fn describe(&self, report: &Report) -> String {
        self.judged.describe(report)
    }

    /// A report on it as a page, see [`render_html`].
    pub fn html(&self, report: &Report, context: &PageContext) -> String {
        self.judged.html(report, context)
    }
}

fn at_line((line, problem): (usize, LineProblem)) -> ReadError {
    ReadError::Line { line, problem }
}

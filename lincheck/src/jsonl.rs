//! Histories as JSON lines, and judging them by the name of a model.
//!
//! The first line is a header, each other line an event, in the order in which they happened:
//!
//! ```json
//! {"schema":"labtest.history/v1"}
//! {"at":1000,"process":0,"type":"invoke","f":"put","key":"x","value":"1"}
//! {"at":2500,"process":0,"type":"ok","f":"put","key":"x"}
//! ```
//!
//! `at` is in nanoseconds and never goes back. `type` is `invoke`, `ok`, `fail` (it certainly did
//! not take effect) or `info` (nobody knows); `f` repeats what the process invoked. An operation
//! that no line completes is of unknown outcome. What `f` may be depends on the model:
//!
//! | model      | `f`      | `value` of `invoke`     | `value` of `ok`                   |
//! | ---------- | -------- | ----------------------- | --------------------------------- |
//! | `register` | `read`   |                         | what was read; `null` for nothing |
//! |            | `write`  | anything but `null`     |                                   |
//! |            | `cas`    | `[from, to]`            | `false` if it was refused         |
//! | `kv`       | `get`    |                         | a string; `null` for nothing      |
//! |            | `put`    | a string                | `false` if it was refused         |
//! |            | `append` | a string                |                                   |
//! |            | `cas`    | `[from or null, to]`    | `false` if it was refused         |
//! |            | `delete` |                         |                                   |
//! | `append`   | `read`   |                         | all of the list                   |
//! |            | `append` | anything                |                                   |
//!
//! `key` names the object. With `kv` every line that invokes something has one; registers and lists may
//! do without, and then everything concerns the same. The `ok` of a `read` or a `get` has a `value`,
//! which is `null` for nothing. With `kv`, `version` in an
//! `ok` is the key's version then (see [`Kv`]), and in the `invoke` of a `put` the version on whose
//! condition it is. A header with `"missing_is_empty": true` is for stores that answer the empty
//! string to a get of a key that is not there. Other fields are left to other readers.

mod line;
mod models;

pub use line::JsonlProblem;

use crate::models::{
    AppendList, AppendListInput, AppendListOutput, Keyed, KeyedInput, Kv, KvInput, KvOutput,
    Register, RegisterInput, RegisterOutput,
};
use crate::{Checker, EventReader, History, Model, PageContext, Report, render_html};
use line::{Header, Line};
use models::Read;
use serde_json::Value;
use std::str::FromStr;
use thiserror::Error;

/// The format that is read, as its header has it.
pub const SCHEMA: &str = "labtest.history/v1";

/// A model that can be named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModelName {
    /// [`Register`], one for each key.
    Register,
    /// [`Kv`].
    Kv,
    /// [`AppendList`], one for each key.
    Append,
}

/// There is no model of that name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("no model is called {0:?}; there are register, kv and append")]
pub struct UnknownModel(String);

impl FromStr for ModelName {
    type Err = UnknownModel;

    fn from_str(name: &str) -> Result<ModelName, UnknownModel> {
        match name {
            "register" => Ok(ModelName::Register),
            "kv" => Ok(ModelName::Kv),
            "append" => Ok(ModelName::Append),
            _ => Err(UnknownModel(name.to_string())),
        }
    }
}

/// Why a text is not a history.
#[derive(Debug, Error)]
pub enum JsonlError {
    /// Nobody knows the model.
    #[error(transparent)]
    Model(#[from] UnknownModel),
    /// Something is wrong with a line.
    #[error("line {line}: {problem}")]
    Line {
        /// Which, counted from 1.
        line: usize,
        /// What.
        problem: JsonlProblem,
    },
}

/// A history that was read, with its model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JsonlHistory {
    /// Of registers.
    Register(History<KeyedInput<RegisterInput<Value>>, RegisterOutput<Value>>),
    /// Of a key/value store.
    Kv(Kv, History<KvInput, KvOutput>),
    /// Of lists.
    Append(History<KeyedInput<AppendListInput<Value>>, AppendListOutput<Value>>),
}

/// The two models without settings.
const REGISTERS: Keyed<Register<Value>> = Keyed(Register::new());
const LISTS: Keyed<AppendList<Value>> = Keyed(AppendList::new());

/// Reads a history and explains it by the model of that name, with the default budget.
///
/// ```
/// let text = r#"{"schema":"labtest.history/v1"}
/// {"at":10,"process":0,"type":"invoke","f":"write","value":1}
/// {"at":20,"process":0,"type":"ok","f":"write"}
/// {"at":30,"process":1,"type":"invoke","f":"read"}
/// {"at":40,"process":1,"type":"ok","f":"read","value":null}
/// "#;
/// let (history, report) = lincheck::check_jsonl(text, "register")?;
/// assert!(!report.verdict.is_pass());
/// let what = "client 1 [30, 40] read -> nothing <- fits nowhere";
/// assert!(history.describe(&report).contains(what));
/// # Ok::<(), lincheck::JsonlError>(())
/// ```
///
/// # Errors
/// When there is no such model, or a line is not as it should be.
pub fn check_jsonl(text: &str, model: &str) -> Result<(JsonlHistory, Report), JsonlError> {
    let history = JsonlHistory::read(text, model.parse()?)?;
    let report = history.explain(None);
    Ok((history, report))
}

impl JsonlHistory {
    /// Reads a history for that model.
    ///
    /// # Errors
    /// What is wrong with the first line that is not as it should be.
    pub fn read(text: &str, model: ModelName) -> Result<JsonlHistory, JsonlError> {
        let mut lines = text.lines().enumerate().map(|(place, line)| (place + 1, line));
        let header = match lines.next() {
            Some((line, text)) => Header::read(text).map_err(at(line))?,
            None => return Err(at(1)(JsonlProblem::Empty)),
        };
        let lines = lines.filter(|(_, line)| !line.trim().is_empty());
        Ok(match model {
            ModelName::Register => JsonlHistory::Register(read(&REGISTERS, lines)?),
            ModelName::Append => JsonlHistory::Append(read(&LISTS, lines)?),
            ModelName::Kv => {
                let history = read(&Kv::default(), lines)?;
                let missing_is_empty = header.missing_is_empty;
                JsonlHistory::Kv(Kv { missing_is_empty, ..Kv::suited_to(&history) }, history)
            }
        })
    }

    /// How many operations it has.
    pub fn operation_count(&self) -> usize {
        match self {
            JsonlHistory::Register(history) => history.operations().len(),
            JsonlHistory::Kv(_, history) => history.operations().len(),
            JsonlHistory::Append(history) => history.operations().len(),
        }
    }

    /// Judges the history and explains what is wrong with it, see [`Checker::explain`]; with the
    /// default budget unless another is given.
    pub fn explain(&self, budget_steps: Option<u64>) -> Report {
        fn explain<M: Model>(
            model: &M,
            history: &History<M::Input, M::Output>,
            budget_steps: Option<u64>,
        ) -> Report {
            let budget_steps = budget_steps.unwrap_or(Checker::<M>::BUDGET_STEPS_DEFAULT);
            Checker::new(model).budget(budget_steps).explain(history)
        }
        match self {
            JsonlHistory::Register(history) => explain(&REGISTERS, history, budget_steps),
            JsonlHistory::Kv(kv, history) => explain(kv, history, budget_steps),
            JsonlHistory::Append(history) => explain(&LISTS, history, budget_steps),
        }
    }

    /// A report on it in words, see [`Report::describe`].
    pub fn describe(&self, report: &Report) -> String {
        match self {
            JsonlHistory::Register(history) => report.describe(&REGISTERS, history),
            JsonlHistory::Kv(kv, history) => report.describe(kv, history),
            JsonlHistory::Append(history) => report.describe(&LISTS, history),
        }
    }

    /// A report on it as a page, see [`render_html`].
    pub fn html(&self, report: &Report, context: &PageContext) -> String {
        match self {
            JsonlHistory::Register(history) => render_html(&REGISTERS, history, report, context),
            JsonlHistory::Kv(kv, history) => render_html(kv, history, report, context),
            JsonlHistory::Append(history) => render_html(&LISTS, history, report, context),
        }
    }
}

fn at(line: usize) -> impl Fn(JsonlProblem) -> JsonlError {
    move |problem| JsonlError::Line { line, problem }
}

fn read<'a, M: Read>(
    model: &M,
    lines: impl Iterator<Item = (usize, &'a str)>,
) -> Result<History<M::Input, M::Output>, JsonlError> {
    let mut reader = EventReader::new();
    let mut last = 1;
    // Whether lines name their objects; all do or none.
    let mut has_keys = None;
    for (number, text) in lines {
        last = number;
        let mut take = |text| {
            let line = Line::read(text)?;
            let event = line.event(model, reader.open(line.process))?;
            reader.push(event)?;
            match *has_keys.get_or_insert(line.key.is_some()) == line.key.is_some() {
                true => Ok(()),
                false => Err(JsonlProblem::SomeKeys),
            }
        };
        take(text).map_err(at(number))?;
    }
    reader.finish().map_err(|problem| at(last)(problem.into()))
}

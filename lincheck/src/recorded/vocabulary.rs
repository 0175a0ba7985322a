//! What lines say in the terms of each model.

mod append_list;
pub(super) mod bank;
mod counter;
mod kv;
mod lock;
mod multi_register;
mod queue;
mod register;
mod set;

use crate::Model;
use crate::datum::Datum;
use crate::line::{Line, LineProblem};
use serde_json::Value;

/// A model whose operations can be read.
pub(super) trait Read: Model {
    /// The `f` and the `key` of an operation.
    fn name<'a>(&self, input: &'a Self::Input) -> (&'static str, &'a str);
    /// What an `invoke` asks.
    fn input(&self, line: &Line) -> Result<Self::Input, LineProblem>;
    /// What an `ok` answers.
    fn output(&self, line: &Line) -> Result<Self::Output, LineProblem>;
}

fn unknown_f<T>(expected: &'static str, line: &Line) -> Result<T, LineProblem> {
    Err(LineProblem::unexpected(expected, &Value::from(line.f.as_str())))
}

fn something(value: &Value) -> Option<Datum> {
    (!value.is_null()).then(|| value.into())
}

/// Whether the answer to a write on condition says that it was done.
fn is_done(line: &Line) -> bool {
    *line.value() != Value::Bool(false)
}

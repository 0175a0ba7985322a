//! Linearizability checker.
#![allow(missing_docs)]
mod candidates;
mod checker;
mod configurations;
mod events;
mod explain;
mod history;
mod html;
mod jsonl;
mod model;
pub mod models;
mod order;
mod parts;
mod plan;
mod report;
mod search;
mod verdict;
pub use checker::{Checker, check};
pub use events::{Event, EventError, EventKind, EventReader};
pub use history::{History, HistoryError, Invoked, Moment, Operation, Outcome};
pub use html::{FaultBand, render_html};
pub use jsonl::{
    JsonlError, JsonlHistory, JsonlProblem, ModelName, SCHEMA, UnknownModel, check_jsonl,
};
pub use model::{Call, Model, Step};
pub use order::{OrderError, check_order};
pub use report::{Failure, Part, Report};
pub use verdict::Verdict;

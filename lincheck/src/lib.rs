//! Linearizability checker.
#![allow(missing_docs)]
mod candidates;
mod checker;
mod configurations;
mod events;
mod explain;
mod history;
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
pub use model::{Call, Model, Step};
pub use order::{OrderError, check_order};
pub use report::{Failure, Part, Report};
pub use verdict::Verdict;

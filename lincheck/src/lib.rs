//! Is a history linearizable?
//!
//! Clients operate concurrently on some object, a store say, and note when they asked and what they
//! were answered. The history is linearizable if each operation can be taken to have happened at
//! one instant between its invocation and its return, such that a sequential object would have
//! answered all of them so (Herlihy and Wing 1990). Check your own in five lines:
//!
//! ```
//! use lincheck::models::{Register, RegisterInput::*, RegisterOutput::*};
//! use lincheck::{check, History, Operation};
//!
//! let mut history = History::new();
//! history.push(Operation::new(0, 10, Write(1)).returned(20, Written))?; // client 0, time 10 to 20
//! history.push(Operation::new(1, 30, Read).returned(40, Value(None)))?; // a stale read
//! let report = check(&Register::new(), &history);
//! assert!(!report.verdict.is_pass(), "{}", report.verdict);
//! # Ok::<(), lincheck::HistoryError>(())
//! ```
//!
//! * Your own object: implement [`Model`]. Common ones are in [`models`].
//! * Your own recorder: feed [`Event`]s to an [`EventReader`], or write JSON lines for
//!   [`check_jsonl`].
//! * Somebody else's: [`RecordedHistory`] reads what Jepsen, Maelstrom and Porcupine have.
//! * The order of application known, from a replicated log: [`Checker::order`] and [`check_order`]
//!   take one pass.
//! * Why not: [`Checker::explain`] finds the first operation that fits nowhere and a few that
//!   contradict each other; [`Report::describe`] and [`render_html`] show them.
//!
//! There are three verdicts. Checking takes exponential time at worst, so it has a budget, counted in steps:
//! the same history gets the same verdict everywhere. Out of budget is [`Verdict::Unknown`], and that is not a
//! pass.
//!
//! The search is that of Wing and Gong (1993) with Lowe's memory of configurations (2017), each part of the
//! object by itself (Horn and Kroening 2015); the sources of `search` say what else it leaves out, and why
//! it may. It is checked against the definition on small histories, against a published checker on larger
//! ones, and on the corpus of Porcupine.

mod blob;
mod branching;
mod candidates;
mod checker;
mod configurations;
mod datum;
mod edn;
mod events;
mod explain;
mod formats;
mod history;
mod html;
mod judgement;
mod line;
mod model;
pub mod models;
mod order;
mod parts;
mod plan;
mod reason;
mod recorded;
mod report;
mod search;
mod stop;
mod verdict;

pub use blob::{Blob, StoreValue};
pub use branching::{Branching, BranchingModel};
pub use checker::{Checker, check};
pub use datum::Datum;
pub use edn::EdnProblem;
pub use events::{Event, EventError, EventKind, EventReader};
pub use formats::{Format, FormatError, SCHEMA, UnknownFormat};
pub use history::{History, HistoryError, Invoked, Moment, Operation, Outcome};
pub use html::{FaultBand, PageContext, PageLink, render_html};
pub use judgement::{JudgedOperation, JudgedPart, Judgement};
pub use line::LineProblem;
pub use model::{Bearing, Call, Model, Step};
pub use order::{OrderError, check_order};
pub use recorded::{
    InitialError, ModelName, ReadError, ReadOptions, RecordedHistory, Source, UnknownModel,
    check_jsonl, read_store,
};
pub use report::{Failure, Part, Reason, Report};
pub use verdict::Verdict;

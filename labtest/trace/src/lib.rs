//! The files that a run leaves, each format in a file of its own.
//!
//! * [`trace`]: every event of a run, `labtest.trace/v1`;
//! * [`RunRecord`]: a run as one line, `labtest.run/v1`.

mod place;
mod run_record;
pub mod trace;

pub use place::Place;
pub use run_record::{FailureRecord, NANOSECONDS_PER_MS, RUN_SCHEMA, RunRecord, VerdictName};

//! The files that a run leaves. Each format is one module: its name, its types, its writer and its
//! reader.
//!
//! * [`trace`]: every event of a run, `labtest.trace/v3`;
//! * [`history`]: what clients did and were told, `labtest.history/v2`;
//! * [`run_record`]: a run as one line, `labtest.run/v2`;
//! * [`summary`]: all runs as one line, `labtest.summary/v2`;
//! * [`report`]: a failure as one object, `labtest.report/v1`;
//! * [`figures`]: what a Raft costs as one line, `labtest.figures/v1`.
//!
//! [`folder`] is where they are written.
//!
//! Traces and histories have hundreds of thousands of lines, so they are written by hand into an
//! [`Output`]; everything else goes through serde.
//!
//! ```
//! use labtrace::figures::{FigureRecord, FiguresRecord, SCHEMA};
//!
//! let figures = FiguresRecord {
//!     schema: SCHEMA.to_owned(),
//!     implementation: "raft".to_owned(),
//!     servers: 3,
//!     first_seed: 1,
//!     seeds: 3,
//!     figures: FigureRecord::of("the leader crashes: ms", &[310.0, 502.0, 333.0]).into_iter().collect(),
//! };
//! let line = figures.line()?;
//! assert_eq!(FiguresRecord::read(&line).expect("the same"), figures);
//! # Ok::<(), serde_json::Error>(())
//! ```

mod cause;
mod coverage;
pub mod figures;
pub mod folder;
pub mod history;
mod line;
mod measures;
mod moment;
mod output;
mod place;
pub mod report;
pub mod run_record;
pub mod summary;
pub mod trace;

pub use cause::{Cause, first_wrong};
pub use coverage::{Coverage, Unchecked};
pub use line::Command;
pub use measures::Measures;
pub use moment::{seconds, seconds_exact};
pub use output::Output;
pub use place::Place;
pub use run_record::{
    FailureRecord, NANOSECONDS_PER_MS, RUN_SCHEMA, RUN_SCHEMA_BEFORE, RunRecord, VerdictName,
};

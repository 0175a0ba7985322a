//! Rafts in any language under the tester, on virtual time: `labtest run --exec './myraft'`.
//!
//! A Raft is a step function in a process of its own, one for each server. It reads lines on its standard input,
//! each of which says what has happened to its server, and answers with lines that say what it does. While it
//! thinks nothing else happens, so a run of it is a function of the seed as any other: it can be replayed, made
//! smaller, and compared with its repetition. `docs/exec-protocol.md` specifies the lines.
//!
//! * [`ExecRaft`] is such a program as an [`Implementation`](harness::Implementation).
//! * [`Transcript`] is one server's side of a run, for the program alone in a debugger.
//!
//! Inside, `protocol` has the lines, `child` the process, `pool` the processes that wait for their next life,
//! `server` one life of a server, and `figure2` what is understood of messages and states that have the names of
//! Figure 2.
//!
//! ```
//! use exec::{AnswerLimits, Finding, check};
//!
//! // A program that says nothing breaks the protocol, and that is told.
//! let findings = check("true", AnswerLimits::default())?;
//! assert!(matches!(findings[..], [Finding::Wrong { .. }]));
//! # anyhow::Ok(())
//! ```

#[cfg(not(unix))]
compile_error!("programs as Rafts need Unix: process groups and signals");

mod check;
mod child;
mod cluster;
mod exec_raft;
mod figure2;
pub mod fuzz;
mod pending;
mod pool;
mod program;
mod protocol;
mod server;
mod transcript;

pub use check::{Finding, check};
pub use cluster::{ClusterProgram, ClusterRaft};
pub use exec_raft::{ExecRaft, Options};
pub use program::AnswerLimits;
pub use transcript::Transcript;

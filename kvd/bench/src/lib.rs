//! A load for key/value stores, and its measurements: clients that write and read, in a closed loop or at a
//! rate, and percentiles of how long that took.
//!
//! What is asked of which server is up to a [`Target`]; [`Resp`] is the one for `kvd` and others that speak the
//! protocol of Redis. A [`Load`] says how much is asked, [`run`] does it, and the [`Report`] is for people and
//! for programs.
//!
//! All clients share one thread. Each has one connection, sends what it has to ask in one write and waits for
//! the answers to that, so that little of the machine is taken from servers on it.
//!
//! ```no_run
//! use kvd_bench::{Load, Resp, run};
//!
//! # async fn bench() -> std::io::Result<()> {
//! // Half of the operations are reads; two seconds, and whatever was under way then is given up.
//! let load = Load { clients: 4, read_share: 0.5, time_limit_ms: Some(2_000), ..Load::default() };
//! let target = Resp::new(vec!["127.0.0.1:8000".to_owned()], None);
//! let figures = run(&target, &load, false, std::future::pending()).await?;
//! # let _ = figures;
//! # Ok(())
//! # }
//! ```

mod figures;
mod load;
mod operation;
mod progress;
mod report;
mod resp;
mod run;
mod schedule;
mod target;

pub use figures::Figures;
pub use load::{Load, Order};
pub use operation::{Kind, Operation};
pub use report::{Percentiles, Report};
pub use resp::{Resp, RespConnection};
pub use run::run;
pub use target::{Answer, Connection, Outcome, Target};

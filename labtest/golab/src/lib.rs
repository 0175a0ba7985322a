//! A Go solution of the course's labs, unmodified, as one program that plays a whole cluster on virtual time.
//!
//! What the solution imports of the course is replaced by shims, and what of Go's runtime would differ between two runs
//! by other text, both by `-overlay`: nothing is written into the solution's folders or into Go's.
//!
//! * [`Checkout`] is the solution: its module, and which year's layout it has.
//! * [`Toolchain`] is the Go that builds it.
//! * [`start`] builds the program and starts it.

mod build;
mod checkout;
mod folder;
mod patches;
mod shims;
mod sources;
mod toolchain;

pub use build::{Built, build};
pub use checkout::{Checkout, Layout};
pub use toolchain::Toolchain;

use exec::{AnswerLimits, ClusterProgram, ClusterRaft};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How a solution is built and run.
#[derive(Clone, Debug)]
pub struct Options {
    /// The Go that builds it.
    pub go: PathBuf,
    /// With the race detector, which ends a run at the first race.
    pub race: bool,
    /// How long it may take for an answer.
    pub limits: AnswerLimits,
}

/// Builds the solution in that folder, and starts it as an implementation.
///
/// # Errors
/// When there is no solution, when it uses what is not taken, when Go is missing or not known, and what Go says when it
/// can't build it.
pub fn start(folder: &Path, options: &Options) -> anyhow::Result<ClusterRaft> {
    let checkout = Checkout::find(folder)?;
    let toolchain = Toolchain::of(options.go.clone())?;
    let built = build(&checkout, &toolchain, options.race)?;
    ClusterRaft::start(ClusterProgram {
        path: built.program(),
        name: folder.display().to_string(),
        variables: Built::variables().to_vec(),
        limits: options.limits,
        kept: Arc::new(built),
    })
}

//! Known bugs are small diffs onto the sources of this project's crates, so that the crates stay free
//! of switches for bugs. This applies a [`Diff`] to the sources of a [`Crate`], a library or a
//! program, and writes the [`Patched`] sources
//!
//! * as a tree of modules ([`Patched::write_modules`]), of which a crate can compile many side by
//!   side, or
//! * as a package of its own ([`Patched::write_package`]), from which a program can be built.
//!
//! A diff that no longer applies is an error that names the diff, the file and the hunk.
//!
//! ```no_run
//! use specimen_build::{Crate, Diff};
//!
//! # fn main() -> anyhow::Result<()> {
//! let raft = Crate::read("../../raft".as_ref())?;
//! for diff in Diff::read_all("../bugs".as_ref())? {
//!     let module = format!("crate::compiled::{}", diff.module());
//!     let root = raft.patched(&diff)?.write_modules("out".as_ref(), &module)?;
//!     println!("{}: {}", diff.field("statement")?, root.display());
//! }
//! # Ok(())
//! # }
//! ```

mod diff;
mod module;
mod package;
mod sources;
#[cfg(test)]
mod testing;
mod variants;

pub use diff::Diff;
pub use sources::{Crate, Patched};
pub use variants::write_variants;

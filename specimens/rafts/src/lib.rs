//! Rafts with one known bug each.
//!
//! `../bugs/` has one small diff per bug onto `raft/src`, `../harmless/` diffs that change how a Raft
//! works but break nothing. The build applies each to a copy of the sources and compiles them all;
//! a diff that no longer applies fails the build by name. To add a specimen, write its diff with the
//! header that the others have; nothing else knows it.

mod compiled;
mod specimen;

pub use compiled::specimens;
pub use specimen::{Breaks, Make, Specimen};

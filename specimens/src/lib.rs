//! Rafts with one known bug each.
//!
//! `bugs/` has one small diff per bug onto `raft/src`, `harmless/` diffs that change how a Raft
//! works but break nothing. The build applies each to a copy of the sources and compiles them all;
//! a diff that no longer applies fails the build by name. The binary is the scoreboard: how soon
//! the tester catches each bug, and that it lets the harmless ones pass.
//!
//! To add a specimen, write its diff with the header that the others have; nothing else knows it.

mod catalogue;
mod hunt;
mod variants;

pub use catalogue::{Breaks, Specimen, specimens};
pub use hunt::{Catch, Hunt, hunt};

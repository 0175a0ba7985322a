//! Key/value stores with one known bug each, under the tester.
//!
//! `bugs/` has one small diff per bug onto `kv/src`; the build applies each to a copy of the sources
//! and compiles them all, and a diff that no longer applies fails the build by name. Two bugs of
//! reads are on the other side of the store, in what Raft promises it, and are Rafts here
//! ([`Reads`]).

mod reads;
mod variants;

pub use reads::Reads;
pub use variants::{Specimen, specimens};

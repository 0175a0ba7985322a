//! Disks with one known bug each, under the tester.
//!
//! `bugs/` has one small diff per bug onto `persister/src`; the build applies each to a copy of the sources
//! and compiles them all, and a diff that no longer applies fails the build by name.

mod variants;

pub use variants::{Specimen, specimens};

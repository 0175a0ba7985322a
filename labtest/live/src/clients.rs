//! Clients: what they ask, what they are told, and what is thereby certain.

mod operation;

pub use operation::{Answer, Operation, Outcome, Transaction};

//! A recorded run as text: a column for each server, a line for each thing that it does.
//!
//! The words for what changes inside a server are those of [`raft_api::changes`], those for messages the
//! implementation's own, as the trace has them.

mod columns;
mod filter;
mod telling;
mod told;

pub use columns::Columns;
pub use filter::Filter;
pub use telling::tell;
pub use told::{Kind, Told, Who};

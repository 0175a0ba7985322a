//! A recorded run as text: a column for each server, a line for each thing that it does.
//!
//! The words for what changes inside a server are [`raft_api::changes`]', those for messages the
//! implementation's own ([`Implementation::describe`](crate::Implementation::describe)).

mod columns;
mod filter;
mod telling;

pub(crate) use columns::Columns;
pub(crate) use filter::Filter;
pub(crate) use telling::{Kind, Told, Who, tell};

//! A key/value store on the Raft under test: its servers, its clients, and what they may see.
//!
//! Each life of a server has a store ([`kv::KvServer`]) over its Raft ([`hosted`]). Clients reach it over a
//! network of their own, whose links fail apart from those between the servers. What they ask ([`workload`])
//! and are answered ([`client`]) is the history of the run ([`history`]), and that is judged ([`judge`]) when
//! the scenario has ended. A watcher of the log knows in which order writes took effect ([`order`]), so
//! linearizability is mostly a matter of one pass:
//!
//! | check | statement | source |
//! | --- | --- | --- |
//! | linearizability | one copy, one operation at a time, could have answered so | Herlihy and Wing, 1990 |
//! | [`appends`] | no append is lost, doubled or out of its client's order | the course's key/value tests |
//! | [`sessions`] | a client sees its own writes, and never less than before | Terry et al., 1994 |
//! | [`counters`] | a counter shows each acknowledged increment once | Jepsen's counter workload |
//! | [`durability`] | a read at the end shows what was acknowledged | the course's key/value tests |
//!
//! All are pure: they look at a history and nothing else.

mod appends;
mod counters;
mod durability;
pub(crate) mod history;
pub(crate) mod judge;
pub(crate) mod order;
mod sessions;
#[cfg(test)]
mod testing;

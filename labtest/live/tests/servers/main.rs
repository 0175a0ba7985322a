//! Servers of several kinds, right ones and wrong ones, and what is found of them.

mod common;
mod etcd;
#[cfg(unix)]
mod maelstrom;
mod real_kvd;
mod wrong_servers;

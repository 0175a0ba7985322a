//! What a Raft has to provide to be tested, and the plain values in which runs are described.

pub(crate) mod choice;
pub(crate) mod clients;
pub(crate) mod ending;
pub(crate) mod failure;
pub(crate) mod implementation;
pub(crate) mod life;
pub(crate) mod outcome;
pub(crate) mod store_server;
pub(crate) mod supports;
pub(crate) mod value;
pub(crate) mod vocabulary;
pub(crate) mod voice;
pub(crate) mod words;

//! What follows from what was seen. Plain data: nothing here says what must hold.

pub(crate) mod acknowledged;
pub(crate) mod applied;
pub(crate) mod calls;
pub(crate) mod committed;
pub(crate) mod confirmed;
pub(crate) mod digests;
pub(crate) mod disk;
pub(crate) mod elections;
pub(crate) mod entries;
pub(crate) mod holdings;
pub(crate) mod log_view;
pub(crate) mod promises;
pub(crate) mod taken;
pub(crate) mod votes;

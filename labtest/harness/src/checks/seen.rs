//! What came in: from servers, messages and disks.

pub(crate) mod answers;
pub(crate) mod coverage;
pub(crate) mod disks;
pub(crate) mod glance;
pub(crate) mod messages;
pub(crate) mod server;
pub(crate) mod state;

//! Which life of which server.

/// One life of a server: the server and the number of its start, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Life {
    pub(crate) server: usize,
    pub(crate) start: u32,
}

//! How far the tester looks into a server.

/// What the tester may look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// Everything, also what a server shows of its internal state.
    Inside,
    /// Messages, writes and applied values, as of a Raft that shows nothing else. A fault that
    /// waits for a server to do something waits in vain.
    Outside,
}

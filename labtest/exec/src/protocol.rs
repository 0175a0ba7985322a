//! `labtest-exec/1`: the lines between the tester and a child, in types. `docs/exec-protocol.md` specifies them.

mod answer;
mod input;
mod number;
mod output;

pub use answer::Answer;
pub use input::{Init, Input, RaftOptions};
pub use output::{Done, Hello, Output, Style};

pub(crate) use number::Number;
pub(crate) use output::Text;

/// The version of the protocol.
pub const VERSION: u64 = 1;

/// The longest line, in bytes without its end.
pub const LINE_BYTES_MAX: usize = 16 << 20;

/// What all lines of one answer may have together, in bytes.
pub(crate) const ANSWER_BYTES_MAX: usize = 64 << 20;

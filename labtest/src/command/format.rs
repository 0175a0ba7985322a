//! The forms in which a result is printed.

/// What is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// A table, and the failures with a line to paste.
    #[default]
    Table,
    /// JSON lines: each run as it ends, then a summary.
    Json,
    /// JUnit's XML.
    Junit,
}

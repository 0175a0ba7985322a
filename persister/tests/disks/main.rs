//! What a disk does, for each kind of them.

mod compaction;
mod conformance;
mod directory;
mod faults;
mod pieces;

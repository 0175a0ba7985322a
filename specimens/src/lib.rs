//! How soon the tester catches known bugs of Raft.
//!
//! `bugs/` has one small diff per bug onto `raft/src`, `harmless/` diffs that change how a Raft works
//! but break nothing; [`specimen_rafts`] has them compiled. The binary is the scoreboard: how soon
//! the tester catches each bug, and that it lets the harmless ones pass.

mod catalogue;
mod cause;
mod hunt;
mod view;

pub use catalogue::{implementation, is_known_miss, is_shown_by, kind_name, tests_of};
pub use cause::{Caught, caught};
pub use hunt::{Catch, Hunt, Hunted, Shrunk, hunt};
pub use specimen_rafts::{Breaks, Specimen, specimens};
pub use view::View;

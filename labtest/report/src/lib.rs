//! Pictures and texts of a recorded run, made from its files and nothing else.
//!
//! [`render_timeline`] makes a page to look around in, [`render_svg`] a still picture of the last
//! second, [`narrate`] a text with a column for each server. All read a trace
//! ([`labtrace::trace`]), which may come from elsewhere.

mod difference;
pub mod narrate;
pub mod run;
mod svg;
mod timeline;

pub use difference::{Difference, Side, first_difference};
pub use svg::render_svg;
pub use timeline::{Beside, render_timeline, render_timeline_beside};

//! Pictures of a recorded run.

pub(crate) mod run;
mod svg;
mod timeline;
pub(crate) mod trace_format;

pub use svg::render_svg;
pub use timeline::render_timeline;

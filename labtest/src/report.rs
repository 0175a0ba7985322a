//! Pictures of a recorded run: a page to look around in, and a still one of its last second.
//!
//! They are drawn from a trace, JSON lines of the schema `labtest.trace/v1`: a header, then the
//! events of the run in order of time.

pub(crate) mod run;
mod svg;
mod timeline;
pub(crate) mod trace_format;

pub use svg::render_svg;
pub use timeline::render_timeline;
pub(crate) use timeline::render_timeline_beside;

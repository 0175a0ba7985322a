//! Pictures and texts of a recorded run, made from its files and nothing else.
//!
//! [`render_timeline`] makes a page to look around in, [`render_svg`] a still picture of the last
//! second, [`narrate`] a text with a column for each server. All read a trace
//! ([`labtrace::trace`]), which may come from elsewhere.
//!
//! ```
//! let trace = concat!(
//!     r#"{"schema":"labtest.trace/v3","test":"4A::re_election","description":"","seed":7,"clock":"virtual","#,
//!     r#""implementation":"raft","servers":3,"network":"reliable"}"#,
//!     "\n",
//! );
//! let page = labreport::render_timeline(trace)?;
//! assert!(page.starts_with("<!doctype html>") && page.contains("4A::re_election"));
//!
//! let error = labreport::render_timeline("rubbish").unwrap_err();
//! assert!(error.to_string().contains("line 1"), "{error}");
//! # anyhow::Ok(())
//! ```

mod difference;
pub mod narrate;
pub mod run;
mod svg;
mod timeline;

pub use difference::{Difference, Side, first_difference};
pub use svg::render_svg;
pub use timeline::{Beside, render_timeline, render_timeline_beside};

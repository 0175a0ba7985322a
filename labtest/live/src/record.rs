//! What a live run leaves, and how it is drawn and judged again: the folder `failures/live/<seed>/`.
//!
//! ```text
//! RunFolder::create    the folder, with a report that says that the run has not come to its end
//!   .recorder()        takes what happens, from several tasks, and writes trace.jsonl and logs/ as it does
//!   .write_histories(…), .write_facts(…), .write_scenario(…), .keep_directory(…)
//!   .finish(…)         the reports, the pages, the link `latest`
//! ```
//!
//! [`Stored::read`] reads it again, damaged or not; [`judge_again`] judges it, and [`render`] draws its pages
//! again. Both need the files alone.

mod files;
mod folder;
mod judging;
mod order;
mod pages;
mod recorder;
mod report;
mod stored;
mod tally;
#[cfg(test)]
mod tests;
mod words;

pub use files::Files;
pub use folder::{RecordError, RunFolder};
pub use judging::{Judged, checks, judge_again};
pub use pages::render;
pub use recorder::Recorder;
pub use report::{About, Check, Finding, Report, SCHEMA};
pub use stored::{HistoryCount, Stored, is_live};
pub use tally::Load;

//! What a failure leaves: a folder `store/<test>/<seed>/` with the run, recorded.
//!
//! The run is made once more, this time recorded. It is the same run, and the hashes prove it; if
//! they differ, the report says that the implementation draws chance or time from elsewhere. Trace
//! and history are written while the run goes on, so they are on disk before anything judges or
//! draws them. `latest` beside the folders of the tests leads to the folder written last.

mod folder;
mod report;

pub(crate) use folder::{Files, StoreError};

use crate::record::Output;
use crate::report::run::{Fault, Run};
use crate::report::{render_svg, render_timeline};
use crate::run::{Runnable, record_to};
use crate::{Config, Implementation, RunOptions, RunRecord, Verdict};
use folder::Folder;
use lincheck::{FaultBand, JsonlHistory, ModelName};
use report::Report;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A folder of folders of failures.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    root: PathBuf,
}

/// A failure that is to be kept.
pub(crate) struct Case<'a> {
    pub(crate) what: Runnable<'a>,
    pub(crate) record: &'a RunRecord,
    pub(crate) implementation: &'a Arc<dyn Implementation>,
    pub(crate) options: &'a RunOptions,
}

impl Store {
    pub(crate) fn new(root: &Path) -> Store {
        Store { root: root.to_path_buf() }
    }

    /// Fails when nothing could be kept here, so that this is known before hours of runs.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        folder::check_writable(&self.root)
    }

    /// Runs the case once more, recorded, and writes its folder. Returns where that is.
    ///
    /// On the real clock there is no running the same again, so its folder has the report alone.
    pub(crate) fn keep(&self, case: &Case<'_>) -> Result<PathBuf, StoreError> {
        let folder = Folder::create(&self.root, &case.record.test, case.record.seed)?;
        let repeated = match case.options.realtime {
            true => None,
            false => Some(repeat(case, &folder)?),
        };
        let trace = repeated.is_some().then(|| folder.read(Files::TRACE)).transpose()?;
        let pictured = trace.as_deref().map(|trace| folder.picture(trace)).transpose()?;
        let Case { what, record, options, .. } = case;
        let subject = what.subject(record.seed, &record.implementation, options);
        let report = Report {
            subject: &subject,
            run: record,
            repeated: repeated.as_ref(),
            pictured: pictured.as_ref(),
        };
        folder.write(Files::REPORT_JSON, &report.json())?;
        folder.write(Files::REPORT_TEXT, &report.text())?;
        if let Some(scenario) = &subject.scenario {
            folder.write(Files::SCENARIO, &scenario.to_toml())?;
        }
        if let Some(trace) = &trace {
            folder.draw(trace)?;
        }
        if let (Some(run), true) = (&pictured, subject.config.kv.is_some()) {
            folder.draw_linearizability(run)?;
        }
        folder.make_latest(&self.root)?;
        Ok(folder.path().to_path_buf())
    }
}

/// What running again showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Repeated {
    pub(crate) trace_hash: String,
    /// The same hash and the same verdict.
    pub(crate) is_the_same: bool,
}

fn repeat(case: &Case<'_>, folder: &Folder) -> Result<Repeated, StoreError> {
    let outputs = (folder.output(Files::TRACE)?, folder.output(Files::HISTORY)?);
    let Case { what, record, implementation, options } = case;
    let (outcome, written) = record_to(what, record.seed, implementation, options, outputs);
    written.map_err(|error| folder.not_recorded(error))?;
    let again = RunRecord::new(&outcome, &record.implementation, String::new());
    let fails_alike = again.failure == record.failure
        // A run that differs from itself may show either side of it.
        || !matches!(outcome.verdict, Verdict::Failed(_));
    let is_the_same = again.trace_hash == record.trace_hash && fails_alike;
    Ok(Repeated { trace_hash: again.trace_hash, is_the_same })
}

impl Folder {
    fn output(&self, file: &'static str) -> Result<Output, StoreError> {
        self.open(file).map(Output::file)
    }

    /// The run as pictures show it. A trace that this tool has just written can be read.
    fn picture(&self, trace: &str) -> Result<Run, StoreError> {
        Run::from_trace(trace).map_err(|error| self.not_drawn(Files::TRACE, &error))
    }

    /// Writes what clients of a store saw as a page, with the faults of the run behind it.
    fn draw_linearizability(&self, run: &Run) -> Result<(), StoreError> {
        let history = JsonlHistory::read(&self.read(Files::HISTORY)?, ModelName::Kv)
            .map_err(|error| self.not_drawn(Files::LINEARIZABILITY, &error.into()))?;
        let band = |fault: &Fault| FaultBand {
            from: fault.start,
            to: fault.end,
            label: fault.text.clone(),
        };
        let faults: Vec<FaultBand> = run.faults.iter().map(band).collect();
        let page = history.html(&history.explain(None), &faults);
        self.write(Files::LINEARIZABILITY, &page)
    }

    /// Writes the pictures of a trace.
    pub(crate) fn draw(&self, trace: &str) -> Result<(), StoreError> {
        let page = render_timeline(trace).map_err(|error| self.not_drawn(Files::PAGE, &error))?;
        self.write(Files::PAGE, &page)?;
        let picture = render_svg(trace).map_err(|error| self.not_drawn(Files::PICTURE, &error))?;
        self.write(Files::PICTURE, &picture)
    }
}

/// Draws the pictures of a folder anew, from its trace.
pub(crate) fn render(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let folder = Folder::existing(folder)?;
    folder.draw(&folder.read(Files::TRACE)?)?;
    Ok([Files::PAGE, Files::PICTURE].map(|file| folder.path().join(file)).to_vec())
}

/// The configuration that a run had, for its report.
pub(crate) fn config_json(config: &Config) -> serde_json::Value {
    // A configuration is plain data; it could be written as TOML and is read from there.
    serde_json::to_value(config).unwrap_or_default()
}

/// The recording in a folder.
pub(crate) struct StoredRun {
    pub(crate) trace: String,
    pub(crate) history: String,
}

impl StoredRun {
    pub(crate) fn read(folder: &Path) -> Result<StoredRun, StoreError> {
        let folder = Folder::existing(folder)?;
        let (trace, history) = (folder.read(Files::TRACE)?, folder.read(Files::HISTORY)?);
        Ok(StoredRun { trace, history })
    }
}

//! What a failure leaves: a folder `failures/<test>/<seed>/` with the run, recorded.
//!
//! The run is repeated, this time recorded. It is the same run, and the hashes prove it; if they differ, the
//! report says that the implementation draws chance or time from elsewhere. Trace and history are written while
//! the run goes on, so they are on disk before anything judges or draws them. The folder of an exploration has
//! another in it, `shrunk`, with the smallest scenario that fails in the same way, found by leaving things out.
//! `latest` beside the folders of the tests leads to the folder written last.

mod folder;
mod repeated;
mod report;
mod shrinking;

pub(crate) use folder::{Files, StoreError};
pub(crate) use repeated::Repeated;
pub(crate) use shrinking::{Shrinking, Smallest};

use folder::{not_drawn, not_recorded};
use harness::record::{Output, Subject, Texts};
use harness::{Config, Implementation, RunOptions, Runnable};
use labreport::run::{Fault, Run};
use labreport::{Beside, render_svg, render_timeline_beside};
use labtrace::RunRecord;
use labtrace::folder::{self as run_folder, Folder, Recording};
use lincheck::{FaultBand, Format, ModelName, PageContext, PageLink, ReadOptions, RecordedHistory};
use repeated::{is_stuck, repeat};
use report::Report;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A folder of folders of failures.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    root: PathBuf,
}

/// A failure to be kept.
#[derive(Clone, Copy)]
pub(crate) struct FailedRun<'a> {
    pub(crate) what: Runnable<'a>,
    pub(crate) record: &'a RunRecord,
    /// What it did, if it was recorded when it failed.
    pub(crate) recording: Option<&'a Texts>,
    pub(crate) implementation: &'a Arc<dyn Implementation>,
    pub(crate) options: &'a RunOptions,
}

/// What was kept.
pub(crate) struct Kept {
    pub(crate) folder: PathBuf,
    /// What the scenario was shrunk to, in a folder in that folder.
    pub(crate) shrunk: Option<Smallest>,
    /// What running again showed; none on the real clock.
    pub(crate) repeated: Option<Repeated>,
}

impl Store {
    pub(crate) fn new(root: &Path) -> Store {
        Store { root: root.to_path_buf() }
    }

    /// The folder of a run, whether it is there or not.
    pub(crate) fn folder_of(&self, record: &RunRecord) -> PathBuf {
        run_folder::path_of(&self.root, &record.test, record.seed)
    }

    /// Fails when nothing could be kept here, so that this is known before hours of runs.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        Ok(run_folder::check_writable(&self.root)?)
    }

    /// Leaves a scenario in the folder of a run, and returns the file.
    pub(crate) fn leave(
        &self,
        test: &str,
        seed: u64,
        scenario: &str,
    ) -> Result<PathBuf, StoreError> {
        let folder = Folder::create(&self.root, test, seed)?;
        folder.write(Files::SCENARIO, scenario)?;
        Ok(folder.path().join(Files::SCENARIO))
    }

    /// Runs it once more, recorded, and writes its folder; makes its scenario smaller, if it
    /// has one, and writes a folder of that into it.
    ///
    /// On the real clock there is no running the same again, so its folder has the report alone.
    pub(crate) fn keep(
        &self,
        failed: &FailedRun<'_>,
        shrinking: &mut Shrinking<'_>,
    ) -> Result<Kept, StoreError> {
        let folder = Folder::create(&self.root, &failed.record.test, failed.record.seed)?;
        let subject = failed.subject();
        let earlier = subject.scenario.as_ref().and_then(|it| shrinking::left_in(&folder, it));
        folder.clear(&Files::ALL)?;
        let repeated = match failed.options.realtime {
            true => None,
            false => Some(repeat(failed, &folder)?),
        };
        // Of a run that is another one each time, less would tell nothing.
        let repeats = repeated.as_ref().is_none_or(|again| again.is_the_same);
        let shrunk = match &subject.scenario {
            Some(scenario)
                if shrinking.runs_max > 0
                    && repeats
                    && !failed.options.realtime
                    && !is_stuck(failed.record) =>
            {
                shrinking.shrink_into(&folder, failed, scenario, earlier)?
            }
            _ => None,
        };
        if shrunk.is_none() {
            folder.remove_inner(Files::SHRUNK)?;
        }
        fill(&folder, failed, repeated.as_ref(), shrunk.as_ref()).map_err(
            |error| match &repeated {
                Some(_) => unfinished(&folder, error),
                None => error,
            },
        )?;
        folder.make_latest(&self.root)?;
        Ok(Kept { folder: folder.path().to_path_buf(), shrunk, repeated })
    }
}

impl FailedRun<'_> {
    fn subject(&self) -> Subject {
        self.what.subject(self.record.seed, &**self.implementation, self.options)
    }
}

/// Writes all files of a folder but the recording, which is there.
fn fill(
    folder: &Folder,
    failed: &FailedRun<'_>,
    repeated: Option<&Repeated>,
    shrunk: Option<&Smallest>,
) -> Result<(), StoreError> {
    let trace = repeated.map(|_| folder.read(Files::TRACE)).transpose()?.map(|trace| trace.text);
    let pictured = trace.as_deref().map(|trace| picture(folder, trace)).transpose()?;
    let subject = failed.subject();
    let run = failed.record;
    let report = Report { subject: &subject, run, repeated, pictured: pictured.as_ref(), shrunk };
    folder.write(Files::REPORT_JSON, &report.json())?;
    folder.write(Files::REPORT_TEXT, &report.text())?;
    if let Some(backtrace) = report.backtrace() {
        folder.write(Files::BACKTRACE, backtrace)?;
    }
    if let Some(scenario) = &subject.scenario {
        let text = scenario
            .to_toml()
            .map_err(|error| not_drawn(folder, Files::SCENARIO, &error.into()))?;
        folder.write(Files::SCENARIO, &text)?;
    }
    if let (Some(run), true) = (&pictured, subject.config.kv.is_some()) {
        draw_linearizability(folder, run)?;
    }
    match &trace {
        Some(trace) => draw(folder, trace),
        None => Ok(()),
    }
}

fn output(folder: &Folder, file: &str) -> Result<Output, StoreError> {
    Ok(folder.open(file).map(Output::file)?)
}

fn unfinished(folder: &Folder, error: StoreError) -> StoreError {
    StoreError::Unfinished { folder: folder.path().to_path_buf(), error: Box::new(error) }
}

/// The run as pictures show it. A trace that this tool has just written can be read.
fn picture(folder: &Folder, trace: &str) -> Result<Run, StoreError> {
    Run::from_trace(trace).map_err(|error| not_drawn(folder, Files::TRACE, &error))
}

/// Writes what clients of a store saw as a page, with the faults of the run in the background.
fn draw_linearizability(folder: &Folder, run: &Run) -> Result<(), StoreError> {
    let options = ReadOptions { format: Some(Format::Jsonl), ..ReadOptions::default() };
    let text = folder.read(Files::HISTORY)?.text;
    let history = RecordedHistory::read(&text, ModelName::Kv, &options)
        .map_err(|error| not_drawn(folder, Files::HISTORY, &error.into()))?;
    let band =
        |fault: &Fault| FaultBand { from: fault.start, to: fault.end, label: fault.text.clone() };
    let timeline =
        PageLink { address: Files::PAGE.to_owned(), text: "timeline of the run".to_owned() };
    let faults = run.faults.iter().map(band).collect();
    let context = PageContext { faults, links: vec![timeline], ..PageContext::default() };
    let page = history.html(&history.explain(None), &context);
    Ok(folder.write(Files::LINEARIZABILITY, &page)?)
}

/// Writes the pictures of a trace. Where there is a page of what clients saw, the timeline leads to it.
fn draw(folder: &Folder, trace: &str) -> Result<(), StoreError> {
    let pages = [(Files::LINEARIZABILITY, "what clients saw")];
    let pages = &pages[..usize::from(folder.has(Files::LINEARIZABILITY))];
    let page = render_timeline_beside(trace, &Beside { pages, logs: &[] })
        .map_err(|error| not_drawn(folder, Files::PAGE, &error))?;
    folder.write(Files::PAGE, &page)?;
    let picture = render_svg(trace).map_err(|error| not_drawn(folder, Files::PICTURE, &error))?;
    Ok(folder.write(Files::PICTURE, &picture)?)
}

/// What was drawn of a folder.
pub(crate) struct Drawn {
    pub(crate) pictures: Vec<PathBuf>,
    /// Where the recording ends too early, if it does.
    pub(crate) cuts: Vec<Cut>,
}

/// A file of a recording that ends in the middle of a line.
pub(crate) struct Cut {
    file: PathBuf,
    line: usize,
}

impl std::fmt::Display for Cut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Cut { file, line } = self;
        write!(f, "{} ends in the middle of line {line}, which is left out", file.display())
    }
}

/// Draws the pictures of a folder again, from its trace and its history.
pub(crate) fn render(folder: &Path) -> Result<Drawn, StoreError> {
    let stored = StoredRun::read(folder)?;
    let folder = &stored.folder;
    let run = picture(folder, &stored.trace)?;
    let mut files = vec![Files::PAGE, Files::PICTURE];
    if folder.has(Files::LINEARIZABILITY) {
        draw_linearizability(folder, &run)?;
        files.push(Files::LINEARIZABILITY);
    }
    draw(folder, &stored.trace)?;
    let pictures = files.into_iter().map(|file| folder.path().join(file)).collect();
    Ok(Drawn { pictures, cuts: stored.cuts })
}

/// The configuration that a run had, for its report.
pub(crate) fn config_json(config: &Config) -> serde_json::Value {
    // A configuration is plain data; it could be written as TOML and is read from there.
    serde_json::to_value(config).unwrap_or_default()
}

/// The recording in a folder.
pub(crate) struct StoredRun {
    folder: Folder,
    pub(crate) trace: String,
    pub(crate) history: String,
    /// Where it ends too early, if it does.
    pub(crate) cuts: Vec<Cut>,
}

impl StoredRun {
    pub(crate) fn read(folder: &Path) -> Result<StoredRun, StoreError> {
        let folder = Folder::existing(folder)?;
        let mut cuts = Vec::new();
        let mut read = |name: &'static str| {
            let Recording { text, cut } = folder.read(name)?;
            cuts.extend(cut.map(|line| Cut { file: folder.path().join(name), line }));
            Ok::<String, StoreError>(text)
        };
        let (trace, history) = (read(Files::TRACE)?, read(Files::HISTORY)?);
        Ok(StoredRun { folder, trace, history, cuts })
    }
}

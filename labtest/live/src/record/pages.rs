//! The pages of a folder, and its reports; made when the run is over, and again by `labtest render`.

use super::judging::explained;
use super::order::in_order;
use super::report::LOOK;
use super::{Files, RecordError, Report, Stored};
use crate::clients::{HistoryFile, MODELS};
use labreport::run::{Fault, Run};
use labreport::{Beside, render_timeline_beside};
use labtrace::folder::Folder;
use lincheck::{FaultBand, PageContext, PageLink, Verdict};
use std::fs;
use std::path::{Path, PathBuf};

/// Draws the pages of a folder again. Returns the files, and what is missing of what they are drawn from.
///
/// # Errors
/// When the folder is not there, its trace can't be read, or a page can't be written.
pub fn render(path: &Path) -> Result<(Vec<PathBuf>, Vec<String>), RecordError> {
    let stored = Stored::read(path)?;
    let Stored { folder, report, mut flaws, .. } = stored;
    flaws.extend(draw(&folder, report.as_ref())?);
    let mut files = vec![Files::PAGE];
    if folder.has(Files::LINEARIZABILITY) {
        files.push(Files::LINEARIZABILITY);
    }
    if let Some(report) = &report {
        write_report(&folder, report)?;
        files.push(Files::REPORT_TEXT);
    }
    Ok((files.into_iter().map(|file| path.join(file)).collect(), flaws))
}

/// Writes the reports, which name the existing files. Returns the one for people.
pub(super) fn write_report(folder: &Folder, report: &Report) -> Result<String, RecordError> {
    let is_there = |file: &str| folder.path().join(file).exists();
    let files = LOOK.iter().filter(|(file, _)| is_there(file));
    let files: Vec<_> = files.map(|(file, what)| ((*file).to_owned(), *what)).collect();
    folder.write(Files::REPORT_JSON, &report.json())?;
    let text = report.text(&files);
    folder.write(Files::REPORT_TEXT, &text)?;
    Ok(text)
}

/// Draws the pages. Returns what is missing of the trace.
pub(super) fn draw(folder: &Folder, report: Option<&Report>) -> Result<Vec<String>, RecordError> {
    let recording = folder.read(Files::TRACE)?;
    let trace = in_order(&recording.text);
    let run = Run::from_trace(&trace)
        .map_err(|error| RecordError::make(folder, Files::PAGE, format!("{error:#}")))?;
    draw_linearizability(folder, &run, report)?;
    let pages = [(Files::LINEARIZABILITY, "what clients saw")];
    let pages = &pages[..usize::from(folder.has(Files::LINEARIZABILITY))];
    let logs: Vec<String> = (0..run.header.servers).map(|server| log(folder, server)).collect();
    let page = render_timeline_beside(&trace, &Beside { pages, logs: &logs })
        .map_err(|error| RecordError::make(folder, Files::PAGE, format!("{error:#}")))?;
    folder.write(Files::PAGE, &page)?;
    let cut =
        |line| format!("{} ends in the middle of line {line}, which is left out", Files::TRACE);
    Ok(recording.cut.map(cut).into_iter().collect())
}

/// What a server logged; one that is not there says nothing, and what is not text is shown as such.
fn log(folder: &Folder, server: usize) -> String {
    let bytes = fs::read(folder.path().join(Files::log(server))).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Writes the page of the first contradictory history, with the faults of the run in the background. For a run
/// that passed, there is none to look for.
fn draw_linearizability(
    folder: &Folder,
    run: &Run,
    report: Option<&Report>,
) -> Result<(), RecordError> {
    let has_passed = |report: &Report| report.verdict == labtrace::VerdictName::Passed;
    if report.is_some_and(has_passed) {
        return Ok(());
    }
    for model in MODELS.into_iter().filter(|model| folder.has(&HistoryFile::name_of(*model))) {
        let file = HistoryFile { model, text: folder.read(&HistoryFile::name_of(model))?.text };
        // Of a history that can't be read, the report says so.
        let Ok((history, found)) = explained(&file, None) else { continue };
        if found.verdict != Verdict::NotLinearizable {
            continue;
        }
        let band = |fault: &Fault| FaultBand {
            from: fault.start,
            to: fault.end,
            label: fault.text.clone(),
        };
        let timeline =
            PageLink { address: Files::PAGE.to_owned(), text: "timeline of the run".to_owned() };
        let faults = run.faults.iter().map(band).collect();
        let context = PageContext { faults, links: vec![timeline], part: None };
        folder.write(Files::LINEARIZABILITY, &history.html(&found, &context))?;
        return Ok(());
    }
    Ok(())
}

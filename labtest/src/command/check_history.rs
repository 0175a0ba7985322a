//! `labtest check-history`.

use super::CommandError;
use super::args::CheckHistoryArgs;
use crate::exit_code;
use lincheck::{JsonlHistory, PageContext, Verdict};
use std::fs;
use std::io::Write;
use std::path::Path;

/// Judges a history by a model and says what was found.
pub(super) fn check_history(
    args: &CheckHistoryArgs,
    output: &mut dyn Write,
) -> Result<u8, CommandError> {
    let file = args.file.display();
    let text = fs::read_to_string(&args.file)
        .map_err(|error| CommandError::Usage(format!("can't read {file}: {error}")))?;
    let history = JsonlHistory::read(&text, args.model)
        .map_err(|error| CommandError::Usage(format!("{file}: {error}")))?;
    let report = history.explain(args.budget_steps);
    write!(output, "{file}: {}", history.describe(&report))?;
    if let Some(page) = &args.html {
        write_page(page, &history.html(&report, &PageContext::default()))?;
        writeln!(output, "look:   {}", page.display())?;
    }
    Ok(match report.verdict {
        Verdict::Linearizable => exit_code::PASSED,
        Verdict::NotLinearizable => exit_code::FAILED,
        Verdict::Unknown => exit_code::UNDECIDED,
    })
}

fn write_page(path: &Path, page: &str) -> Result<(), CommandError> {
    fs::write(path, page)
        .map_err(|error| CommandError::Software(format!("can't write {}: {error}", path.display())))
}

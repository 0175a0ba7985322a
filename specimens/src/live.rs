//! What is seen while the hunts go on: a line for each specimen that is done and, on a terminal, how
//! many hunts there are still to come.

use crate::pool::Progress;
use crate::score::Score;
use crate::{Format, json, report};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{self, Write};
use std::time::Duration;

/// Shows progress.
pub(crate) struct Live {
    format: Format,
    bar: ProgressBar,
}

impl Live {
    pub(crate) fn new(hunts: usize, format: Format) -> Live {
        let bar = ProgressBar::with_draw_target(Some(hunts as u64), ProgressDrawTarget::stderr());
        // A template that does not parse would only cost its looks.
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} hunts, {elapsed}")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        Live { format, bar: bar.with_style(style) }
    }

    /// Shows what has come out so far: for programs, or for people.
    ///
    /// # Errors
    /// When it can't be written.
    pub(crate) fn show(
        &self,
        json: impl FnOnce() -> String,
        line: impl FnOnce() -> String,
    ) -> anyhow::Result<()> {
        let shown = self.bar.suspend(|| match self.format {
            Format::Json => writeln!(io::stdout(), "{}", json()),
            Format::Table | Format::Markdown => writeln!(io::stderr(), "{}", line()),
        });
        Ok(shown?)
    }

    /// Clears the screen for the result. Returns how long all of it has taken.
    pub(crate) fn finish(self) -> Duration {
        self.bar.finish_and_clear();
        self.bar.elapsed()
    }
}

impl Progress for Live {
    fn hunted(&mut self) {
        self.bar.inc(1);
    }

    fn scored(&mut self, score: &Score) -> anyhow::Result<()> {
        self.show(|| json::specimen(score).to_string(), || report::line(score))
    }
}

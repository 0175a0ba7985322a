//! What is seen while the hunts go on: a line for each specimen that is done and, on a terminal, how
//! many hunts there are still to come.

use crate::pool::{Plan, Progress};
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
    pub(crate) fn new(specimens: usize, plan: &Plan, format: Format) -> Live {
        let hunts = (specimens * plan.hunts()) as u64;
        let bar = ProgressBar::with_draw_target(Some(hunts), ProgressDrawTarget::stderr());
        // A template that does not parse would only cost its looks.
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} hunts, {elapsed}")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        Live { format, bar: bar.with_style(style) }
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
        let shown = self.bar.suspend(|| match self.format {
            Format::Json => writeln!(io::stdout(), "{}", json::specimen(score)),
            Format::Table | Format::Markdown => {
                writeln!(io::stderr(), "{}", report::line(score))
            }
        });
        Ok(shown?)
    }
}

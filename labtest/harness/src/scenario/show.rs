//! A scenario in a few lines, for reports.

use super::Scenario;
use crate::config::words::{Snapshots, raft_words};
use std::fmt;

/// A report has one screen, and what goes wrong matters more than what is submitted.
const BURSTS_SHOWN: usize = 10;

/// A line for what the cluster is, one for what clients do, one for each step.
impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Scenario { servers, network, disk, raft, clients, .. } = self;
        writeln!(f, "{}, configured: {}", plural(*servers as u64, "server"), raft_words(raft))?;
        let snapshots = Snapshots {
            interval: self.snapshot_interval,
            shift: self.snapshot_shift,
            bytes: self.snapshot_bytes,
            piece_bytes_max: raft.snapshot_piece_bytes_max,
        };
        writeln!(
            f,
            "messages take {network}; {} {} to {} ms; {}",
            if disk.journal { "journals, sync" } else { "sync" },
            disk.sync_min_ms,
            disk.sync_max_ms,
            snapshots.words(),
        )?;
        let load = match self.bursts.len() {
            0 if clients.clients == 0 => "no clients".to_owned(),
            0 => format!(
                "{}, {}",
                plural(clients.clients as u64, "client"),
                plural(clients.commands, "command")
            ),
            bursts => format!("{} of commands", plural(bursts as u64, "burst")),
        };
        let (seconds, extra) = (self.safety().as_secs_f64(), self.recovery.extra);
        let who = match extra {
            0 => "a majority recovers".to_owned(),
            extra => format!("a majority and {extra} more recover"),
        };
        write!(f, "{load}; after {seconds:.1} s {who}")?;
        match self.recovery.shifts {
            0 => {}
            1 => write!(f, ", then another")?,
            shifts => write!(f, ", then {shifts} others")?,
        }
        let shown = self.bursts.iter().take(BURSTS_SHOWN);
        shown.clone().try_for_each(|burst| write!(f, "\n{burst}"))?;
        match self.bursts.len() - shown.len() {
            0 => {}
            hidden => write!(f, "\nand {} more", plural(hidden as u64, "burst"))?,
        }
        self.steps.iter().try_for_each(|step| write!(f, "\n{step}"))?;
        self.reseeds.iter().try_for_each(|reseed| write!(f, "\n{reseed}"))
    }
}

/// `1 burst`, `2 bursts`.
fn plural(number: u64, one: &str) -> String {
    let end = if number == 1 { "" } else { "s" };
    format!("{number} {one}{end}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Burst;

    #[test]
    fn many_bursts_do_not_fill_the_screen() {
        let lines = |bursts| {
            let burst =
                Burst { client: 0, at_ms: 5, on: None, nth: 1, then_ms: 0, commands: 1, to: None };
            let scenario = Scenario { bursts: vec![burst; bursts], ..Scenario::default() };
            scenario.to_string().lines().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(lines(10).len(), 13);
        let many = lines(200);
        assert_eq!((many.len(), many[13].as_str()), (14, "and 190 bursts more"));
    }
}

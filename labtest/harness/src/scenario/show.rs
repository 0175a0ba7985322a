//! A scenario in a few lines, for reports.

use super::Scenario;
use std::fmt;

/// A report has one screen, and what goes wrong matters more than what is submitted.
const BURSTS_SHOWN: usize = 10;

/// A line for what the cluster is, one for what clients do, one for each step.
impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Scenario { servers, network, disk, raft, clients, .. } = self;
        writeln!(
            f,
            "{}, configured: elections after {} to {} ms, heartbeats every {} ms{}{}",
            plural(*servers as u64, "server"),
            raft.election_timeout_min_ms,
            raft.election_timeout_max_ms,
            raft.heartbeat_interval_ms,
            if raft.pre_vote { ", pre-vote" } else { "" },
            if raft.check_quorum { ", quorum checks" } else { "" },
        )?;
        writeln!(
            f,
            "messages take {network}; {} {} to {} ms; {}",
            if disk.journal { "journals, sync" } else { "sync" },
            disk.sync_min_ms,
            disk.sync_max_ms,
            match self.snapshot_interval {
                0 => "no snapshots".to_owned(),
                interval => match self.snapshot_shift {
                    0 => format!("a snapshot every {interval} entries"),
                    shift =>
                        format!("a snapshot every {interval} entries, {shift} earlier by server"),
                },
            },
        )?;
        if self.snapshot_interval > 0 {
            writeln!(
                f,
                "snapshots have {} bytes and go out in pieces of {}",
                self.snapshot_bytes, raft.snapshot_piece_bytes_max
            )?;
        }
        let load = match self.bursts.len() {
            0 => format!(
                "{}, {}",
                plural(clients.clients as u64, "client"),
                plural(clients.commands, "command")
            ),
            bursts => format!("{} of commands", plural(bursts as u64, "burst")),
        };
        let (seconds, extra) = (self.safety().as_secs_f64(), self.recovery.extra);
        write!(f, "{load}, {seconds:.1} s; then a majority + {extra} recovers")?;
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

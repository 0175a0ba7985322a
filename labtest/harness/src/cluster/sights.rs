//! The tester's own doings, as they go into the hash of the run and before its watchers.

use super::Cluster;
use crate::Outcome;
use crate::api::life::Life;
use crate::trace_hash;
use crate::watch::{Phase, Sight};
use bytes::Bytes;

/// Faults that last, by the name that reports know them by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lasting {
    Crash,
    Isolation,
    Partition,
}

impl Lasting {
    fn name(self) -> &'static str {
        match self {
            Lasting::Crash => "crash",
            Lasting::Isolation => "isolated",
            Lasting::Partition => "partition",
        }
    }
}

impl Cluster {
    pub(super) fn saw_crash(&self, server: usize, lost_writes: usize) {
        trace_hash::crashed(server);
        self.shared.watch.crashed(server, lost_writes);
        self.fault_begins(Lasting::Crash, server, || format!("server {server} crashes"));
    }

    pub(super) fn saw_start(&self, server: usize) {
        trace_hash::started(server);
        self.fault_ends(Lasting::Crash, server, || format!("server {server} restarts"));
    }

    pub(super) fn saw_connect(&self, server: usize) {
        trace_hash::connected(server);
        let text = || format!("server {server} is connected again");
        self.fault_ends(Lasting::Isolation, server, text);
        if self.lift(server, Lasting::Partition) {
            match self.anybody_apart() {
                false => self.saw_partition_fault(Phase::End, "the partition is healed"),
                true => self.note(&format!("server {server} can reach every side again")),
            }
        }
    }

    pub(super) fn saw_isolation(&self, server: usize) {
        trace_hash::isolated(server);
        self.fault_begins(Lasting::Isolation, server, || {
            format!("server {server} is cut off from all others")
        });
    }

    pub(super) fn saw_partition(
        &self,
        groups: &[&[usize]],
        group_of: impl Fn(usize) -> Option<usize>,
    ) {
        for server in 0..self.servers() {
            trace_hash::partitioned(server, group_of(server).unwrap_or(groups.len()));
        }
        let was_apart = self.anybody_apart();
        for server in 0..self.servers() {
            self.lift(server, Lasting::Partition);
        }
        if was_apart {
            self.saw_partition_fault(Phase::End, "another partition");
        }
        for server in 0..self.servers() {
            self.fault_ends(Lasting::Isolation, server, || "a partition instead".to_string());
            self.shared.servers.lock()[server].lasting.push(Lasting::Partition);
        }
        self.saw_partition_fault(Phase::Begin, &describe(groups));
    }

    fn saw_partition_fault(&self, phase: Phase, text: &str) {
        let servers: Vec<usize> = (0..self.servers()).collect();
        let what = Lasting::Partition.name();
        self.shared.watch.show(&Sight::Fault { phase, what, servers: &servers, text });
    }

    pub(super) fn saw_applied(&self, who: Life, index: u64, command: &Bytes) -> Outcome {
        trace_hash::applied(who.server, index, command);
        self.shared.watch.try_show(&Sight::Applied { who, index, command })
    }

    pub(super) fn saw_applied_snapshot(&self, who: Life, index: u64, snapshot: &[u8]) -> Outcome {
        trace_hash::applied_snapshot(who.server, index, snapshot);
        self.shared.watch.try_show(&Sight::AppliedSnapshot { who, index, snapshot })
    }

    /// A fault of the nemesis begins or ends.
    pub(crate) fn saw_fault(
        &self,
        phase: Phase,
        step: u64,
        what: &'static str,
        servers: &[usize],
        text: &str,
    ) {
        trace_hash::fault(phase == Phase::Begin, step);
        self.shared.watch.show(&Sight::Fault { phase, what, servers, text });
    }

    /// What a server is under until the end of the run.
    pub(crate) fn saw_left_broken(&self, what: &'static str, server: usize, text: &str) {
        let servers = &[server][..];
        self.shared.watch.show(&Sight::Fault { phase: Phase::Begin, what, servers, text });
    }

    /// A step of the scenario, for those who read about the run.
    pub fn note(&self, text: &str) {
        self.shared.watch.show(&Sight::Note(text));
    }

    /// A server's service has made a snapshot of its state.
    pub(crate) fn saw_snapshot_taken(&self, who: Life, index: u64, snapshot: &[u8]) -> Outcome {
        self.shared.watch.try_show(&Sight::TookSnapshot { who, index, snapshot })
    }

    pub(super) fn heard(&self, who: Life, term: u64, is_leader: bool) -> Outcome {
        self.shared.watch.try_show(&Sight::Said { who, term, is_leader })
    }

    /// Isolating an isolated server is nothing new, and is not shown.
    fn fault_begins(&self, fault: Lasting, server: usize, text: impl Fn() -> String) {
        if !self.lift(server, fault) {
            self.show_fault(Phase::Begin, fault, server, &text());
        }
        self.shared.servers.lock()[server].lasting.push(fault);
    }

    fn fault_ends(&self, fault: Lasting, server: usize, text: impl Fn() -> String) {
        if self.lift(server, fault) {
            self.show_fault(Phase::End, fault, server, &text());
        }
    }

    fn show_fault(&self, phase: Phase, fault: Lasting, server: usize, text: &str) {
        let (what, servers) = (fault.name(), &[server][..]);
        self.shared.watch.show(&Sight::Fault { phase, what, servers, text });
    }

    /// Takes a fault off a server; false when it was not under it.
    fn lift(&self, server: usize, fault: Lasting) -> bool {
        let lasting = &mut self.shared.servers.lock()[server].lasting;
        let before = lasting.len();
        lasting.retain(|known| *known != fault);
        lasting.len() < before
    }

    fn anybody_apart(&self) -> bool {
        let servers = self.shared.servers.lock();
        servers.iter().any(|server| server.lasting.contains(&Lasting::Partition))
    }
}

/// `partition {0, 1} | {2, 3, 4}`.
fn describe(groups: &[&[usize]]) -> String {
    let side = |group: &&[usize]| {
        let servers: Vec<String> = group.iter().map(usize::to_string).collect();
        format!("{{{}}}", servers.join(", "))
    };
    let sides: Vec<String> = groups.iter().map(side).collect();
    format!("partition {}", sides.join(" | "))
}

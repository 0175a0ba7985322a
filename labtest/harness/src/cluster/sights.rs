//! The tester's own doings, as they go into the hash of the run and before its watchers.

use super::Cluster;
use crate::Outcome;
use crate::api::life::Life;
use crate::trace_hash;
use crate::watch::Sight;
use bytes::Bytes;
use labtrace::trace::{Fault, Looks, Phase};
use raft::Started;

/// What tests do to servers and take back. Names and looks are those of the faults of explorations
/// that do the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lasting {
    Crash,
    Isolation,
    Partition,
}

impl Lasting {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Lasting::Crash => "crash",
            Lasting::Isolation => "isolate",
            Lasting::Partition => "split",
        }
    }

    pub(crate) fn looks(self) -> Looks {
        match self {
            Lasting::Crash => Looks::Crash,
            Lasting::Isolation | Lasting::Partition => Looks::Cut,
        }
    }
}

impl Cluster {
    pub(super) fn announce_crash(&self, server: usize, lost_writes: usize) {
        trace_hash::crashed(server);
        self.shared.watch.crashed(server, lost_writes);
        self.fault_begins(Lasting::Crash, server, || format!("server {server} crashes"));
    }

    pub(super) fn announce_start(&self, server: usize) {
        trace_hash::started(server);
        self.fault_ends(Lasting::Crash, server, || format!("server {server} restarts"));
    }

    pub(super) fn announce_connect(&self, server: usize) {
        trace_hash::connected(server);
        let text = || format!("server {server} is connected again");
        self.fault_ends(Lasting::Isolation, server, text);
        if self.lift(server, Lasting::Partition) {
            match self.anybody_apart() {
                false => self.partition_ends("the partition is healed"),
                true => self.note(&format!("server {server} can reach every side again")),
            }
        }
    }

    pub(super) fn announce_isolation(&self, server: usize) {
        trace_hash::isolated(server);
        self.fault_begins(Lasting::Isolation, server, || {
            format!("server {server} is cut off from all others")
        });
    }

    pub(super) fn announce_partition(
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
            self.partition_ends("another partition");
        }
        for server in 0..self.servers() {
            self.fault_ends(Lasting::Isolation, server, || "a partition instead".to_string());
            self.shared.servers.lock()[server].lasting.push(Lasting::Partition);
        }
        let mut sides: Vec<Vec<usize>> = groups.iter().map(|group| group.to_vec()).collect();
        // A server in no group is alone.
        let in_none = (0..self.servers()).filter(|server| group_of(*server).is_none());
        sides.extend(in_none.map(|server| vec![server]));
        self.show_partition(Phase::Begin, sides, &describe(groups));
    }

    fn partition_ends(&self, text: &str) {
        self.show_partition(Phase::End, Vec::new(), text);
    }

    fn show_partition(&self, phase: Phase, sides: Vec<Vec<usize>>, text: &str) {
        let servers = (0..self.servers()).collect();
        self.show_lasting(phase, Lasting::Partition, servers, sides, text);
    }

    pub(super) fn announce_applied(
        &self,
        who: Life,
        index: u64,
        term: u64,
        command: &Bytes,
    ) -> Outcome {
        trace_hash::applied(who.server, index, command);
        self.shared.watch.try_show(&Sight::Applied { who, index, term, command })
    }

    pub(super) fn announce_applied_own(&self, who: Life, index: u64, term: u64) -> Outcome {
        trace_hash::applied_own(who.server, index);
        self.shared.watch.try_show(&Sight::AppliedOwn { who, index, term })
    }

    pub(super) fn announce_applied_snapshot(
        &self,
        who: Life,
        index: u64,
        term: u64,
        snapshot: &[u8],
    ) -> Outcome {
        trace_hash::applied_snapshot(who.server, index, snapshot);
        self.shared.watch.try_show(&Sight::AppliedSnapshot { who, index, term, snapshot })
    }

    /// A server's store has submitted a command, and its Raft accepted it.
    pub(crate) fn announce_store_submit(&self, who: Life, started: Started, command: &Bytes) {
        self.shared.watch.show(&Sight::StoreSubmitted { who, started, command });
    }

    /// A fault of the nemesis begins or ends, for the hash of the run.
    pub(crate) fn note_fault(&self, phase: Phase, step: u64) {
        trace_hash::fault(phase == Phase::Begin, step);
    }

    /// A fault begins or ends, for those who watch.
    pub(crate) fn show_fault(&self, fault: &Fault) {
        self.shared.watch.show(&Sight::Fault(fault));
    }

    /// A step of the scenario, for people who read about the run.
    pub fn note(&self, text: &str) {
        self.shared.watch.show(&Sight::Note(text));
    }

    /// A server's service has made a snapshot of its state.
    pub(crate) fn announce_snapshot_taken(
        &self,
        who: Life,
        index: u64,
        snapshot: &[u8],
    ) -> Outcome {
        self.shared.watch.try_show(&Sight::TookSnapshot { who, index, snapshot })
    }

    pub(super) fn heard(&self, who: Life, term: u64, is_leader: bool) -> Outcome {
        self.shared.watch.try_show(&Sight::Said { who, term, is_leader })
    }

    /// Isolating an isolated server is nothing new, and is not shown.
    fn fault_begins(&self, fault: Lasting, server: usize, text: impl Fn() -> String) {
        if !self.lift(server, fault) {
            let sides = match fault {
                Lasting::Isolation => self.alone(server),
                Lasting::Crash | Lasting::Partition => Vec::new(),
            };
            self.show_lasting(Phase::Begin, fault, vec![server], sides, &text());
        }
        self.shared.servers.lock()[server].lasting.push(fault);
    }

    fn fault_ends(&self, fault: Lasting, server: usize, text: impl Fn() -> String) {
        if self.lift(server, fault) {
            self.show_lasting(Phase::End, fault, vec![server], Vec::new(), &text());
        }
    }

    fn show_lasting(
        &self,
        phase: Phase,
        fault: Lasting,
        servers: Vec<usize>,
        sides: Vec<Vec<usize>>,
        text: &str,
    ) {
        let (what, looks, text) = (fault.name().to_owned(), fault.looks(), text.to_owned());
        self.show_fault(&Fault { phase, what, looks, servers, sides, text });
    }

    /// Takes a fault off a server; false when it was not under it.
    fn lift(&self, server: usize, fault: Lasting) -> bool {
        let lasting = &mut self.shared.servers.lock()[server].lasting;
        let before = lasting.len();
        lasting.retain(|known| *known != fault);
        lasting.len() < before
    }

    /// One server on one side, all others on the other.
    fn alone(&self, server: usize) -> Vec<Vec<usize>> {
        vec![vec![server], (0..self.servers()).filter(|other| *other != server).collect()]
    }

    fn anybody_apart(&self) -> bool {
        let servers = self.shared.servers.lock();
        servers.iter().any(|server| server.lasting.contains(&Lasting::Partition))
    }
}

/// `split {0, 1} | {2, 3, 4}`.
fn describe(groups: &[&[usize]]) -> String {
    let side = |group: &&[usize]| {
        let servers: Vec<String> = group.iter().map(usize::to_string).collect();
        format!("{{{}}}", servers.join(", "))
    };
    let sides: Vec<String> = groups.iter().map(side).collect();
    format!("{} {}", Lasting::Partition.name(), sides.join(" | "))
}

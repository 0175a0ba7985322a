//! The tester's own doings, as they go into the hash of the run and before its watchers.

use super::Cluster;
use crate::events;
use crate::oracle::Incarnation;
use crate::watch::{Phase, Sight};
use std::sync::atomic::Ordering;

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
        events::crashed(server);
        self.shared.watch.crashed(server, lost_writes);
        self.fault_begins(Lasting::Crash, &[server], || format!("server {server} crashes"));
    }

    pub(super) fn saw_start(&self, server: usize) {
        events::started(server);
        self.faults_end(Lasting::Crash, &[server], || format!("server {server} restarts"));
    }

    pub(super) fn saw_connect(&self, server: usize) {
        events::connected(server);
        let text = || format!("server {server} is connected again");
        self.faults_end(Lasting::Isolation, &[server], text);
        self.faults_end(Lasting::Partition, &[server], text);
    }

    pub(super) fn saw_isolation(&self, server: usize) {
        events::isolated(server);
        self.fault_begins(Lasting::Isolation, &[server], || {
            format!("server {server} is cut off from all others")
        });
    }

    pub(super) fn saw_partition(
        &self,
        groups: &[&[usize]],
        group_of: impl Fn(usize) -> Option<usize>,
    ) {
        for server in 0..self.servers() {
            events::partitioned(server, group_of(server).unwrap_or(groups.len()));
        }
        let sides: Vec<String> = groups.iter().map(|group| format!("{group:?}")).collect();
        let text = format!("partition {}", sides.join(" | "));
        for server in 0..self.servers() {
            self.faults_end(Lasting::Isolation, &[server], || text.clone());
            self.faults_end(Lasting::Partition, &[server], || text.clone());
            self.fault_begins(Lasting::Partition, &[server], || text.clone());
        }
    }

    pub(super) fn saw_applied(&self, who: Incarnation, index: u64, command: &[u8]) {
        events::applied(who.server, index, command);
        self.shared.watch.show(&Sight::Applied { who, index, command });
    }

    pub(super) fn saw_applied_snapshot(&self, who: Incarnation, index: u64, snapshot: &[u8]) {
        events::applied_snapshot(who.server, index, snapshot);
        self.shared.watch.show(&Sight::AppliedSnapshot { who, index });
    }

    /// An operation of a client begins. Returns the number by which its end is told.
    pub(crate) fn saw_operation_begin(&self, client: usize, text: &str) -> u64 {
        let operation = self.shared.operations.fetch_add(1, Ordering::Relaxed);
        let (phase, outcome) = (Phase::Begin, "");
        self.shared.watch.show(&Sight::Client { client, operation, text, phase, outcome });
        operation
    }

    /// An operation of a client ended: "ok", "failed" or, when nobody will ever know, "unknown".
    pub(crate) fn saw_operation_end(
        &self,
        client: usize,
        operation: u64,
        text: &str,
        outcome: &'static str,
    ) {
        let phase = Phase::End;
        self.shared.watch.show(&Sight::Client { client, operation, text, phase, outcome });
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
        events::fault(phase == Phase::Begin, step);
        self.shared.watch.show(&Sight::Fault { phase, what, servers, text });
    }

    /// A step of the scenario, for those who read about the run.
    pub fn note(&self, text: &str) {
        self.shared.watch.show(&Sight::Note(text));
    }

    fn fault_begins(&self, fault: Lasting, servers: &[usize], text: impl Fn() -> String) {
        self.change_faults(fault, servers, Phase::Begin, text);
    }

    fn faults_end(&self, fault: Lasting, servers: &[usize], text: impl Fn() -> String) {
        self.change_faults(fault, servers, Phase::End, text);
    }

    /// Shows only what changes: isolating an isolated server is nothing new.
    fn change_faults(
        &self,
        fault: Lasting,
        servers: &[usize],
        phase: Phase,
        text: impl Fn() -> String,
    ) {
        for server in servers {
            let changed = {
                let lasting = &mut self.shared.servers.lock()[*server].lasting;
                let before = lasting.len();
                lasting.retain(|known| *known != fault);
                let was_on = lasting.len() < before;
                if phase == Phase::Begin {
                    lasting.push(fault);
                }
                was_on != (phase == Phase::Begin)
            };
            if changed {
                let (what, servers, text) = (fault.name(), &[*server][..], &text()[..]);
                self.shared.watch.show(&Sight::Fault { phase, what, servers, text });
            }
        }
    }
}

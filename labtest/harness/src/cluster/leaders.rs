//! Who leads: the lab's samples of the servers' states.

use super::Cluster;
use crate::{Failure, ensure, property};
use raft::{Inspection, RoleName, State};
use std::time::Duration;

/// How often `check_one_leader` looks.
const LEADER_SAMPLES: u32 = 10;

impl Cluster {
    /// What a running server says about itself; `None` when it is down.
    ///
    /// # Errors
    /// When it reports a term lower than before, or to lead a term that another has led.
    pub fn get_state(&self, server: usize) -> Result<Option<State>, Failure> {
        let Some(running) = self.running(server) else { return Ok(None) };
        let _asking = self.shared.asking.lock();
        let state = running.node.enter(|| running.peer.get_state());
        self.heard(running.who, state.term, state.is_leader)?;
        Ok(Some(state))
    }

    /// What a running server shows, for observers: nothing of it goes into the checks. Where the implementation
    /// does not show its internal state, term and leadership are known.
    pub(crate) fn view(&self, server: usize) -> Option<Inspection> {
        let running = self.running(server)?;
        Some(running.node.enter(|| running.peer.inspect()).unwrap_or_else(|| {
            let State { term, is_leader } = running.node.enter(|| running.peer.get_state());
            let role = if is_leader { RoleName::Leader } else { RoleName::Follower };
            Inspection {
                term,
                voted_for: None,
                role,
                commit_index: 0,
                last_applied: 0,
                snapshot_index: 0,
                snapshot_term: 0,
                last_index: 0,
                last_term: 0,
            }
        }))
    }

    /// Whether a running server shows its internal state.
    pub(crate) fn is_open(&self, server: usize) -> bool {
        let running = self.running(server);
        running.is_some_and(|it| it.node.enter(|| it.peer.inspect()).is_some())
    }

    /// The states of all servers that are connected, by number.
    fn connected_states(&self) -> Result<Vec<(usize, State)>, Failure> {
        let mut states = Vec::with_capacity(self.servers());
        for server in (0..self.servers()).filter(|server| self.is_connected(*server)) {
            states.extend(self.get_state(server)?.map(|state| (server, state)));
        }
        Ok(states)
    }

    /// Waits until a connected server leads, up to ten samples about half a second apart; the one
    /// of the highest term when there are several. (The lab's `checkOneLeader`.)
    ///
    /// # Errors
    /// When none was seen, or two lead one term.
    pub async fn check_one_leader(&self) -> Result<usize, Failure> {
        for _ in 0..LEADER_SAMPLES {
            let pause_ms = self.shared.samples.lock().range(450..=549);
            runtime::sleep(Duration::from_millis(pause_ms)).await;
            let states = self.connected_states()?;
            let leaders = states.into_iter().filter(|(_, state)| state.is_leader);
            if let Some((leader, _)) = leaders.max_by_key(|(_, state)| state.term) {
                return Ok(leader);
            }
        }
        Err(Failure::new(property::LEADER_EXISTS, "expected one leader, got none"))
    }

    /// The term that all connected servers agree on. (The lab's `checkTerms`.)
    ///
    /// # Errors
    /// When they don't agree.
    pub fn check_terms(&self) -> Result<u64, Failure> {
        let states = self.connected_states()?;
        let term = states.first().map_or(0, |(_, state)| state.term);
        let agree = states.iter().all(|(_, state)| state.term == term);
        ensure!(agree, property::STABLE_TERM, "servers disagree on term");
        Ok(term)
    }

    /// No connected server may believe to lead. (The lab's `checkNoLeader`.)
    ///
    /// # Errors
    /// When one does.
    pub fn check_no_leader(&self) -> Result<(), Failure> {
        for (server, state) in self.connected_states()? {
            ensure!(
                !state.is_leader,
                property::NO_LEADER,
                "expected no leader, but {server} claims to be leader"
            );
        }
        Ok(())
    }

    /// Whether every running server reports this very term.
    ///
    /// # Errors
    /// As [`get_state`](Cluster::get_state).
    pub fn all_in_term(&self, term: u64) -> Result<bool, Failure> {
        for server in 0..self.servers() {
            if self.get_state(server)?.is_some_and(|state| state.term != term) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether a running server reports a higher term.
    pub(super) fn any_beyond_term(&self, term: u64) -> Result<bool, Failure> {
        for server in 0..self.servers() {
            if self.get_state(server)?.is_some_and(|state| state.term > term) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The highest term that any server has reported or shown.
    pub fn highest_term(&self) -> u64 {
        self.shared.watch.highest_term()
    }
}

//! The checks that are always on, in every test, for the whole run: one list.
//!
//! [`Oracle`] is fed everything that happens in a run, [`Sight`] by sight. This file says which rule
//! looks at what, and when; a rule that is not called here is not checked. The sights stand in the
//! order in which they come in a run: messages, states, writes, starts, applied values, snapshots, what
//! servers say, crashes, stretches without faults.
//!
//! `seen` takes in what happened, `known` is what follows from it, and `rules` has one file for each
//! property: what must hold, where that is from, what is legal although it looks wrong. Only rules raise
//! violations, and the first violation ends the run.

pub(crate) mod known;
mod seen;

pub(crate) mod rules {
    //! What must hold: one file for each property, and only these raise violations.
    //!
    //! Each is pure: it looks at plain data and returns a [`Violation`](crate::Violation), so each has its
    //! tests without a cluster. Costs do not grow with the run: an event costs what it changes.
    pub(crate) mod acknowledged;
    pub(crate) mod applied_values;
    pub(crate) mod apply_order;
    pub(crate) mod apply_term;
    pub(crate) mod commit_rule;
    pub(crate) mod committed_entries;
    pub(crate) mod durability;
    pub(crate) mod efficiency;
    pub(crate) mod election;
    pub(crate) mod election_restriction;
    pub(crate) mod index;
    pub(crate) mod index_order;
    pub(crate) mod leader_append_only;
    pub(crate) mod leader_completeness;
    pub(crate) mod log_matching;
    pub(crate) mod no_quorum;
    pub(crate) mod one_vote;
    pub(crate) mod pre_vote;
    pub(crate) mod read_index;
    pub(crate) mod restart;
    pub(crate) mod snapshot;
    pub(crate) mod stale_request;
    pub(crate) mod start;
    pub(crate) mod term;
}

use crate::api::life::Life;
use crate::api::vocabulary::{EntryId, Position};
use crate::sight::Sight;
use crate::{Config, Implementation, Peer, Violation};
use bytes::Bytes;
use known::applied::Applied;
use known::calls::{Asked, Calls};
use known::committed::Committed;
use known::confirmed::Confirmed;
use known::disk::{Change, Disk, Write};
use known::elections::{Claims, Leaders};
use known::entries::Entries;
use known::holdings::Holdings;
use known::promises::Promises;
use known::votes::Votes;
use labtrace::Coverage;
use persister::Stored;
use raft::{Inspection, RoleName, Started};
use rules::efficiency::{FaultFree, Start};
use runtime::Instant;
use seen::answers::Answers;
use seen::coverage::Seen;
pub(crate) use seen::glance::Glance;
use seen::server::Server;
use std::sync::Arc;

/// All checks on what is seen of a run.
pub(crate) struct Oracle {
    implementation: Arc<dyn Implementation>,
    /// What was written but not synced counts as lost in a crash.
    unsynced_is_lost: bool,
    /// Messages, states and disks are seen, and not only what servers apply and say.
    sees_all: bool,
    servers: Vec<Server>,
    /// A server has hidden its state, at least for a while.
    is_hidden: bool,
    calls: Calls,
    /// Answers that are messages of their own.
    answers: Answers,
    coverage: Seen,
    /// The highest term seen anywhere.
    highest_term: u64,
    entries: Entries,
    votes: Votes,
    /// Terms and leaders as servers show them in their states, and as they say when they are asked.
    shown: Claims,
    said: Claims,
    /// Leaders as their messages show them.
    senders: Leaders,
    confirmed: Confirmed,
    committed: Committed,
    holdings: Holdings,
    applied: Applied,
    promises: Promises,
    fault_free: FaultFree,
}

/// A rule's verdict.
type Checked = Result<(), Violation>;

impl Oracle {
    /// The checks for a run of which everything is seen.
    pub(crate) fn new(config: &Config, implementation: Arc<dyn Implementation>) -> Oracle {
        Oracle { sees_all: true, ..Oracle::of_service_alone(config, implementation) }
    }

    /// The checks for a cluster that shows no more than what its servers apply and say.
    pub(crate) fn of_service_alone(
        config: &Config,
        implementation: Arc<dyn Implementation>,
    ) -> Oracle {
        let servers = config.servers;
        Oracle {
            implementation,
            unsynced_is_lost: config.checks.unsynced_is_lost,
            sees_all: false,
            servers: (0..servers).map(|_| Server::default()).collect(),
            is_hidden: false,
            calls: Calls::new(),
            answers: Answers::default(),
            coverage: Seen::default(),
            highest_term: 0,
            entries: Entries::default(),
            votes: Votes::new(servers),
            shown: Claims::new(servers),
            said: Claims::new(servers),
            senders: Leaders::default(),
            confirmed: Confirmed::new(servers),
            committed: Committed::default(),
            holdings: Holdings::new(servers),
            applied: match config.kv {
                None => Applied::new(servers, config.snapshot_bytes),
                Some(_) => Applied::of_service(servers),
            },
            promises: Promises::default(),
            fault_free: FaultFree::default(),
        }
    }

    /// Whether it wants to see messages, states and disks.
    pub(crate) fn sees_all(&self) -> bool {
        self.sees_all
    }

    /// What was applied.
    pub(crate) fn applied(&self) -> &Applied {
        &self.applied
    }

    /// What of the run was seen.
    pub(crate) fn coverage(&self) -> Coverage {
        self.coverage.coverage()
    }

    /// The highest term that a server has said it is in.
    pub(crate) fn highest_term_said(&self) -> u64 {
        self.said.terms.highest()
    }

    /// Looks at one event, at its true time.
    ///
    /// # Errors
    /// A property that does not hold.
    pub(crate) fn see(&mut self, at: Instant, sight: &Sight<'_>) -> Checked {
        match *sight {
            Sight::Message(event) => self.message(at, event),
            Sight::State { who, state, peer } if self.is_present(who) => {
                self.coverage.inside = true;
                self.state(who, state, peer)
            }
            Sight::StateHidden { who } if self.is_present(who) => {
                self.is_hidden = true;
                self.coverage.hidden(at, who.server);
                self.servers[who.server].hides();
                Ok(())
            }
            Sight::Written { who, ref write } if self.is_present(who) => {
                self.written(at, who.server, write)
            }
            Sight::Synced { who, writes } if self.is_present(who) => {
                self.synced(at, who.server, writes)
            }
            Sight::Booting { who, stored } => self.booting(who, stored),
            Sight::Submitted { who, started, command }
            | Sight::StoreSubmitted { who, started, command } => {
                self.promised(who, started, command)
            }
            Sight::Applied { who, index, term, command } => {
                self.applies(who, index, term, Some(command))
            }
            Sight::AppliedOwn { who, index, term } => {
                let are_declared = self.implementation.supports().own_entries;
                rules::apply_term::check_own(who.server, index, term, are_declared)?;
                self.applies(who, index, term, None)
            }
            Sight::AppliedSnapshot { who, index, term, snapshot } => {
                self.snapshot(who, index, term, snapshot)
            }
            Sight::TookSnapshot { who, index, snapshot } => {
                let is_same = self.applied.took_snapshot(index, snapshot);
                rules::snapshot::check_same(who.server, index, is_same)
            }
            Sight::Said { who, term, is_leader } => claim(&mut self.said, who, term, is_leader),
            Sight::Crashed { server, lost_writes } => {
                self.crashed(server, lost_writes);
                Ok(())
            }
            Sight::FaultFreeBegins(budgets) if self.sees_all => {
                let (highest_term, committed) = (self.highest_term, self.committed.last());
                let next_call = self.calls.next();
                self.fault_free.begin(budgets, Start { at, highest_term, committed, next_call });
                Ok(())
            }
            Sight::FaultFreeEnds => {
                // A server that is alone sends nothing.
                let shows_leaders = self.knows_votes() && self.servers.len() > 1;
                self.fault_free.end(at, self.committed.last(), shows_leaders)
            }
            _ => Ok(()),
        }
    }

    fn is_present(&self, who: Life) -> bool {
        let server = &self.servers[who.server];
        server.is_alive && server.start == who.start
    }

    // Messages, when they leave.

    /// A server tells others its term.
    fn tells(&mut self, server: usize, term: u64) -> Checked {
        self.highest_term = self.highest_term.max(term);
        let known = &mut self.servers[server];
        rules::term::check(server, known.told_before, term)?;
        known.told = known.told.max(term);
        Ok(())
    }

    /// A candidate has voted for itself.
    fn candidate(&mut self, candidate: usize, term: u64) -> Checked {
        self.tells(candidate, term)?;
        self.fault_free.election(term);
        self.gives_vote(candidate, term, candidate)
    }

    fn gives_vote(&mut self, voter: usize, term: u64, candidate: usize) -> Checked {
        let known = self.votes.give(voter, term, candidate);
        rules::one_vote::check_given(voter, term, known, candidate)?;
        let disk = self.servers[voter].disk.as_ref();
        disk.map_or(Ok(()), |disk| rules::acknowledged::check_vote(disk, voter, term, candidate))
    }

    /// A server acts as the leader of `term`.
    fn leader(&mut self, at: Instant, leader: usize, term: u64) -> Checked {
        self.fault_free.leader(at);
        if self.servers[leader].leads == term {
            return Ok(());
        }
        self.tells(leader, term)?;
        let server = &mut self.servers[leader];
        let who = Life { server: leader, start: server.start };
        rules::election::check_only_leader(self.senders.claim(who, term), who, term)?;
        (server.leads, server.commit_sent) = (term, 0);
        match self.knows_votes() {
            true => rules::election::check_elected(&self.votes, leader, term),
            false => Ok(()),
        }
    }

    /// Whether every vote is known.
    fn knows_votes(&self) -> bool {
        !self.votes.incomplete && !self.answers.are_missing()
    }

    /// Whether everything that followers have confirmed is known.
    fn knows_confirmations(&self) -> bool {
        !self.confirmed.incomplete && !self.answers.are_missing()
    }

    fn entries_sent(
        &mut self,
        leader: usize,
        term: u64,
        prev: Position,
        entries: &[EntryId],
    ) -> Checked {
        rules::leader_completeness::check_place(&self.committed, leader, term, prev)?;
        let server = &self.servers[leader];
        if let Some(log) = server.memory.as_ref().filter(|_| server.shows_leading(term)) {
            rules::log_matching::check_previous(log, &self.entries, leader, term, prev)?;
        }
        let mut before = prev.term;
        for (index, &entry) in (prev.index.saturating_add(1)..).zip(entries) {
            rules::log_matching::check(self.entries.observe(leader, index, entry, before))?;
            rules::leader_completeness::check_entry(&self.committed, leader, term, index, entry)?;
            before = entry.term;
        }
        Ok(())
    }

    fn snapshot_sent(&mut self, leader: usize, last: Position) -> Checked {
        rules::log_matching::check_snapshot(&self.committed, leader, last)
    }

    fn commit_sent(&mut self, leader: usize, term: u64, commit: u64) -> Checked {
        let server = &mut self.servers[leader];
        // Of real threads one may make its message first and send it last.
        let is_late = commit < server.commit_sent && !runtime::is_simulated();
        if commit == server.commit_sent || is_late {
            return Ok(());
        }
        rules::index::check_sent(leader, server.commit_sent, commit)?;
        server.commit_sent = commit;
        // A log that is shown has been, or will be, looked at with its server's own commit index.
        match server.memory {
            None if commit > self.committed.last() => self.commits(leader, commit, term, true),
            _ => Ok(()),
        }
    }

    fn vote(&mut self, voter: usize, asked: &Asked, candidate: usize, last: Position) -> Checked {
        let term = asked.term;
        if let Some(receiver) = asked.receiver {
            rules::stale_request::check(voter, receiver.term, term)?;
        }
        // What its log was when it decided, its disk shows now that it holds the vote: it may have
        // been behind when the request came, and a leader of this term or a later one may have
        // changed it since; of one whose messages can't be read nobody knows. And a vote may be
        // repeated when the log has grown.
        let is_repeated = self.votes.given(voter, term) == Some(candidate);
        let is_late = is_repeated || self.senders.has(term) || !self.knows_votes();
        let voters = self.servers[voter].receiver().filter(|own| !is_late && own.term == term);
        if let Some(own) = voters {
            rules::election_restriction::check(voter, candidate, term, own.last, last)?;
        }
        self.gives_vote(voter, term, candidate)
    }

    fn pre_vote(&self, voter: usize, asked: &Asked, asks: usize, last: Position) -> Checked {
        // Its log was looked at between the question and the answer; what is less up to date counts.
        let (then, now) = (asked.receiver, self.servers[voter].log_end());
        let (Some(then), Some(now)) = (then.map(|then| then.last), now) else { return Ok(()) };
        let own = std::cmp::min_by_key(then, now, |own| (own.term, own.index));
        rules::pre_vote::check(voter, asks, asked.term, own, last)
    }

    fn accepts(&mut self, server: usize, asked: &Asked, last: Position) -> Checked {
        if let Some(receiver) = asked.receiver {
            rules::stale_request::check(server, receiver.term, asked.term)?;
        }
        let known = &mut self.servers[server];
        if let Some(disk) = &known.disk {
            rules::acknowledged::check_append(disk, server, asked.term, last)?;
        }
        known.acknowledged.add(asked.term, last.index);
        self.confirmed.add(server, asked.term, last);
        Ok(())
    }

    fn accepts_snapshot(&mut self, server: usize, term: u64, last: Position) -> Checked {
        self.confirmed.add(server, term, last);
        let disk = self.servers[server].disk.as_ref();
        disk.map_or(Ok(()), |disk| rules::acknowledged::check_snapshot(disk, server, term, last))
    }

    // States.

    fn state(&mut self, who: Life, state: &Inspection, peer: &dyn Peer) -> Checked {
        let (number, leads) = (who.server, state.role == RoleName::Leader);
        claim(&mut self.shown, who, state.term, leads)?;
        self.highest_term = self.highest_term.max(state.term);
        let server = &mut self.servers[number];
        let led = server.shows_leading(state.term);
        let before = server.state.replace(state.clone());
        rules::index_order::check(number, state)?;
        if let (true, Some(disk)) = (std::mem::take(&mut server.is_new), &server.disk) {
            rules::restart::check(number, disk, state)?;
        }
        if let Some(before) = &before {
            rules::one_vote::check_change(number, before, state)?;
            rules::index::check_change(number, before, state)?;
        }
        let acknowledged = server.acknowledged;
        rules::durability::check_acknowledged(acknowledged, number, state.term, state.last_index)?;
        self.log_shown(number, before.as_ref(), state, peer)?;
        let was_committed = before.map_or(state.snapshot_index, |state| state.commit_index);
        if state.commit_index > was_committed {
            self.commit_shown(number, was_committed, state)?;
        }
        if leads && self.knows_confirmations() {
            let counted = |server| peer.match_index(server);
            rules::commit_rule::check_counted(&self.confirmed, number, state.term, counted)?;
        }
        match &self.servers[number].memory {
            Some(log) if leads && !led => {
                let (committed, agreed) = (&self.committed, log.agreed());
                rules::leader_completeness::check_log(committed, number, state.term, agreed)
            }
            _ => Ok(()),
        }
    }

    fn log_shown(
        &mut self,
        number: usize,
        before: Option<&Inspection>,
        state: &Inspection,
        peer: &dyn Peer,
    ) -> Checked {
        let (entries, committed) = (&mut self.entries, &self.committed);
        let memory = &mut self.servers[number].memory;
        // A log that was once not shown in this life is not followed again.
        let is_hidden = before.is_some() && memory.is_none();
        let follow = || seen::state::follow_log(memory, entries, committed, number, state, peer);
        let Some(change) = (!is_hidden).then(follow).flatten() else { return Ok(()) };
        rules::log_matching::check(change.conflict)?;
        if let Some(snapshot) = change.new_snapshot {
            rules::log_matching::check_snapshot(committed, number, snapshot)?;
        }
        if let (Some(before), Some(index)) = (before, change.removed_from) {
            rules::leader_append_only::check(number, before, state, index)?;
            rules::durability::check_removed(number, before, state, index)?;
        }
        if change.lost { self.loses(number) } else { Ok(()) }
    }

    /// A server's commit index has gone up.
    fn commit_shown(&mut self, number: usize, before: u64, state: &Inspection) -> Checked {
        let known = self.committed.last();
        (before + 1..=state.commit_index.min(known))
            .for_each(|index| self.committed.reported(index, state.term));
        let leads = state.role == RoleName::Leader;
        self.commits(number, state.commit_index, state.term, leads)?;
        let log = self.servers[number].memory.as_ref();
        log.map_or(Ok(()), |log| {
            rules::committed_entries::check(&self.committed, log, number, state)
        })
    }

    /// Server `by`, in `term`, which it leads or not, reports everything up to `index` committed.
    fn commits(&mut self, by: usize, index: u64, term: u64, leads: bool) -> Checked {
        let known = self.committed.last();
        if let Some(log) = self.servers[by].own_log(leads) {
            self.committed.learn(log, index, term, by);
        }
        self.newly_committed(by, known)
    }

    /// No server that has committed something until now was in a later term than this. The terms of
    /// servers that show neither their messages nor their states are not known.
    fn latest_term(&self) -> u64 {
        let shows_itself = |server: &Server| !server.is_alive || server.state.is_some();
        let are_known = self.knows_confirmations()
            || (!self.is_hidden && self.servers.iter().all(shows_itself));
        if are_known { self.highest_term } else { u64::MAX }
    }

    /// More than `before` has turned out to be committed.
    fn newly_committed(&mut self, by: usize, before: u64) -> Checked {
        let last = self.committed.last();
        if last == before {
            return Ok(());
        }
        self.servers.iter_mut().for_each(|server| server.agree(&self.committed));
        self.holdings.find(self.servers.iter().map(Server::log));
        rules::no_quorum::check(&self.holdings, last, by)?;
        rules::leader_completeness::check_candidates(&self.holdings, last, by)?;
        if self.knows_confirmations() {
            rules::commit_rule::check(&self.confirmed, last, by)?;
        }
        for (number, server) in self.servers.iter().enumerate() {
            if let (Some(state), Some(log)) = (&server.state, &server.memory)
                && state.role == RoleName::Leader
            {
                let (committed, agreed) = (&self.committed, log.agreed());
                rules::leader_completeness::check_log(committed, number, state.term, agreed)?;
            }
        }
        Ok(())
    }

    /// Something of a server's log is gone.
    fn loses(&mut self, server: usize) -> Checked {
        self.holdings.find(self.servers.iter().map(Server::log));
        rules::durability::check_kept(&self.holdings, self.committed.last(), server)
    }

    // Writes, when they are durable.

    /// A write is durable.
    fn durable(&mut self, at: Instant, number: usize, write: Write) -> Checked {
        let server = &mut self.servers[number];
        let Some(disk) = &mut server.disk else { return Ok(()) };
        let change = disk.apply(write, number, &mut self.entries, &self.committed);
        let Some(change) = change else {
            server.disk = None;
            self.coverage.write_missed(at, number, "its log has a gap");
            return Ok(());
        };
        let (told, acknowledged) = (server.told, server.acknowledged);
        Oracle::wrote(&self.committed, number, disk, &change)?;
        self.highest_term = self.highest_term.max(disk.term);
        if (disk.term, disk.voted_for) != change.hard_state {
            rules::term::check_stored(number, disk, told)?;
            rules::one_vote::check_stored(number, disk, self.votes.given(number, disk.term))?;
        }
        let last = disk.log.last().index;
        rules::durability::check_acknowledged(acknowledged, number, disk.term, last)?;
        let lost = disk.log.agreed() < change.agreed;
        if lost { self.loses(number) } else { Ok(()) }
    }

    /// A server's disk holds what it has written, now or in an earlier life.
    fn wrote(committed: &Committed, server: usize, disk: &Disk, change: &Change) -> Checked {
        rules::durability::check_cut(server, change.cut_without_snapshot)?;
        rules::term::check_written(server, change.hard_state.0, disk.term)?;
        rules::log_matching::check(change.conflict)?;
        let check = |place| rules::log_matching::check_snapshot(committed, server, place);
        change.snapshot.map_or(Ok(()), check)
    }

    // Starts.

    /// A server starts with what its disk holds.
    fn booting(&mut self, who: Life, stored: &Stored) -> Checked {
        if std::mem::take(&mut self.servers[who.server].forgot) {
            self.said.terms.forget_above(who.server, 0);
        }
        let snapshot = &stored.snapshot;
        let applied = match snapshot.is_empty() {
            true => 0,
            false => rules::snapshot::check(who.server, 0, None, snapshot, self.applied.states())?,
        };
        self.applied.begin(who, applied);
        let is_first = self.servers[who.server].start == 0;
        self.servers[who.server].begin(who.start);
        if !self.sees_all {
            return Ok(());
        }
        // What is durable at once is known as it was written, and reading it takes long.
        if self.unsynced_is_lost || self.servers[who.server].disk.is_none() {
            self.servers[who.server].disk = self.read(who.server, stored)?;
        }
        let server = &self.servers[who.server];
        let Some(disk) = server.disk.as_ref().filter(|_| !is_first) else { return Ok(()) };
        rules::term::check_stored(who.server, disk, server.told)?;
        let vote = self.votes.given(who.server, disk.term);
        rules::one_vote::check_stored(who.server, disk, vote)?;
        let (acknowledged, last) = (server.acknowledged, disk.log.last().index);
        rules::durability::check_acknowledged(acknowledged, who.server, disk.term, last)?;
        self.loses(who.server)
    }

    // Applied values and snapshots.

    /// A server that says it leads has promised a command a place.
    fn promised(&mut self, who: Life, place: Started, command: &Bytes) -> Checked {
        rules::start::check_index(who.server, place)?;
        match self.applied.entry(place.index) {
            Some(known) if known.term == place.term => {
                rules::start::check_kept(who.server, place, command, known.command.as_deref())
            }
            Some(_) => Ok(()),
            None => {
                let first = self.promises.add(who, place, command);
                rules::start::check_only_one(first, who, place, command)
            }
        }
    }

    /// The values are compared before the order, because a wrong value is the graver error, and a wrong
    /// term the least.
    fn applies(&mut self, who: Life, index: u64, term: u64, command: Option<&Bytes>) -> Checked {
        let Some(applied) = self.applied.by(who) else { return Ok(()) };
        let server = who.server;
        let known = self.applied.entry(index);
        if let Some(known) = known {
            let command = command.map(|command| &command[..]);
            rules::applied_values::check(known, index, server, term, command)?;
        }
        rules::apply_order::check(server, applied, index)?;
        rules::apply_term::check(server, index, term, self.applied.term_of(server))?;
        if let Some(known) = known {
            rules::apply_term::check_same(known, server, index, term)?;
        }
        let is_first = known.is_none();
        self.applied.add(who, index, term, command);
        if self.sees_all && self.is_present(who) {
            let entry =
                command.map_or_else(|| EntryId::own(term), |command| EntryId::new(term, command));
            self.applies_committed(server, index, entry, command)?;
        }
        if is_first { self.keeps_promise(Started { index, term }, command) } else { Ok(()) }
    }

    /// `command`, or an entry of Raft's own, is the first that is applied at that index.
    fn keeps_promise(&mut self, place: Started, command: Option<&Bytes>) -> Checked {
        let promise = self.promises.take(place.index, place.term);
        let command = command.map(|command| &command[..]);
        promise.map_or(Ok(()), |promise| {
            rules::start::check_kept(promise.by.server, place, &promise.command, command)
        })
    }

    /// A server applies an entry, which must be what its log has and what is known to be committed there.
    fn applies_committed(
        &mut self,
        server: usize,
        index: u64,
        entry: EntryId,
        command: Option<&Bytes>,
    ) -> Checked {
        let last = self.committed.last();
        if let Some(known) = self.committed.get(index) {
            let (hash, command) = (entry.hash, command.map(|command| &command[..]));
            rules::applied_values::check_committed(known, index, server, command, hash)?;
        }
        let known = &self.servers[server];
        let shown = known.memory.as_ref().and_then(|log| log.id(index));
        if let Some(own) = shown.filter(|own| own.hash == entry.hash) {
            rules::apply_term::check_shown(server, index, entry.term, own.term)?;
        }
        if let Some(known) = self.committed.get(index) {
            return rules::apply_term::check_committed(known, server, index, entry.term);
        }
        if index != last + 1 {
            return Ok(());
        }
        // The disk may still hold what another leader wanted there.
        let is_own = known.log().and_then(|log| log.id(index)) == Some(entry);
        let entry = if is_own { entry } else { EntryId { term: 0, ..entry } };
        // It was committed in some term until now.
        self.committed.add(entry, self.latest_term(), server);
        self.newly_committed(server, last)
    }

    fn snapshot(&mut self, who: Life, index: u64, term: u64, snapshot: &[u8]) -> Checked {
        let Some(applied) = self.applied.by(who) else { return Ok(()) };
        let states = self.applied.states();
        rules::snapshot::check(who.server, applied, Some(index), snapshot, states)?;
        if term > 0 {
            rules::apply_term::check(who.server, index, term, self.applied.term_of(who.server))?;
        }
        self.applied.reach(who.server, index, term);
        Ok(())
    }

    // Crashes.

    fn crashed(&mut self, number: usize, lost_writes: usize) {
        let server = &mut self.servers[number];
        self.is_hidden |= server.state.is_none();
        server.forgot |= lost_writes > 0;
        self.shown.terms.forget_above(number, server.crash());
    }
}

/// A server claims to be in a term, and perhaps to lead it.
pub(crate) fn claim(claims: &mut Claims, who: Life, term: u64, leads: bool) -> Checked {
    let Some(before) = claims.terms.report(who, term) else { return Ok(()) };
    rules::term::check(who.server, before, term)?;
    if leads {
        rules::election::check_only_leader(claims.leaders.claim(who, term), who, term)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;

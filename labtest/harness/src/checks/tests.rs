//! Rules as they are wired: what a run shows, and what the checks say to it.

mod hidden;
mod one_way;

use super::*;
use crate::{Budgets, Decoded, Encoded, KvConfig, MakeArgs, OurRaft, RaftMessage, property};
use labrpc::{EventKind, NetworkEvent};
use raft::message::RequestVoteArgs;
use runtime::Simulation;

fn oracle(servers: usize, unsynced_is_lost: bool) -> Oracle {
    let mut config = Config::new(servers);
    config.checks.unsynced_is_lost = unsynced_is_lost;
    Oracle::new(&config, Arc::new(OurRaft))
}

/// A server shows that it is in term 5, has told others of `told`, has `durable` on its disk,
/// crashes, and shows that it is in term 4.
fn goes_back(told: u64, durable: u64) -> Result<(), Violation> {
    let mut oracle = oracle(1, true);
    claim(&mut oracle.shown, Life { server: 0, start: 1 }, 5, false).unwrap();
    oracle.servers[0].told = told;
    oracle.servers[0].disk = Some(Disk { term: durable, ..Disk::default() });
    oracle.crashed(0, 0);
    claim(&mut oracle.shown, Life { server: 0, start: 2 }, 4, false)
}

#[test]
fn fires_when_a_term_goes_back_that_was_told_or_durable() {
    assert_eq!(goes_back(5, 0).unwrap_err().property, "safety:term");
    assert_eq!(goes_back(0, 5).unwrap_err().property, "safety:term");
}

#[test]
fn stays_silent_when_nobody_knew_the_term_and_no_disk_held_it() {
    assert_eq!(goes_back(4, 3), Ok(()));
}

/// What a server says when it is asked, and again in its next life, after a crash.
fn says_less(lost_writes: usize) -> Result<(), Violation> {
    let mut oracle = Service::new(1);
    oracle.begin(0, b"").unwrap();
    let says = |start, term| Sight::Said { who: Life { server: 0, start }, term, is_leader: false };
    oracle.see(&says(1, 5))?;
    oracle.see(&Sight::Crashed { server: 0, lost_writes })?;
    oracle.begin(0, b"").unwrap();
    oracle.see(&says(2, 4))
}

#[test]
fn what_was_said_may_be_taken_back_only_with_writes_that_are_lost() {
    assert_eq!(says_less(0).unwrap_err().property, "safety:term");
    assert_eq!(says_less(1), Ok(()));
}

fn sends_less() -> Result<(), Violation> {
    let mut oracle = oracle(2, false);
    oracle.commit_sent(0, 1, 5)?;
    oracle.commit_sent(0, 1, 4)
}

#[test]
fn a_commit_index_that_is_sent_goes_back_on_the_real_clock_only() {
    let finished = Simulation::new(1).run(async { sends_less() });
    let violation = finished.result.unwrap().unwrap_err();
    assert_eq!(violation.property, "safety:index");
    assert_eq!(sends_less(), Ok(()));
}

/// What happens to the first call of a run, which server 0 makes of server 1.
fn event<'a>(kind: EventKind, method: &'static str, bytes: &'a [u8]) -> NetworkEvent<'a> {
    let at = Instant::START;
    NetworkEvent { at, call: 0, kind, caller: 0, callee: 1, method, one_way: false, bytes }
}

/// A leader of term 4 that a request for a vote in `term` reaches in a stretch without faults, and
/// two elections after that.
fn is_asked_for_a_vote(term: u64, sent_before: bool, pre_vote: bool) -> Result<(), Violation> {
    let mut oracle = oracle(3, false);
    (oracle.servers[1].is_alive, oracle.servers[1].leads) = (true, 4);
    let args =
        RequestVoteArgs { term, candidate_id: 0, last_log_index: 0, last_log_term: 0, pre_vote };
    let (at, bytes) = (Instant::START, labrpc::encode(&args).unwrap());
    let see = |oracle: &mut Oracle, kind| {
        let event = event(kind, "Raft.RequestVote", &bytes);
        oracle.see(at, &Sight::Message(&event))
    };
    let budgets = Budgets { elections_per_minute_max: 1, ..Budgets::unlimited() };
    if sent_before {
        see(&mut oracle, labrpc::EventKind::RequestSent)?;
        oracle.see(at, &Sight::FaultFreeBegins(&budgets))?;
    } else {
        oracle.see(at, &Sight::FaultFreeBegins(&budgets))?;
        see(&mut oracle, labrpc::EventKind::RequestSent)?;
    }
    see(&mut oracle, labrpc::EventKind::RequestDelivered)?;
    (6..8).for_each(|term| oracle.fault_free.election(term));
    oracle.see(at, &Sight::FaultFreeEnds)
}

/// Seed 52459 of a Raft without pipelining: the request of a candidate that had crashed came late.
#[test]
fn elections_are_not_held_against_a_leader_that_a_late_request_deposes() {
    assert_eq!(is_asked_for_a_vote(5, true, false), Ok(()));
    for (term, sent_before, pre_vote) in [(5, false, false), (4, true, false), (5, true, true)] {
        let violation = is_asked_for_a_vote(term, sent_before, pre_vote).unwrap_err();
        assert_eq!(violation.property, "efficiency:elections");
    }
}

/// A cluster that shows no more than what its servers apply and say.
struct Service {
    oracle: Oracle,
    starts: Vec<u32>,
}

impl Service {
    fn new(servers: usize) -> Service {
        let oracle = Oracle::of_service_alone(&Config::new(servers), Arc::new(OurRaft));
        Service { oracle, starts: vec![0; servers] }
    }

    fn see(&mut self, sight: &Sight<'_>) -> Result<(), Violation> {
        self.oracle.see(Instant::START, sight)
    }

    /// A new life begins with this snapshot on its disk.
    fn begin(&mut self, server: usize, snapshot: &[u8]) -> Result<Life, Violation> {
        self.starts[server] += 1;
        let who = Life { server, start: self.starts[server] };
        let stored = Stored { snapshot: Bytes::copy_from_slice(snapshot), ..Stored::default() };
        self.see(&Sight::Booting { who, stored: &stored })?;
        Ok(who)
    }

    fn apply(&mut self, who: Life, index: u64, number: u64) -> Result<(), Violation> {
        let command = &Bytes::from(number.to_string());
        self.see(&Sight::Applied { who, index, term: 1, command })
    }

    fn apply_snapshot(&mut self, who: Life, index: u64, snapshot: &[u8]) -> Result<(), Violation> {
        self.see(&Sight::AppliedSnapshot { who, index, term: 1, snapshot })
    }

    /// How many servers have applied an index.
    fn count(&self, index: u64) -> usize {
        self.oracle.applied().at(index).servers
    }

    fn snapshot_at(&self, index: u64) -> Bytes {
        self.oracle.applied().snapshot_at(index).unwrap()
    }
}

fn started(servers: usize) -> (Service, Vec<Life>) {
    let mut service = Service::new(servers);
    let lives = (0..servers).map(|server| service.begin(server, b"").unwrap()).collect();
    (service, lives)
}

#[test]
fn what_was_applied_is_remembered_over_restarts() {
    let (mut service, lives) = started(3);
    service.apply(lives[0], 1, 11).unwrap();
    let reborn = service.begin(0, b"").unwrap();
    assert_eq!(service.count(1), 0);

    // Another server, and even the same one, must apply the very same command there.
    for who in [lives[1], reborn] {
        let violation = service.apply(who, 1, 12).unwrap_err();
        assert_eq!(violation.property, "safety:applied-values");
    }
    service.apply(reborn, 1, 11).unwrap();
    assert_eq!(service.count(1), 1);
}

#[test]
fn a_new_life_starts_over_or_after_the_snapshot_on_its_disk() {
    let (mut service, lives) = started(2);
    (1..=12).for_each(|index| service.apply(lives[0], index, index).unwrap());
    let snapshot = service.snapshot_at(9);
    let reborn = service.begin(0, &snapshot).unwrap();
    assert_eq!((service.count(9), service.count(10)), (1, 0));
    let violation = service.apply(reborn, 1, 1).unwrap_err();
    assert_eq!(violation.property, "safety:apply-order");
    service.apply(reborn, 10, 10).unwrap();

    let reborn = service.begin(0, b"").unwrap();
    service.apply(reborn, 1, 1).unwrap();
}

#[test]
fn a_snapshot_brings_a_server_forward() {
    let (mut service, lives) = started(2);
    (1..=12).for_each(|index| service.apply(lives[0], index, index).unwrap());
    let snapshot = service.snapshot_at(9);
    service.apply_snapshot(lives[1], 9, &snapshot).unwrap();
    service.apply(lives[1], 10, 10).unwrap();
    let violation = service.apply_snapshot(lives[1], 9, &snapshot).unwrap_err();
    assert_eq!(violation.property, "safety:snapshot");
}

#[test]
fn a_dead_life_has_no_say() {
    let (mut service, lives) = started(1);
    let reborn = service.begin(0, b"").unwrap();
    service.apply(lives[0], 7, 1).unwrap();
    service.apply_snapshot(lives[0], 7, b"nonsense").unwrap();
    assert_eq!(service.oracle.applied().highest(), 0);
    service.apply(reborn, 1, 1).unwrap();
}

#[test]
fn a_gap_is_not_recorded() {
    let (mut service, lives) = started(1);
    assert!(service.apply(lives[0], 2, 1).is_err());
    assert!(service.apply(lives[0], 0, 1).is_err());
    assert_eq!(service.oracle.applied().highest(), 0);
}

#[test]
fn snapshots_of_a_store_are_the_same_on_every_server() {
    let mut config = Config::new(2);
    config.kv = Some(KvConfig::default());
    let mut oracle = Oracle::of_service_alone(&config, Arc::new(OurRaft));
    let mut took = |server, snapshot: &[u8]| {
        let who = Life { server, start: 1 };
        oracle.see(Instant::START, &Sight::TookSnapshot { who, index: 9, snapshot })
    };
    assert_eq!((took(0, b"nine"), took(1, b"nine")), (Ok(()), Ok(())));
    assert_eq!(took(1, b"other").unwrap_err().property, "safety:snapshot");
}

/// Its messages say their sender's term and nothing else.
struct SaysItsTerm;

impl Implementation for SaysItsTerm {
    fn name(&self) -> &str {
        "says its term"
    }

    fn make(&self, _: MakeArgs) -> anyhow::Result<Arc<dyn Peer>> {
        anyhow::bail!("it is only listened to")
    }

    fn decode(&self, message: &Encoded<'_>) -> Decoded {
        Decoded::Message(RaftMessage::Other { name: "TimeoutNow", term: message.bytes[0].into() })
    }
}

/// Server 1 answers a message of server 0, in these terms; both have said term 3 in their last lives.
fn says(asked: u8, answered: u8) -> Result<(), Violation> {
    let mut oracle = Oracle::new(&Config::new(2), Arc::new(SaysItsTerm));
    oracle.servers.iter_mut().for_each(|server| (server.is_alive, server.told_before) = (true, 3));
    let at = Instant::START;
    for (kind, term) in [(EventKind::RequestSent, asked), (EventKind::ReplySent, answered)] {
        let bytes = [term];
        let event = event(kind, "Raft.TimeoutNow", &bytes);
        oracle.see(at, &Sight::Message(&event))?;
    }
    Ok(())
}

#[test]
fn of_a_message_without_an_opinion_the_term_counts() {
    assert_eq!(says(3, 4), Ok(()));
    for (asked, answered) in [(2, 4), (3, 2)] {
        assert_eq!(says(asked, answered).unwrap_err().property, property::TERM_MONOTONIC);
    }
}

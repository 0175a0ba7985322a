use super::wire::{RaftClient, RaftRpc};
use super::*;
use crate::core::record::Quarantine;
use crate::core::testing::{append, newcomer, position, vote_request};
use crate::message::{
    AppendEntriesArgs, AppendEntriesReply, InstallSnapshotArgs, InstallSnapshotReply,
    RequestVoteArgs, RequestVoteReply,
};
use crate::{Config, Disk, Raft};
use bytes::Bytes;
use labrpc::Network;
use persister::{MemoryDisk, MemoryPersister, PersistError, Stored, SyncFuture};
use raft_api::{ApplyMsg, NotLeader, Peer, ReadIndexError};
use runtime::{Simulation, sleep};
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use tokio::sync::mpsc;

/// A disk that makes nothing durable until it is told what becomes of the syncs.
#[derive(Clone)]
struct SlowDisk {
    memory: MemoryPersister,
    verdict: Arc<Mutex<Option<Result<(), PersistError>>>>,
    given: Arc<Notify>,
    /// The verdict is for one sync.
    once: Arc<AtomicBool>,
    syncs: Arc<AtomicU64>,
}

impl SlowDisk {
    fn new() -> SlowDisk {
        SlowDisk {
            memory: MemoryDisk::new().open(),
            verdict: Arc::default(),
            given: Arc::default(),
            once: Arc::default(),
            syncs: Arc::default(),
        }
    }

    fn syncs(&self) -> u64 {
        self.syncs.load(Ordering::Relaxed)
    }

    fn resolve(&self, verdict: Result<(), PersistError>) {
        *self.verdict.lock() = Some(verdict);
        self.given.notify_waiters();
    }

    /// What is written by now is durable; what comes later is not.
    fn resolve_one(&self) {
        self.once.store(true, Ordering::Relaxed);
        self.resolve(Ok(()));
    }

    /// From now on nothing is durable again.
    fn hold(&self) {
        *self.verdict.lock() = None;
    }
}

impl Persister for SlowDisk {
    fn save(&self, state: &[u8], snapshot: Option<Bytes>) {
        self.memory.save(state, snapshot);
    }

    fn append(&self, record: &[u8]) {
        self.memory.append(record);
    }

    fn sync(&self) -> SyncFuture {
        self.syncs.fetch_add(1, Ordering::Relaxed);
        let disk = self.clone();
        SyncFuture::Waiting(Box::pin(async move {
            loop {
                let given = disk.given.notified();
                let verdict = disk.verdict.lock().clone();
                if let Some(verdict) = verdict {
                    if disk.once.swap(false, Ordering::Relaxed) {
                        disk.hold();
                    }
                    return verdict;
                }
                given.await;
            }
        }))
    }

    fn read(&self) -> Result<Stored, PersistError> {
        self.memory.read()
    }

    fn state_size(&self) -> usize {
        self.memory.state_size()
    }

    fn snapshot_size(&self) -> usize {
        self.memory.snapshot_size()
    }
}

/// Server 0 of three, alone on its network.
struct Alone {
    shared: Arc<Shared>,
    network: Network,
    applied: mpsc::Receiver<ApplyMsg>,
}

fn alone(disk: impl Persister) -> Alone {
    alone_with(Config::default(), disk)
}

fn alone_with(config: Config, disk: impl Persister) -> Alone {
    let network = Network::new(3);
    let ends = network.add_server(0, &runtime::Node::current());
    let (apply, applied) = mpsc::channel(1);
    let raft = Raft::with_config(config, ends, 0, Arc::new(disk), apply).unwrap();
    Alone { shared: raft.shared, network, applied }
}

/// One that stands for election only when the test is over.
fn patient() -> Config {
    Config {
        election_timeout_min_ms: 1_000_000,
        election_timeout_max_ms: 1_000_000,
        ..Config::default()
    }
}

fn simulate(test: impl Future<Output = ()> + 'static) {
    let finished = Simulation::new(1).time_limit(Duration::from_secs(60)).run(test);
    finished.result.unwrap();
}

async fn ms(milliseconds: u64) {
    sleep(Duration::from_millis(milliseconds)).await;
}

fn ask_for_a_vote(shared: &Arc<Shared>) -> JoinHandle<RequestVoteReply> {
    runtime::spawn(Arc::clone(shared).request_vote(vote_request(1, 3, 0, 0)))
}

fn send_entries(shared: &Arc<Shared>, args: AppendEntriesArgs) -> JoinHandle<bool> {
    let shared = Arc::clone(shared);
    runtime::spawn(async move { shared.append_entries(args).await.success })
}

#[test]
fn each_new_role_is_told_in_its_step() {
    simulate(async {
        let network = Network::new(1);
        let ends = network.add_server(0, &runtime::Node::current());
        let (apply, _applied) = mpsc::channel(1);
        let raft = Raft::make(ends, 0, Arc::new(MemoryDisk::new().open()), apply).unwrap();
        let told = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&told);
        raft.watch_role(move |role, term| heard.lock().push((role, term)));
        ms(5000).await;
        let term = raft.get_state().term;
        assert_eq!(told.lock().last(), Some(&(RoleName::Leader, term)));
        let leads = |(role, _): &&(RoleName, u64)| *role == RoleName::Leader;
        assert_eq!(told.lock().iter().filter(leads).count(), 1);
        raft.shared.run(|core, now| core.become_follower(now, term + 1));
        assert_eq!(told.lock().last(), Some(&(RoleName::Follower, term + 1)));
    });
}

#[test]
fn a_vote_is_answered_only_when_it_is_durable() {
    simulate(async {
        let disk = SlowDisk::new();
        let server = alone_with(patient(), disk.clone());
        let vote = ask_for_a_vote(&server.shared);
        ms(1000).await;
        assert!(!vote.is_finished());
        disk.resolve(Ok(()));
        assert!(vote.await.unwrap().vote_granted);
    });
}

#[test]
fn entries_are_acknowledged_only_when_they_are_durable() {
    simulate(async {
        let disk = SlowDisk::new();
        let server = alone_with(patient(), disk.clone());
        let stored = send_entries(&server.shared, append(3, position(0, 0), &[3], 0));
        ms(1000).await;
        assert!(!stored.is_finished());
        disk.resolve(Ok(()));
        assert!(stored.await.unwrap());
    });
}

/// The second request changes nothing, but its answer promises what the first has yet to write.
#[test]
fn a_repeated_request_is_not_answered_before_the_first_is_durable() {
    simulate(async {
        let disk = SlowDisk::new();
        let server = alone_with(patient(), disk.clone());
        let first = send_entries(&server.shared, append(3, position(0, 0), &[3], 0));
        ms(10).await;
        let second = send_entries(&server.shared, append(3, position(0, 0), &[3], 0));
        ms(1000).await;
        assert!(!first.is_finished() && !second.is_finished());
        disk.resolve(Ok(()));
        assert!(first.await.unwrap() && second.await.unwrap());
    });
}

#[test]
fn what_is_written_during_a_sync_shares_the_next_one() {
    simulate(async {
        let disk = SlowDisk::new();
        let server = alone_with(patient(), disk.clone());
        let request = |index| append(3, position(index, if index == 0 { 0 } else { 3 }), &[3], 0);
        let first = send_entries(&server.shared, request(0));
        ms(1).await;
        let mut others = Vec::new();
        for index in 1..20 {
            others.push(send_entries(&server.shared, request(index)));
            ms(1).await;
        }
        assert_eq!(disk.syncs(), 1, "one runs");

        disk.resolve_one();
        ms(1).await;
        assert!(first.await.unwrap());
        assert!(others.iter().all(|other| !other.is_finished()), "they came after it had begun");
        assert_eq!(disk.syncs(), 2);
        disk.resolve_one();
        for other in others {
            assert!(other.await.unwrap());
        }
        assert_eq!(disk.syncs(), 2, "nothing is left to be synced");
    });
}

#[test]
fn a_promise_of_a_later_write_is_not_kept_by_the_sync_before() {
    simulate(async {
        let disk = SlowDisk::new();
        let server = alone(disk.clone());
        let stored = send_entries(&server.shared, append(3, position(0, 0), &[3], 0));
        ms(1).await;
        let asks = |core: &mut Core, now| {
            core.tick(now + core.election_timeout);
        };
        assert!(!server.shared.run(asks));
        disk.resolve_one();
        ms(1).await;
        assert!(stored.await.unwrap());
        assert_eq!((server.shared.lock().core.term, server.network.total_calls()), (4, 0));
        disk.resolve_one();
        ms(1).await;
        assert_eq!(server.network.total_calls(), 2, "it asks both for their votes");
    });
}

#[test]
fn a_candidate_asks_for_votes_only_when_its_own_is_durable() {
    simulate(async {
        let disk = SlowDisk::new();
        let server = alone(disk.clone());
        ms(710).await;
        assert_eq!((server.shared.lock().core.term, server.network.total_calls()), (1, 0));
        disk.resolve(Ok(()));
        ms(10).await;
        assert!(server.network.total_calls() >= 2);
    });
}

/// A server that asks who would vote for it, and has to write a vote of its own meanwhile, stands
/// for election as soon as that is durable.
#[test]
fn a_candidacy_that_begins_where_a_sync_ends_is_written_and_sent() {
    simulate(async {
        let disk = SlowDisk::new();
        disk.resolve(Ok(()));
        let server = alone_with(Config { pre_vote: true, ..Config::default() }, disk.clone());
        assert!(send_entries(&server.shared, append(3, position(0, 0), &[], 0)).await.unwrap());
        while server.network.total_calls() == 0 {
            ms(1).await;
        }
        disk.hold();
        let vote = ask_for_a_vote(&server.shared);
        ms(1).await;
        let asked = RequestVoteArgs { pre_vote: true, ..vote_request(0, 4, 0, 0) };
        let granted = RequestVoteReply { term: 3, vote_granted: true };
        server.shared.run(|core, now| core.handle_vote_reply(now, 2, &asked, &granted));
        let calls = server.network.total_calls();
        assert_eq!(server.shared.lock().core.term, 3);

        disk.resolve(Ok(()));
        assert!(vote.await.unwrap().vote_granted);
        ms(1).await;
        let state = server.shared.lock();
        let Syncs { writes, durable_writes, .. } = state.syncs;
        assert_eq!((state.core.term, writes, durable_writes), (4, 3, 3));
        assert_eq!(server.network.total_calls(), calls + 2);
    });
}

#[test]
fn a_leader_sends_entries_while_it_writes_them_and_counts_itself_afterwards() {
    simulate(async {
        let disk = SlowDisk::new();
        disk.resolve(Ok(()));
        let server = alone(disk.clone());
        server.network.add_server(1, &runtime::Node::current());
        let (follower, received) = recording_follower();
        server.network.set_service(1, RaftClient::serve(follower));
        ms(1000).await;
        assert!(server.shared.lock().core.state().is_leader);

        disk.hold();
        server.shared.start_all([Bytes::from_static(b"x")]).unwrap();
        ms(50).await;
        assert_eq!(*received.lock(), 1, "the follower has it");
        assert_eq!(server.shared.lock().core.commit_index, 0);
        disk.resolve(Ok(()));
        ms(1).await;
        assert_eq!(server.shared.lock().core.commit_index, 1);
    });
}

/// A follower that agrees to everything and counts the entries it is sent.
struct Follower(Arc<Mutex<usize>>);

fn recording_follower() -> (Arc<Follower>, Arc<Mutex<usize>>) {
    let received = Arc::default();
    (Arc::new(Follower(Arc::clone(&received))), received)
}

impl RaftRpc for Follower {
    async fn request_vote(self: Arc<Self>, args: RequestVoteArgs) -> RequestVoteReply {
        RequestVoteReply { term: args.term, vote_granted: true }
    }

    async fn append_entries(self: Arc<Self>, args: AppendEntriesArgs) -> AppendEntriesReply {
        *self.0.lock() += args.entries.len();
        AppendEntriesReply { term: args.term, success: true, last_of_terms: vec![] }
    }

    async fn install_snapshot(self: Arc<Self>, args: InstallSnapshotArgs) -> InstallSnapshotReply {
        InstallSnapshotReply { term: args.term, missing_from: None }
    }
}

#[test]
fn a_sync_that_fails_stops_the_server_before_it_answers() {
    simulate(async {
        let disk = SlowDisk::new();
        let server = alone(disk.clone());
        let vote = ask_for_a_vote(&server.shared);
        ms(10).await;
        disk.resolve(Err(PersistError::Failed("input/output error".into())));
        ms(10).await;
        let failure = server.shared.lock().failure();
        assert_eq!(failure.as_deref(), Some("stable storage: failed: input/output error"));
        assert_stopped(&server).await;
        assert!(!vote.is_finished());
    });
}

#[test]
fn a_sync_that_succeeds_after_one_that_failed_makes_nothing_durable() {
    simulate(async {
        let disk = SlowDisk::new();
        let server = alone_with(patient(), disk.clone());
        let (_, effects) = server
            .shared
            .step(|core, now| core.handle_append_entries(now, append(3, position(0, 0), &[3], 0)))
            .unwrap();
        let sync = effects.sync.unwrap();
        let mut state = server.shared.lock();
        let error = PersistError::Failed("input/output error".into());
        state.synced(Err(error), sync.writes, sync.mark);
        state.synced(Ok(()), sync.writes, sync.mark);
        assert_eq!(state.core.durability.durable_index(), 0);
        assert!(state.is_stopped());
    });
}

/// The core has something to write when the sync ends that was under way, but nobody may go on.
#[test]
fn a_server_that_stops_during_a_sync_writes_nothing_more() {
    for verdict in [Ok(()), Err(PersistError::Failed("input/output error".into()))] {
        simulate(async move {
            let disk = SlowDisk::new();
            let server = alone_with(patient(), disk.clone());
            let vote = ask_for_a_vote(&server.shared);
            ms(10).await;
            server.shared.lock().core.set_hard_state(9, None);
            if verdict.is_ok() {
                server.shared.kill();
            }
            disk.resolve(verdict);
            ms(10).await;
            assert!(server.shared.lock().is_stopped() && !vote.is_finished());
            assert_eq!(server.shared.lock().syncs.writes, 1);
        });
    }
}

#[test]
fn a_server_that_was_fenced_stops() {
    simulate(async {
        let disk = MemoryDisk::new();
        let server = alone(disk.open());
        disk.open();
        ms(1000).await;
        let failure = server.shared.lock().failure().unwrap();
        assert!(failure.starts_with("stable storage: fenced"), "{failure}");
        assert_eq!(server.network.total_calls(), 0, "it stands for election, and finds out");
    });
}

#[test]
fn a_leader_that_contradicts_what_is_committed_stops_the_server() {
    simulate(async {
        let server = alone_with(patient(), MemoryDisk::new().open());
        assert!(send_entries(&server.shared, append(3, position(0, 0), &[3], 1)).await.unwrap());
        let writes = server.shared.lock().syncs.writes;
        let answer = send_entries(&server.shared, append(4, position(0, 0), &[4], 1));
        ms(10).await;
        let failure = server.shared.lock().failure().unwrap();
        assert!(failure.contains("replaces entry 1 of term 3, which is committed"), "{failure}");
        assert!(!answer.is_finished());
        assert_stopped(&server).await;
        assert_eq!(server.shared.lock().syncs.writes, writes, "nothing of it is on disk");
    });
}

#[test]
fn a_killed_server_sends_answers_and_applies_nothing_more() {
    simulate(async {
        let mut server = alone(MemoryDisk::new().open());
        assert!(send_entries(&server.shared, append(9, position(0, 0), &[9, 9], 2)).await.unwrap());
        ms(1000).await;
        assert!(server.network.total_calls() > 0, "it stands for election");
        server.shared.kill();
        assert_stopped(&server).await;
        assert_eq!(server.shared.lock().failure(), None);
        assert!(server.applied.recv().await.is_some(), "one message was in the channel");
        assert_eq!(server.applied.recv().await, None, "the applier is gone");
    });
}

/// On several threads a server can be killed while its applier is about to hand something over.
#[test]
fn an_applier_that_finds_room_after_the_end_hands_nothing_over() {
    simulate(async {
        let server = alone_with(patient(), MemoryDisk::new().open());
        assert!(send_entries(&server.shared, append(3, position(0, 0), &[3, 3], 2)).await.unwrap());
        let (apply, mut applied) = mpsc::channel(1);
        apply.try_send(ApplyMsg::Own { index: 0, term: 0 }).unwrap();
        runtime::detach(Arc::clone(&server.shared).apply(apply));
        server.shared.applier.notify_one();
        ms(1).await;
        server.shared.kill();
        assert!(applied.recv().await.is_some(), "what was there");
        assert_eq!(applied.recv().await, None, "the applier has ended");
    });
}

#[test]
fn the_applier_fills_the_room_that_it_finds_at_once() {
    simulate(async {
        let ends = Network::new(3).add_server(0, &runtime::Node::current());
        let (apply, mut applied) = mpsc::channel(4);
        let disk = Arc::new(MemoryDisk::new().open());
        let raft = Raft::with_config(patient(), ends, 0, disk, apply).unwrap();
        let terms = [3; 12];
        assert!(send_entries(&raft.shared, append(3, position(0, 0), &terms, 12)).await.unwrap());
        for taken in [0, 4, 8] {
            ms(1).await;
            let before = raft.changes();
            for expected in taken + 1..=taken + 4 {
                assert_eq!(applied.try_recv().map(|message| message.index()), Ok(expected));
            }
            ms(1).await;
            let more = u64::from(taken < 8);
            assert_eq!(raft.changes() - before, more, "the lock is taken once for four");
        }
    });
}

#[test]
#[allow(clippy::disallowed_methods, reason = "a lock is waited for by threads")]
fn a_step_that_has_waited_for_the_lock_acts_at_the_time_at_which_it_got_it() {
    let shared = Shared::new(newcomer(), Vec::new(), Arc::new(MemoryDisk::new().open()));
    let held = shared.lock();
    std::thread::scope(|scope| {
        let step = scope.spawn(|| shared.step(|_, now| now).map(|(now, _)| now));
        // Time enough to come to the lock; what comes later proves nothing.
        std::thread::sleep(Duration::from_millis(20));
        let given_back_at = runtime::now();
        drop(held);
        assert!(step.join().unwrap() >= Some(given_back_at));
    });
}

#[test]
fn commands_that_are_started_at_once_are_one_after_another_and_leave_together() {
    simulate(async {
        let server = alone(MemoryDisk::new().open());
        let raft = Raft { shared: Arc::clone(&server.shared) };
        let commands = |count: u8| (0..count).map(|it| Bytes::from(vec![it])).collect::<Vec<_>>();
        assert_eq!(raft.start_all(commands(3)), Err(NotLeader { leader: None }.into()));
        server.network.add_server(1, &runtime::Node::current());
        let (follower, received) = recording_follower();
        server.network.set_service(1, RaftClient::serve(follower));
        ms(1000).await;
        let before = server.network.total_calls();
        assert_eq!(raft.start_all(commands(5)), Ok(Started { index: 1, term: 1 }));
        assert_eq!(raft.start_all(Vec::new()), Ok(Started { index: 6, term: 1 }));
        ms(1).await;
        assert_eq!(server.network.total_calls() - before, 1, "to the server that answers");
        ms(50).await;
        assert_eq!(*received.lock(), 5);
        let command = |index| raft.entry(index, |entry| entry.command.to_vec());
        assert_eq!((command(1), command(5), command(6)), (Some(vec![0]), Some(vec![4]), None));
    });
}

async fn assert_stopped(server: &Alone) {
    let calls = server.network.total_calls();
    let term = server.shared.lock().core.term;
    let answer = send_entries(&server.shared, append(99, position(0, 0), &[], 0));
    ms(3000).await;
    assert_eq!(server.network.total_calls(), calls, "nothing is sent");
    assert_eq!(server.shared.lock().core.term, term, "nothing changes");
    assert!(!answer.is_finished(), "nothing is answered");
    let nobody = NotLeader { leader: None };
    assert_eq!(server.shared.start_all([Bytes::new()]), Err(nobody.into()));
}

#[test]
fn a_service_that_does_not_read_holds_up_nothing_else_and_misses_nothing() {
    simulate(async {
        let mut server = alone_with(patient(), MemoryDisk::new().open());
        for index in 0..200 {
            let prev = position(index, if index == 0 { 0 } else { 3 });
            let request = append(3, prev, &[3], index + 1);
            assert!(send_entries(&server.shared, request).await.unwrap());
        }
        assert_eq!(server.shared.lock().core.commit_index, 200);
        for expected in 1..=200 {
            match server.applied.recv().await {
                Some(ApplyMsg::Command { index, .. }) => assert_eq!(index, expected),
                other => panic!("expected command {expected}, not {other:?}"),
            }
        }
    });
}

#[test]
fn a_server_whose_deadline_moves_away_is_not_woken_for_it() {
    let steps = |heartbeats: u32| {
        let run = async move {
            let server = alone_with(Config::default(), MemoryDisk::new().open());
            for _ in 0..heartbeats {
                server.shared.step(|core, now| {
                    core.handle_append_entries(now, append(3, position(0, 0), &[], 0))
                });
            }
            ms(300).await;
        };
        Simulation::new(1).run(run).report.steps
    };
    let few = steps(1);
    assert_eq!(steps(1000), few);
}

/// The channel is full and the lock is free, or this would be the end of it.
#[test]
fn a_service_may_take_a_snapshot_from_its_apply_loop() {
    simulate(async {
        let mut server = alone_with(patient(), MemoryDisk::new().open());
        let terms = [3; 20];
        assert!(send_entries(&server.shared, append(3, position(0, 0), &terms, 20)).await.unwrap());
        let raft = Raft { shared: Arc::clone(&server.shared) };
        for expected in 1..=20 {
            match server.applied.recv().await {
                Some(ApplyMsg::Command { index, .. }) => {
                    raft.snapshot(index, Bytes::from_static(b"s"))
                }
                other => panic!("expected command {expected}, not {other:?}"),
            }
            assert_eq!(raft.inspect().snapshot_index, expected);
        }
        assert_eq!((raft.term_at(19), raft.term_at(20), raft.term_at(21)), (None, Some(3), None));
    });
}

#[test]
fn a_server_that_can_not_start_says_why() {
    simulate(async {
        let network = Network::new(3);
        let ends = network.add_server(0, &runtime::Node::current());
        let why = |config: Config, me, disk: MemoryPersister| {
            let (apply, _) = mpsc::channel(1);
            let made = Raft::with_config(config, ends.clone(), me, Arc::new(disk), apply);
            made.err().map(|error| error.to_string())
        };
        let empty = || MemoryDisk::new().open();
        assert_eq!(why(Config::default(), 0, empty()), None);
        let nobody = why(Config::default(), 3, empty());
        assert_eq!(nobody.as_deref(), Some("server 3 is not one of 3 peers"));
        let eager = Config { election_timeout_min_ms: 1, ..Config::default() };
        assert!(why(eager, 0, empty()).unwrap().starts_with("election_timeout_min_ms is 1, but"));
        let damaged = empty();
        damaged.append(&[77]);
        let damaged = why(Config::default(), 0, damaged).unwrap();
        assert!(damaged.starts_with("can't decode record 0 of the journal: "), "{damaged}");
    });
}

#[test]
fn a_new_disk_needs_somebody_who_can_fill_it() {
    simulate(async {
        let start = |servers, disk| {
            let ends = Network::new(servers).add_server(0, &runtime::Node::current());
            let empty = Arc::new(MemoryDisk::new().open());
            let (apply, _) = mpsc::channel(1);
            let made = Raft::with_disk(Config::default(), disk, ends, 0, empty, apply);
            made.map(|raft| raft.quarantine()).map_err(|error| error.to_string())
        };
        let nobody = "there is no other server to fill a new disk";
        assert_eq!(start(1, Disk::New), Err(nobody.to_owned()));
        assert_eq!(start(1, Disk::Kept), Ok(Some(Quarantine::Suspected)));
        assert_eq!(start(2, Disk::New), Ok(Some(Quarantine::Asking)));
        assert_eq!(start(2, Disk::Trusted), Ok(None));
    });
}

#[test]
fn an_empty_disk_in_a_cluster_with_a_history_stops_the_server_and_stays_as_it_is() {
    simulate(async {
        let network = Network::new(3);
        let ends = network.add_server(0, &runtime::Node::current());
        let disk = MemoryDisk::new();
        let (apply, _applied) = mpsc::channel(1);
        let opened = Arc::new(disk.open());
        let raft = Raft::with_disk(patient(), Disk::Kept, ends, 0, opened, apply).unwrap();
        let answer = send_entries(&raft.shared, append(3, position(7, 2), &[3], 7));
        ms(1000).await;
        let failure = raft.failure().unwrap();
        assert!(failure.contains("server 1 knows of entries up to 7"), "{failure}");
        assert!(!answer.is_finished());
        assert_eq!(disk.read().unwrap().records.len(), 0);
    });
}

/// A disk that says whether there is room.
struct NearlyFull(MemoryPersister, Arc<AtomicBool>);

impl Persister for NearlyFull {
    fn save(&self, state: &[u8], snapshot: Option<Bytes>) {
        self.0.save(state, snapshot);
    }

    fn append(&self, record: &[u8]) {
        self.0.append(record);
    }

    fn sync(&self) -> SyncFuture {
        self.0.sync()
    }

    fn has_room(&self) -> bool {
        self.1.load(Ordering::Relaxed)
    }

    fn read(&self) -> Result<Stored, PersistError> {
        self.0.read()
    }

    fn state_size(&self) -> usize {
        self.0.state_size()
    }

    fn snapshot_size(&self) -> usize {
        self.0.snapshot_size()
    }
}

#[test]
fn a_leader_whose_disk_is_nearly_full_refuses_commands_and_does_all_else() {
    simulate(async {
        let ends = Network::new(1).add_server(0, &runtime::Node::current());
        let has_room = Arc::new(AtomicBool::new(true));
        let disk = NearlyFull(MemoryDisk::new().open(), Arc::clone(&has_room));
        let (apply, mut applied) = mpsc::channel(8);
        let raft = Raft::make(ends, 0, Arc::new(disk), apply).unwrap();
        ms(1000).await;
        let command = || Bytes::from_static(b"x");
        assert_eq!(raft.start(command()).unwrap().index, 1);
        assert!(applied.recv().await.is_some());
        assert_eq!(raft.refusal(), None);

        has_room.store(false, Ordering::Relaxed);
        assert_eq!(raft.start(command()), Err(StartError::DiskNearlyFull));
        assert_eq!(Peer::start(&raft, command()), Err(NotLeader { leader: Some(0) }));
        assert!(Peer::refusal(&raft).unwrap().contains("nearly full"));
        assert!(raft.get_state().is_leader);
        assert_eq!(raft.read_index().await, Ok(1));
        let Ok(vote) = ask_for_a_vote(&raft.shared).await else { panic!("it does not answer") };
        assert_eq!(vote.term, 1, "a server that is none of the cluster's is told the term");

        has_room.store(true, Ordering::Relaxed);
        assert!(raft.start(command()).is_ok());
        assert!(applied.recv().await.is_some());
    });
}

/// A leader that nobody can hear, of one committed entry, with that configuration.
async fn cut_off(config: Config) -> (Alone, Raft) {
    let server = alone_with(config, MemoryDisk::new().open());
    server.network.add_server(1, &runtime::Node::current());
    server.network.set_service(1, RaftClient::serve(recording_follower().0));
    ms(1000).await;
    let raft = Raft { shared: Arc::clone(&server.shared) };
    raft.start(Bytes::from_static(b"x")).unwrap();
    ms(50).await;
    server.network.set_enabled(0, 1, false);
    (server, raft)
}

#[test]
fn reads_at_a_leader_that_is_cut_off_end_in_time() {
    simulate(async {
        let (_server, raft) = cut_off(Config { read_timeout_ms: 500, ..Config::default() }).await;
        let began_at = runtime::now();
        let outcome = raft.read_index().await;
        assert_eq!(outcome, Err(ReadIndexError::Unconfirmed { waited_ms: 500 }));
        let waited = runtime::now().since(began_at);
        assert!((500..=600).contains(&waited.as_millis()), "{waited:?}");
        assert!(raft.get_state().is_leader);
    });
}

#[test]
fn no_more_reads_wait_than_may() {
    simulate(async {
        let (_server, raft) = cut_off(Config { reads_waiting_max: 3, ..Config::default() }).await;
        let read = || {
            let raft = raft.clone();
            runtime::spawn(async move { raft.read_index().await })
        };
        let waiting = [read(), read(), read()];
        ms(1).await;
        assert_eq!(raft.read_index().await, Err(ReadIndexError::TooManyReads { max: 3 }));
        waiting[1].abort();
        ms(1).await;
        let last = read();
        ms(1).await;
        assert!(!last.is_finished(), "one had given up");
    });
}

#[test]
fn readers_that_give_up_leave_nothing() {
    simulate(async {
        let (_server, raft) = cut_off(Config::default()).await;
        for _ in 0..1000 {
            let read = runtime::timeout(Duration::from_millis(1), raft.read_index()).await;
            assert!(read.is_err());
        }
        let waiting = raft.shared.lock().readers.len();
        assert!(waiting <= reads::SIFTED_AT_MIN, "{waiting}");
    });
}

#[test]
fn an_error_says_what_is_refused_and_why() {
    simulate(async {
        let config =
            Config { command_bytes_max: 5, uncommitted_bytes_max: 20, ..Config::default() };
        let (_server, raft) = cut_off(config).await;
        let start = |bytes| raft.start(Bytes::from(vec![0; bytes])).map(|started| started.index);
        assert_eq!(start(6), Err(StartError::TooLarge { bytes: 6, max: 5 }));
        assert_eq!(raft.refusal(), None, "others are taken");
        assert_eq!((start(5), start(5)), (Ok(2), Ok(3)));
        let busy = StartError::Busy { uncommitted_bytes: 18, max: 20 };
        assert_eq!(start(5), Err(busy));
        assert_eq!((raft.refusal(), Peer::refusal(&raft)), (Some(busy), Some(busy.to_string())));
        assert_eq!(
            Peer::start(&raft, Bytes::from_static(b"x")),
            Err(NotLeader { leader: Some(0) })
        );
        assert_eq!(busy.to_string(), "about 18 bytes wait to be committed, and 20 may");
    });
}

#[test]
fn a_connection_to_the_leader_that_breaks_brings_an_election_soon() {
    simulate(async {
        let config =
            Config { pre_vote: true, disconnected_timeout_max_ms: 30, ..Config::default() };
        let server = alone_with(config, MemoryDisk::new().open());
        assert!(send_entries(&server.shared, append(3, position(0, 0), &[3], 0)).await.unwrap());
        ms(100).await;
        Arc::clone(&server.shared).peer_disconnected(2);
        ms(40).await;
        assert_eq!(server.network.total_calls(), 0);
        Arc::clone(&server.shared).peer_disconnected(1);
        ms(31).await;
        assert_eq!(server.network.total_calls(), 2, "both are asked");
    });
}

//! A cluster whose servers take commands anywhere.

use super::*;
use labrpc::{Hooks, Network};
use persister::MemoryDisk;
use runtime::{Node, Simulation, sleep};
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::mpsc;

const SERVERS: usize = 5;

struct Cluster {
    network: Network,
    nodes: Vec<Node>,
    forwarders: Vec<Forwarder>,
    /// What each server has applied.
    applied: Vec<Arc<Mutex<Vec<Bytes>>>>,
}

impl Cluster {
    fn new(options: &Options) -> Cluster {
        let mut cluster = Cluster {
            network: Network::new(SERVERS),
            nodes: Vec::new(),
            forwarders: Vec::new(),
            applied: Vec::new(),
        };
        for me in 0..SERVERS {
            let node = Node::new(&format!("server {me}"));
            let ends = cluster.network.add_server(me, &node);
            let disk = Arc::new(MemoryDisk::new().open());
            let (apply, mut messages) = mpsc::channel(16);
            let raft = node.enter(|| Raft::make(ends.clone(), me, disk, apply)).unwrap();
            let forwarder = Forwarder::new(raft, ends, me, options.clone());
            cluster.network.set_service(me, forwarder.service());
            let applied = Arc::new(Mutex::new(Vec::new()));
            let (service, log) = (forwarder.clone(), Arc::clone(&applied));
            node.spawn(async move {
                while let Some(message) = messages.recv().await {
                    if let ApplyMsg::Command { command, .. } = &message {
                        log.lock().push(command.clone());
                    }
                    service.applied(&message);
                }
            });
            cluster.nodes.push(node);
            cluster.forwarders.push(forwarder);
            cluster.applied.push(applied);
        }
        cluster
    }

    /// A client's command at a server.
    async fn submit(&self, server: usize, command: &'static str) -> Answer {
        let answer = self.begin(server, command).await;
        answer.expect("the server is alive")
    }

    fn begin(&self, server: usize, command: &'static str) -> runtime::JoinHandle<Answer> {
        let forwarder = self.forwarders[server].clone();
        self.nodes[server].spawn(async move {
            let mut steps = Vec::new();
            let command = Bytes::from_static(command.as_bytes());
            let result = forwarder.submit_and_note(command, |step| steps.push(*step)).await;
            Answer { result, steps }
        })
    }

    async fn leader(&self) -> usize {
        self.leader_among(&[0, 1, 2, 3, 4]).await
    }

    async fn leader_among(&self, servers: &[usize]) -> usize {
        for _ in 0..100 {
            ms(50).await;
            let leads = |server: &&usize| self.state(**server).is_leader;
            if let Some(leader) = servers.iter().find(leads) {
                return *leader;
            }
        }
        panic!("no leader within 5 s");
    }

    fn state(&self, server: usize) -> raft::State {
        self.forwarders[server].shared.raft.get_state()
    }

    fn cut(&self, from: &[usize], to: &[usize], enabled: bool) {
        for (a, b) in from.iter().flat_map(|a| to.iter().map(move |b| (*a, *b))) {
            self.network.set_enabled(a, b, enabled);
            self.network.set_enabled(b, a, enabled);
        }
    }

    fn applied(&self, server: usize) -> Vec<Bytes> {
        self.applied[server].lock().clone()
    }
}

struct Answer {
    result: Result<Committed, ForwardError>,
    steps: Vec<Progress>,
}

async fn ms(milliseconds: u64) {
    sleep(Duration::from_millis(milliseconds)).await;
}

/// Runs a story over several seeds.
fn simulated<F: Future<Output = ()> + 'static>(
    options: Options,
    story: impl Fn(Cluster) -> F + Copy + 'static,
) {
    for seed in 0..20 {
        let options = options.clone();
        let finished =
            Simulation::new(seed).run(async move { story(Cluster::new(&options)).await });
        assert_eq!(finished.result, Ok(()), "seed {seed}");
    }
}

/// The leader, another server, and the other three.
fn sides(leader: usize) -> (usize, Vec<usize>) {
    let follower = (leader + 1) % SERVERS;
    let others = (0..SERVERS).filter(|server| ![leader, follower].contains(server)).collect();
    (follower, others)
}

#[test]
fn a_command_at_a_follower_goes_to_the_leader_that_it_knows() {
    simulated(Options::default(), |cluster| async move {
        let leader = cluster.leader().await;
        ms(200).await;
        let (follower, _) = sides(leader);
        let answer = cluster.submit(follower, "a").await;
        let Committed { index, leader: by, .. } = answer.result.unwrap();
        assert_eq!((index, by), (1, leader));
        assert_eq!(answer.steps, [Progress::Forwards { to: leader }]);
        assert_eq!(cluster.applied(leader), ["a"], "the leader has applied what is answered");
        ms(300).await;
        assert!((0..SERVERS).all(|server| cluster.applied(server) == ["a"]));
    });
}

#[test]
fn a_command_at_the_leader_stays_there() {
    simulated(Options::default(), |cluster| async move {
        let leader = cluster.leader().await;
        let answer = cluster.submit(leader, "a").await;
        let Committed { index, term, leader: by } = answer.result.unwrap();
        assert_eq!(by, leader);
        assert_eq!(answer.steps, [Progress::Starts { index, term }]);
    });
}

#[test]
fn a_command_without_a_leader_waits_for_one() {
    simulated(Options::default(), |cluster| async move {
        let answer = cluster.submit(2, "a").await;
        assert_eq!(answer.result.unwrap().index, 1);
        assert_eq!(answer.steps[0], Progress::Waits, "and says so once");
        let waits = answer.steps.iter().filter(|step| **step == Progress::Waits).count();
        assert!(waits <= 2, "{:?}", answer.steps);
        ms(300).await;
        assert_eq!(cluster.applied(2), ["a"]);
    });
}

#[test]
fn a_leader_that_dies_midway_is_replaced_and_the_command_is_committed() {
    simulated(Options::default(), |cluster| async move {
        let leader = cluster.leader().await;
        ms(200).await;
        let (follower, others) = sides(leader);
        cluster.cut(&[leader], &others, false);
        let answer = cluster.begin(follower, "a");
        ms(50).await;
        cluster.network.delete_server(leader);
        cluster.nodes[leader].kill();
        let answer = answer.await.unwrap();
        assert_ne!(answer.result.unwrap().leader, leader);
        assert!(answer.steps.contains(&Progress::NoAnswer { from: leader }));
        ms(300).await;
        // The dead leader had given its entry to nobody, or to one server that may lead now.
        let times = cluster.applied(others[0]).len();
        assert!((1..=2).contains(&times), "applied {times} times");
    });
}

#[test]
fn a_stale_leader_is_left_for_the_new_one() {
    simulated(Options::default(), |cluster| async move {
        let leader = cluster.leader().await;
        ms(200).await;
        let (follower, others) = sides(leader);
        cluster.cut(&[leader, follower], &others, false);
        let answer = cluster.begin(follower, "a");
        let newer = cluster.leader_among(&others).await;
        assert!(cluster.state(leader).is_leader, "it does not know yet");
        cluster.cut(&[leader, follower], &others, true);
        let answer = answer.await.unwrap();
        assert_eq!(answer.steps[0], Progress::Forwards { to: leader });
        let committed = answer.result.unwrap();
        assert!(cluster.state(newer).term >= committed.term);
        ms(300).await;
        let times = cluster.applied(newer).len();
        assert!((1..=2).contains(&times), "applied {times} times");
    });
}

#[test]
fn a_command_that_lost_its_place_is_sent_again_without_doubt() {
    let options = Options { resend: false, attempt_timeout_ms: 5_000, ..Options::default() };
    simulated(options, |cluster| async move {
        let leader = cluster.leader().await;
        ms(200).await;
        let (follower, others) = sides(leader);
        cluster.cut(&[leader, follower], &others, false);
        // One at the stale leader itself, one beside it.
        let (here, there) = (cluster.begin(leader, "a"), cluster.begin(follower, "b"));
        let newer = cluster.leader_among(&others).await;
        assert_eq!(cluster.submit(newer, "c").await.result.unwrap().index, 1);
        assert_eq!(cluster.submit(newer, "d").await.result.unwrap().index, 2);
        cluster.cut(&[leader, follower], &others, true);
        for answer in [here.await.unwrap(), there.await.unwrap()] {
            assert!(answer.steps.contains(&Progress::Overwritten), "{:?}", answer.steps);
            assert!(answer.result.unwrap().index >= 3);
        }
        ms(300).await;
        let mut applied = cluster.applied(newer);
        applied.sort();
        assert_eq!(applied, ["a", "b", "c", "d"], "each once");
    });
}

/// Loses one answer to a forwarded command.
struct LosesOneAnswer(AtomicBool);

impl Hooks for LosesOneAnswer {
    fn after_dispatch(&self, _server: usize, method: &'static str, _reply: &[u8]) -> bool {
        method != crate::FORWARD || self.0.swap(true, Ordering::Relaxed)
    }
}

#[test]
fn a_lost_answer_means_a_command_twice() {
    simulated(Options::default(), |cluster| async move {
        let leader = cluster.leader().await;
        ms(200).await;
        let hooks = Arc::new(LosesOneAnswer(AtomicBool::new(false)));
        cluster.network.set_hooks(leader, Some(hooks));
        let (follower, _) = sides(leader);
        let answer = cluster.submit(follower, "a").await;
        assert_eq!(answer.result.unwrap().index, 2);
        assert_eq!(cluster.applied(leader), ["a", "a"]);
    });
}

#[test]
fn without_resending_a_lost_answer_is_unknown() {
    simulated(Options { resend: false, ..Options::default() }, |cluster| async move {
        let leader = cluster.leader().await;
        ms(200).await;
        let hooks = Arc::new(LosesOneAnswer(AtomicBool::new(false)));
        cluster.network.set_hooks(leader, Some(hooks));
        let (follower, _) = sides(leader);
        let answer = cluster.submit(follower, "a").await;
        assert_eq!(answer.result, Err(ForwardError::Unknown { times_sent: 1 }));
        ms(300).await;
        assert_eq!(cluster.applied(leader), ["a"]);
    });
}

#[test]
fn without_a_majority_the_answer_is_honest() {
    let options = Options { timeout_ms: 2_000, ..Options::default() };
    simulated(options, |cluster| async move {
        // Nobody ever leads.
        let alone = |server: usize| (0..SERVERS).filter(|other| *other != server).collect();
        let cut_off = |server: usize, cut| {
            let others: Vec<usize> = alone(server);
            cluster.cut(&[server], &others, cut);
        };
        (0..SERVERS).for_each(|server| cut_off(server, false));
        let answer = cluster.submit(2, "a").await;
        let waited = Duration::from_secs(2);
        assert_eq!(answer.result, Err(ForwardError::NoLeader { waited }));
        assert_eq!(answer.steps, [Progress::Waits]);

        // One leads and then loses the others.
        (0..SERVERS).for_each(|server| cut_off(server, true));
        let leader = cluster.leader().await;
        cut_off(leader, false);
        let answer = cluster.submit(leader, "b").await;
        assert_eq!(answer.result, Err(ForwardError::Unknown { times_sent: 1 }));
    });
}

#[test]
fn a_refusal_names_the_leader_and_no_command_travels_in_circles() {
    simulated(Options::default(), |cluster| async move {
        let leader = cluster.leader().await;
        ms(200).await;
        let (follower, others) = sides(leader);
        let args = ForwardArgs { command: Bytes::from_static(b"a") };
        let client = cluster.forwarders[follower].shared.peers[others[0]].clone();
        let reply = client.forward(&args).await.unwrap();
        assert_eq!(reply, ForwardReply::NotLeader { leader: Some(leader) });
        assert_eq!(cluster.applied(leader).len(), 0);
    });
}

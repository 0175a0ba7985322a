//! A cluster that is measured, and what all measures do with it.

use crate::{Checks, Cluster, Config, Failure, Implementation, Limits, Value, ensure, property};
use labrpc::{Delay, LinkConfig, Path};
use runtime::{Instant, sleep};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

/// How long a message is under way.
pub const LINK: RangeInclusive<Duration> = Duration::from_millis(1)..=Duration::from_millis(2);
/// How long a sync of a disk takes.
pub const SYNC: Duration = Duration::from_millis(2);
/// How many bytes a command has.
pub const COMMAND_BYTES: usize = 128;

/// How often is looked: so exact are the times.
pub(super) const LOOK: Duration = Duration::from_micros(250);
/// How long a cluster works before it is measured: the messages of its election are over, and heartbeats are
/// under way.
const SETTLES: Duration = Duration::from_secs(1);
/// How many commands are under way where there are many.
const UNDER_WAY: u64 = 64;
/// How long is waited for a commit or a leader.
const PATIENCE: Duration = Duration::from_secs(60);
/// After that time without a commit the leader is given another command: the first may be lost.
const AGAIN: Duration = Duration::from_millis(500);

/// What a cluster is built from: what was not synced is lost in a crash, and the network does not add to
/// [`LINK`].
pub(super) fn config(servers: usize) -> Config {
    Config {
        checks: Checks { unsynced_is_lost: true, ..Checks::default() },
        limits: Limits { steps: 200_000_000, ..Limits::default() },
        ..Config::new(servers)
    }
}

/// A cluster with the links and disks that all measures have.
pub(super) struct Bench {
    pub(super) cluster: Cluster,
    /// A server that can't do its work, and is left out of everything.
    pub(super) away: Option<usize>,
    rng: runtime::Rng,
}

impl Bench {
    pub(super) fn start(
        config: Config,
        implementation: Arc<dyn Implementation>,
    ) -> Result<Bench, Failure> {
        let cluster = Cluster::new(config, implementation)?;
        let bench = Bench { cluster, away: None, rng: runtime::rng("commands", 0) };
        bench.set_links(0);
        for server in 0..bench.cluster.servers() {
            bench.cluster.disk(server).set_sync_delay(Some(SYNC..=SYNC));
        }
        Ok(bench)
    }

    /// How many of a million messages are lost.
    pub(super) fn set_links(&self, loss_per_million: u32) {
        let link = LinkConfig::from(Path {
            delay: Delay::Uniform(*LINK.start(), *LINK.end()),
            late: None,
            loss_per_million,
            duplicate_per_million: 0,
        });
        let servers = self.cluster.servers();
        let pairs = (0..servers).flat_map(|from| (0..servers).map(move |to| (from, to)));
        pairs.for_each(|(from, to)| self.cluster.network().set_link(from, to, link.clone()));
    }

    /// The highest term in which a server that can be reached leads, and that server.
    fn leads(&self) -> Result<Option<(u64, usize)>, Failure> {
        let mut newest = None;
        for server in (0..self.cluster.servers()).filter(|server| self.may_ask(*server)) {
            let leads = self.cluster.get_state(server)?.filter(|state| state.is_leader);
            newest = newest.max(leads.map(|state| (state.term, server)));
        }
        Ok(newest)
    }

    fn may_ask(&self, server: usize) -> bool {
        self.cluster.is_connected(server) && self.away != Some(server)
    }

    /// Waits until a server leads.
    pub(super) async fn leader(&self) -> Result<usize, Failure> {
        let begin = runtime::now();
        loop {
            if let Some((_term, leader)) = self.leads()? {
                return Ok(leader);
            }
            look_again(begin, property::LEADER_EXISTS, "no server leads").await?;
        }
    }

    /// A cluster at work: the leader, some time after the first commit.
    pub(super) async fn settled(&mut self) -> Result<usize, Failure> {
        self.commit().await?;
        sleep(SETTLES).await;
        self.leader().await
    }

    fn command(&mut self) -> Value {
        Value::random_text(&mut self.rng, COMMAND_BYTES)
    }

    /// Has the current leader commit one more command; returns the milliseconds until a server has applied it.
    pub(super) async fn commit(&mut self) -> Result<f64, Failure> {
        let (begin, before) = (runtime::now(), self.cluster.commands_applied());
        let mut asked: Option<((u64, usize), Instant)> = None;
        while self.cluster.commands_applied() == before {
            if let Some(leads) = self.leads()? {
                let has_it = asked
                    .is_some_and(|(whom, at)| whom == leads && runtime::now().since(at) < AGAIN);
                if !has_it {
                    let command = self.command();
                    self.cluster.start(leads.1, &command).await?;
                    asked = Some((leads, runtime::now()));
                }
            }
            look_again(begin, property::AGREEMENT, "nothing is committed").await?;
        }
        Ok(ms_since(begin))
    }

    /// Submits to `leader` until as many commands are under way as may be, or `up_to` are submitted in all; `submitted`
    /// counts them, with those that were applied before. Returns the last index that was promised.
    pub(super) async fn top_up(
        &mut self,
        leader: usize,
        submitted: &mut u64,
        up_to: u64,
    ) -> Result<Option<u64>, Failure> {
        let mut last = None;
        while *submitted < up_to.min(self.cluster.commands_applied() + UNDER_WAY) {
            let command = self.command();
            let Some(started) = self.cluster.start(leader, &command).await? else { break };
            *submitted += 1;
            last = Some(started.index);
        }
        Ok(last)
    }

    /// Messages sent and bytes carried so far; a call is two messages.
    pub(super) fn traffic(&self) -> Traffic {
        let network = self.cluster.network();
        Traffic {
            messages: 2 * network.total_calls() + network.total_sends(),
            bytes: network.total_bytes(),
        }
    }
}

/// What went over the network.
#[derive(Clone, Copy)]
pub(super) struct Traffic {
    messages: u64,
    bytes: u64,
}

impl Traffic {
    /// Messages and bytes since an earlier moment, for each of that many.
    pub(super) fn since(self, earlier: Traffic, of: f64) -> (f64, f64) {
        let each = |now: u64, then: u64| (now - then) as f64 / of;
        (each(self.messages, earlier.messages), each(self.bytes, earlier.bytes))
    }
}

pub(super) fn ms_since(begin: Instant) -> f64 {
    runtime::now().since(begin).as_secs_f64() * 1e3
}

/// Waits until it is looked again; ends what has waited too long.
pub(super) async fn look_again(
    begin: Instant,
    property: &'static str,
    what: &str,
) -> Result<(), Failure> {
    let waits = runtime::now().since(begin) < PATIENCE;
    ensure!(waits, property, "{what} for {} s", PATIENCE.as_secs());
    sleep(LOOK).await;
    Ok(())
}

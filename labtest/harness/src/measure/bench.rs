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
const LOOK: Duration = Duration::from_micros(250);
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

    /// A server that leads in the highest term of those that can be reached, if one does.
    fn leads(&self) -> Result<Option<usize>, Failure> {
        let mut newest = None;
        for server in (0..self.cluster.servers()).filter(|server| self.may_ask(*server)) {
            let leads = self.cluster.get_state(server)?.filter(|state| state.is_leader);
            newest = newest.max(leads.map(|state| (state.term, server)));
        }
        Ok(newest.map(|(_term, server)| server))
    }

    fn may_ask(&self, server: usize) -> bool {
        self.cluster.is_connected(server) && self.away != Some(server)
    }

    /// Waits until a server leads.
    pub(super) async fn leader(&self) -> Result<usize, Failure> {
        let begin = runtime::now();
        loop {
            if let Some(leader) = self.leads()? {
                return Ok(leader);
            }
            ensure_patience(begin, property::LEADER_EXISTS, "no server leads")?;
            sleep(LOOK).await;
        }
    }

    pub(super) fn command(&mut self) -> Value {
        Value::random_text(&mut self.rng, COMMAND_BYTES)
    }

    /// Has one more command committed, by whoever leads; milliseconds until a server has applied it.
    pub(super) async fn commit(&mut self) -> Result<f64, Failure> {
        let (begin, before) = (runtime::now(), self.cluster.commands_applied());
        let mut asked: Option<(usize, u64, Instant)> = None;
        while self.cluster.commands_applied() == before {
            if let Some(leader) = self.leads()? {
                let term = self.cluster.get_state(leader)?.map_or(0, |state| state.term);
                let has_it = asked.is_some_and(|(server, in_term, at)| {
                    (server, in_term) == (leader, term) && runtime::now().since(at) < AGAIN
                });
                if !has_it {
                    let command = self.command();
                    self.cluster.start(leader, &command).await?;
                    asked = Some((leader, term, runtime::now()));
                }
            }
            ensure_patience(begin, property::AGREEMENT, "nothing is committed")?;
            sleep(LOOK).await;
        }
        Ok(ms_since(begin))
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

/// Ends what has waited too long.
pub(super) fn ensure_patience(
    begin: Instant,
    property: &'static str,
    what: &str,
) -> Result<(), Failure> {
    let waits = runtime::now().since(begin) < PATIENCE;
    ensure!(waits, property, "{what} for {} s", PATIENCE.as_secs());
    Ok(())
}

//! The second part of an exploration: a quorum is whole again and must get on.
//!
//! Statement: when the servers of some majority are running, can talk to each other, and nothing is
//! wrong with them, then within a budget of virtual time they have a leader, commit a new command,
//! and apply it, and all that was ever applied, on each of them. What the other servers do must not
//! matter. The same holds for another majority right after, as often as the scenario says. When all servers are
//! whole again, they catch up within such a budget, and then nothing changes any more. Only a server whose disk is corrupt stays down. Source: TigerBeetle's VOPR, whose liveness mode
//! heals a core and leaves the rest broken; networks in which it changes who can talk with whom (Cloudflare's
//! outage of November 2020); followers that are never served again (etcd, hashicorp/raft).

use super::costs;
use super::demand::Demand;
use crate::nemesis::faults::{Isolate, Named, Pause, RandomCuts};
use crate::nemesis::sides::sides;
use crate::nemesis::simulated::Simulated;
use crate::nemesis::{Closing, Effect, Field, Key};
use crate::scenario::{BaseNetwork, Others};
use crate::{Cluster, Failure, Outcome, Scenario};
use labrpc::LinkConfig;
use labtrace::trace::{Fault, Looks, Phase};
use persister::Unsynced;
use runtime::Rng;
use std::cmp::Reverse;
use std::ops::RangeFrom;

/// The key of what is wrong with the others while the first quorum recovers; those after it count on from here.
const RECOVERY: Key = 1 << 62;

/// How many commands have to be agreed on, one after another.
const COMMANDS: u64 = 3;
/// How many of a million quorums have the longest log and the newest in them: where these are two,
/// they have most to agree on.
const DIVERGENT_PER_MILLION: u32 = 400_000;
/// How many more with each quorum after the first.
const SHIFTED_COMMANDS: u64 = 2;
/// How many more when all servers are whole.
const WHOLE_COMMANDS: u64 = 2;
/// How many more in the calm after that.
const CALM_COMMANDS: u64 = 5;
/// The numbers of these commands, which no client uses.
const FIRST_COMMAND: u64 = 7;

/// What recovers: the cluster of a scenario, with all that is wrong with it.
pub(super) struct Recovery<'a> {
    pub(super) scenario: &'a Scenario,
    pub(super) world: &'a Simulated,
    pub(super) field: &'a Field,
}

impl Recovery<'_> {
    /// Ends the faults, and has a quorum get on, then others, and then all servers.
    pub(super) async fn run(&self, acknowledged: u64) -> Outcome {
        let (scenario, cluster) = (self.scenario, self.world.cluster());
        let mut commands = FIRST_COMMAND..;
        let mut left = Vec::new();
        for round in 0..=scenario.recovery.shifts {
            cluster.note(if round == 0 { "a quorum recovers" } else { "another quorum recovers" });
            left = self.quorum_gets_on(round, &left, acknowledged, &mut commands).await?;
        }
        cluster.note("all servers recover");
        show(&left, Phase::End, cluster);
        self.all_get_on(&mut commands).await
    }

    /// Returns what the others are under; `before` is what was left of the round before.
    async fn quorum_gets_on(
        &self,
        round: u64,
        before: &[Left],
        acknowledged: u64,
        commands: &mut RangeFrom<u64>,
    ) -> Result<Vec<Left>, Failure> {
        let (scenario, field, cluster) = (self.scenario, self.field, self.world.cluster());
        let mut rng = runtime::rng("recovery", round);
        let mut quorum = self.draw_quorum(&mut rng);
        let others = self.draw_others(&mut rng);
        if others == Others::Whole {
            quorum = self.servers_with_disks();
        }
        let applied_before = cluster.highest_applied();
        let left = self.heal(RECOVERY + round, &quorum, others, &mut rng)?;
        show(before, Phase::End, cluster);
        show(&left, Phase::Begin, cluster);
        let can_talk = |server: &usize| {
            let fate = left.iter().find(|left| left.server == *server).map(|left| left.fate);
            matches!(fate, None | Some(Others::Whole | Others::HalfConnected))
        };
        let demand = Demand {
            // Half-connected servers may lead a majority of their own, which is good enough.
            all_of_quorum: others != Others::HalfConnected,
            majority: field.majority(),
            leaders: (0..field.servers()).filter(can_talk).collect(),
            quorum,
            limit: scenario.recovery_limit(),
            cluster,
        };
        let is_watched = others != Others::HalfConnected;
        if is_watched {
            costs::watch_recovery(cluster);
        }
        let count = if round == 0 { COMMANDS } else { SHIFTED_COMMANDS };
        demand.agree_on(count, commands).await?;
        demand.check_durability(applied_before.max(acknowledged))?;
        if is_watched {
            costs::end(cluster).await;
        }
        Ok(left)
    }

    /// The other servers are whole again, too. They catch up, and that is the end of all changes.
    async fn all_get_on(&self, commands: &mut RangeFrom<u64>) -> Outcome {
        let (scenario, cluster) = (self.scenario, self.world.cluster());
        costs::watch_recovery(cluster);
        // Clocks go on as they do: leaders have to stay with them.
        self.field.take_back(|_, effect| !matches!(effect, Effect::ClockRate { .. }))?;
        self.field.restart_damaged()?;
        let servers = self.servers_with_disks();
        let demand = Demand {
            all_of_quorum: true,
            majority: self.field.majority(),
            leaders: servers.clone(),
            quorum: servers,
            limit: scenario.recovery_limit(),
            cluster,
        };
        demand.agree_on(WHOLE_COMMANDS, commands).await?;
        costs::watch_calm(cluster, scenario).await;
        demand.agree_on(CALM_COMMANDS, commands).await?;
        costs::end(cluster).await;
        Ok(())
    }

    fn draw_quorum(&self, rng: &mut Rng) -> Vec<usize> {
        let mut servers = self.servers_with_disks();
        rng.shuffle(&mut servers);
        if rng.chance(DIVERGENT_PER_MILLION) {
            let view = |server: &usize| self.world.cluster().view(*server);
            let longest = servers.iter().copied().max_by_key(|it| view(it).map(|it| it.last_index));
            let newest = servers
                .iter()
                .copied()
                .max_by_key(|it| view(it).map(|it| (it.last_term, Reverse(it.last_index))));
            // Those two first, the others as they were.
            servers.sort_by_key(|server| Some(*server) != newest && Some(*server) != longest);
        }
        servers.truncate(self.field.majority() + self.scenario.recovery.extra);
        servers.sort_unstable();
        servers
    }

    /// Servers that can come back.
    fn servers_with_disks(&self) -> Vec<usize> {
        (0..self.field.servers()).filter(|server| !self.field.is_lost(*server)).collect()
    }

    fn draw_others(&self, rng: &mut Rng) -> Others {
        let supports = self.world.cluster().implementation().supports();
        match self.scenario.recovery.others {
            Others::HalfConnected if !supports.quorum_checks => Others::CutOff,
            Others::Mixed => *rng.pick(&[
                Others::Whole,
                Others::Down,
                Others::CutOff,
                Others::Paused,
                Others::Mixed,
            ]),
            others => others,
        }
    }

    /// Ends all faults, and begins what the others are under first, so that they never get whole.
    /// Returns what each of the others does.
    fn heal(
        &self,
        key: Key,
        quorum: &[usize],
        others: Others,
        rng: &mut Rng,
    ) -> Result<Vec<Left>, Failure> {
        let field = self.field;
        let mut left = Vec::new();
        for server in (0..field.servers()).filter(|server| !quorum.contains(server)) {
            let does = match others {
                Others::Mixed => {
                    *rng.pick(&[Others::Whole, Others::Down, Others::CutOff, Others::Paused])
                }
                others => others,
            };
            let elsewhere = (0..field.servers()).filter(|other| *other != server);
            let links = elsewhere.flat_map(|other| [(server, other), (other, server)]);
            let mut cut = Vec::new();
            match does {
                Others::Whole | Others::Mixed => {}
                Others::Down => {
                    field.lay(key, Effect::Down { server, unsynced: Unsynced::Lost });
                }
                Others::Paused => field.lay(key, Effect::Pause { server }),
                Others::CutOff => cut = links.collect(),
                Others::HalfConnected => {
                    cut = links.filter(|_| rng.chance(500_000)).collect();
                }
            }
            for &(from, to) in &cut {
                field.lay(key, Effect::Closed { from, to, closing: Closing::Cut });
            }
            left.push(Left { server, fate: does, cut });
        }
        self.world.become_whole(self.link());
        field.tell_all();
        field.take_back(|other, _| other != key)?;
        field.restart_damaged()?;
        self.set_clocks(key, rng);
        Ok(left)
    }

    /// How links are when nothing is wrong with them.
    fn link(&self) -> LinkConfig {
        match self.scenario.recovery.delay_ms {
            0 => LinkConfig::reliable(),
            delay_ms => BaseNetwork { delay_ms, ..BaseNetwork::default() }.link(),
        }
    }

    /// Clocks differ while the servers recover: the server that can win an election need not have the
    /// fastest.
    fn set_clocks(&self, key: Key, rng: &mut Rng) {
        let percent_max = self.scenario.recovery.clock_percent_max;
        if percent_max <= 100 {
            return;
        }
        for server in 0..self.field.servers() {
            let rate_per_million = rng.range(1_000_000..=u64::from(percent_max) * 10_000) as u32;
            self.field.lay(key, Effect::ClockRate { server, rate_per_million });
        }
    }
}

/// A server that is not whole while the quorum recovers.
struct Left {
    server: usize,
    fate: Others,
    /// Its links that stay closed.
    cut: Vec<(usize, usize)>,
}

/// Shows who is left broken, and that this ends, under the names of the faults that do the same. A server that is
/// down shows itself.
fn show(left: &[Left], phase: Phase, cluster: &Cluster) {
    for Left { server, fate, cut } in left {
        let (what, looks, begins, ends) = match fate {
            Others::CutOff => {
                (Isolate::NAME, Looks::Cut, "stays cut off from all others", "is connected again")
            }
            Others::Paused => (Pause::NAME, Looks::Pause, "stands still", "goes on"),
            Others::HalfConnected => (
                RandomCuts::NAME,
                Looks::Cut,
                "has links that stay closed",
                "has all its links again",
            ),
            Others::Whole | Others::Mixed | Others::Down => continue,
        };
        let (does, sides) = match phase {
            Phase::Begin => (begins, sides(cluster.servers(), &[*server], cut)),
            _ => (ends, Vec::new()),
        };
        cluster.show_fault(&Fault {
            phase,
            what: what.to_owned(),
            looks,
            servers: vec![*server],
            sides,
            text: format!("server {server} {does}"),
        });
    }
}

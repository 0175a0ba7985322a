//! Whom a fault hits.

use super::field::Field;
use super::server_set::{ServerSet, read_list, read_number};
use raft::RoleName;
use runtime::Rng;
use serde::de::{self, Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use std::fmt;

/// Whom a fault hits. Roles are looked up when the fault begins.
///
/// In a file it is a name (`"leader"`), a server's number or a list of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The servers with these numbers.
    Servers(ServerSet),
    /// The running server that leads the highest term.
    Leader,
    /// A running server that follows.
    Follower,
    /// A running server that stands for election.
    Candidate,
    /// The running server whose log wins against all others (extended Raft paper, section 5.4.1).
    MostUpToDate,
    /// The running server whose log loses against all others.
    LeastUpToDate,
    /// The server whose doing set the fault off.
    Cause,
    /// Any server.
    Random,
    /// Some servers, but fewer than can keep the others from a majority.
    Minority,
    /// A majority, as small as it can be.
    Majority,
    /// All servers.
    All,
}

const NAMES: [(&str, Target); 10] = [
    ("leader", Target::Leader),
    ("follower", Target::Follower),
    ("candidate", Target::Candidate),
    ("most-up-to-date", Target::MostUpToDate),
    ("least-up-to-date", Target::LeastUpToDate),
    ("cause", Target::Cause),
    ("random", Target::Random),
    ("minority", Target::Minority),
    ("majority", Target::Majority),
    ("all", Target::All),
];

impl Target {
    /// The servers that fit now. Where nobody plays the role, a random one takes its place, so that
    /// something happens in any case.
    pub(crate) fn resolve(self, field: &Field, cause: Option<usize>, rng: &mut Rng) -> Vec<usize> {
        let servers = field.servers();
        match self {
            Target::Servers(set) => set.iter().filter(|server| *server < servers).collect(),
            Target::All => (0..servers).collect(),
            Target::Majority => some(servers, field.majority(), rng),
            Target::Minority => {
                let most = (servers - field.majority()).max(1) as u64;
                let count = rng.range(1..=most) as usize;
                some(servers, count, rng)
            }
            Target::Cause => {
                cause.map_or_else(|| Target::Random.resolve(field, None, rng), |cause| vec![cause])
            }
            role => {
                let fitting = fitting(role, field);
                let any: Vec<usize> = (0..servers).collect();
                vec![*rng.pick(if fitting.is_empty() { &any } else { &fitting })]
            }
        }
    }
}

/// `count` servers, by chance.
fn some(servers: usize, count: usize, rng: &mut Rng) -> Vec<usize> {
    let mut all: Vec<usize> = (0..servers).collect();
    rng.shuffle(&mut all);
    all.truncate(count);
    all.sort_unstable();
    all
}

/// The running servers that play a role.
fn fitting(role: Target, field: &Field) -> Vec<usize> {
    let views = (0..field.servers()).filter_map(|it| Some((it, field.world().view(it)?)));
    let views: Vec<_> = views.collect();
    let playing = |name: RoleName| {
        views.iter().filter(move |(_, view)| view.role == name).map(|(server, _)| *server)
    };
    let logs = || views.iter().filter_map(|(server, view)| Some((view.last_entry?, *server)));
    match role {
        Target::Leader => {
            let leaders = views.iter().filter(|(_, view)| view.role == RoleName::Leader);
            leaders
                .max_by_key(|(_, view)| view.term)
                .map(|(server, _)| *server)
                .into_iter()
                .collect()
        }
        Target::Follower => playing(RoleName::Follower).collect(),
        Target::Candidate => {
            playing(RoleName::Candidate).chain(playing(RoleName::PreCandidate)).collect()
        }
        Target::MostUpToDate => logs().max().map(|(_, server)| server).into_iter().collect(),
        Target::LeastUpToDate => logs().min().map(|(_, server)| server).into_iter().collect(),
        _ => views.iter().map(|(server, _)| *server).collect(),
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Servers(set) => set.fmt(f),
            named => {
                let name = NAMES.iter().find(|(_, target)| target == named);
                f.write_str(name.map_or("", |(name, _)| name))
            }
        }
    }
}

impl Serialize for Target {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Target::Servers(set) => set.serialize(serializer),
            named => serializer.collect_str(named),
        }
    }
}

impl<'de> Deserialize<'de> for Target {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Target, D::Error> {
        struct Names;

        impl<'de> Visitor<'de> for Names {
            type Value = Target;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a server's number, a list of them, or one of ")?;
                f.write_str(&NAMES.map(|(name, _)| format!("`{name}`")).join(", "))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Target, E> {
                let found = NAMES.iter().find(|(name, _)| *name == text);
                let unknown = || E::invalid_value(de::Unexpected::Str(text), &self);
                found.map(|(_, target)| *target).ok_or_else(unknown)
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Target, E> {
                read_number(number, &self).map(Target::Servers)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Target, A::Error> {
                read_list(list, &self).map(Target::Servers)
            }
        }

        deserializer.deserialize_any(Names)
    }
}

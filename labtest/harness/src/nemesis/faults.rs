//! The faults: one file each, and the table that names them.
//!
//! To add one, write its file like the others and give it a row below: its name in scenarios and on the
//! command line, its group, how it looks in pictures, and its group in live runs if a world of processes
//! can do it. Nothing else has to know it.

mod bridge;
mod clock_jump;
mod clock_rate;
mod crash;
mod crash_at;
mod delay;
mod duplicate;
mod failing_sync;
mod flapping;
mod flipped_bit;
mod full_disk;
mod halves;
mod isolate;
mod late;
mod loss;
mod one_way;
mod pause;
mod random_cuts;
mod reorder;
mod ring;
mod slow_disk;
mod slow_server;
mod split;
mod swizzle;
mod throttle;
mod unreachable;

pub use bridge::Bridge;
pub use clock_jump::ClockJump;
pub use clock_rate::ClockRate;
pub use crash::Crash;
pub use crash_at::CrashAt;
pub(crate) use crash_at::LIVE_POINTS;
pub use delay::{Delay, Shape};
pub use duplicate::Duplicate;
pub use failing_sync::FailingSync;
pub use flapping::Flapping;
pub use flipped_bit::FlippedBit;
pub use full_disk::FullDisk;
pub use halves::Halves;
pub use isolate::Isolate;
pub use late::Late;
pub use loss::Loss;
pub use one_way::OneWay;
pub use pause::Pause;
pub use random_cuts::RandomCuts;
pub use reorder::Reorder;
pub use ring::Ring;
pub use slow_disk::SlowDisk;
pub use slow_server::SlowServer;
pub use split::Split;
pub use swizzle::Swizzle;
pub use throttle::Throttle;
pub use unreachable::Unreachable;

use super::fault::{Closing, Fault};
use labtrace::trace::Looks;
use persister::Unsynced;
use runtime::Rng;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a fault can be: one row a fault.
macro_rules! faults {
    ($($(#[doc = $doc:literal])* $fault:ident $name:literal $group:literal $looks:ident $live:expr;)*) => {
        /// A fault, with what it needs to know. In a file it is a table with the fault's name.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        pub enum FaultSpec {
            $($(#[doc = $doc])* #[serde(rename = $name)] $fault($fault),)*
        }

        /// All faults, in the order of the table.
        pub const FAULTS: &[FaultKind] = &[$(FaultKind {
            name: $name,
            group: $group,
            looks: Looks::$looks,
            live: $live,
            summary: concat!($($doc),*),
            draw: |rng| FaultSpec::$fault($fault::draw(rng)),
            draw_length: <$fault as Draw>::draw_length,
            aim: <$fault as Draw>::AIM,
            swarm_per_million: <$fault as Draw>::SWARM_PER_MILLION,
        }),*];

        impl FaultSpec {
            /// Its row in the table.
            pub(crate) fn kind(&self) -> &'static FaultKind {
                let name = match self { $(FaultSpec::$fault(_) => $name),* };
                FAULTS.iter().find(|kind| kind.name == name).expect("a row makes both")
            }

            pub(crate) fn fault(&self) -> &dyn Fault {
                match self { $(FaultSpec::$fault(fault) => fault),* }
            }

            /// Says what can't be, if anything.
            pub(crate) fn check(&self) -> Result<(), String> {
                match self { $(FaultSpec::$fault(fault) => fault.check()),* }
            }

            /// Says what servers that are processes can't do of it, if anything.
            pub(crate) fn check_live(&self) -> Result<(), String> {
                match self { $(FaultSpec::$fault(fault) => fault.check_live()),* }
            }
        }

        /// The types, for who writes scenarios in code.
        pub mod types {
            $(pub use super::$fault;)*
        }

        $(impl Named for $fault {
            const NAME: &str = $name;
        })*
    };
}

/// A fault by its name, for parts of the tester that do by themselves what it does.
pub(crate) trait Named {
    /// The name in its row.
    const NAME: &str;
}

faults! {
    /// Links lose messages by chance.
    Loss "loss" "network" Message None;
    /// Messages take longer.
    Delay "delay" "network" Message Some("slow");
    /// Some messages come very late, up to seconds.
    Late "late" "network" Message None;
    /// Messages sent close together overtake each other.
    Reorder "reorder" "network" Message None;
    /// Requests arrive twice.
    Duplicate "duplicate" "network" Message None;
    /// Links carry few bytes a second.
    Throttle "throttle" "network" Message Some("slow");
    /// Servers are cut off from all others.
    Isolate "isolate" "partition" Cut Some("partition");
    /// Servers on one side, all others, or those named, on the other.
    Split "split" "partition" Cut Some("partition");
    /// Two halves by chance.
    Halves "halves" "partition" Cut Some("partition");
    /// Two halves that only some servers can talk with both of.
    Bridge "bridge" "partition" Cut Some("partition");
    /// Every server can talk with a majority, no two with the same one.
    Ring "ring" "partition" Cut Some("partition");
    /// Servers that only send, or only hear.
    OneWay "one-way" "partition" Cut Some("partition");
    /// Each directed link is closed or not.
    RandomCuts "random-cuts" "partition" Cut Some("partition");
    /// Links close and open again and again.
    Flapping "flapping" "partition" Cut Some("partition");
    /// Servers are clogged one after another and released in another order.
    Swizzle "swizzle" "partition" Cut Some("partition");
    /// Clients can't reach servers, or don't hear them.
    Unreachable "unreachable" "partition" Cut Some("partition");
    /// Servers stand still and go on as if nothing had happened.
    Pause "pause" "pause" Pause Some("pause");
    /// Everything that servers send, receive and sync takes longer.
    SlowServer "slow-server" "pause" Slow Some("slow");
    /// Servers go down and start again when it ends.
    Crash "crash" "crash" Crash Some("kill");
    /// Servers go down in the middle of what they do.
    CrashAt "crash-at" "crash" Other Some("kill");
    /// Clocks and all their timers run faster or slower.
    ClockRate "clock-rate" "clock" Clock None;
    /// Clocks jump forward.
    ClockJump "clock-jump" "clock" Clock None;
    /// Every sync takes a while.
    SlowDisk "slow-disk" "disk" Disk Some("disk");
    /// The next sync fails; the server crashes when the fault ends.
    FailingSync "failing-sync" "disk" Disk Some("disk");
    /// Disks take no writes; the servers crash when there is room again.
    FullDisk "full-disk" "disk" Disk Some("disk");
    /// A bit of a crashed server's disk flips; the server must refuse to start.
    FlippedBit "flipped-bit" "disk" Disk None;
}

/// The name, and what it needs to know: `loss (percent 30, way both)`.
impl fmt::Display for FaultSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        let Ok(toml::Value::Table(table)) = toml::Value::try_from(self) else { return Ok(()) };
        let Some(toml::Value::Table(details)) = table.get(self.name()) else { return Ok(()) };
        let word = |value: &toml::Value| value.as_str().map_or(value.to_string(), str::to_owned);
        let details: Vec<_> =
            details.iter().map(|(key, value)| format!("{key} {}", word(value))).collect();
        if !details.is_empty() {
            write!(f, " ({})", details.join(", "))?;
        }
        Ok(())
    }
}

impl FaultSpec {
    /// Its name: `random-cuts`.
    pub fn name(&self) -> &'static str {
        self.kind().name
    }

    /// Whether a server loses by it what was not synced.
    pub(crate) fn loses_unsynced(&self) -> bool {
        match self {
            FaultSpec::Crash(Crash { unsynced }) | FaultSpec::CrashAt(CrashAt { unsynced, .. }) => {
                *unsynced != Unsynced::Kept
            }
            FaultSpec::FailingSync(_) => true,
            _ => false,
        }
    }
}

/// A kind of fault: its row in the table.
#[derive(Clone, Copy)]
pub struct FaultKind {
    /// What scenarios and the command line call it.
    pub name: &'static str,
    /// A name for it and its like: `network`, `partition`, `pause`, `crash`, `clock`, `disk`.
    pub group: &'static str,
    /// How it looks in pictures.
    pub looks: Looks,
    /// Its group in live runs: `kill`, `pause`, `partition`, `slow`, `disk`; none where processes can't do it.
    pub live: Option<&'static str>,
    summary: &'static str,
    pub(crate) draw: fn(&mut Rng) -> FaultSpec,
    pub(crate) draw_length: fn(&mut Rng) -> u64,
    pub(crate) aim: Aim,
    pub(crate) swarm_per_million: u32,
}

/// What a fault hits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aim {
    /// Servers.
    Servers,
    /// The links of servers, and mostly all there are.
    Links,
    /// It does not matter whom.
    Nobody,
}

impl FaultKind {
    /// What it does, in one sentence.
    pub fn summary(&self) -> &'static str {
        self.summary.trim()
    }

    /// Whether explorations draw it; a scenario's file can name any.
    pub fn is_drawn(&self) -> bool {
        self.swarm_per_million > 0
    }
}

impl fmt::Debug for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// A fault that explorations can draw and files can name.
trait Draw: Sized {
    /// What it hits.
    const AIM: Aim = Aim::Servers;

    /// How many of a million scenarios have it switched on; with 0 explorations never draw it, and all
    /// else that they draw stays as it is.
    const SWARM_PER_MILLION: u32 = 250_000;

    /// Draws what it needs to know.
    fn draw(rng: &mut Rng) -> Self;

    /// Draws how long it lasts, in milliseconds: mostly about as long as an election takes.
    fn draw_length(rng: &mut Rng) -> u64 {
        match rng.below(6) {
            0 => rng.range(1..=100),
            1..4 => rng.range(100..=1000),
            _ => rng.range(1000..=4000),
        }
    }

    /// Says what can't be, if anything.
    fn check(&self) -> Result<(), String> {
        Ok(())
    }

    /// Says what servers that are processes can't do of it, if anything.
    fn check_live(&self) -> Result<(), String> {
        Ok(())
    }
}

impl Closing {
    fn draw(rng: &mut Rng) -> Closing {
        *rng.pick(&[Closing::Cut, Closing::Cut, Closing::Hold])
    }
}

/// Each as likely: a process that is killed loses nothing, a machine some of it or all.
fn draw_unsynced(rng: &mut Rng) -> Unsynced {
    *rng.pick(&[Unsynced::Kept, Unsynced::Lost, Unsynced::Prefix, Unsynced::Torn])
}

/// How long a server is down: no time at all, within a term, or longer than an election takes.
pub(crate) fn draw_down_ms(rng: &mut Rng) -> u64 {
    match rng.below(4) {
        0 => 0,
        1 => rng.range(1..=100),
        2 => rng.range(100..=800),
        _ => rng.range(800..=4000),
    }
}

/// [`Unsynced`] in files.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Unsynced", rename_all = "kebab-case")]
enum UnsyncedDef {
    Kept,
    Lost,
    Prefix,
    Torn,
}

fn percent(key: &str, percent: u32) -> Result<(), String> {
    at_most(key, u64::from(percent), 100)
}

fn at_least(key: &str, value: u64, least: u64) -> Result<(), String> {
    match value >= least {
        true => Ok(()),
        false => Err(format!("`{key}` must be at least {least}, found {value}")),
    }
}

fn at_most(key: &str, value: u64, most: u64) -> Result<(), String> {
    match value <= most {
        true => Ok(()),
        false => Err(format!("`{key}` must be at most {most}, found {value}")),
    }
}

#[cfg(test)]
mod tests;

//! The faults: one file each, and the table that names them.
//!
//! To add one, write its file like the others and give it a row below; it then has a name in
//! scenarios and on the command line, and explorations draw it.

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

pub use bridge::Bridge;
pub use clock_jump::ClockJump;
pub use clock_rate::ClockRate;
pub use crash::Crash;
pub use crash_at::CrashAt;
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

use super::fault::{Closing, Fault};
use persister::Unsynced;
use runtime::Rng;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a fault can be: one row a fault.
macro_rules! faults {
    ($($(#[doc = $doc:literal])* $fault:ident $name:literal $group:literal;)*) => {
        /// A fault, with what it needs to know. In a file it is a table with the fault's name.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        pub enum FaultSpec {
            $($(#[doc = $doc])* #[serde(rename = $name)] $fault($fault),)*
        }

        /// All faults, in the order of the table.
        pub const FAULTS: &[FaultKind] = &[$(FaultKind {
            name: $name,
            group: $group,
            draw: |rng| FaultSpec::$fault($fault::draw(rng)),
            draw_length: <$fault as Draw>::draw_length,
            aim: <$fault as Draw>::AIM,
            swarm_per_million: <$fault as Draw>::SWARM_PER_MILLION,
        }),*];

        impl FaultSpec {
            /// Its name: `random-cuts`.
            pub fn name(&self) -> &'static str {
                match self { $(FaultSpec::$fault(_) => $name),* }
            }

            /// What it does, in one sentence.
            pub(crate) fn summary(&self) -> &'static str {
                match self { $(FaultSpec::$fault(_) => concat!($($doc),*).trim()),* }
            }

            pub(crate) fn fault(&self) -> &dyn Fault {
                match self { $(FaultSpec::$fault(fault) => fault),* }
            }

            /// Says what can't be, if anything.
            pub(crate) fn check(&self) -> Result<(), String> {
                match self { $(FaultSpec::$fault(fault) => fault.check()),* }
            }
        }
    };
}

faults! {
    /// Links lose messages by chance.
    Loss "loss" "network";
    /// Messages take longer.
    Delay "delay" "network";
    /// Some messages come very late.
    Late "late" "network";
    /// Messages overtake each other.
    Reorder "reorder" "network";
    /// Requests arrive twice.
    Duplicate "duplicate" "network";
    /// Servers are cut off from all others.
    Isolate "isolate" "partition";
    /// Servers on one side, all others on the other.
    Split "split" "partition";
    /// Two halves.
    Halves "halves" "partition";
    /// Two halves that only some servers can talk with both of.
    Bridge "bridge" "partition";
    /// Every server can talk with another majority.
    Ring "ring" "partition";
    /// Servers that only send, or only hear.
    OneWay "one-way" "partition";
    /// Each directed link is closed or not.
    RandomCuts "random-cuts" "partition";
    /// Links close and open again and again.
    Flapping "flapping" "partition";
    /// Servers stop one after another and come back in another order.
    Swizzle "swizzle" "partition";
    /// Servers stand still.
    Pause "pause" "pause";
    /// Servers take longer for everything.
    SlowServer "slow-server" "pause";
    /// Servers go down.
    Crash "crash" "crash";
    /// Servers go down in the middle of what they do.
    CrashAt "crash-at" "crash";
    /// Clocks run at other rates.
    ClockRate "clock-rate" "clock";
    /// Clocks jump forward.
    ClockJump "clock-jump" "clock";
    /// Syncs take a while.
    SlowDisk "slow-disk" "disk";
    /// A sync fails.
    FailingSync "failing-sync" "disk";
    /// Disks take no writes.
    FullDisk "full-disk" "disk";
    /// A bit of a disk flips.
    FlippedBit "flipped-bit" "disk";
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

/// A kind of fault.
#[derive(Clone, Copy)]
pub struct FaultKind {
    /// What scenarios and the command line call it.
    pub name: &'static str,
    /// A name for it and its like: `network`, `partition`, `pause`, `crash`, `clock`, `disk`.
    pub group: &'static str,
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

impl std::fmt::Debug for FaultKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// A fault that explorations can draw and files can name.
trait Draw: Sized {
    /// What it hits.
    const AIM: Aim = Aim::Servers;

    /// How many of a million scenarios have it switched on.
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
mod tests {
    use super::*;

    #[test]
    fn the_page_about_faults_has_a_row_for_each_in_order() {
        let page = include_str!("../../../../docs/faults.md");
        let (_, table) = page.split_once("## The faults").unwrap();
        let (table, _) = table.split_once("Values:").unwrap();
        let rows: Vec<&str> = table.lines().filter(|line| line.starts_with("| `")).collect();
        let expected = FAULTS.iter().map(|fault| format!("| `{}` | {} |", fault.name, fault.group));
        let expected: Vec<String> = expected.collect();
        assert_eq!(rows.len(), expected.len());
        for (row, expected) in rows.iter().zip(&expected) {
            assert!(row.starts_with(expected.as_str()), "{row} should be {expected}");
        }
    }
}

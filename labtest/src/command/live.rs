//! `labtest live`.

use super::args::{Kind, LiveArgs, Namespaces};
use super::how::{read, usage};
use super::{CommandError, Streams};
use crate::exit_code;
use crate::replay_line::{Replay, quoted};
use crate::text_file::TextFile;
use harness::{FaultFilter, Scenario, Step};
use kvd_api::servers_file::ServersFile;
use labtrace::VerdictName;
use live::clients::Workload;
use live::driver::{Abilities, Driver, etcd::Etcd, kvd::Kvd, resp::Resp};
use live::isolation::{self, Entered, Isolation, Wish};
use live::run::Options;
use runtime::Rng;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// How long faults go on by default.
const LENGTH: Duration = Duration::from_secs(60);
/// Seeds that were not asked for are below this, so that people can tell them to each other.
const SEEDS: u64 = 1_000_000;
/// The faults by default.
const NEMESIS: &str = "kill,pause,partition,slow,disk";

/// Runs servers, and says what was found.
pub(super) fn live(args: &LiveArgs, streams: &mut Streams<'_>) -> Result<u8, CommandError> {
    let wish = match args.namespaces {
        Namespaces::Auto => Wish::Automatic,
        Namespaces::On => Wish::Required,
        Namespaces::Off => Wish::Off,
    };
    // Before there is any other thread, and before standard input is read.
    let entered = isolation::enter(wish).map_err(|error| software(&error))?;
    let isolation = match entered {
        Entered::Ended(code) => return Ok(code),
        Entered::Tester(isolation) => isolation,
    };
    if let Isolation::Fallback { why: Some(why) } = &isolation {
        writeln!(
            streams.errors,
            "warning: no namespaces, so the servers are on this machine's network: {why}"
        )?;
    }
    let options = options(args, isolation)?;
    let output = &mut *streams.output;
    let mut tell = |line: &str| {
        if !args.quiet {
            // The run matters more than its progress messages.
            let _ = writeln!(output, "{line}");
        }
    };
    let done = live::run::run(&options, &mut tell).map_err(|error| software(&error))?;
    write!(output, "\n{}", done.report)?;
    writeln!(output, "folder    {}", done.folder.display())?;
    Ok(match done.verdict {
        VerdictName::Failed => exit_code::FAILED,
        _ if done.interrupted => exit_code::INTERRUPTED,
        VerdictName::Passed => exit_code::PASSED,
        VerdictName::Undecided => exit_code::UNDECIDED,
    })
}

fn software(error: &anyhow::Error) -> CommandError {
    CommandError::Software(format!("{error:#}"))
}

fn options(args: &LiveArgs, isolation: Isolation) -> Result<Options, CommandError> {
    let seed = args.seed.unwrap_or_else(|| runtime::rng("live seed", 0).below(SEEDS));
    let driver = driver(args, seed)?;
    let (mut scenario, description) = scenario(args, seed, &*driver)?;
    let workload = workload(args, seed, &mut scenario);
    let program = Replay::of_this_program(false).program().to_owned();
    let folder = args.failures.join("live").join(seed.to_string());
    Ok(Options {
        driver,
        scenario,
        workload,
        seed,
        isolation,
        failures: args.failures.clone(),
        description,
        replay: format!("{program} live{}", flags(args, seed)),
        check: format!("{program} check {}", quoted(&folder.to_string_lossy())),
    })
}

/// The faults, and a description in a few words.
fn scenario(
    args: &LiveArgs,
    seed: u64,
    driver: &dyn Driver,
) -> Result<(Scenario, String), CommandError> {
    let abilities = driver.abilities();
    if let Some(path) = &args.scenario {
        let TextFile { text, name } = read(path)?;
        let scenario = Scenario::from_toml_for_live(&text, &name).map_err(|error| usage(&error))?;
        check_abilities(&scenario, abilities)
            .map_err(|what| CommandError::Usage(format!("{name}: {what} {}", driver.name())))?;
        let length_ms =
            args.time_limit.map_or(scenario.safety_ms, |limit| limit.as_millis() as u64);
        return Ok((Scenario { safety_ms: length_ms, ..scenario }, format!("as in {name}")));
    }
    let servers = match &args.config {
        Some(path) => ServersFile::read(path).map_err(|error| usage(&error))?.servers.len(),
        None => args.servers.unwrap_or_else(|| Scenario::draw_live_servers(seed)),
    };
    let kinds = args.nemesis.as_deref().unwrap_or(NEMESIS);
    let wanted = FaultFilter::parse_live(kinds).map_err(|error| usage(&error))?;
    let filter = wanted.clone().only(|fault| abilities.has(fault));
    if filter.is_empty() && !wanted.is_empty() {
        let name = driver.name();
        let sentence = format!("--nemesis {kinds}: none of these can be done to {name}");
        return Err(CommandError::Usage(sentence));
    }
    let length_ms = args.time_limit.unwrap_or(LENGTH).as_millis() as u64;
    let mut scenario = Scenario::draw_live(seed, servers, length_ms, &filter);
    if !abilities.disk {
        (scenario.disk.sync_min_ms, scenario.disk.sync_max_ms) = (0, 0);
    }
    let disks = match scenario.disk.sync_max_ms {
        0 => String::new(),
        max => format!(", syncs of {} to {max} ms", scenario.disk.sync_min_ms),
    };
    Ok((scenario, format!("{kinds}, as drawn{disks}")))
}

/// The first thing that can't be done to such servers, if there is one.
fn check_abilities(scenario: &Scenario, abilities: Abilities) -> Result<(), String> {
    let can_not = |step: &&Step| !abilities.has(step.fault.name());
    if let Some(step) = scenario.steps.iter().find(can_not) {
        return Err(format!("step {}: `{}` can't be done to", step.id, step.fault.name()));
    }
    match abilities.disk || scenario.disk.sync_max_ms == 0 {
        true => Ok(()),
        false => Err("`disk.sync_max_ms` can't be set for".to_owned()),
    }
}

/// What clients do; from then on it is in the scenario, whether it was drawn or given.
fn workload(args: &LiveArgs, seed: u64, scenario: &mut Scenario) -> Workload {
    let drawn = || Scenario::draw_live(seed, scenario.servers, 0, &FaultFilter::live()).kv;
    let mut kv = scenario.kv.clone().or_else(drawn).unwrap_or_default();
    if let Some(clients) = args.clients {
        kv.workload.clients = clients as usize;
    }
    if let Some(rate_per_s) = args.rate {
        kv.workload.rate_per_s = rate_per_s;
    }
    let workload = Workload::of_scenario(&kv);
    scenario.kv = Some(kv);
    workload
}

fn driver(args: &LiveArgs, seed: u64) -> Result<Arc<dyn Driver>, CommandError> {
    let path = match &args.server {
        Some(path) => path.clone(),
        None => beside(args.kind)?,
    };
    if !path.is_file() && path.components().count() > 1 {
        return Err(CommandError::Usage(format!(
            "--server: there is no program {}",
            path.display()
        )));
    }
    Ok(match args.kind {
        Kind::Kvd => Arc::new(kvd(path, seed)),
        Kind::Etcd => Arc::new(Etcd::new(path)),
        Kind::Resp => {
            Arc::new(Resp { program: Some((path, args.arguments.clone())), has_cas: false })
        }
    })
}

/// One that loses what it has not synced, and takes snapshots never, sometimes or all the time. The machines of
/// a cluster are alike: all write unsynced data back early, or late, or not at all.
fn kvd(path: PathBuf, seed: u64) -> Kvd {
    let snapshots = [None, Some(20_000), Some(20_000), Some(5_000), Some(5_000)];
    let snapshot_at_bytes = *Rng::stream(seed, "live snapshots", 0).pick(&snapshots);
    let frequencies = [Some(0), Some(1_000), Some(100_000), None];
    let write_back_per_million = *Rng::stream(seed, "live write-back", 0).pick(&frequencies);
    let (volatile, controlled) = (true, true);
    Kvd { path, seed, volatile, write_back_per_million, controlled, snapshot_at_bytes }
}

/// The default program of that kind.
fn beside(kind: Kind) -> Result<PathBuf, CommandError> {
    if kind != Kind::Kvd {
        return Err(CommandError::Usage("--server says which program is to be run".to_owned()));
    }
    let own = std::env::current_exe().map_err(|error| CommandError::Software(error.to_string()))?;
    let found = own.parent().map(|folder| folder.join("kvd")).filter(|path| path.is_file());
    found.ok_or_else(|| {
        let release = own.parent().is_some_and(|folder| folder.ends_with(Path::new("release")));
        let profile = if release { " --release" } else { "" };
        CommandError::Usage(format!(
            "there is no kvd beside this program: `cargo build{profile} -p kvd` makes one, and --server names \
             another"
        ))
    })
}

/// The flags that run it again.
fn flags(args: &LiveArgs, seed: u64) -> String {
    let path = |path: &Option<PathBuf>| path.as_ref().map(|it| it.to_string_lossy().into_owned());
    let number = |value: Option<u64>| value.map(|value| value.to_string());
    let flags = [
        ("--kind", (args.kind != Kind::Kvd).then(|| args.kind.name().to_owned())),
        ("--server", path(&args.server)),
        ("--config", path(&args.config)),
        ("--nemesis", args.nemesis.clone()),
        ("--scenario", path(&args.scenario)),
        ("--time-limit", args.time_limit.map(super::time_limit::time_text)),
        ("--clients", number(args.clients)),
        ("--rate", number(args.rate)),
        ("--seed", Some(seed.to_string())),
    ];
    let flags = flags.into_iter().filter_map(|(flag, value)| Some((flag, value?)));
    let flags: String = flags.map(|(flag, value)| format!(" {flag} {}", quoted(&value))).collect();
    let words: String = args.arguments.iter().map(|word| format!(" {}", quoted(word))).collect();
    if words.is_empty() { flags } else { format!("{flags} --{words}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_not_be_done_to_such_servers_is_refused() {
        let none = Abilities::default();
        let all = Abilities { power_cut: true, disk: true, crash_points: true };
        let read = |text: &str| Scenario::from_toml_for_live(text, "it.toml").unwrap();
        let step = |fault: &str| {
            read(&format!("[[step]]\nat_ms = 1\ntarget = 0\nfor_ms = 5\nfault = {{ {fault} }}\n"))
        };
        for (scenario, why) in [
            (
                step("slow-disk = { min_ms = 1, max_ms = 2 }"),
                "step 1: `slow-disk` can't be done to",
            ),
            (read("[disk]\nsync_max_ms = 5"), "`disk.sync_max_ms` can't be set for"),
        ] {
            assert_eq!(check_abilities(&scenario, none), Err(why.to_owned()));
            assert_eq!(check_abilities(&scenario, all), Ok(()));
        }
        assert_eq!(check_abilities(&step("pause = {}"), none), Ok(()));
    }
}

//! Three servers as plain processes on volatile disks, killed at random moments under load: nothing that was
//! committed is lost, and at the end all logs are equal.
//!
//! The processes are those of `examples/node.rs`, started from this very program. `KILL_SECONDS=600 cargo
//! test -p raft --test kill` goes on for longer than the ten seconds of every other run.
// Everything here is on the real clock.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

#[path = "../examples/node.rs"]
#[allow(dead_code)]
mod node;

#[path = "kill/cluster.rs"]
mod cluster;

use cluster::{Cluster, as_node};
use libtest_mimic::{Arguments, Trial};
use runtime::Rng;
use std::process::ExitCode;
use std::time::{Duration, Instant};

fn main() -> ExitCode {
    if let Some(code) = as_node() {
        return code;
    }
    let trials = vec![
        Trial::test("nothing_committed_is_lost_by_killing_servers", || {
            let seconds = std::env::var("KILL_SECONDS").map_or(Ok(10), |text| text.parse())?;
            let outcome = run(Duration::from_secs(seconds), "honest")?;
            println!("{outcome}");
            Ok(())
        }),
        Trial::test("servers_that_do_not_sync_are_found_out", || {
            for _attempt in 0..10 {
                if let Err(found) = run(Duration::from_secs(5), "lying") {
                    println!("found: {found}");
                    return Ok(());
                }
            }
            Err("disks that sync nothing were not found out in 50 s".into())
        }),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// Kills and starts servers for that long, and then asks them all for what they have. Returns what
/// happened, or what is wrong.
fn run(time: Duration, disk: &'static str) -> Result<String, String> {
    let seed = u64::from(std::process::id());
    let mut rng = Rng::stream(seed, "kill", 0);
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let mut cluster = Cluster::start(folder.path(), disk, seed)?;
    let began = Instant::now();
    let (mut kills, mut next) = (0u32, 0u64);
    while began.elapsed() < time {
        let pause = Instant::now() + rng.duration(ms(50)..=ms(600));
        while Instant::now() < pause {
            let burst = rng.range(1..=8);
            cluster.submit(next..next + burst);
            next += burst;
            cluster.listen(rng.duration(ms(1)..=ms(6)))?;
        }
        // One of them, or a power cut for some or all.
        let victims: Vec<usize> = match rng.below(10) {
            0 => vec![0, 1, 2],
            1 | 2 => vec![rng.below(3) as usize, rng.below(3) as usize],
            _ => vec![rng.below(3) as usize],
        };
        for victim in victims {
            kills += u32::from(cluster.kill(victim)?);
        }
        cluster.listen(rng.duration(ms(0)..=ms(150)))?;
        // Sometimes one stays away for a while, so that it needs the leader's snapshot.
        for server in 0..3 {
            if rng.chance(700_000) {
                cluster.start_server(server)?;
            }
        }
    }
    (0..3).try_for_each(|server| cluster.start_server(server))?;
    cluster.agree(next)?;
    let committed = cluster.end()?;
    Ok(format!("{committed} numbers were committed, {next} submitted; {kills} processes killed"))
}

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

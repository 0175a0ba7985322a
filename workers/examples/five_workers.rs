//! Five workers elect a leader and agree on three commands, and say all they do.
//!
//! ```text
//! cargo run -p workers --example five_workers                 one run, told from beginning to end
//! cargo run -p workers --example five_workers -- --seed 7     another one
//! cargo run -p workers --example five_workers -- --restart    the leader crashes and comes back
//! cargo run -p workers --example five_workers -- --realtime   at a person's pace
//! ```
//!
//! Each of the commands (x,10), (y,20) and (z,30) goes to a worker drawn by chance, which forwards
//! it to the leader, or waits until there is one. The run is on a virtual clock: a seed is always
//! the same story.

mod common;

use clap::Parser;
use common::{KeyVal, Narrator, Pace, Workers, run, tell};
use runtime::sleep;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

/// In this run node 2 wins at once, and the commands go to three nodes, the last one to the leader.
const SEED: u64 = 14;

/// Five workers elect a leader and agree on three commands.
#[derive(Clone, Debug, Parser)]
#[command(name = "five_workers")]
struct Args {
    /// The seed of everything that is left to chance
    #[arg(long, value_name = "S", default_value_t = SEED)]
    seed: u64,
    /// Crash the leader at the end and start it again with what its persister holds
    #[arg(long)]
    restart: bool,
    #[command(flatten)]
    pace: Pace,
}

fn main() -> ExitCode {
    let args = Args::parse();
    tell(&run(args.seed, |narrator| story(narrator, args.restart)), args.pace)
}

async fn story(narrator: Arc<Narrator>, restart: bool) -> Result<(), String> {
    narrator.title("Five workers start. None of their persisters holds anything.");
    let mut workers = Workers::start(&narrator);
    let mut rng = runtime::rng("commands", 0);
    let commands = [KeyVal::new("x", 10), KeyVal::new("y", 20), KeyVal::new("z", 30)];
    for (number, command) in (1..).zip(&commands) {
        let worker = rng.below(workers.count() as u64) as usize;
        narrator.title(&format!("Command {number}, {command}, goes to node {worker}."));
        let committed = workers.submit(worker, command).await;
        let place = committed.map_err(|error| format!("command {number}: {error}"))?;
        narrator.say(&format!("command {number} successfully committed"));
        if place.index != number {
            narrator.say(&format!("(as entry {}: an entry was sent twice)", place.index));
        }
    }
    workers.wait_for_logs(commands.len()).await?;
    if restart {
        crash_and_restart(&narrator, &mut workers, commands.len()).await?;
    }
    narrator.title("A worker counts its log from 0, Raft its entries from 1.");
    workers.tell_logs();
    Ok(())
}

/// The leader goes down, the others go on without it, and it comes back to where it was.
async fn crash_and_restart(
    narrator: &Arc<Narrator>,
    workers: &mut Workers,
    commands: usize,
) -> Result<(), String> {
    let leader = workers.wait_for_leader().await?;
    let bytes = workers.disk(leader).state_size();
    narrator.title(&format!(
        "Node {leader}, the leader, crashes. Its persister holds {bytes} bytes of state."
    ));
    workers.crash(leader);
    workers.wait_for_leader().await?;
    sleep(Duration::from_millis(200)).await;
    narrator.title(&format!("Node {leader} is started again, with the same persister."));
    workers.restart(leader);
    workers.wait_for_logs(commands).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;
    use common::golden;

    #[test]
    fn the_flags_are_consistent() {
        Args::command().debug_assert();
        assert_eq!(Args::parse_from(["example"]).seed, SEED);
        assert!(Args::parse_from(["example", "--realtime"]).pace.realtime);
        assert!(Args::try_parse_from(["example", "--seed", "-1"]).is_err());
    }

    #[test]
    fn the_story_is_as_it_was_told() {
        golden("five_workers.txt", &run(SEED, |narrator| story(narrator, false)).text());
    }

    #[test]
    fn the_story_of_the_restart_is_as_it_was_told() {
        golden("five_workers_restart.txt", &run(SEED, |narrator| story(narrator, true)).text());
    }

    #[test]
    fn the_story_of_two_candidates_is_as_it_was_told() {
        let told = run(19, |narrator| story(narrator, false));
        assert!(told.text().contains("refuses"), "two stand in the same term");
        golden("five_workers_rivals.txt", &told.text());
    }

    #[test]
    fn every_seed_ends_with_three_commands_in_five_logs() {
        for seed in 0..100 {
            let told = run(seed, |narrator| story(narrator, seed % 2 == 0));
            assert_eq!(told.ended, Ok(()), "seed {seed}:\n{}", told.text());
            let text = told.text();
            for number in 1..=3 {
                let committed = format!("command {number} successfully committed");
                assert!(text.contains(&committed), "seed {seed}:\n{text}");
            }
            assert_eq!(text.matches("KeyVal: (z,30)").count(), 5, "seed {seed}:\n{text}");
        }
    }
}

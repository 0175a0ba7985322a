//! Only node 3 can send heartbeats: every other winner of an election is deposed by another one, in a
//! higher term, until node 3 wins and stays.
//!
//! ```text
//! cargo run -p workers --example only_node_three                 one run, told from beginning to end
//! cargo run -p workers --example only_node_three -- --seed 7     another one
//! cargo run -p workers --example only_node_three -- --realtime   at a person's pace
//! ```
//!
//! The heartbeats of the others get lost on the network, so nobody hears from them and the election
//! timeouts run out. Requests for votes always get through.

mod common;

use clap::Parser;
use common::{Narrator, Pace, Workers, run, tell};
use labrpc::Hooks;
use narration::Request;
use runtime::sleep;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

/// The one whose heartbeats arrive.
const NODE_THREE: usize = 3;

/// In this run two others win and are deposed.
const SEED: u64 = 14;

/// How long node 3 has to stay the leader.
const STAYS: Duration = Duration::from_secs(5);

/// Only node 3 can send heartbeats, and the others are deposed until it wins.
#[derive(Clone, Debug, Parser)]
#[command(name = "only_node_three")]
struct Args {
    /// The seed of everything that is left to chance
    #[arg(long, value_name = "S", default_value_t = SEED)]
    seed: u64,
    #[command(flatten)]
    pace: Pace,
}

fn main() -> ExitCode {
    let args = Args::parse();
    tell(&run(args.seed, story), args.pace)
}

/// Loses AppendEntries, which is what a heartbeat is, of everybody but node 3.
struct OnlyNodeThree;

impl Hooks for OnlyNodeThree {
    fn before_dispatch(&self, _server: usize, method: &'static str, args: &[u8]) -> bool {
        match Request::decode(method, args) {
            Ok(Request::AppendEntries(args)) => args.leader_id == NODE_THREE,
            _ => true,
        }
    }
}

async fn story(narrator: Arc<Narrator>) -> Result<(), String> {
    narrator.title("Five nodes start. Only the heartbeats of node 3 will arrive.");
    let mut workers = Workers::start(&narrator);
    workers.set_hooks(&(Arc::new(OnlyNodeThree) as Arc<dyn Hooks>));
    let mut term = 0;
    loop {
        let (newer, leader) = workers.wait_for_leader_after(term).await?;
        term = newer;
        if leader == NODE_THREE {
            break;
        }
        // Until its first heartbeats have got lost.
        sleep(Duration::from_millis(20)).await;
        narrator.title(&format!("Nobody hears from node {leader}, the leader of term {term}."));
    }
    narrator.title(&format!("Node 3 leads term {term}, and its heartbeats arrive."));
    sleep(STAYS).await;
    narrator.title(&format!("{} s later.", STAYS.as_secs()));
    for (term, leader) in narrator.leaders() {
        let fate = if leader == NODE_THREE { "and stays" } else { "and was deposed" };
        narrator.say(&format!("node {leader} won term {term} {fate}"));
    }
    match workers.leader() {
        Some((now, NODE_THREE)) if now == term => Ok(()),
        other => Err(format!("node 3 won term {term} and did not stay: now it is {other:?}")),
    }
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
        golden("only_node_three.txt", &run(SEED, story).text());
    }

    #[test]
    fn whatever_the_seed_node_three_wins_in_the_end_and_stays() {
        let mut deposed = 0;
        for seed in 0..100 {
            let told = run(seed, story);
            assert_eq!(told.ended, Ok(()), "seed {seed}:\n{}", told.text());
            let text = told.text();
            deposed += text.matches("and was deposed").count();
            assert_eq!(text.matches("and stays").count(), 1, "seed {seed}:\n{text}");
        }
        // Each of five is as likely to win as another.
        assert!((250..550).contains(&deposed), "{deposed} leaders were deposed in 100 runs");
    }
}

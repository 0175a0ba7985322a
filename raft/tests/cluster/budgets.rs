//! The lab's limits on messages, bytes and disk (its tests RPCBytes, Count and the snapshot suite).

use crate::common::{Cluster, ms};
use raft::Config;
use runtime::Simulation;

fn on_each_seed<F: Future<Output = ()> + 'static>(test: impl Fn() -> F) {
    for seed in 0..30 {
        Simulation::new(seed).run(test()).result.unwrap_or_else(|error| panic!("{seed}: {error}"));
    }
}

#[test]
fn a_leader_is_elected_with_at_most_30_messages() {
    on_each_seed(|| async {
        let cluster = Cluster::new(3, Config::default(), 0);
        cluster.leader().await;
        ms(500).await;
        let deliveries = cluster.deliveries();
        assert!((1..=30).contains(&deliveries), "{deliveries}");
    });
}

#[test]
fn twelve_commands_at_once_take_at_most_42_messages() {
    on_each_seed(|| async {
        let cluster = Cluster::new(3, Config::default(), 0);
        let leader = cluster.leader().await;
        ms(500).await;
        let before = cluster.deliveries();
        let started: Vec<_> =
            (1..=12).map(|command: u64| cluster.start(&command.to_string())).collect();
        let last = started[11].map(|(server, started)| (server, started.index));
        assert_eq!(last, Some((leader, 12)));
        while cluster.applied_by(12) < 3 {
            ms(10).await;
        }
        let used = cluster.deliveries() - before;
        // Entries and the commit index to each of two servers, and at most one round of heartbeats.
        assert!(used <= 6, "{used}");
    });
}

#[test]
fn an_idle_second_takes_at_most_60_messages() {
    on_each_seed(|| async {
        let cluster = Cluster::new(3, Config::default(), 0);
        cluster.leader().await;
        ms(500).await;
        let before = cluster.deliveries();
        ms(1000).await;
        let used = cluster.deliveries() - before;
        assert!((18..=22).contains(&used), "{used}");
    });
}

#[test]
fn each_command_crosses_to_each_server_once() {
    on_each_seed(|| async {
        let cluster = Cluster::new(3, Config::default(), 0);
        cluster.agree("first").await;
        let before = cluster.network.total_bytes();
        for number in 0..10 {
            cluster.agree(&format!("{number:05000}")).await;
        }
        let used = cluster.network.total_bytes() - before;
        assert!((100_000..110_000).contains(&used), "{used}");
    });
}

/// Commands that are started within the time that a message takes overtake each other on the way.
#[test]
fn commands_that_follow_each_other_closely_are_hardly_ever_sent_twice() {
    on_each_seed(|| async {
        let cluster = Cluster::new(3, Config::default(), 0);
        cluster.leader().await;
        ms(500).await;
        let before = cluster.network.total_bytes();
        for number in 0..100 {
            cluster.start(&format!("{number:01000}"));
            ms(1).await;
        }
        ms(500).await;
        assert_eq!(cluster.applied_by(100), 3);
        let used = cluster.network.total_bytes() - before;
        assert!((200_000..450_000).contains(&used), "{used}");
    });
}

#[test]
fn with_snapshots_the_state_stays_below_2000_bytes() {
    on_each_seed(|| async {
        let cluster = Cluster::new(3, Config::default(), 10);
        for number in 0..200 {
            cluster.agree(&format!("command {number}")).await;
            let size = cluster.state_size_max();
            assert!(size < 2000, "{size}");
        }
        assert_eq!(cluster.snapshots_installed(), 0, "nobody has fallen behind");
    });
}

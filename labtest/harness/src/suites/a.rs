//! Suite A: elections.

use crate::{Cluster, ELECTION_ALLOWANCE, Outcome, Supports, ensure, property};
use runtime::sleep;
use std::time::Duration;

pub(super) async fn initial_election(cluster: Cluster) -> Outcome {
    cluster.check_one_leader().await?;

    // Followers need a moment to hear of the election before all must agree on the term.
    sleep(Duration::from_millis(50)).await;
    let term = cluster.check_terms()?;
    ensure!(term >= 1, property::STABLE_TERM, "term is {term}, but should be at least 1");

    // Without a failure leader and term should stay.
    cluster.note("nothing fails: leader and term should stay");
    sleep(2 * ELECTION_ALLOWANCE).await;
    if cluster.check_terms()? != term {
        cluster.warn("term changed even though there were no failures");
    }
    cluster.check_one_leader().await?;
    Ok(())
}

pub(super) async fn re_election(cluster: Cluster) -> Outcome {
    // When the leader is cut off, the other two elect a new one.
    let first = cluster.check_one_leader().await?;
    cluster.note("cut the leader off: the other two elect a new one");
    cluster.isolate(first);
    cluster.check_one_leader().await?;

    // When the old one comes back, there is still a leader.
    cluster.note("the old leader comes back: there is still one leader");
    cluster.connect(first);
    let second = cluster.check_one_leader().await?;

    // Without a majority nobody leads, as far as a client can see.
    let other = cluster.server_after(second, 1);
    cluster.note("cut off the leader and one more: nobody can lead");
    cluster.isolate(second);
    cluster.isolate(other);
    sleep(2 * ELECTION_ALLOWANCE).await;
    cluster.check_no_leader()?;

    // With a majority again, somebody does, and the last one to come back changes nothing.
    cluster.note("a majority can talk again: somebody leads");
    cluster.connect(other);
    cluster.check_one_leader().await?;
    cluster.connect(second);
    cluster.check_one_leader().await?;
    Ok(())
}

pub(super) async fn many_elections(cluster: Cluster) -> Outcome {
    const ROUNDS: u32 = 9;
    let mut rng = runtime::rng("scenario", 0);
    check_leader_of_few(&cluster).await?;
    for round in 1..=ROUNDS {
        cluster.note(&format!("round {round} of {ROUNDS}: cut off up to three of seven"));
        // Up to three of seven are cut off (the same may be drawn twice): four are a majority.
        let away = [(); 3].map(|()| cluster.any_server(&mut rng));
        away.iter().for_each(|server| cluster.isolate(*server));
        check_leader_of_few(&cluster).await?;
        away.iter().for_each(|server| cluster.connect(*server));
    }
    check_leader_of_few(&cluster).await?;
    Ok(())
}

/// Waits until a server leads.
///
/// The lab's logs are all empty here. Entries that leaders append for themselves make them differ, and
/// of four servers that are just a majority some can't win then. Without pre-votes they stand all the
/// same, and depose whoever does. A Raft that says it has such entries may take twice the time, unless it
/// has pre-votes and they are on.
async fn check_leader_of_few(cluster: &Cluster) -> Outcome {
    let Supports { own_entries, quorum_checks, .. } = cluster.implementation().supports();
    let all_may_stand = !(quorum_checks && cluster.config().raft.pre_vote);
    let takes_longer = own_entries && all_may_stand;
    match cluster.check_one_leader().await {
        Err(failure) if failure.property == property::LEADER_EXISTS && takes_longer => {
            cluster.check_one_leader().await?;
        }
        checked => {
            checked?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::{
        Failure, Implementation, MakeArgs, Overrides, RunOptions, Supports, Verdict, lab_tests,
        run_one,
    };
    use bytes::Bytes;
    use labrpc::{Router, Service};
    use raft_api::{NotLeader, Peer, Started, State};
    use std::sync::Arc;
    use std::time::Duration;

    /// A Raft that never has a leader.
    struct Leaderless(Supports);

    impl Implementation for Leaderless {
        fn name(&self) -> &str {
            "leaderless"
        }

        fn supports(&self) -> Supports {
            self.0
        }

        fn make(&self, _: MakeArgs) -> anyhow::Result<Arc<dyn Peer>> {
            Ok(Arc::new(Follower))
        }
    }

    struct Follower;

    impl Peer for Follower {
        fn start(&self, _: Bytes) -> Result<Started, NotLeader> {
            Err(NotLeader { leader: None })
        }

        fn get_state(&self) -> State {
            State { term: 1, is_leader: false }
        }

        fn snapshot(&self, _: u64, _: Bytes) {}

        fn kill(&self) {}

        fn service(&self) -> Arc<dyn Service> {
            Arc::new(Router::new())
        }
    }

    fn failure(test: &str, supports: Supports, config: &str) -> Failure {
        let overrides = Overrides::from_toml(config, "it.toml").expect("a configuration");
        let options = RunOptions { overrides, ..RunOptions::default() };
        let test = lab_tests().iter().find(|known| known.name == test).expect("there is one");
        let raft: Arc<dyn Implementation> = Arc::new(Leaderless(supports));
        match run_one(test, 1, &raft, &options).verdict {
            Verdict::Failed(failure) => failure,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn only_where_logs_differ_and_nothing_keeps_servers_from_standing_a_leader_may_take_longer() {
        let plain = Supports::default();
        let both = Supports { own_entries: true, quorum_checks: true, ..plain };
        let own_entries = Supports { own_entries: true, ..plain };
        let (off, on) = ("", "raft.pre_vote = true");
        for (test, supports, config, seconds) in [
            ("4A::many_elections", plain, off, 5),
            ("4A::many_elections", both, on, 5),
            ("4A::many_elections", both, off, 10),
            ("4A::many_elections", own_entries, off, 10),
            // It has none that could be on.
            ("4A::many_elections", own_entries, on, 10),
            ("4A::initial_election", own_entries, off, 5),
        ] {
            let failure = failure(test, supports, config);
            assert_eq!(failure.property, crate::property::LEADER_EXISTS, "{failure:?}");
            let (least, most) =
                (Duration::from_millis(seconds * 900), Duration::from_millis(seconds * 1100));
            assert!((least..=most).contains(&failure.at), "{test}, {supports:?}: {failure:?}");
        }
    }
}

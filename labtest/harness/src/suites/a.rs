//! Suite A: elections.

use crate::{Cluster, ELECTION_ALLOWANCE, Outcome, ensure, property};
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
    cluster.check_one_leader().await?;
    for round in 1..=ROUNDS {
        cluster.note(&format!("round {round} of {ROUNDS}: cut off up to three of seven"));
        // Up to three of seven are cut off (the same may be drawn twice): four are a majority.
        let away = [(); 3].map(|()| cluster.any_server(&mut rng));
        away.iter().for_each(|server| cluster.isolate(*server));
        cluster.check_one_leader().await?;
        away.iter().for_each(|server| cluster.connect(*server));
    }
    cluster.check_one_leader().await?;
    Ok(())
}

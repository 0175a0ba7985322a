//! What was done to servers and links, and its effects: a fault that nothing met has tested nothing.

use super::cluster::Ended;
use crate::judge::{End, Facts};
use crate::network::LinkStatistics;
use crate::noted::Broken;

/// A sentence for each kind of thing that was done.
pub fn tell(ended: &Ended) -> Vec<String> {
    let Ended { links, facts, broken, troubles, .. } = ended;
    let mut all = LinkStatistics::default();
    links.values().for_each(|link| add(&mut all, link));
    [
        lives(facts),
        blackouts(facts),
        pauses(broken),
        cuts(broken, &all),
        paces(broken, &all),
        disks(broken),
    ]
    .into_iter()
    .flatten()
    .chain(troubles.iter().map(|what| format!("trouble: {what}")))
    .collect()
}

fn lives(facts: &Facts) -> Option<String> {
    let ended = facts.lives.iter().filter(|it| matches!(it.ended, Some((_, End::ByTester))));
    let again = facts.lives.len().saturating_sub(facts.servers);
    let kills = ended.count();
    (kills > 0).then(|| {
        format!("a server was killed or had to end {kills} times, and started again {again} times")
    })
}

fn blackouts(facts: &Facts) -> Option<String> {
    // The last one is the end of the run.
    let times = facts.blackouts.len().saturating_sub(1);
    (times > 0).then(|| format!("no server ran {times} times, and their disks were looked at"))
}

fn pauses(broken: &Broken) -> Option<String> {
    let times = broken.nodes;
    (times > 0).then(|| format!("a server was paused {times} times"))
}

fn cuts(broken: &Broken, links: &LinkStatistics) -> Option<String> {
    let LinkStatistics { bytes_held, bytes_swallowed, held_ms_max, .. } = links;
    let LinkStatistics { connections_reset, connections_refused, .. } = links;
    (broken.links > 0).then(|| {
        format!(
            "a link was closed {} times: {bytes_held} bytes waited, for up to {held_ms_max} ms, {bytes_swallowed} \
             were swallowed, {connections_reset} connections were reset and {connections_refused} refused",
            broken.links
        )
    })
}

fn paces(broken: &Broken, links: &LinkStatistics) -> Option<String> {
    let LinkStatistics { bytes_delayed, bytes_throttled, transit_ms_max, .. } = links;
    let times = broken.paces;
    (times > 0).then(|| {
        format!(
            "a link was slow {times} times: {bytes_delayed} bytes were delayed and {bytes_throttled} throttled, \
             and took up to {transit_ms_max} ms"
        )
    })
}

fn disks(broken: &Broken) -> Option<String> {
    let times = broken.disks;
    (times > 0).then(|| format!("a disk was slow or full, or failed to sync, {times} times"))
}

fn add(all: &mut LinkStatistics, link: &LinkStatistics) {
    all.bytes_held += link.bytes_held;
    all.bytes_delayed += link.bytes_delayed;
    all.bytes_throttled += link.bytes_throttled;
    all.bytes_swallowed += link.bytes_swallowed;
    all.connections_reset += link.connections_reset;
    all.connections_refused += link.connections_refused;
    all.held_ms_max = all.held_ms_max.max(link.held_ms_max);
    all.transit_ms_max = all.transit_ms_max.max(link.transit_ms_max);
}

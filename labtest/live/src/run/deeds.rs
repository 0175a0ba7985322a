//! What was done to servers and links, and that it happened: a fault that nothing met has tested nothing.

use super::cluster::Ended;
use crate::judge::{End, Facts, Reach};
use crate::network::LinkStatistics;

/// A sentence for each kind of thing that was done.
pub fn tell(ended: &Ended) -> Vec<String> {
    let Ended { links, facts, troubles, .. } = ended;
    let mut all = LinkStatistics::default();
    links.values().for_each(|link| add(&mut all, link));
    [lives(facts), pauses(facts), cuts(facts, &all), paces(facts, &all), disks(facts)]
        .into_iter()
        .flatten()
        .chain(troubles.iter().map(|what| format!("trouble: {what}")))
        .collect()
}

fn lives(facts: &Facts) -> Option<String> {
    let kills = facts.lives.iter().filter(|it| matches!(it.ended, Some((_, End::ByTester)))).count();
    let starts = facts.lives.len().saturating_sub(facts.servers);
    (kills > 0).then(|| format!("{kills} times a server's life was ended, {starts} starts again"))
}

fn pauses(facts: &Facts) -> Option<String> {
    let times = count(facts, |reach| matches!(reach, Reach::Stops(_)))?;
    Some(format!("{times} pauses of a server"))
}

fn cuts(facts: &Facts, links: &LinkStatistics) -> Option<String> {
    let times = count(facts, |reach| matches!(reach, Reach::Cuts(_)))?;
    let LinkStatistics { bytes_held, bytes_swallowed, connections_reset, .. } = links;
    let LinkStatistics { connections_refused, held_ms_max, .. } = links;
    Some(format!(
        "{times} times a link was closed: {bytes_held} bytes waited, for up to {held_ms_max} ms, \
         {bytes_swallowed} were swallowed, {connections_reset} connections were reset and \
         {connections_refused} refused"
    ))
}

fn paces(facts: &Facts, links: &LinkStatistics) -> Option<String> {
    let is_slow = |it: &&crate::judge::Fault| it.what.starts_with("the link") && impairs(&it.reach);
    let times = facts.faults.iter().filter(is_slow).count();
    let LinkStatistics { bytes_delayed, transit_ms_max, .. } = links;
    (times > 0).then(|| {
        format!("{times} times a link was slow: {bytes_delayed} bytes were delayed, for up to {transit_ms_max} ms")
    })
}

fn disks(facts: &Facts) -> Option<String> {
    let of_disk = |it: &&crate::judge::Fault| it.what.starts_with("the disk") && impairs(&it.reach);
    let times = facts.faults.iter().filter(of_disk).count();
    (times > 0).then(|| format!("{times} times a disk was slow, full or failing"))
}

fn impairs(reach: &Reach) -> bool {
    matches!(reach, Reach::Impairs)
}

fn count(facts: &Facts, fits: impl Fn(&Reach) -> bool) -> Option<usize> {
    let times = facts.faults.iter().filter(|fault| fits(&fault.reach)).count();
    (times > 0).then_some(times)
}

fn add(all: &mut LinkStatistics, link: &LinkStatistics) {
    all.bytes_held += link.bytes_held;
    all.bytes_delayed += link.bytes_delayed;
    all.bytes_swallowed += link.bytes_swallowed;
    all.connections_reset += link.connections_reset;
    all.connections_refused += link.connections_refused;
    all.held_ms_max = all.held_ms_max.max(link.held_ms_max);
    all.transit_ms_max = all.transit_ms_max.max(link.transit_ms_max);
}

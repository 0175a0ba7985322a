//! `liveness:live-requests`: while a majority is up and connected, clients that look for the leader are served.

use super::answers::Asked;
use super::facts::Facts;
use super::health::{Stretch, stretches};
use super::{Finding, seconds, violated};
use std::collections::BTreeMap;

/// How long a client may have to try at least, in nanoseconds.
const LEAST_NS: u64 = 5_000_000_000;

/// How many times longer than 99 of 100 operations took when nothing was broken.
const TIMES_P99: u64 = 50;

pub(super) fn requests(asked: &[Asked], facts: &Facts) -> Finding {
    let Some(calibration) = &facts.calibration else {
        return Finding::Unknown("nothing was answered in the calibration".to_owned());
    };
    let limit_ns = LEAST_NS.max(calibration.p99_ns.saturating_mul(TIMES_P99));
    let last = match &facts.last_round {
        None => return Finding::Unknown("the run ended before its last round".to_owned()),
        Some(round) => round.unread.as_ref().or(round.refused.as_ref()),
    };
    if let Some(why) = last {
        return Finding::Violated(format!("all was mended, and still: {why}"));
    }
    let mut clients: BTreeMap<u64, Vec<&Asked>> = BTreeMap::new();
    for one in asked.iter().filter(|one| one.roams) {
        clients.entry(one.client).or_default().push(one);
    }
    let stretches = stretches(facts);
    let long = || stretches.iter().filter(|it| it.until_ns - it.from_ns > limit_ns);
    let late = clients.iter().find_map(|(client, asked)| {
        let at_ns = long().find_map(|stretch| in_vain(asked, stretch, limit_ns))?;
        Some(format!(
            "client {client} had tried for {} at {} without being served, though a majority was up and connected",
            seconds(limit_ns),
            seconds(at_ns)
        ))
    });
    violated(late)
}

/// When a client had tried for longer than it may have to, within the stretch and since it was served last.
fn in_vain(asked: &[&Asked], stretch: &Stretch, limit_ns: u64) -> Option<u64> {
    let mut tried_ns = 0;
    for one in asked {
        let begun_ns = one.begun_ns.max(stretch.from_ns);
        let ended_ns = one.ended_ns.unwrap_or(u64::MAX);
        let until_ns = ended_ns.min(stretch.until_ns);
        tried_ns += until_ns.saturating_sub(begun_ns);
        if tried_ns > limit_ns {
            return Some(until_ns - (tried_ns - limit_ns));
        }
        if one.is_ok && (stretch.from_ns..=stretch.until_ns).contains(&ended_ns) {
            tried_ns = 0;
        }
    }
    None
}

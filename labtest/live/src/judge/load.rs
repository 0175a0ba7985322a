//! `run:live-load` and `run:live-machine`: whether there was enough to judge, and a machine to judge it on.

use super::answers::Asked;
use super::facts::{End, Facts};
use super::health::stretches;
use super::{Finding, seconds};

/// How many operations must be acknowledged in all.
const ACKNOWLEDGED_MIN: usize = 100;

/// Healthy stretches must have at least one part in this many of the calibrated rate.
const RATE_PART: f64 = 10.0;

/// How late the tester's own timer may be, in nanoseconds.
const LATE_NS: u64 = 1_000_000_000;

/// Whether clients were answered often enough for a verdict to mean something.
pub(super) fn load(asked: &[Asked], facts: &Facts) -> Finding {
    let acknowledged = asked.iter().filter(|one| one.is_ok).count();
    if acknowledged < ACKNOWLEDGED_MIN {
        let sentence =
            format!("{acknowledged} operations were acknowledged, {ACKNOWLEDGED_MIN} are needed");
        return Finding::Unknown(sentence);
    }
    let Some(calibration) = &facts.calibration else {
        return Finding::Unknown("nothing was answered in the calibration".to_owned());
    };
    let stretches = stretches(facts);
    let healthy_ns: u64 = stretches.iter().map(|it| it.until_ns - it.from_ns).sum();
    if healthy_ns == 0 {
        return Finding::Holds;
    }
    let is_within =
        |at_ns: u64| stretches.iter().any(|it| (it.from_ns..it.until_ns).contains(&at_ns));
    let answered = asked.iter().filter(|one| one.is_ok && one.ended_ns.is_some_and(is_within));
    let rate = answered.count() as f64 / (healthy_ns as f64 / 1e9);
    let least = calibration.rate_per_s / RATE_PART;
    match rate < least {
        true => Finding::Unknown(format!(
            "{rate:.1} operations a second were acknowledged while a majority was well, {least:.1} are needed"
        )),
        false => Finding::Holds,
    }
}

/// Whether the machine kept up with the tester, and had memory for the servers.
pub(super) fn machine(facts: &Facts) -> Finding {
    if facts.late_max_ns > LATE_NS {
        let late = seconds(facts.late_max_ns);
        return Finding::Unknown(format!("the tester's own timer was late by {late}"));
    }
    let is_killed = |life: &&super::Life| matches!(life.ended, Some((_, End::ForMemory)));
    match facts.lives.iter().find(is_killed) {
        Some(life) => {
            Finding::Unknown(format!("the system ended server {} for want of memory", life.server))
        }
        None => Finding::Holds,
    }
}

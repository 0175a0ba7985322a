//! What servers have on their disks when they have ended.

use crate::clients::Recorder;
use crate::driver::{Driver, Written};
use crate::judge::{Disks, Facts, settle};
use std::path::PathBuf;

/// Inspects the disks, settles unknown outcomes with them, and adds the findings to the facts.
pub fn look(driver: &dyn Driver, directories: &[PathBuf], answers: &Recorder, facts: &mut Facts) {
    facts.disks = match driver.check_disks(directories) {
        Ok(Some(wrong)) => Disks::Looked(wrong),
        Ok(None) => Disks::Unseen,
        Err(error) => Disks::NotLooked(format!("{error:#}")),
    };
    facts.acknowledged =
        acknowledged(driver, directories, answers, facts).unwrap_or_else(Disks::NotLooked);
}

fn acknowledged(
    driver: &dyn Driver,
    directories: &[PathBuf],
    answers: &Recorder,
    facts: &Facts,
) -> Result<Disks, String> {
    let last = facts.last_round.as_ref().and_then(|round| round.last_write.as_ref());
    let (key, value) = last.ok_or("there was no last write, which all others are before")?;
    let logs = driver.logs(directories).map_err(|error| format!("{error:#}"))?;
    let Some(logs) = logs else { return Ok(Disks::Unseen) };
    Ok(Disks::Looked(settle(answers, &logs, &Written::new(key, value)).missing))
}

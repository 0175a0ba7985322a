//! The memory of this process, as Linux tells it.

use anyhow::Context;

/// The bytes in memory, now and at most since [`forget_peak`].
pub fn resident() -> anyhow::Result<(u64, u64)> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let bytes = |name: &str| {
        let line =
            status.lines().find_map(|line| line.strip_prefix(name)).context("no such line")?;
        let kibibytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
        anyhow::Ok(kibibytes << 10)
    };
    Ok((bytes("VmRSS:")?, bytes("VmHWM:")?))
}

/// What was before counts no more for the peak.
pub fn forget_peak() -> anyhow::Result<()> {
    Ok(std::fs::write("/proc/self/clear_refs", "5")?)
}

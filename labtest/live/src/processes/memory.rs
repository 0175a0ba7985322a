//! How much memory a process has, and whether the kernel kills for lack of it. Only on Linux.

/// What a process has in memory at this moment, in bytes.
pub fn resident_bytes(pid: u32) -> Option<u64> {
    of_status(&std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?, "VmRSS:")
}

/// The most that a process ever had in memory, in bytes, as the kernel noted it.
pub fn peak_bytes(pid: u32) -> Option<u64> {
    of_status(&std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?, "VmHWM:")
}

/// How many processes the kernel has killed for lack of memory since this machine was started, in all control
/// groups.
pub fn kills() -> Option<u64> {
    of_statistics(&std::fs::read_to_string("/proc/vmstat").ok()?)
}

/// `VmRSS:      1234 kB`
fn of_status(status: &str, name: &str) -> Option<u64> {
    let value = status.lines().find_map(|line| line.strip_prefix(name))?;
    value.trim().strip_suffix(" kB")?.parse::<u64>().ok()?.checked_mul(1024)
}

/// `oom_kill 3`
fn of_statistics(statistics: &str) -> Option<u64> {
    statistics.lines().find_map(|line| line.strip_prefix("oom_kill "))?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_kernel_says_is_understood() {
        let status = "Name:\tkvd\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\n";
        assert_eq!(of_status(status, "VmRSS:"), Some(1 << 20));
        assert_eq!(of_status(status, "VmHWM:"), Some(2 << 20));
        assert_eq!(of_status("Name:\tzombie\n", "VmRSS:"), None);
        assert_eq!(of_statistics("oom_killer 1\noom_kill 3\n"), Some(3));
        assert_eq!(of_statistics("pgfault 3\n"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_has_memory() {
        let pid = std::process::id();
        let (now, peak) = (resident_bytes(pid).unwrap(), peak_bytes(pid).unwrap());
        assert!(now > 0 && peak > 0);
        assert!(kills().is_some());
        assert_eq!(resident_bytes(u32::MAX), None);
    }
}

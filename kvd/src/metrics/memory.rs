//! How much memory this process holds.

/// Bytes of memory that this process holds; `None` where the system does not say it as Linux does.
pub fn resident_bytes() -> Option<u64> {
    of_status(&std::fs::read_to_string("/proc/self/status").ok()?)
}

/// Reads it from Linux's status of a process, in which a line is `VmRSS: 1234 kB`.
fn of_status(status: &str) -> Option<u64> {
    let size = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = size.trim().strip_suffix(" kB")?.parse().ok()?;
    kilobytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_found_among_other_lines() {
        let status = "Name:\tkvd\nVmHWM:\t    9000 kB\nVmRSS:\t    1234 kB\nThreads:\t2\n";
        assert_eq!(of_status(status), Some(1234 * 1024));
    }

    #[test]
    fn where_it_is_not_told_it_is_not_known() {
        for status in ["", "Name:\tkvd\n", "VmRSS:\n", "VmRSS: 12 MB\n", "VmRSS: -1 kB\n"] {
            assert_eq!(of_status(status), None, "{status:?}");
        }
        assert_eq!(of_status(&format!("VmRSS: {} kB\n", u64::MAX)), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn linux_tells_it() {
        assert!(resident_bytes().is_some_and(|bytes| bytes > 0));
    }
}

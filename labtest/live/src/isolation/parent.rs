//! A process that ends with its parent.

/// The name by which its children know this process: its number as /proc has it, which is the outer one after a
/// child has come into a namespace and before it has a /proc of its own.
///
/// # Errors
/// When there is no /proc.
#[cfg(target_os = "linux")]
pub fn own_name() -> anyhow::Result<String> {
    use anyhow::Context;
    let name = std::fs::read_link("/proc/self").context("can't read /proc/self")?;
    Ok(name.to_string_lossy().into_owned())
}

/// Makes the kernel kill this process when the thread that started it ends, for whatever reason.
///
/// # Errors
/// When the process with that name is not the parent, which means that it has ended already.
#[cfg(target_os = "linux")]
pub fn die_with(parent: &str) -> anyhow::Result<()> {
    use anyhow::Context;
    use nix::sys::{prctl::set_pdeathsig, signal::Signal};
    set_pdeathsig(Signal::SIGKILL).context("can't arrange to end with the tester")?;
    // After it was arranged: the parent may have ended before.
    let status = std::fs::read_to_string("/proc/self/status").context("can't read /proc")?;
    let found = status.lines().find_map(|line| line.strip_prefix("PPid:"));
    anyhow::ensure!(
        found.is_some_and(|found| found.trim() == parent),
        "process {parent}, which started this one, has ended"
    );
    Ok(())
}

#[cfg(not(target_os = "linux"))]
pub fn own_name() -> anyhow::Result<String> {
    Ok(std::process::id().to_string())
}

#[cfg(not(target_os = "linux"))]
pub fn die_with(_parent: &str) -> anyhow::Result<()> {
    anyhow::bail!("this system has no signal at the end of a parent")
}

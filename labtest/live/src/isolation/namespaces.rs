//! Namespaces: whether they can be had, and how.

#[cfg(target_os = "linux")]
pub use linux::{furnish, make, probe, probe_inside, probe_outside};

/// How namespaces are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// By root, without a user namespace: there, files of other users would be out of reach.
    Root,
    /// With a user namespace, in which this user is root.
    User,
}

#[cfg(not(target_os = "linux"))]
mod elsewhere {
    use super::Kind;

    fn refused<T>() -> anyhow::Result<T> {
        anyhow::bail!("this system has none")
    }

    pub fn probe() -> anyhow::Result<Kind> {
        refused()
    }

    pub fn probe_outside(_kind: Kind) -> anyhow::Result<u8> {
        refused()
    }

    pub fn probe_inside(_parent: &str) -> anyhow::Result<u8> {
        refused()
    }

    pub fn make(_kind: Kind) -> anyhow::Result<()> {
        refused()
    }

    pub fn furnish() -> anyhow::Result<()> {
        refused()
    }
}

#[cfg(not(target_os = "linux"))]
pub use elsewhere::{furnish, make, probe, probe_inside, probe_outside};

#[cfg(target_os = "linux")]
mod linux {
    use super::Kind;
    use crate::isolation::{loopback, parent, stage::Stage};
    use anyhow::{Context, bail, ensure};
    use nix::mount::{MsFlags, mount};
    use nix::sched::{CloneFlags, unshare};
    use nix::unistd::{getegid, geteuid};
    use std::net::{Ipv4Addr, TcpListener, TcpStream};
    use std::process::Stdio;

    /// Tries namespaces whole, in a process of their own, before anything depends on them. Systems refuse
    /// them in many ways: at once, or only when something is mounted.
    ///
    /// # Errors
    /// When they are refused: what was refused.
    pub fn probe() -> anyhow::Result<Kind> {
        if geteuid().is_root() && try_out(Kind::Root).is_ok() {
            return Ok(Kind::Root);
        }
        // Root may be refused what a user gets: this explains it.
        try_out(Kind::User).map(|()| Kind::User)
    }

    fn try_out(kind: Kind) -> anyhow::Result<()> {
        let tried = Stage::Probe(kind)
            .command()?
            .stdin(Stdio::null())
            .output()
            .context("can't start a process to try them")?;
        if tried.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&tried.stderr);
        match said.trim() {
            "" => bail!("the process that tried them has ended: {}", tried.status),
            said => bail!("{}", said.replace('\n', "; ")),
        }
    }

    /// The first process of a probe. What its child has to say goes to standard error.
    pub fn probe_outside(kind: Kind) -> anyhow::Result<u8> {
        let stage = Stage::Check(parent::own_name()?);
        make(kind)?;
        let status = stage.command()?.status().context("can't start a process in them")?;
        Ok(u8::from(!status.success()))
    }

    /// The second process of a probe, which is in the namespaces.
    pub fn probe_inside(parent: &str) -> anyhow::Result<u8> {
        parent::die_with(parent)?;
        furnish()?;
        let (number, name) = (std::process::id(), parent::own_name()?);
        ensure!(number == 1 && name == "1", "the first process is {number}, in /proc {name}");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("can't listen")?;
        TcpStream::connect(listener.local_addr()?).context("can't connect")?;
        listener.accept().context("can't accept")?;
        Ok(0)
    }

    /// Makes namespaces: this process's own, and for processes that of its children.
    pub fn make(kind: Kind) -> anyhow::Result<()> {
        let (user, group) = (geteuid(), getegid());
        let three = CloneFlags::CLONE_NEWPID | CloneFlags::CLONE_NEWNS | CloneFlags::CLONE_NEWNET;
        match kind {
            Kind::Root => unshare(three).context("can't unshare"),
            Kind::User => {
                let all = three | CloneFlags::CLONE_NEWUSER;
                unshare(all).context("can't unshare")?;
                // Who may not set groups may map one.
                let map = [
                    ("setgroups", "deny".to_owned()),
                    ("uid_map", format!("0 {user} 1")),
                    ("gid_map", format!("0 {group} 1")),
                ];
                for (file, text) in map {
                    let path = format!("/proc/self/{file}");
                    std::fs::write(&path, text).with_context(|| format!("can't write {path}"))?;
                }
                Ok(())
            }
        }
    }

    /// Sets up new namespaces as their first process: mounts stay inside, /proc shows the processes inside, and
    /// there is a loopback.
    pub fn furnish() -> anyhow::Result<()> {
        let nothing: Option<&str> = None;
        let private = MsFlags::MS_REC | MsFlags::MS_PRIVATE;
        mount(nothing, "/", nothing, private, nothing).context("can't keep mounts apart")?;
        let bare = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
        mount(Some("proc"), "/proc", Some("proc"), bare, nothing).context("can't mount /proc")?;
        loopback::bring_up().context("can't bring up the loopback")
    }
}

//! What the tester has to know about a kind of server: how it is started, how it is asked, what it says about
//! itself.

pub mod etcd;
pub mod kvd;
pub mod resp;
mod stored_log;

pub use stored_log::{StoredLog, Written};

use crate::operation::{Kind, Operation, Outcome};
use futures::future::BoxFuture;
use harness::{FAULTS, FaultKind};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Where a server of a cluster is, as the driver is told before it starts.
#[derive(Clone, Debug)]
pub struct Place {
    /// Its number, from 0.
    pub server: usize,
    /// Where it is to listen to clients.
    pub client_address: SocketAddr,
    /// Where it is to listen to the other servers.
    pub peer_address: SocketAddr,
    /// Where it finds each server, itself included: through proxies, except itself.
    pub peers: Vec<SocketAddr>,
    /// Where clients find each server, itself included: through proxies. A server that sends a client elsewhere
    /// names one of these.
    pub clients: Vec<SocketAddr>,
    /// Its directory, which outlives its process.
    pub directory: PathBuf,
    /// Which start of the server this is, from 1.
    pub life: u64,
}

/// A program to be started.
#[derive(Clone, Debug)]
pub struct Program {
    /// Its file.
    pub path: PathBuf,
    /// What it is given.
    pub arguments: Vec<String>,
    /// Environment variables, beside those of the tester.
    pub variables: Vec<(String, String)>,
}

/// Faults that servers of this kind can have, beyond those of any process and its connections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Abilities {
    /// Killing the process can lose what was not synced.
    pub power_cut: bool,
    /// The disk can be slow, full, or fail to sync.
    pub disk: bool,
    /// The process can be made to end at a point of its code.
    pub crash_points: bool,
}

impl Abilities {
    /// Whether such servers can have the fault with that name, if processes can.
    pub fn has(self, fault: &str) -> bool {
        let is_of_disks = |kind: &FaultKind| kind.name == fault && kind.live == Some("disk");
        match fault {
            "slow-server" => self.disk,
            "crash-at" => self.crash_points,
            _ => self.disk || !FAULTS.iter().any(is_of_disks),
        }
    }
}

/// What a line of a server's log says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// It leads that term.
    Leads {
        /// The term.
        term: u64,
    },
    /// It follows in that term, and knows who leads or does not.
    Follows {
        /// The term.
        term: u64,
        /// Who leads it.
        leader: Option<usize>,
    },
    /// It has panicked.
    Panicked,
    /// It has reached a point of its code, with that name.
    Reached(String),
}

/// A kind of server.
pub trait Driver: Send + Sync {
    /// What it is called in reports.
    fn name(&self) -> String;

    /// What can be done to it.
    fn abilities(&self) -> Abilities;

    /// Whether clients can ask its servers for operations of that kind.
    fn can(&self, _kind: Kind) -> bool {
        true
    }

    /// How a server is started. Files that it needs are written into its directory first.
    ///
    /// # Errors
    /// When they can't be written.
    fn program(&self, place: &Place) -> anyhow::Result<Program>;

    /// What a line of that server's log says, if it matters.
    fn understand(&self, server: usize, line: &str) -> Option<Said>;

    /// What to write to standard input of a server to make its disk so, as lines with their ends; `None` if it
    /// can't.
    fn disk_command(&self, state: &DiskState) -> Option<String>;

    /// What to write to standard input of a server to make it end when it reaches a point of its code for the
    /// nth time from now on, as a line with its end; `None` if it can't.
    fn exit_command(&self, _point: &str, _nth: u64) -> Option<String> {
        None
    }

    /// What to write to standard input of a server so that it no longer ends at any point; `None` if it can't.
    fn stay_command(&self) -> Option<String> {
        None
    }

    /// Opens a connection of a client. Until then nothing is sent that could have an effect.
    fn connect(
        &self,
        address: SocketAddr,
    ) -> BoxFuture<'static, std::io::Result<Box<dyn Connection>>>;

    /// How many entries of its log the server there has applied, which shows whether it has caught up; `None`
    /// if it doesn't say.
    fn applied_index(
        &self,
        _address: SocketAddr,
    ) -> BoxFuture<'static, std::io::Result<Option<u64>>> {
        Box::pin(async { Ok(None) })
    }

    /// Inspects the directories of stopped servers, in the order of their numbers; returns a sentence for each
    /// problem, or `None` if they can't be read for this kind.
    ///
    /// # Errors
    /// When they should be readable and are not.
    fn check_disks(&self, _directories: &[PathBuf]) -> anyhow::Result<Option<Vec<String>>> {
        Ok(None)
    }

    /// The logs of stopped servers, in the order of their numbers; `None` if they can't be read for this kind.
    ///
    /// # Errors
    /// When they should be readable and are not.
    fn logs(&self, _directories: &[PathBuf]) -> anyhow::Result<Option<Vec<StoredLog>>> {
        Ok(None)
    }
}

/// How a server's disk is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DiskState {
    /// It takes no writes.
    pub full: bool,
    /// How long a sync takes at least, shortest and longest.
    pub sync: Option<(Duration, Duration)>,
    /// The next sync fails.
    pub fail_next_sync: bool,
}

/// A connection of a client to one server.
pub trait Connection: Send {
    /// Asks for one operation and waits for the outcome, `timeout` at most. [`Reached::Elsewhere`] is for
    /// operations that have no effect since another server leads.
    fn call<'a>(
        &'a mut self,
        operation: &'a Operation,
        timeout: Duration,
    ) -> BoxFuture<'a, Reached>;
}

/// What an attempt at an operation came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reached {
    /// It came to this.
    Done(Outcome),
    /// It has no effect: the server that clients find at that `host:port` may do it.
    Elsewhere(String),
    /// It came to this, and the connection is useless now.
    Broken(Outcome),
}

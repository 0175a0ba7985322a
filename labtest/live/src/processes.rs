//! Server processes, from the view of the tester that starts and breaks them.
//!
//! A [`Server`] takes orders from anywhere, and a task of its own carries them out one after another. What
//! happens is reported as [`Event`]s, those of a server in order. Each server is in a process group of its own,
//! and signals go to the whole group. What it writes, on standard output and standard error, is told line by
//! line and kept in `server-N.log` in the folder of logs, each line after the seconds since the start of the
//! run.
//!
//! The other end of a server's standard input is the tester's: it ends when the tester does, however it does.
//! Without namespaces ([`crate::isolation`]) the kernel of Linux kills servers, too, when the *thread* ends
//! that started them. So tasks must run on threads that live as long as the run, as those of a tokio runtime
//! do unless they are blocked in place.

mod child;
mod event;
mod lines;
mod log;
mod memory;
mod server;
mod supervisor;

pub use event::{Ending, Event, What};
pub use server::Server;

use crate::driver::Program;
use crate::isolation::Isolation;
use event::Teller;
use futures::future::join_all;
use log::Log;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use supervisor::Supervisor;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// All servers of a run. They are killed when this is dropped.
pub struct Processes {
    logs: PathBuf,
    guarded: bool,
    events: UnboundedSender<Event>,
    servers: Vec<Server>,
}

impl Processes {
    /// No servers yet, with their logs in that folder, which is created. Also returns the stream of events.
    ///
    /// # Errors
    /// When the folder can't be made.
    pub fn new(
        isolation: &Isolation,
        logs: &Path,
    ) -> io::Result<(Processes, UnboundedReceiver<Event>)> {
        std::fs::create_dir_all(logs)?;
        let (events, told) = unbounded_channel();
        let guarded = *isolation != Isolation::Namespaces;
        Ok((Processes { logs: logs.to_owned(), guarded, events, servers: Vec::new() }, told))
    }

    /// One more server, with the next number from 0. It is not started yet; `program` is asked what to start
    /// each time that it is, with the number of the life from 1.
    ///
    /// # Errors
    /// When its log can't be opened.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn add(
        &mut self,
        program: impl Fn(u64) -> anyhow::Result<Program> + Send + 'static,
    ) -> io::Result<Server> {
        let number = self.servers.len();
        let log = Log::open(&self.logs.join(format!("server-{number}.log")))?;
        let teller = Teller::new(number, self.events.clone(), Arc::new(log));
        let (server, orders) = Server::new(number);
        let status = server.status.clone();
        let supervisor = Supervisor::new(Box::new(program), self.guarded, orders, teller, status);
        runtime::detach(supervisor.run());
        self.servers.push(server.clone());
        Ok(server)
    }

    /// The servers, by number.
    pub fn servers(&self) -> &[Server] {
        &self.servers
    }

    /// Ends all servers, after the orders that they have: those that are paused are resumed, all are asked to
    /// end, and killed after five seconds. Returns when all have ended.
    pub async fn shutdown(&self) {
        join_all(self.servers.iter().map(Server::end)).await;
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        self.servers.iter().for_each(Server::kill);
    }
}

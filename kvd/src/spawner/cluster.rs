//! All servers of a cluster, from their start to their end.

use super::SpawnerOptions;
use super::child::{Child, Deed};
use super::ending::{self, Ending};
use super::leader_watch::{Announcement, LeaderWatch};
use super::log_line::{LogLine, printable};
use super::node::{Node, State};
use super::screen::{Screen, Weight, show};
use crate::exit::Code;
use crate::servers_file::ServersFile;
use rustix::process::Signal;
use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::time::Duration;
use tokio::process::Command;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// How long servers have to end by themselves.
const END_TIME: Duration = Duration::from_secs(5);

/// Something that happened.
enum ClusterEvent {
    /// A server did something.
    Deed(u64, Deed),
    /// A server's pause is over.
    StartAgain(u64),
    /// This process is asked to end.
    Signal(Signal),
    /// The servers have had [`END_TIME`].
    TimeIsUp,
}

/// The servers, and what is known of them.
pub struct Cluster<'a> {
    options: &'a SpawnerOptions,
    program: PathBuf,
    path: PathBuf,
    servers: ServersFile,
    nodes: BTreeMap<u64, Node>,
    leader: LeaderWatch,
    screen: Screen<anstream::Stdout>,
    events: UnboundedReceiver<ClusterEvent>,
    tell: UnboundedSender<ClusterEvent>,
    /// The exit code: of the first server that failed, or of the signal that ended all.
    code: u8,
    /// Whether this process was asked to end.
    ends: bool,
}

impl<'a> Cluster<'a> {
    /// The servers of that file, none of them started. Listens to signals from now on.
    pub fn new(
        options: &'a SpawnerOptions,
        program: PathBuf,
        path: PathBuf,
        servers: ServersFile,
    ) -> io::Result<Cluster<'a>> {
        let (tell, events) = unbounded_channel();
        listen(SignalKind::interrupt(), Signal::INT, tell.clone())?;
        listen(SignalKind::terminate(), Signal::TERM, tell.clone())?;
        let ids: Vec<u64> = servers.servers.iter().map(|server| server.id).collect();
        Ok(Cluster {
            options,
            program,
            path,
            servers,
            nodes: ids.iter().map(|id| (*id, Node::new())).collect(),
            leader: LeaderWatch::default(),
            screen: Screen::new(anstream::stdout(), ids),
            events,
            tell,
            code: Code::Done.number(),
            ends: false,
        })
    }

    /// Starts all servers, and returns the exit code when all have ended.
    ///
    /// # Errors
    /// When the log can't be written. Servers that are left end with the runtime.
    pub async fn run(&mut self) -> io::Result<u8> {
        self.greet()?;
        let ids: Vec<u64> = self.nodes.keys().copied().collect();
        ids.into_iter().for_each(|id| self.start(id));
        while self.nodes.values().any(|node| !matches!(node.state, State::Ended)) {
            // There is always one who can tell: this.
            match self.events.recv().await {
                Some(ClusterEvent::Deed(id, Deed::Line(line))) => self.line(id, &line)?,
                Some(ClusterEvent::Deed(id, Deed::Ended(ending))) => self.ended(id, &ending)?,
                Some(ClusterEvent::StartAgain(id)) => self.start_again(id),
                Some(ClusterEvent::Signal(signal)) => self.end(signal)?,
                Some(ClusterEvent::TimeIsUp) => {
                    self.screen.own(Weight::Alarm, "servers that are left are killed")?;
                    self.kill();
                }
                None => break,
            }
        }
        self.screen.own(Weight::Plain, "all servers have ended")?;
        Ok(self.code)
    }

    fn greet(&mut self) -> io::Result<()> {
        let ServersFile { cluster, servers, .. } = &self.servers;
        let (file, data) = (self.path.display(), self.options.data.display());
        let (count, s) = (servers.len(), if servers.len() == 1 { "" } else { "s" });
        let line = format!("{count} server{s} of cluster {cluster:?} as in {file}, data in {data}");
        self.screen.own(Weight::Plain, &line)?;
        let clients =
            servers.iter().map(|server| &*server.advertised).collect::<Vec<_>>().join(", ");
        self.screen.own(Weight::Plain, &format!("clients: {clients}; Ctrl-C ends all"))
    }

    fn start(&mut self, id: u64) {
        let mut command = Command::new(&self.program);
        command.arg("serve").arg("--config").arg(&self.path).arg("--id").arg(id.to_string());
        command.arg("--data").arg(&self.options.data).args(["--log", "json"]);
        command.arg("--parent").arg(std::process::id().to_string()).args(&self.options.arguments);
        let tell = self.tell.clone();
        let tell = move |deed| drop(tell.send(ClusterEvent::Deed(id, deed)));
        let node = self.nodes.entry(id).or_insert_with(Node::new);
        match Child::start(command, tell.clone()) {
            Ok(child) => node.began(child),
            Err(error) => {
                node.state = State::Pausing;
                let what = format!("started: {}: {error}", self.program.display());
                tell(Deed::Ended(Ending::Refused(what)));
            }
        }
    }

    fn start_again(&mut self, id: u64) {
        if self.nodes.get(&id).is_some_and(|node| matches!(node.state, State::Pausing)) {
            self.start(id);
        }
    }

    fn line(&mut self, id: u64, line: &str) -> io::Result<()> {
        let understood = LogLine::parse(line);
        let shown = understood.as_ref().map_or_else(|| printable(line), show);
        self.screen.server(id, &shown)?;
        if let Some(node) = self.nodes.get_mut(&id) {
            node.said(shown);
        }
        let report = understood.and_then(|line| line.leader);
        let announcement = report.and_then(|report| self.leader.reported(id, report));
        self.announce(announcement)
    }

    fn announce(&mut self, announcement: Option<Announcement>) -> io::Result<()> {
        match announcement {
            Some(announcement) => self.screen.own(Weight::Bold, &announcement.to_string()),
            None => Ok(()),
        }
    }

    fn ended(&mut self, id: u64, ending: &Ending) -> io::Result<()> {
        let next = self.after(id, ending);
        if self.ends {
            // It was asked to.
            return self.screen.own(Weight::Plain, &format!("node {id} {ending}"));
        }
        if self.code == Code::Done.number() {
            self.code = ending.number();
        }
        let lines = self.nodes.get_mut(&id).map(Node::take_last_lines).unwrap_or_default();
        let told = if lines.is_empty() { "" } else { ". Its last lines:" };
        self.screen.own(Weight::Alarm, &format!("node {id} {ending}; {next}{told}"))?;
        for line in lines {
            self.screen.own(Weight::Plain, &format!("    {line}"))?;
        }
        let announcement = self.leader.ended(id);
        self.announce(announcement)
    }

    /// Decides what comes after the end of a server, and says it.
    fn after(&mut self, id: u64, ending: &Ending) -> String {
        let again = self.options.restart && !self.ends && ending.may_pass();
        let Some(node) = self.nodes.get_mut(&id) else { return String::new() };
        if again {
            let pause = node.next_pause();
            node.state = State::Pausing;
            self.tell_later(pause, ClusterEvent::StartAgain(id));
            return format!("it is started again in {} s", pause.as_secs());
        }
        node.state = State::Ended;
        let others = self.nodes.values().any(|node| !matches!(node.state, State::Ended));
        if others { "the others go on".to_owned() } else { "it was the last".to_owned() }
    }

    /// Ends all servers; at the second signal without mercy.
    fn end(&mut self, signal: Signal) -> io::Result<()> {
        if self.ends {
            self.kill();
            return Ok(());
        }
        self.ends = true;
        let code = if signal == Signal::INT { Code::Interrupted } else { Code::Terminated };
        self.code = code.number();
        let line = format!("{}: all servers are ended", ending::name(signal.as_raw()));
        self.screen.own(Weight::Bold, &line)?;
        for node in self.nodes.values_mut() {
            match &node.state {
                State::Running(child) => child.signal(Signal::TERM),
                State::Pausing | State::Ended => node.state = State::Ended,
            }
        }
        self.tell_later(END_TIME, ClusterEvent::TimeIsUp);
        Ok(())
    }

    fn kill(&self) {
        for node in self.nodes.values() {
            if let State::Running(child) = &node.state {
                child.signal(Signal::KILL);
            }
        }
    }

    fn tell_later(&self, pause: Duration, event: ClusterEvent) {
        let tell = self.tell.clone();
        runtime::detach(async move {
            runtime::sleep(pause).await;
            let _ = tell.send(event);
        });
    }
}

/// Tells of each such signal that this process receives.
fn listen(kind: SignalKind, number: Signal, tell: UnboundedSender<ClusterEvent>) -> io::Result<()> {
    let mut signals = signal(kind)?;
    runtime::detach(async move {
        while signals.recv().await.is_some() && tell.send(ClusterEvent::Signal(number)).is_ok() {}
    });
    Ok(())
}

//! The nemesis' world, made of processes and proxies: what the field says of links, nodes and disks is done to
//! connections, with signals, and by commands on standard input.

use crate::blackouts::Blackouts;
use crate::driver::{self, Driver, Said};
use crate::judge::{End, Reach};
use crate::network::{self, Direction, Network};
use crate::noted::{Noted, Part};
use crate::processes::{Ending, Event, Server, What};
use crate::record::Recorder;
use harness::nemesis::{
    self, DiskState, LinkState, NodeState, Point, RoleName, Senses, SyncDelay, Traps, Unsynced,
    View, Way,
};
use harness::{Failure, property};
use labtrace::trace::Fault;
use parking_lot::Mutex;
use runtime::Rng;
use std::mem;
use std::sync::Arc;
use std::time::Duration;

/// The servers of a run, and all that can be done to them.
pub struct World {
    seed: u64,
    driver: Arc<dyn Driver>,
    servers: Vec<Server>,
    /// How long syncs take when no fault lies on a disk.
    base_sync: SyncDelay,
    /// Their links, those of clients among them.
    pub network: Network,
    /// Looks at disks when no server runs.
    pub blackouts: Blackouts,
    recorder: Recorder,
    /// Those who wait for something that a server does.
    pub senses: Senses,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    servers: Vec<Known>,
    noted: Noted,
    traps: Option<Arc<Traps>>,
    failure: Option<Failure>,
    /// Why a server could not be started.
    refused: Option<String>,
}

/// What is known of a server.
#[derive(Clone, Default)]
struct Known {
    /// Whether it is to run. Its process may be about to end, or to start.
    is_up: bool,
    /// How many processes were started and have not ended.
    processes: u64,
    view: Option<View>,
    disk: driver::DiskState,
    /// Its disk was broken in this life, so it has to end.
    has_to_end: bool,
    /// The point of its code at which it has said that it ends.
    reached: Option<Point>,
}

impl Known {
    /// It is to run from now on.
    fn starts(&mut self) {
        self.is_up = true;
        self.processes += 1;
    }

    /// A new process begins. Its disk is as the last one left it: on a full one it has to end, too.
    fn begins(&mut self) {
        (self.has_to_end, self.reached) = (self.disk.full, None);
    }
}

impl World {
    /// These servers, none of which was started yet, with disks whose syncs take that long at least, where the
    /// driver can make them.
    pub fn new(
        seed: u64,
        driver: Arc<dyn Driver>,
        servers: Vec<Server>,
        base_sync: SyncDelay,
        network: Network,
        blackouts: Blackouts,
        recorder: Recorder,
    ) -> World {
        let disk = driver::DiskState { sync: slow(base_sync), ..driver::DiskState::default() };
        let known = Known { disk, ..Known::default() };
        let state = State { servers: vec![known; servers.len()], ..State::default() };
        let (senses, state) = (Senses::default(), Mutex::new(state));
        World { seed, driver, servers, base_sync, network, blackouts, recorder, senses, state }
    }

    /// Starts all servers.
    pub fn start(&self) {
        for server in &self.servers {
            self.state.lock().servers[server.number()].starts();
            server.start();
        }
    }

    /// The present life of each server that is to run.
    pub fn lives(&self) -> Vec<Option<u64>> {
        let state = self.state.lock();
        let life = |(known, server): (&Known, &Server)| known.is_up.then(|| server.life());
        state.servers.iter().zip(&self.servers).map(life).collect()
    }

    /// What ends the run, if anything has.
    pub fn failure(&self) -> Option<Failure> {
        self.state.lock().failure.clone()
    }

    /// Why a server could not be started, if one could not.
    pub fn refused(&self) -> Option<String> {
        self.state.lock().refused.clone()
    }

    /// Notes something.
    pub fn note<T>(&self, note: impl FnOnce(&mut Noted, u64) -> T) -> T {
        let now = self.recorder.now();
        note(&mut self.state.lock().noted, now)
    }

    /// Records a step of the run.
    pub fn tell(&self, text: &str) {
        self.recorder.note(self.recorder.now(), text);
    }

    /// Records that no fault is left.
    pub fn tell_mended(&self) {
        self.recorder.mended(self.recorder.now());
    }

    /// What was noted, of a run that is over.
    pub fn take_noted(&self) -> Noted {
        mem::take(&mut self.state.lock().noted)
    }

    // ---- what processes do ----

    /// Something happened to a server's process.
    pub fn see(&self, event: Event) {
        let (server, life) = (event.server, event.life);
        let at = event.at.as_nanos();
        match event.what {
            What::Started { .. } => self.see_start(at, server, life),
            What::Line(line) => self.see_line(at, server, &line),
            What::Ended { how, expected, out_of_memory } => {
                let end = self.end(server, how, expected, out_of_memory);
                self.recorder.ended(at, server, life, &format!("server {server} {how}"));
                self.see_end(at, server, how, end);
            }
            What::Refused { why } => {
                let why = format!("server {server} can't be started: {why}");
                self.state.lock().refused.get_or_insert(why.clone());
                self.fail_by(property::LIVE_EXIT, why);
            }
            What::Trouble(what) => {
                self.state.lock().noted.trouble(format!("server {server}: {what}"));
            }
            What::Paused | What::Resumed => {}
        }
    }

    fn see_start(&self, at: u64, server: usize, life: u64) {
        self.recorder.started(at, server, life);
        let (disk, traps) = {
            let mut state = self.state.lock();
            state.noted.started(at, server);
            let known = &mut state.servers[server];
            known.begins();
            (known.disk.clone(), state.traps.clone())
        };
        if disk != driver::DiskState::default() {
            self.command_disk(server, &disk);
        }
        if traps.is_some_and(|traps| !traps.of(server).is_empty()) {
            self.command_traps(server);
        }
        if life > 1 {
            self.senses.tell(server, nemesis::Event::Restart);
        }
    }

    fn see_line(&self, at: u64, server: usize, line: &str) {
        match self.driver.understand(server, line) {
            Some(Said::Leads { term }) => {
                self.recorder.role(at, server, term, true);
                self.state.lock().noted.leader(at, server, term, server);
                self.see_role(server, term, RoleName::Leader);
            }
            Some(Said::Follows { term, leader }) => {
                self.recorder.role(at, server, term, false);
                if let Some(leader) = leader {
                    self.state.lock().noted.leader(at, server, term, leader);
                }
                self.see_role(server, term, RoleName::Follower);
            }
            Some(Said::Panicked) => {
                self.state.lock().noted.panicked(at, server, line);
                self.fail_by(property::PANIC, format!("server {server} has panicked: {line}"));
            }
            Some(Said::Reached(point)) => {
                self.state.lock().servers[server].reached = Point::of_name(&point);
            }
            None => {}
        }
    }

    fn see_role(&self, server: usize, term: u64, role: RoleName) {
        let before = {
            let mut state = self.state.lock();
            let view = View { role, term, last_entry: None };
            state.servers[server].view.replace(view)
        };
        let led = before.is_some_and(|view| view.role == RoleName::Leader);
        let is_new = before.is_none_or(|view| view.term < term);
        let leads = role == RoleName::Leader;
        for (happened, event) in [
            (is_new, nemesis::Event::Term),
            (leads && (is_new || !led), nemesis::Event::Elected),
            (led && (is_new || !leads), nemesis::Event::StepDown),
        ] {
            if happened {
                self.senses.tell(server, event);
            }
        }
    }

    /// Whose doing an end is.
    fn end(&self, server: usize, how: Ending, expected: bool, out_of_memory: bool) -> End {
        let known = self.state.lock().servers[server].clone();
        match how {
            _ if expected || known.reached.is_some() => End::ByTester,
            Ending::Exited(_) if known.has_to_end => End::ByTester,
            Ending::Killed(_) if out_of_memory => End::ForMemory,
            Ending::Exited(code) => End::Exited(code),
            Ending::Killed(signal) => End::Signal(signal),
        }
    }

    fn see_end(&self, at: u64, server: usize, how: Ending, end: End) {
        let trap = {
            let mut state = self.state.lock();
            state.noted.ended(at, server, end.clone());
            let known = &mut state.servers[server];
            known.view = None;
            known.processes = known.processes.saturating_sub(1);
            let reached = known.reached.take();
            // With the lock, without which none is started.
            if state.servers.iter().all(|known| known.processes == 0) {
                self.blackouts.begin(at);
            }
            reached.zip(state.traps.clone())
        };
        self.senses.tell(server, nemesis::Event::Crash);
        match end {
            End::ByTester => {}
            End::Exited(_) | End::Signal(_) | End::ForMemory => {
                self.fail_by(
                    property::LIVE_EXIT,
                    format!("server {server} {how}, and nobody ended it"),
                );
            }
        }
        // Who ended at a trap is to be buried, and started again in time.
        if let Some((point, traps)) = trap
            && let Some(trap) = traps.take(server, point)
        {
            traps.sprung(trap);
        }
    }

    fn fail_by(&self, property: &'static str, message: String) {
        nemesis::World::fail(self, Failure::new(property, message));
    }

    // ---- what is done to them ----

    fn command_disk(&self, server: usize, disk: &driver::DiskState) {
        self.write(server, self.driver.disk_command(disk));
    }

    fn command_traps(&self, server: usize) {
        let traps = self.state.lock().traps.clone();
        let traps = traps.map(|traps| traps.of(server)).unwrap_or_default();
        self.write(server, self.driver.stay_command());
        for trap in traps {
            self.write(server, self.driver.exit_command(trap.point.name(), trap.countdown));
        }
    }

    fn write(&self, server: usize, lines: Option<String>) {
        for line in lines.iter().flat_map(|lines| lines.lines()) {
            self.servers[server].write_line(line);
        }
    }

    fn note_part(&self, part: Part, broken: Option<(String, Reach)>) {
        self.note(|noted, at| noted.part(at, part, broken));
    }
}

impl nemesis::World for World {
    fn servers(&self) -> usize {
        self.servers.len()
    }

    fn is_running(&self, server: usize) -> bool {
        self.state.lock().servers[server].is_up
    }

    /// What was not synced fares as the server's own disk draws.
    fn crash(&self, server: usize, _unsynced: Unsynced) {
        let known = &mut self.state.lock().servers[server];
        (known.is_up, known.view) = (false, None);
        self.servers[server].kill();
    }

    fn boot(&self, server: usize) -> Result<(), Failure> {
        self.state.lock().servers[server].starts();
        self.servers[server].start();
        Ok(())
    }

    fn set_link(&self, from: usize, to: usize, link: &LinkState) {
        let closed = closed(link);
        let words = |how: &str| format!("the link from server {from} to server {to} is {how}");
        let cut = closed.map(|(_, how)| (words(how), Reach::Cuts(vec![(from, to)])));
        self.note_part(Part::Link(from, to), cut);
        let slow = (!link.changes.is_empty()).then(|| (words("slow"), Reach::Impairs));
        self.note_part(Part::Pace(from, to), slow);
        let state = network::LinkState {
            closed: closed.map(|(closing, _)| closing),
            delay: link.changes.iter().rev().find_map(|change| change.delay.clone()),
            late: link.changes.iter().rev().find_map(|change| change.late.clone()),
            throttle_bytes_per_s: link
                .changes
                .iter()
                .filter_map(|it| it.throttle_bytes_per_s)
                .min(),
        };
        self.network.set_link(from, to, state);
    }

    fn set_clients(&self, server: usize, way: Way, link: &LinkState) {
        let (direction, words) = match way {
            Way::In => (Direction::ToServer, "from clients to"),
            Way::Out => (Direction::FromServer, "to clients from"),
            Way::Both => unreachable!("each way is told by itself"),
        };
        let closed = closed(link);
        let broken = closed
            .map(|(_, how)| (format!("the link {words} server {server} is {how}"), Reach::Impairs));
        self.note_part(Part::Clients(server, direction), broken);
        let closed = closed.map(|(closing, _)| closing);
        let state = network::LinkState { closed, ..network::LinkState::default() };
        self.network.set_client_link(server, direction, state);
    }

    fn set_node(&self, server: usize, node: NodeState) {
        let is_up = self.is_running(server);
        let paused =
            node.paused.then(|| (format!("server {server} is paused"), Reach::Stops(vec![server])));
        self.note_part(Part::Node(server), paused);
        match node.paused {
            true if is_up => self.servers[server].pause(),
            true => {}
            false => self.servers[server].resume(),
        }
    }

    fn set_disk(&self, server: usize, disk: DiskState) {
        let broken = match disk {
            DiskState { full: true, .. } => Some("full"),
            DiskState { sync, .. } if sync != Default::default() => Some("slow"),
            _ => None,
        };
        let words = |how| (format!("the disk of server {server} is {how}"), Reach::Impairs);
        self.note_part(Part::Disk(server), broken.map(words));
        let changed = {
            let known = &mut self.state.lock().servers[server];
            let (min, max) = self.base_sync;
            let sync = slow((disk.sync.0.max(min), disk.sync.1.max(max)));
            let state = driver::DiskState { full: disk.full, sync, fail_next_sync: false };
            known.has_to_end |= state.full;
            (mem::replace(&mut known.disk, state.clone()) != state).then_some(state)
        };
        if let Some(state) = changed {
            self.command_disk(server, &state);
        }
    }

    fn fail_next_sync(&self, server: usize) {
        let disk = {
            let known = &mut self.state.lock().servers[server];
            known.has_to_end = true;
            driver::DiskState { fail_next_sync: true, ..known.disk.clone() }
        };
        self.note(|noted, _| noted.sync_fails(server));
        self.command_disk(server, &disk);
    }

    fn jump_clock(&self, _server: usize, _forward: Duration) -> Result<(), Failure> {
        Err(Failure::new(property::LIVE_MACHINE, "a process has no clock of its own".to_owned()))
    }

    fn flip_bit(&self, _server: usize) -> Result<bool, Failure> {
        Err(Failure::new(
            property::LIVE_MACHINE,
            "nobody gets at the bits of a process' disk".to_owned(),
        ))
    }

    fn watch_traps(&self, traps: &Arc<Traps>) {
        self.state.lock().traps = Some(Arc::clone(traps));
    }

    fn traps_changed(&self, server: usize) {
        self.command_traps(server);
    }

    fn view(&self, server: usize) -> Option<View> {
        self.state.lock().servers[server].view
    }

    fn chance(&self, step: u64) -> Rng {
        Rng::stream(self.seed, "fault", step)
    }

    fn show_fault(&self, fault: &Fault) {
        self.recorder.fault(self.recorder.now(), fault);
    }

    fn fail(&self, failure: Failure) {
        self.state.lock().failure.get_or_insert(failure);
    }
}

fn slow(sync: SyncDelay) -> Option<SyncDelay> {
    (sync != SyncDelay::default()).then_some(sync)
}

/// How a link is closed, if it is, and a word for it.
fn closed(link: &LinkState) -> Option<(network::Closing, &'static str)> {
    match link {
        LinkState { reset: true, .. } => Some((network::Closing::Reset, "reset")),
        LinkState { cut: true, .. } => Some((network::Closing::Cut, "cut")),
        LinkState { held: true, .. } => Some((network::Closing::Hold, "held")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_life_on_a_disk_that_is_still_full_has_to_end_and_another_has_not() {
        let broken =
            Known { has_to_end: true, reached: Some(Point::AfterSync), ..Known::default() };
        let mut whole = broken.clone();
        whole.begins();
        assert!(!whole.has_to_end && whole.reached.is_none());
        let disk = driver::DiskState { full: true, ..driver::DiskState::default() };
        let mut full = Known { disk, ..broken };
        full.begins();
        assert!(full.has_to_end && full.reached.is_none());
    }
}

//! Three servers on a desk: a network that loses nothing, disks that are durable at once, one clock.

use crate::child::{Child, Trouble};
use crate::program::{AnswerLimits, Program};
use crate::protocol::{Done, Hello, Init, Input, Output, RaftOptions};
use raft_api::State;
use std::collections::BTreeMap;

/// How long a message is under way.
const WAY_NS: u64 = 1_000_000;
/// The most lines that a walk may take: a program that never stops to talk would go on for ever.
const LINES_MAX: usize = 100_000;

pub(super) struct Desk {
    program: Program,
    limits: AnswerLimits,
    hello: Hello,
    servers: Vec<OnDesk>,
    at_ns: u64,
    /// What is to happen, by its time and by the order in which it came to be known.
    due: BTreeMap<(u64, u64), (usize, Input)>,
    numbered: u64,
    /// Who has called: of a request's number the caller and the number it knows.
    callers: BTreeMap<u64, (usize, u64)>,
    /// All that was written, in order, each line with its server.
    pub(super) written: Vec<String>,
}

#[derive(Default)]
struct OnDesk {
    /// None between two lives.
    child: Option<Child>,
    lives: u64,
    timers: BTreeMap<String, (u64, u64)>,
    disk: Init,
    applied: BTreeMap<u64, Vec<u8>>,
}

impl Desk {
    /// Starts the children, who are no servers yet.
    pub(super) fn open(
        program: &Program,
        limits: AnswerLimits,
        servers: usize,
    ) -> Result<(Desk, Hello), Trouble> {
        let started = (0..servers).map(|_| Child::start(program, limits));
        let (children, hellos): (Vec<Child>, Vec<Hello>) =
            started.collect::<Result<Vec<_>, _>>()?.into_iter().unzip();
        let on_desk = |child| OnDesk { child: Some(child), ..OnDesk::default() };
        let hello = hellos.into_iter().next().unwrap_or_default();
        let desk = Desk {
            program: program.clone(),
            limits,
            hello: hello.clone(),
            servers: children.into_iter().map(on_desk).collect(),
            at_ns: 0,
            due: BTreeMap::new(),
            numbered: 0,
            callers: BTreeMap::new(),
            written: Vec::new(),
        };
        Ok((desk, hello))
    }

    /// A life of a server begins.
    pub(super) fn boot(&mut self, server: usize) -> Result<(), Trouble> {
        let place = &mut self.servers[server];
        place.lives += 1;
        let init = Init {
            me: server,
            servers: self.servers.len(),
            seed: 1000 * self.servers[server].lives + server as u64,
            options: RaftOptions {
                heartbeat_ms: 100,
                election_timeout_min_ms: 350,
                election_timeout_max_ms: 700,
            },
            ..self.servers[server].disk.clone()
        };
        self.tell(server, &Input::Init(init))?;
        if let Some(tick) = self.hello.tick {
            self.later(tick.as_nanos() as u64, server, Input::Tick);
        }
        Ok(())
    }

    /// A life of a server ends.
    pub(super) fn end_life(&mut self, server: usize) -> Result<(), Trouble> {
        self.due.retain(|_, (whose, _)| *whose != server);
        self.servers[server].timers.clear();
        if self.hello.can_reset {
            self.line(server, &Input::Reset, &Input::Reset.line(0))?;
        } else {
            self.servers[server].child = Some(Child::start(&self.program, self.limits)?.0);
        }
        Ok(())
    }

    pub(super) fn has_timers(&self) -> bool {
        self.servers.iter().any(|server| !server.timers.is_empty())
    }

    pub(super) fn state(&mut self, server: usize) -> Result<State, Trouble> {
        let Done { term, is_leader, .. } = self.tell(server, &Input::State)?;
        Ok(State { term: term.unwrap_or_default(), is_leader: is_leader.unwrap_or_default() })
    }

    /// Goes on until something is so, but no longer than that; what is so, if it is.
    pub(super) fn run_until<T>(
        &mut self,
        limit_ns: u64,
        is_so: impl Fn(&[State]) -> Option<T>,
    ) -> Result<Option<T>, Trouble> {
        let end_ns = self.at_ns + limit_ns;
        loop {
            let states = (0..self.servers.len()).map(|server| self.state(server));
            let states: Vec<State> = states.collect::<Result<_, _>>()?;
            if let Some(found) = is_so(&states) {
                return Ok(Some(found));
            }
            if !self.step(end_ns)? {
                return Ok(None);
            }
        }
    }

    /// Goes on until all have applied a command; false if they have not in time.
    pub(super) fn run_until_applied(
        &mut self,
        limit_ns: u64,
        index: u64,
        command: &[u8],
    ) -> Result<bool, Trouble> {
        let end_ns = self.at_ns + limit_ns;
        loop {
            let has_it =
                |server: &OnDesk| server.applied.get(&index).is_some_and(|it| it == command);
            if self.servers.iter().all(has_it) {
                return Ok(true);
            }
            if !self.step(end_ns)? {
                return Ok(false);
            }
        }
    }

    /// The next thing happens; false when there is none before that time.
    fn step(&mut self, end_ns: u64) -> Result<bool, Trouble> {
        let timers = self.servers.iter().enumerate().flat_map(|(server, it)| {
            it.timers.iter().map(move |(id, when)| (*when, (server, Some(id.clone()))))
        });
        let inputs = self.due.iter().map(|(when, (server, _))| (*when, (*server, None)));
        let Some((when, (server, timer))) = timers.chain(inputs).min_by_key(|(when, _)| *when)
        else {
            return Ok(false);
        };
        if when.0 > end_ns {
            return Ok(false);
        }
        self.at_ns = self.at_ns.max(when.0);
        let input = match timer {
            Some(id) => {
                self.servers[server].timers.remove(&id);
                Input::Timer { id }
            }
            None => self.due.remove(&when).map_or(Input::State, |(_, input)| input),
        };
        if let (Input::Tick, Some(tick)) = (&input, self.hello.tick) {
            self.later(tick.as_nanos() as u64, server, Input::Tick);
        }
        self.tell(server, &input)?;
        Ok(true)
    }

    fn later(&mut self, after_ns: u64, server: usize, input: Input) {
        self.numbered += 1;
        self.due.insert((self.at_ns.saturating_add(after_ns), self.numbered), (server, input));
    }

    /// Tells a server something, and does what it wants done.
    pub(super) fn tell(&mut self, server: usize, input: &Input) -> Result<Done, Trouble> {
        self.line(server, input, &input.line(self.at_ns))
    }

    /// The same with a line of one's own.
    pub(super) fn line(
        &mut self,
        server: usize,
        input: &Input,
        line: &str,
    ) -> Result<Done, Trouble> {
        let written = &mut self.written;
        let heard = |line: &[u8]| {
            written.push(format!("server {server}: {}", String::from_utf8_lossy(line)));
        };
        let child = self.servers[server].child.as_mut().expect("only a server that lives is told");
        let answer = child.ask(input, line, heard)?;
        if self.written.len() > LINES_MAX {
            return Err(trouble(format!("more than {LINES_MAX} lines, in {} ns", self.at_ns)));
        }
        answer.outputs.into_iter().try_for_each(|output| self.take(server, output))?;
        Ok(answer.done)
    }

    fn take(&mut self, server: usize, output: Output) -> Result<(), Trouble> {
        let (count, place) = (self.servers.len(), &mut self.servers[server]);
        match output {
            Output::Call { to, .. } | Output::Send { to, .. } if to >= count => {
                return Err(trouble(format!(
                    "server {server} wants to talk with server {to}, of {count} from 0 on"
                )));
            }
            Output::Call { call, to, method, args } => {
                let number = self.numbered + 1;
                self.callers.insert(number, (server, call));
                let method = crate::server::method(&method).map_err(trouble)?;
                self.later(WAY_NS, to, Input::Request { call: number, from: server, method, args });
            }
            Output::Send { to, method, body } => {
                let method = crate::server::method(&method).map_err(trouble)?;
                self.later(WAY_NS, to, Input::Message { from: server, method, body });
            }
            Output::Reply { call, result } => {
                let Some((caller, known)) = self.callers.remove(&call) else {
                    let told = format!(
                        "server {server} answers call {call}, and no such request waits for that"
                    );
                    return Err(trouble(told));
                };
                self.later(WAY_NS, caller, Input::Reply { call: known, result: Some(result) });
            }
            Output::SetTimer { id, after } => {
                self.numbered += 1;
                let after_ns = u64::try_from(after.as_nanos()).unwrap_or(u64::MAX);
                place.timers.insert(id, (self.at_ns.saturating_add(after_ns), self.numbered));
            }
            Output::CancelTimer { id } => drop(place.timers.remove(&id)),
            Output::Persist { state, snapshot } => {
                place.disk.state = Some(state);
                place.disk.records.clear();
                place.disk.snapshot = snapshot.or(place.disk.snapshot.take());
            }
            Output::Append { record } => place.disk.records.push(record),
            Output::Apply { index, command, .. } => {
                place.applied.insert(index, command.unwrap_or_default().to_vec());
            }
            Output::Fail { text } => return Err(trouble(format!("server {server} fails: {text}"))),
            _ => {}
        }
        Ok(())
    }
}

fn trouble(message: String) -> Trouble {
    Trouble { message, details: Vec::new() }
}

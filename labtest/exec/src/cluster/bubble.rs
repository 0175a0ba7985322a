//! The one program of a run: it is told what happens, its clock is moved, and what its servers do is handed to them.

use super::life::Shared;
use super::lines::{Does, Line, Told};
use super::speaker::Speaker;
use super::terms::Terms;
use super::work::Work;
use crate::child::Trouble;
use bytes::Bytes;
use harness::{Failure, Voice, property};
use parking_lot::Mutex;
use runtime::{EventSink, Events, Node};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

thread_local! {
    /// Of the run of this thread. The simulation keeps it until the run ends.
    static OF_THIS_RUN: RefCell<Weak<Bubble>> = const { RefCell::new(Weak::new()) };
}

pub(super) struct Bubble {
    command: String,
    /// Where its clock is moved: no fault stops or ends this one.
    node: Node,
    events: OnceLock<Events>,
    inner: Mutex<Inner>,
}

/// What a server did, and the line that says so.
struct Done {
    server: usize,
    life: u64,
    does: Does,
    line: Vec<u8>,
}

struct Inner {
    /// None once it has failed.
    speaker: Option<Speaker>,
    /// The present or last life of each server.
    lives: Vec<Option<(u64, Weak<Shared>)>>,
    lives_begun: u64,
    /// Lives that are over, and that the program does not know of yet.
    ended: Vec<(usize, u64)>,
    /// When its next timer is due.
    next: Option<u64>,
    /// What it did at a time that is still to come, before which nothing else happens.
    held: Option<(u64, Vec<Done>)>,
    /// The earliest event that moves its clock.
    scheduled: Option<u64>,
    terms: Terms,
    /// Commands that were handed over, by the number of the call.
    commands: BTreeMap<u64, Bytes>,
    starts: u64,
}

impl Bubble {
    /// The program of this run, which the first to ask brings.
    ///
    /// # Errors
    /// When it can't be had.
    pub(super) fn of_this_run(
        servers: usize,
        command: &str,
        bring: impl FnOnce() -> Result<Speaker, Trouble>,
    ) -> Result<Arc<Bubble>, Trouble> {
        let known = OF_THIS_RUN.with_borrow(Weak::upgrade);
        // The node of another run is not alive in this one.
        if let Some(bubble) = known.filter(|bubble| bubble.node.is_alive()) {
            return Ok(bubble);
        }
        let inner = Inner {
            speaker: Some(bring()?),
            lives: vec![None; servers],
            lives_begun: 0,
            ended: Vec::new(),
            next: None,
            held: None,
            scheduled: None,
            terms: Terms::default(),
            commands: BTreeMap::new(),
            starts: 0,
        };
        let bubble = Arc::new(Bubble {
            command: command.to_owned(),
            node: Node::new("the program"),
            events: OnceLock::new(),
            inner: Mutex::new(inner),
        });
        bubble.events.get_or_init(|| Events::new(&bubble));
        OF_THIS_RUN.set(Arc::downgrade(&bubble));
        Ok(bubble)
    }

    /// A number for the next life of a server.
    pub(super) fn begin_life(&self, server: usize) -> u64 {
        let mut inner = self.inner.lock();
        inner.lives_begun += 1;
        let number = inner.lives_begun;
        inner.lives[server] = Some((number, Weak::new()));
        number
    }

    pub(super) fn add_life(&self, life: &Arc<Shared>) {
        self.inner.lock().lives[life.me] = Some((life.number, Arc::downgrade(life)));
    }

    /// A life is over; the program hears of it before it hears of anything else.
    pub(super) fn end_life(&self, server: usize, life: u64) {
        let mut inner = self.inner.lock();
        if let Some(place) = &inner.lives[server]
            && place.0 == life
        {
            inner.lives[server] = None;
            inner.ended.push((server, life));
        }
    }

    /// A number for a client's command.
    pub(super) fn begin_start(&self, command: Bytes) -> u64 {
        let mut inner = self.inner.lock();
        inner.starts += 1;
        let number = inner.starts;
        inner.commands.insert(number, command);
        number
    }

    /// Tells the program what happens now, and has done what it does. False when it can't any more.
    pub(super) fn tell(&self, told: Told, voice: Option<&Voice>) -> bool {
        let mut inner = self.inner.lock();
        let mut touched = Vec::new();
        let asked = inner.tell(&told, &mut touched);
        if asked.is_ok() {
            self.schedule(&mut inner);
        } else if let Some(speaker) = inner.speaker.take() {
            speaker.end();
        }
        let voice = voice.cloned().or_else(|| inner.any_voice());
        let is_well = asked.is_ok() && inner.speaker.is_some();
        drop(inner);
        if let (Err(Some(trouble)), Some(voice)) = (asked, voice) {
            voice.fail(self.failure(trouble));
        }
        // In the order of servers. Dropped here, where nothing is locked.
        touched.into_iter().for_each(|life| life.advance());
        is_well
    }

    fn failure(&self, Trouble { message, details }: Trouble) -> Failure {
        let sentence = format!("the program `{}`: {message}", self.command);
        let mut failure = Failure::new(property::PROGRAM, sentence);
        failure.details.extend(details);
        failure
    }

    /// Has the clock moved when the next timer is due, or what is held is to be done.
    fn schedule(&self, inner: &mut Inner) {
        let held = inner.held.as_ref().map(|(at, _)| *at);
        let Some(next) = held.or(inner.next) else { return };
        let now = now_ns();
        if inner.scheduled.is_some_and(|at| at <= next && at > now) {
            return;
        }
        inner.scheduled = Some(next);
        if let Some(events) = self.events.get() {
            events.schedule(&self.node, Duration::from_nanos(next.saturating_sub(now)), next);
        }
    }
}

/// The time of the run in nanoseconds.
pub(super) fn now_ns() -> u64 {
    runtime::true_now().as_nanos()
}

impl EventSink for Bubble {
    /// The token is the time for which it was scheduled.
    fn fire(self: Arc<Self>, token: u64) {
        let is_due = {
            let mut inner = self.inner.lock();
            // One that was overtaken by an earlier one.
            if inner.scheduled != Some(token) {
                return;
            }
            inner.scheduled = None;
            let is_due = inner.held.is_none() && inner.next.is_some_and(|next| next <= token);
            let mut touched = Vec::new();
            if !is_due {
                inner.hand_over_held(&mut touched);
                self.schedule(&mut inner);
            }
            drop(inner);
            touched.into_iter().for_each(|life| life.advance());
            is_due
        };
        if is_due {
            // No task is ready when an event happens, so nothing comes before the next one.
            let now = now_ns();
            let until = runtime::next_due().map_or(now, runtime::Instant::as_nanos);
            self.tell(Told::new("advance", now).number("until", until).end(), None);
        }
    }
}

impl Inner {
    /// Without a trouble the program has failed before.
    fn tell(&mut self, told: &Told, touched: &mut Vec<Arc<Shared>>) -> Result<(), Option<Trouble>> {
        for (server, life) in std::mem::take(&mut self.ended) {
            let kill = Told::new("kill", now_ns()).number("server", server as u64);
            self.ask(&kill.number("life", life).end(), touched)?;
        }
        self.ask(told, touched)
    }

    fn ask(&mut self, told: &Told, touched: &mut Vec<Arc<Shared>>) -> Result<(), Option<Trouble>> {
        self.hand_over_held(touched);
        let (mut done, mut at) = (Vec::new(), 0);
        let Some(mut speaker) = self.speaker.take() else { return Err(None) };
        let answered = speaker.converse(told.name, &told.line, |line| match Line::read(line)? {
            Line::Hello { .. } => Err("`hello` is said once".to_owned()),
            Line::Done { now, next } => {
                (at, self.next) = (now, next);
                Ok(true)
            }
            Line::Does { server, life, does } => {
                done.push(Done { server, life, does, line: line.to_vec() });
                Ok(false)
            }
        });
        self.speaker = Some(speaker);
        self.held = Some((at, done));
        if at <= now_ns() {
            self.hand_over_held(touched);
        }
        answered.map_err(Some)
    }

    fn hand_over_held(&mut self, touched: &mut Vec<Arc<Shared>>) {
        let done = self.held.take().into_iter().flat_map(|(_, done)| done);
        done.for_each(|done| self.hand_over(done, touched));
    }

    /// What the present life of a server does is its to do.
    fn hand_over(&mut self, done: Done, touched: &mut Vec<Arc<Shared>>) {
        let Done { server, life, does, line } = done;
        let present = self.lives.get(server).and_then(Option::as_ref);
        let Some(shared) = present.filter(|(number, _)| *number == life) else { return };
        let Some(shared) = shared.1.upgrade() else { return };
        shared.voice.line(&line);
        let work = match does {
            Does::Apply { index, command } => {
                let term = self.terms.of(index, &command);
                Work::Apply { index, term, command }
            }
            Does::Started { call, place } => {
                let command = self.commands.remove(&call);
                if let (Some((index, term)), Some(command)) = (place, command) {
                    self.terms.promise(index, term, &command);
                }
                Work::Started { call, place }
            }
            does => Work::Does(does),
        };
        shared.add(work);
        if !touched.iter().any(|known| Arc::ptr_eq(known, &shared)) {
            touched.push(shared);
        }
    }

    /// Of a server that is there, to say what is nobody's.
    fn any_voice(&self) -> Option<Voice> {
        let lives = self.lives.iter().flatten();
        lives.filter_map(|(_, life)| life.upgrade()).map(|life| life.voice.clone()).next()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.speaker.take().into_iter().for_each(Speaker::end);
    }
}

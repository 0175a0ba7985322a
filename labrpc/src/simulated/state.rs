//! The state of a network: its servers, its links, and what happens to calls because of them.

use super::call_slot::{CallSlot, Outcome, Stage};
use super::call_table::CallTable;
use super::reply::{DueReplies, OnReply, Reply};
use crate::error::{Mistake, RpcError};
use crate::hooks::Hooks;
use crate::link::{Delay, LinkConfig, Path};
use crate::observer::{EventKind, LossReason, NetworkEvent, Observer};
use crate::server_id::ServerId;
use crate::service::Service;
use runtime::{Events, Instant, Node, Rng};
use std::sync::Arc;
use std::time::Duration;

/// Kind of an event in the run's hash.
const TRACE_LOST: u64 = 0x103;

const LONG_UNREACHABLE: Delay = Delay::uniform_ms(0, 6999);
const SHORT_UNREACHABLE: Delay = Delay::uniform_ms(0, 99);

pub(crate) struct State {
    pub(crate) servers: Vec<Server>,
    /// From `a` to `b` at `a * servers + b`.
    pub(crate) links: Vec<Link>,
    pub(crate) calls: CallTable,
    replies: DueReplies,
    pub(crate) total_calls: u64,
    /// One-way messages sent, which are not calls.
    pub(crate) total_sends: u64,
    pub(crate) total_bytes: u64,
    events: Option<Events>,
    pub(crate) mistake: Option<Mistake>,
    pub(crate) observer: Option<Arc<dyn Observer>>,
    /// When a call learns that its server can't be reached.
    pub(super) unreachable: Delay,
    /// When a caller learns that a message was lost by chance.
    pub(crate) loss_notice: Delay,
    /// Whether messages of a deleted server that are under way still arrive.
    pub(crate) outliving: bool,
    /// Whether requests under way still arrive when their link is cut or their sender deleted.
    pub(crate) arriving: bool,
    reliable: bool,
    long_reordering: bool,
}

#[derive(Default)]
pub(crate) struct Server {
    pub(crate) node: Option<Node>,
    pub(crate) service: Option<Arc<dyn Service>>,
    pub(crate) hooks: Option<Arc<dyn Hooks>>,
    /// Counts the servers that have lived in this place.
    pub(crate) incarnation: u32,
    /// Calls delivered to it, and one-way messages.
    pub(crate) delivered: u64,
    pub(crate) sends_delivered: u64,
}

pub(crate) struct Link {
    pub(crate) enabled: bool,
    pub(crate) held: bool,
    /// The events of messages that arrived while the link was held.
    pub(crate) waiting: Vec<u64>,
    pub(crate) config: LinkConfig,
    pub(crate) rng: Rng,
    /// Until when the messages before occupy it, where it is throttled.
    free_at: Instant,
}

/// What becomes of a message on a link.
pub(super) struct Crossing {
    /// How long it takes to its end, or to where it is lost.
    pub(super) delay: Duration,
    pub(super) lost: bool,
}

/// What an event that is due stands for.
pub(super) enum Due {
    /// The call in that slot moves on.
    Call(usize),
    /// A callback gets its reply.
    Reply(Reply),
    /// What it stood for is over, or the network was closed.
    Nothing,
}

impl State {
    /// The lab's reliable network, with places for that many servers.
    pub(super) fn new(servers: usize, streams: &str) -> State {
        let links = servers * servers;
        State {
            servers: (0..servers).map(|_| Server::default()).collect(),
            links: (0..links).map(|link| Link::new(runtime::rng(streams, link as u64))).collect(),
            calls: CallTable::new(links),
            replies: DueReplies::default(),
            total_calls: 0,
            total_sends: 0,
            total_bytes: 0,
            events: None,
            mistake: None,
            observer: None,
            unreachable: SHORT_UNREACHABLE,
            loss_notice: Delay::NONE,
            outliving: false,
            arriving: false,
            reliable: true,
            long_reordering: false,
        }
    }

    pub(super) fn set_events(&mut self, events: Events) {
        self.events = Some(events);
    }

    pub(super) fn events(&self) -> &Events {
        self.events.as_ref().expect("set where the network is made")
    }

    // ---- links ----

    pub(crate) fn link_number(&self, from: ServerId, to: ServerId) -> usize {
        assert!(to < self.servers.len(), "server {to} of {}", self.servers.len());
        from * self.servers.len() + to
    }

    pub(crate) fn set_reliable(&mut self, reliable: bool) {
        self.reliable = reliable;
        self.configure_links();
    }

    pub(crate) fn set_long_reordering(&mut self, on: bool) {
        self.long_reordering = on;
        self.configure_links();
    }

    fn configure_links(&mut self) {
        let mut config = match self.reliable {
            true => LinkConfig::reliable(),
            false => LinkConfig::unreliable(),
        };
        if self.long_reordering {
            config = config.with_long_reordering();
        }
        for link in &mut self.links {
            link.configure(config.clone());
        }
    }

    pub(crate) fn set_long_delays(&mut self, on: bool) {
        self.unreachable = if on { LONG_UNREACHABLE } else { SHORT_UNREACHABLE };
    }

    pub(crate) fn set_enabled(&mut self, from: ServerId, to: ServerId, enabled: bool) {
        let link = self.link_number(from, to);
        let before = std::mem::replace(&mut self.links[link].enabled, enabled);
        if before && !enabled {
            self.cut(from, to);
        }
    }

    fn cut(&mut self, from: ServerId, to: ServerId) {
        for slot in self.calls.on_link(self.link_number(from, to)).to_vec() {
            match self.calls[slot].stage {
                Stage::Request { .. } if self.arriving => self.sever(slot),
                Stage::Request { .. } => self.lose(slot, LossReason::Cut),
                _ => {}
            }
        }
        for slot in self.calls.on_link(self.link_number(to, from)).to_vec() {
            match self.calls[slot].stage {
                Stage::Reply => self.lose(slot, LossReason::Cut),
                // Their reply can't come back; that the request arrives is still true.
                _ => self.sever(slot),
            }
        }
    }

    /// The caller gives up, and the request goes on.
    fn sever(&mut self, slot: usize) {
        let reply = self.calls.sever(slot);
        self.deliver_later(reply);
    }

    // ---- servers ----

    /// Returns the service of the server that was there, to be dropped without the lock.
    pub(crate) fn delete_server(&mut self, server: ServerId) -> Option<Arc<dyn Service>> {
        let place = &mut self.servers[server];
        place.incarnation += 1;
        place.node = None;
        let service = place.service.take();
        for slot in self.calls.slots() {
            if self.is_lost_with(server, &self.calls[slot]) {
                self.lose(slot, LossReason::Dead);
            }
        }
        service
    }

    fn is_lost_with(&self, server: ServerId, call: &CallSlot) -> bool {
        let sent_by = |sender: ServerId| sender == server && !self.outliving;
        match call.stage {
            Stage::Request { .. } => {
                call.callee == server || (sent_by(call.caller) && !self.arriving)
            }
            Stage::Executing => call.callee == server,
            Stage::Reply => call.caller == server || sent_by(call.callee),
            Stage::Refused => call.caller == server,
            Stage::Over => false,
        }
    }

    /// Deletes all servers and forgets all calls. Returns what was there, to be dropped without the
    /// lock.
    pub(super) fn close(&mut self) -> impl Sized + use<> {
        let places = self.servers.len();
        let empty = (0..places).map(|_| Server::default()).collect();
        (
            std::mem::replace(&mut self.servers, empty),
            self.calls.close(),
            std::mem::take(&mut self.replies),
            self.observer.take(),
        )
    }

    // ---- calls ----

    #[inline]
    pub(super) fn add_call(
        &mut self,
        caller: ServerId,
        callee: ServerId,
        method: &'static str,
        bytes: Vec<u8>,
        outcome: Outcome,
    ) -> usize {
        let call = CallSlot {
            arrived: Instant::START,
            id: self.calls.next_id(),
            caller,
            caller_incarnation: self.servers[caller].incarnation,
            callee,
            link: self.link_number(caller, callee),
            method,
            one_way: false,
            bytes,
            stage: Stage::Refused,
            event: 0,
            place: 0,
            severed: false,
            outcome,
        };
        self.calls.add(call)
    }

    pub(super) fn schedule(&mut self, slot: usize, stage: Stage, delay: Duration, node: &Node) {
        let token = self.calls.await_event(slot, stage);
        self.events().schedule(node, delay, token);
    }

    #[inline]
    pub(super) fn due(&mut self, token: u64) -> Due {
        if DueReplies::has_token(token) {
            return self.replies.take(token).map_or(Due::Nothing, Due::Reply);
        }
        self.calls.slot_of(token).map_or(Due::Nothing, Due::Call)
    }

    /// Registers the caller's callback. Gives it back when the network was closed.
    pub(super) fn register(
        &mut self,
        slot: u32,
        id: u64,
        node: Node,
        on_reply: OnReply,
    ) -> Option<OnReply> {
        match self.calls.register(slot, id, node, on_reply) {
            Ok(reply) => {
                self.deliver_later(reply);
                None
            }
            Err(unused) => Some(unused),
        }
    }

    /// Finishes a call without a reply. If the caller registered a callback, that is called as soon as
    /// the current event is over.
    pub(super) fn fail(&mut self, slot: usize, error: RpcError) {
        let reply = self.calls.finish(slot, Err(error));
        self.deliver_later(reply);
    }

    fn deliver_later(&mut self, reply: Option<Reply>) {
        let Some(reply) = reply else { return };
        let node = reply.node.clone();
        let token = self.replies.add(reply);
        self.events().schedule(&node, Duration::ZERO, token);
    }

    // ---- losses, and what observers see ----

    /// Ends a call whose request or reply will not arrive.
    pub(super) fn lose(&mut self, slot: usize, reason: LossReason) {
        self.note_loss(slot, reason);
        self.fail(slot, RpcError::NoReply);
    }

    pub(super) fn note_loss(&self, slot: usize, reason: LossReason) {
        let kind = match self.calls[slot].stage {
            Stage::Request { .. } => Some(EventKind::RequestLost(reason)),
            Stage::Executing if self.calls[slot].one_way => None,
            Stage::Executing | Stage::Reply => Some(EventKind::ReplyLost(reason)),
            // Lost already.
            Stage::Refused | Stage::Over => None,
        };
        if let Some(kind) = kind {
            self.note_loss_of(slot, kind);
        }
    }

    pub(super) fn note_loss_of(&self, slot: usize, kind: EventKind) {
        self.observe(slot, kind);
        let call = &self.calls[slot];
        runtime::trace(&[TRACE_LOST, call.id, call.both_ends()]);
    }

    #[inline]
    pub(super) fn observe(&self, slot: usize, kind: EventKind) {
        if let Some(observer) = &self.observer {
            let call = &self.calls[slot];
            observer.observe(&NetworkEvent {
                at: runtime::true_now(),
                call: call.id,
                kind,
                caller: call.caller,
                callee: call.callee,
                method: call.method,
                one_way: call.one_way,
                bytes: &call.bytes,
            });
        }
    }
}

impl Link {
    fn new(rng: Rng) -> Link {
        let (waiting, config) = (Vec::new(), LinkConfig::reliable());
        Link { enabled: true, held: false, waiting, config, rng, free_at: Instant::START }
    }

    /// From now on it behaves so. Messages that are sent now wait for none that were sent before.
    pub(crate) fn configure(&mut self, config: LinkConfig) {
        if self.config.throttle != config.throttle {
            self.free_at = Instant::START;
        }
        self.config = config;
    }

    /// Sends a message, to which that path of the link applies.
    pub(super) fn cross(&mut self, bytes: usize, path: fn(&LinkConfig) -> &Path) -> Crossing {
        let sent = self.transmit(bytes);
        let path = path(&self.config);
        let delay = path.draw_delay(&mut self.rng) + sent.unwrap_or_default();
        Crossing { delay, lost: self.rng.chance(path.loss_per_million) || sent.is_none() }
    }

    /// How long a message takes until all of it is on the link, which it occupies meanwhile; `None` when it
    /// would have to wait too long.
    fn transmit(&mut self, bytes: usize) -> Option<Duration> {
        let Some(throttle) = self.config.throttle else { return Some(Duration::ZERO) };
        let now = runtime::true_now();
        let waits = self.free_at.since(now);
        if waits > throttle.wait_max {
            return None;
        }
        let until_sent = waits.saturating_add(throttle.transmission(bytes));
        self.free_at = now + until_sent;
        Some(until_sent)
    }
}

//! The network: servers, and a directed link from each to each.

use crate::call::{CallSlot, Reply, Stage};
use crate::end::ClientEnd;
use crate::error::Mistake;
use crate::link::{Delay, LinkConfig};
use crate::observer::{LossReason, Observer};
use crate::service::{Hooks, Service};
use parking_lot::Mutex;
use runtime::{EventSink, Events, Node, Rng};
use std::sync::Arc;
use tokio::sync::Notify;

/// A server's place in the network, from 0.
pub type ServerId = usize;

/// A simulated network. Cheap to clone; all clones are the same network.
///
/// New, it is the lab's reliable network with every link enabled and no server on it.
#[derive(Clone)]
pub struct Network(pub(crate) Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) state: Mutex<State>,
    pub(crate) mistake_made: Notify,
}

pub(crate) struct State {
    pub(crate) servers: Vec<Server>,
    /// From `a` to `b` at `a * servers + b`.
    pub(crate) links: Vec<Link>,
    pub(crate) calls: Vec<CallSlot>,
    pub(crate) free: Vec<u32>,
    /// Replies that are due to whoever left word what is to be done with them.
    pub(crate) replies: Vec<Option<Reply>>,
    pub(crate) next_call: u64,
    pub(crate) next_event: u32,
    pub(crate) total_calls: u64,
    pub(crate) total_bytes: u64,
    events: Option<Events>,
    pub(crate) mistake: Option<Mistake>,
    pub(crate) observer: Option<Arc<dyn Observer>>,
    /// When a call learns that its server can't be reached.
    pub(crate) unreachable: Delay,
    /// When a caller learns that a message was lost by chance.
    pub(crate) loss_notice: Delay,
    /// Whether messages of a deleted server that are under way still arrive.
    outliving: bool,
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
    pub(crate) delivered: u64,
}

pub(crate) struct Link {
    pub(crate) enabled: bool,
    pub(crate) held: bool,
    /// The events of messages that arrived while the link was held.
    pub(crate) waiting: Vec<u64>,
    /// The calls over this link that are under way, in no particular order.
    pub(crate) calls: Vec<usize>,
    pub(crate) config: LinkConfig,
    pub(crate) rng: Rng,
}

impl Network {
    /// A network with places for that many servers.
    pub fn new(servers: usize) -> Network {
        Network::with_streams(servers, "link")
    }

    /// [`new`](Network::new), with links that draw chance from streams of that name: two networks in
    /// one simulation need different ones, lest the same things happen on both.
    pub fn with_streams(servers: usize, streams: &str) -> Network {
        let links = (0..servers * servers)
            .map(|link| Link {
                enabled: true,
                held: false,
                waiting: Vec::new(),
                calls: Vec::new(),
                config: LinkConfig::reliable(),
                rng: runtime::rng(streams, link as u64),
            })
            .collect();
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                servers: (0..servers).map(|_| Server::default()).collect(),
                links,
                calls: Vec::new(),
                free: Vec::new(),
                replies: Vec::new(),
                next_call: 0,
                next_event: 0,
                total_calls: 0,
                total_bytes: 0,
                events: None,
                mistake: None,
                observer: None,
                unreachable: SHORT_UNREACHABLE,
                loss_notice: Delay::NONE,
                outliving: false,
                reliable: true,
                long_reordering: false,
            }),
            mistake_made: Notify::new(),
        });
        shared.state.lock().events = Some(Events::new(&shared));
        Network(shared)
    }

    /// Puts a new incarnation of a server, which runs on `node`, in its place. The one before is
    /// deleted. Returns its ends, one to each server by number, itself included.
    ///
    /// Until [`Network::set_service`] it can call and not be called.
    pub fn add_server(&self, server: ServerId, node: &Node) -> Vec<ClientEnd> {
        self.delete_server(server);
        let mut state = self.0.state.lock();
        let servers = state.servers.len();
        let place = &mut state.servers[server];
        place.node = Some(node.clone());
        place.delivered = 0;
        let incarnation = place.incarnation;
        (0..servers)
            .map(|callee| ClientEnd::new(Arc::clone(&self.0), server, incarnation, callee))
            .collect()
    }

    /// Has the server handle requests from now on.
    pub fn set_service(&self, server: ServerId, service: Arc<dyn Service>) {
        let before = self.0.state.lock().servers[server].service.replace(service);
        // What a service holds may call the network while it is dropped.
        drop(before);
    }

    /// Has the hooks see the requests of the server, also of its later incarnations.
    pub fn set_hooks(&self, server: ServerId, hooks: Option<Arc<dyn Hooks>>) {
        let before = std::mem::replace(&mut self.0.state.lock().servers[server].hooks, hooks);
        drop(before);
    }

    /// Takes the server off the network. The calls in flight to it fail at once, what it sent is
    /// not delivered any more, and its ends are dead for ever.
    pub fn delete_server(&self, server: ServerId) {
        let removed = {
            let mut state = self.0.state.lock();
            let place = &mut state.servers[server];
            place.incarnation += 1;
            place.node = None;
            let service = place.service.take();
            let outliving = state.outliving;
            state.lose_calls(LossReason::Dead, |call| match call.stage {
                Stage::Request { .. } => {
                    call.callee == server || (call.caller == server && !outliving)
                }
                Stage::Executing => call.callee == server,
                Stage::Reply => call.caller == server || (call.callee == server && !outliving),
                Stage::Refused => call.caller == server,
                Stage::Over => false,
            });
            service
        };
        drop(removed);
    }

    /// Enables or cuts the directed link. A cut fails at once the calls whose request is on the
    /// link, and those whose reply would have to cross it.
    ///
    /// A request that is under way in the other direction is still delivered and handled.
    pub fn set_enabled(&self, from: ServerId, to: ServerId, enabled: bool) {
        let mut state = self.0.state.lock();
        let link = state.link_number(from, to);
        let before = std::mem::replace(&mut state.links[link].enabled, enabled);
        if before && !enabled {
            state.cut(from, to);
        }
    }

    /// Whether the directed link is enabled.
    pub fn is_enabled(&self, from: ServerId, to: ServerId) -> bool {
        let state = self.0.state.lock();
        state.links[state.link_number(from, to)].enabled
    }

    /// Holds what arrives over the directed link until it is released.
    pub fn hold(&self, from: ServerId, to: ServerId) {
        let mut state = self.0.state.lock();
        let link = state.link_number(from, to);
        state.links[link].held = true;
    }

    /// Has everything that was held arrive now, in the order in which it would have.
    pub fn release(&self, from: ServerId, to: ServerId) {
        let mut state = self.0.state.lock();
        let link = state.link_number(from, to);
        state.links[link].held = false;
        for token in std::mem::take(&mut state.links[link].waiting) {
            state.reschedule(token);
        }
    }

    /// What the directed link does to messages.
    pub fn link(&self, from: ServerId, to: ServerId) -> LinkConfig {
        let state = self.0.state.lock();
        state.links[state.link_number(from, to)].config.clone()
    }

    /// Sets what the directed link does to messages sent from now on.
    pub fn set_link(&self, from: ServerId, to: ServerId, config: LinkConfig) {
        let mut state = self.0.state.lock();
        let link = state.link_number(from, to);
        state.links[link].config = config;
    }

    /// The lab's reliable or unreliable network, on all links.
    pub fn set_reliable(&self, reliable: bool) {
        let mut state = self.0.state.lock();
        state.reliable = reliable;
        state.configure_links();
    }

    /// The lab's long reordering, on all links: two replies in three come 0.2 to 2.2 s late.
    pub fn set_long_reordering(&self, on: bool) {
        let mut state = self.0.state.lock();
        state.long_reordering = on;
        state.configure_links();
    }

    /// The lab's long delays: a caller learns after up to 7 s, and not up to 0.1 s, that a server
    /// can't be reached.
    pub fn set_long_delays(&self, on: bool) {
        self.0.state.lock().unreachable = if on { LONG_UNREACHABLE } else { SHORT_UNREACHABLE };
    }

    /// When a caller learns that the network lost a message: in the lab at once, in life after a
    /// time limit of its own.
    pub fn set_loss_notice(&self, delay: Delay) {
        self.0.state.lock().loss_notice = delay;
    }

    /// Has the messages that a server had sent arrive although it was deleted meanwhile, as they do
    /// in life. Off in the lab.
    pub fn set_outliving_messages(&self, on: bool) {
        self.0.state.lock().outliving = on;
    }

    /// How many requests were delivered to this incarnation of the server.
    pub fn server_calls(&self, server: ServerId) -> u64 {
        self.0.state.lock().servers[server].delivered
    }

    /// How many calls were made, also to servers that could not be reached.
    pub fn total_calls(&self) -> u64 {
        self.0.state.lock().total_calls
    }

    /// Bytes of arguments sent plus bytes of replies delivered.
    pub fn total_bytes(&self) -> u64 {
        self.0.state.lock().total_bytes
    }

    /// The first mistake that was made on this network.
    pub fn mistake(&self) -> Option<Mistake> {
        self.0.state.lock().mistake.clone()
    }

    /// Waits for the first mistake.
    pub async fn wait_for_mistake(&self) -> Mistake {
        loop {
            let made = self.0.mistake_made.notified();
            if let Some(mistake) = self.mistake() {
                return mistake;
            }
            made.await;
        }
    }

    /// Has the observer see everything from now on; nobody when it is `None`, which is free.
    pub fn set_observer(&self, observer: Option<Arc<dyn Observer>>) {
        let before = std::mem::replace(&mut self.0.state.lock().observer, observer);
        drop(before);
    }

    /// Deletes all servers and forgets all calls. A simulation does it at its end; on the real
    /// clock it ends the cycle of a network that holds services that hold ends of the network.
    pub fn close(&self) {
        EventSink::close(&*self.0);
    }
}

const LONG_UNREACHABLE: Delay = Delay::uniform_ms(0, 6999);
const SHORT_UNREACHABLE: Delay = Delay::uniform_ms(0, 99);

impl Shared {
    pub(crate) fn report(&self, mistake: Mistake) {
        self.state.lock().mistake.get_or_insert(mistake);
        self.mistake_made.notify_waiters();
    }
}

impl State {
    pub(crate) fn events(&self) -> &Events {
        self.events.as_ref().expect("set where the network is made")
    }

    pub(crate) fn link_number(&self, from: ServerId, to: ServerId) -> usize {
        assert!(to < self.servers.len(), "server {to} of {}", self.servers.len());
        from * self.servers.len() + to
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
            link.config = config.clone();
        }
    }

    fn cut(&mut self, from: ServerId, to: ServerId) {
        for slot in self.links[self.link_number(from, to)].calls.clone() {
            if matches!(self.calls[slot].stage, Stage::Request { .. }) {
                self.lose(slot, LossReason::Cut);
            }
        }
        for slot in self.links[self.link_number(to, from)].calls.clone() {
            match self.calls[slot].stage {
                Stage::Reply => self.lose(slot, LossReason::Cut),
                // Their reply can't come back; that the request arrives is still true.
                _ => self.sever(slot),
            }
        }
    }

    fn lose_calls(&mut self, reason: LossReason, which: impl Fn(&CallSlot) -> bool) {
        for slot in 0..self.calls.len() {
            let call = &self.calls[slot];
            if which(call) {
                self.lose(slot, reason);
            }
        }
    }
}

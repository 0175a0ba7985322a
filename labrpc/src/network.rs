//! The simulated network, as a test controls it.

use crate::end::ClientEnd;
use crate::error::Mistake;
use crate::hooks::Hooks;
use crate::link::{Delay, LinkConfig};
use crate::observer::Observer;
use crate::server_id::ServerId;
use crate::service::Service;
use crate::simulated::Shared;
use runtime::{EventSink, Node};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// A simulated network. Cheap to clone; all clones are the same network.
///
/// New, it is the lab's reliable network with every link enabled and no server on it.
#[derive(Clone)]
pub struct Network(pub(crate) Arc<Shared>);

impl Network {
    /// A network with places for that many servers.
    pub fn new(servers: usize) -> Network {
        Network::with_streams(servers, "link")
    }

    /// [`new`](Network::new), with links that draw chance from streams with that name: two networks in one
    /// simulation need different ones, or the same things would happen on both.
    pub fn with_streams(servers: usize, streams: &str) -> Network {
        Network(Shared::new(servers, streams))
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
        (place.delivered, place.sends_delivered) = (0, 0);
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
    /// not delivered any more, unless the network was told so, and its ends are dead forever.
    pub fn delete_server(&self, server: ServerId) {
        let removed = self.0.state.lock().delete_server(server);
        // What a service holds may call the network while it is dropped.
        drop(removed);
    }

    /// Enables or cuts the directed link. A cut fails at once the calls whose request is on the
    /// link, and those whose reply would have to cross it. With
    /// [`set_arriving_requests`](Network::set_arriving_requests) such a request still arrives.
    ///
    /// A request that is under way in the other direction is still delivered and handled.
    pub fn set_enabled(&self, from: ServerId, to: ServerId, enabled: bool) {
        self.0.state.lock().set_enabled(from, to, enabled);
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
        state.links[link].configure(config);
    }

    /// The lab's reliable or unreliable network, on all links.
    pub fn set_reliable(&self, reliable: bool) {
        self.0.state.lock().set_reliable(reliable);
    }

    /// The lab's long reordering, on all links: two replies in three come 0.2 to 2.2 s late.
    pub fn set_long_reordering(&self, on: bool) {
        self.0.state.lock().set_long_reordering(on);
    }

    /// The lab's long delays: a caller learns after up to 7 s, and not up to 0.1 s, that a server
    /// can't be reached.
    pub fn set_long_delays(&self, on: bool) {
        self.0.state.lock().set_long_delays(on);
    }

    /// When a caller learns that the network lost a message: in the lab at once, in real life after
    /// its own time limit.
    pub fn set_loss_notice(&self, delay: Delay) {
        self.0.state.lock().loss_notice = delay;
    }

    /// Has the requests that are under way when their link is cut, or their sender deleted, arrive
    /// all the same, as the lab's do: it looks at the link when a request is sent, and again when
    /// its reply is to come back, which then fails. The caller learns of a cut at once. Off at first.
    pub fn set_arriving_requests(&self, on: bool) {
        self.0.state.lock().arriving = on;
    }

    /// Has the messages that a server had sent, replies too, arrive although it was deleted
    /// meanwhile, as they do in life. Off in the lab, whose replies do not.
    pub fn set_outliving_messages(&self, on: bool) {
        self.0.state.lock().outliving = on;
    }

    /// How many one-way messages were delivered to this incarnation of the server.
    pub fn server_sends(&self, server: ServerId) -> u64 {
        self.0.state.lock().servers[server].sends_delivered
    }

    /// How many requests were delivered to this incarnation of the server, one-way messages not counted.
    pub fn server_calls(&self, server: ServerId) -> u64 {
        self.0.state.lock().servers[server].delivered
    }

    /// Requests that servers have had for longer than that and have not answered, by server and method.
    pub fn unanswered(&self, longer_than: Duration) -> BTreeMap<(ServerId, &'static str), u64> {
        let now = runtime::true_now();
        let mut unanswered = BTreeMap::new();
        for call in self.0.state.lock().calls.executing() {
            if now.since(call.arrived) > longer_than {
                *unanswered.entry((call.callee, call.method)).or_default() += 1;
            }
        }
        unanswered
    }

    /// How many one-way messages were sent.
    pub fn total_sends(&self) -> u64 {
        self.0.state.lock().total_sends
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

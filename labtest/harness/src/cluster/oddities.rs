//! What is odd about the servers, for when something that had to happen did not: it may be the reason.

use super::Cluster;
use super::store::store_stopped;
use crate::{Failure, Violation, property};
use std::time::Duration;

/// A handler that works answers in milliseconds, also one that waits for a slow disk.
const LONG: Duration = Duration::from_secs(1);

impl Cluster {
    /// A server that died without being ended, if there is one: that explains why nothing goes on.
    pub(crate) fn died(&self) -> Option<Failure> {
        let servers = (0..self.servers()).filter_map(|server| self.running(server));
        let mut found = servers.filter_map(|running| {
            let server = running.who.server;
            if let Some(reason) = running.store.and_then(|store| store.server.failure()) {
                return Some(Failure::from(store_stopped(server, &reason)));
            }
            let sentence = format!("server {server} has ended itself");
            let ended = Violation::new(property::ENDED, sentence).at_servers([server]);
            (!running.node.is_alive()).then(|| ended.into())
        });
        found.next()
    }

    /// Servers that ended themselves, and requests that are never answered, a line each.
    pub(crate) fn oddities(&self) -> Vec<String> {
        let ended = |&server: &usize| self.running(server).is_some_and(|it| !it.node.is_alive());
        let ended = (0..self.servers()).filter(ended);
        let ended = ended.map(|server| format!("server {server} has ended itself"));
        let unanswered = self.network().unanswered(LONG);
        let unanswered = unanswered.into_iter().map(|((server, method), count)| {
            let requests = if count == 1 { "request" } else { "requests" };
            format!(
                "server {server} has had {count} {requests} {method} for more than a second without \
                 answering"
            )
        });
        ended.chain(unanswered).collect()
    }
}

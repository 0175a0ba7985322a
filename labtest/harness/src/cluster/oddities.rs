//! What is odd about the servers, for when something that had to happen did not: it may be the reason.

use super::Cluster;
use std::time::Duration;

/// A handler that works answers in milliseconds, also one that waits for a slow disk.
const LONG: Duration = Duration::from_secs(1);

impl Cluster {
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

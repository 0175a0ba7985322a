//! Who has what was committed, and where each log ends.

use super::log_view::LogView;
use crate::api::vocabulary::Position;

/// What is known of one server's log.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Holding {
    pub(crate) server: usize,
    /// It agrees with what has been committed up to here.
    pub(crate) agreed: u64,
    pub(crate) last: Position,
}

/// The servers whose logs are known; the others count as if they had everything.
#[derive(Debug)]
pub(crate) struct Holdings {
    pub(crate) servers: usize,
    pub(crate) known: Vec<Holding>,
}

impl Holdings {
    pub(crate) fn new(servers: usize) -> Holdings {
        Holdings { servers, known: Vec::with_capacity(servers) }
    }

    /// Looks at the logs, in the order of the servers, as they are now.
    pub(crate) fn find<'a>(&mut self, logs: impl Iterator<Item = Option<&'a LogView>>) {
        let holding = |(server, log): (usize, Option<&LogView>)| {
            log.map(|log| Holding { server, agreed: log.agreed(), last: log.last() })
        };
        self.known.clear();
        self.known.extend(logs.enumerate().filter_map(holding));
    }

    /// How many servers have everything up to `index`, as far as is known.
    pub(crate) fn holders(&self, index: u64) -> usize {
        self.servers - self.known.iter().filter(|holding| holding.agreed < index).count()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Servers by how far they agree, and the place where their logs end.
    pub(crate) fn holdings(servers: usize, all: &[(u64, u64, u64)]) -> Holdings {
        let holding = |(server, &(agreed, index, term))| Holding {
            server,
            agreed,
            last: Position { index, term },
        };
        Holdings { servers, known: all.iter().enumerate().map(holding).collect() }
    }
}

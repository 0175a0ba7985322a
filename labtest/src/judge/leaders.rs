//! Who led when, and in which term each server was.

use crate::Violation;
use crate::oracle::{Elections, Incarnation};
use crate::report::trace_format::{Event, Role};

pub(super) struct Leaders {
    elections: Elections,
}

impl Leaders {
    pub(super) fn new(servers: usize) -> Leaders {
        Leaders { elections: Elections::new(servers) }
    }

    /// A server has lost what was not durable, so it may come back to an earlier term.
    pub(super) fn forget(&mut self, server: usize) {
        self.elections.forget(server);
    }

    /// A server shows its inside, or has said what it is.
    pub(super) fn take(&mut self, who: Incarnation, event: &Event) -> Result<(), Violation> {
        match event {
            Event::State { term, role, .. } => {
                self.elections.observe(who, *term, *role == Role::Leader)
            }
            Event::Role { term, leader, .. } => self.elections.observe(who, *term, *leader),
            _ => Ok(()),
        }
    }
}

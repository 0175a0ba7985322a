//! The children of a program: a server takes one for each of its lives, and gives it back.

use crate::child::{Child, Trouble, in_background};
use crate::program::{AnswerLimits, Program};
use crate::protocol::Hello;
use parking_lot::Mutex;
use std::sync::Arc;

/// Children that nobody has, and the way to more of them.
pub(crate) struct Pool {
    program: Program,
    limits: AnswerLimits,
    /// Never use a child twice.
    fresh: bool,
    idle: Mutex<Vec<Child>>,
    hello: Hello,
}

impl Pool {
    /// Starts the first child, to hear who it is.
    ///
    /// # Errors
    /// When it can't be started, or does not say who it is.
    pub(crate) fn new(
        program: Program,
        limits: AnswerLimits,
        fresh: bool,
    ) -> Result<Pool, Trouble> {
        let (child, hello) = Child::start(&program, limits)?;
        Ok(Pool { program, limits, fresh, idle: Mutex::new(vec![child]), hello })
    }

    /// Who the children are.
    pub(crate) fn hello(&self) -> &Hello {
        &self.hello
    }

    /// The command that starts them.
    pub(crate) fn command(&self) -> &str {
        &self.program.command
    }

    /// A child that knows nothing yet.
    ///
    /// # Errors
    /// When it can't be started, or could not forget what it was before.
    pub(crate) fn take(&self) -> Result<Child, Trouble> {
        let idle = self.idle.lock().pop();
        match idle {
            Some(mut child) => child.end_reset().map(|()| child),
            None => self.start(),
        }
    }

    fn start(&self) -> Result<Child, Trouble> {
        let (child, hello) = Child::start(&self.program, self.limits)?;
        if hello != self.hello {
            let message =
                format!("it says `{hello:?}` now, and has said `{:?}` before", self.hello);
            return Err(Trouble { message, details: Vec::new() });
        }
        Ok(child)
    }

    /// Takes a child back that is between two answers.
    pub(crate) fn give_back(self: &Arc<Self>, mut child: Child) {
        if self.hello.can_reset && !self.fresh {
            // One that can't be told has ended, and is started anew when it is needed.
            if child.begin_reset() {
                self.idle.lock().push(child);
            }
            return;
        }
        // Another one in its place, so that the next life finds it started.
        let pool = Arc::downgrade(self);
        let replaced = in_background(move || {
            drop(child);
            let Some(pool) = pool.upgrade() else { return };
            // Who takes the next one hears why there is none.
            if let Ok(spare) = pool.start() {
                pool.idle.lock().push(spare);
            }
        });
        debug_assert!(
            replaced.is_ok(),
            "the thread that starts children lives as long as the process"
        );
    }
}

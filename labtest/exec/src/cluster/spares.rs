//! Processes that wait for their run. Each plays one: what it was cannot be undone.

use super::lines::Line;
use crate::child::{Child, Trouble, in_background};
use crate::program::{AnswerLimits, Program};
use crate::protocol::Input;
use parking_lot::Mutex;
use std::sync::Arc;

pub(super) struct Spares {
    program: Program,
    limits: AnswerLimits,
    idle: Mutex<Vec<Child>>,
}

impl Spares {
    /// Starts the first one, to hear its name.
    ///
    /// # Errors
    /// When it can't be started, or does not say who it is.
    pub(super) fn new(program: Program, limits: AnswerLimits) -> Result<(Spares, String), Trouble> {
        let spares = Spares { program, limits, idle: Mutex::default() };
        let (child, name) = spares.start()?;
        spares.idle.lock().push(child);
        Ok((spares, name))
    }

    /// The command that starts them.
    pub(super) fn command(&self) -> &str {
        &self.program.command
    }

    /// One that has played nothing yet; another is started in its place.
    ///
    /// # Errors
    /// When it can't be started.
    pub(super) fn take(self: &Arc<Self>) -> Result<Child, Trouble> {
        let idle = self.idle.lock().pop();
        let spares = Arc::downgrade(self);
        in_background(move || {
            // Who takes the next one hears why there is none.
            if let Some(spares) = spares.upgrade()
                && let Ok((child, _)) = spares.start()
            {
                spares.idle.lock().push(child);
            }
        })
        .map_err(|error| Trouble { message: error.to_string(), details: Vec::new() })?;
        match idle {
            Some(child) => Ok(child),
            None => self.start().map(|(child, _)| child),
        }
    }

    fn start(&self) -> Result<(Child, String), Trouble> {
        let mut child = Child::spawn(&self.program, self.limits)?;
        let mut said = None;
        child.converse("hello", &Input::Hello.line(0), |line| match Line::read(line)? {
            Line::Hello { name } => {
                said = Some(name);
                Ok(true)
            }
            _ => Err("it must say `hello` first".to_owned()),
        })?;
        Ok((child, said.unwrap_or_default()))
    }
}

/// A child is ended where nobody waits for that.
pub(super) fn end(child: Child) {
    // Where there is no such thread any more, the process ends, and its children do.
    let _ = in_background(move || drop(child));
}

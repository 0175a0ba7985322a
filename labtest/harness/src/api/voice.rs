//! What a server of an implementation says about itself while a run goes on.

use crate::Failure;
use std::fmt;
use std::sync::Arc;

/// Hears what one life of a server says.
pub(crate) trait Ear: Send + Sync {
    fn note(&self, text: &str);
    fn line(&self, line: &[u8]);
    fn fail(&self, failure: Failure);
}

/// One life of a server reports to observers of the run, for a Raft whose code the tester can't see into, such
/// as another program. See [`Implementation::make_with_voice`](crate::Implementation::make_with_voice).
#[derive(Clone, Default)]
pub struct Voice(Option<Arc<dyn Ear>>);

impl Voice {
    pub(crate) fn to(ear: impl Ear + 'static) -> Voice {
        Voice(Some(Arc::new(ear)))
    }

    /// A voice that nobody hears.
    pub fn unheard() -> Voice {
        Voice(None)
    }

    /// A note for people who read about the run, shown in the server's column. It changes nothing.
    pub fn note(&self, text: &str) {
        self.0.iter().for_each(|ear| ear.note(text));
    }

    /// A line that the server's code has written, for the hash of the run: where two runs of a seed differ, it
    /// is looked for the first line that does.
    pub fn line(&self, line: &[u8]) {
        self.0.iter().for_each(|ear| ear.line(line));
    }

    /// Ends the run as a failure, unless something else has failed before.
    pub fn fail(&self, failure: Failure) {
        self.0.iter().for_each(|ear| ear.fail(failure.clone()));
    }
}

impl fmt::Debug for Voice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Voice" } else { "Voice(unheard)" })
    }
}

//! What a fault is: a name, a way to begin and a way to end.

use super::effect::{Effect, LinkChange};
use super::field::{Field, Key};
use crate::Failure;
use runtime::Rng;
use std::sync::Arc;
use std::time::Duration;

/// Something that goes wrong. What it does, what it never does and where it comes from stands at
/// the top of its file.
pub(crate) trait Fault: Sync {
    /// Begins.
    ///
    /// # Errors
    /// When what a server does about it is a failure of the run.
    fn inject(&self, scene: &mut Scene<'_>) -> Result<(), Failure>;

    /// Ends, after everything that it laid on the field was taken back.
    ///
    /// # Errors
    /// When what a server does about it is a failure of the run.
    fn heal(&self, _scene: &mut Scene<'_>) -> Result<(), Failure> {
        Ok(())
    }

    /// Whether the cluster itself shows it to the watchers of the run, as it does with crashes.
    fn shows_itself(&self) -> bool {
        false
    }

    /// Whether it sets traps: hooks are needed then, which cost something.
    fn sets_traps(&self) -> bool {
        false
    }
}

/// A change that a fault makes later, while it lasts.
pub(crate) type Later = Box<dyn FnOnce(&mut Scene<'_>) -> Result<(), Failure> + Send>;

/// Where a fault happens: whom it hits, for how long, and what it can do to them.
pub(crate) struct Scene<'a> {
    pub(crate) field: &'a Arc<Field>,
    pub(crate) key: Key,
    /// Whom the fault hits, in ascending order.
    pub(crate) servers: &'a [usize],
    pub(crate) lasts: Duration,
    pub(crate) rng: &'a mut Rng,
    /// Changes to come, with their times from the beginning.
    pub(super) later: Vec<(Duration, Later)>,
    /// Links that are to be closed at the end of this change.
    pub(super) closing: Vec<Effect>,
    /// Links that the fault closes at some time, to know which servers are kept apart.
    pub(super) apart: Vec<(usize, usize)>,
}

impl Scene<'_> {
    /// Lays an effect, which stays until the fault ends.
    pub(crate) fn lay(&self, effect: Effect) {
        self.field.lay(self.key, effect);
    }

    /// Has a change happen when this much time has passed since the beginning.
    pub(crate) fn later(
        &mut self,
        after: Duration,
        change: impl FnOnce(&mut Scene<'_>) -> Result<(), Failure> + Send + 'static,
    ) {
        self.later.push((after, Box::new(change)));
    }

    /// Servers that the fault does not hit.
    pub(crate) fn others(&self) -> Vec<usize> {
        (0..self.field.servers()).filter(|server| !self.servers.contains(server)).collect()
    }

    /// All links between servers it hits and others, those among the hit ones included.
    pub(crate) fn links(&self, way: Way) -> Vec<(usize, usize)> {
        let mut links = Vec::new();
        for from in 0..self.field.servers() {
            for to in (0..self.field.servers()).filter(|to| *to != from) {
                let out = self.servers.contains(&from) && way != Way::In;
                let into = self.servers.contains(&to) && way != Way::Out;
                if out || into {
                    links.push((from, to));
                }
            }
        }
        links
    }

    /// Has all those links behave differently.
    pub(crate) fn change_links(&self, way: Way, change: &LinkChange) {
        for (from, to) in self.links(way) {
            self.lay(Effect::Link { from, to, change: change.clone() });
        }
    }

    /// Closes directed links, when this change is complete.
    pub(crate) fn close(
        &mut self,
        links: impl IntoIterator<Item = (usize, usize)>,
        closing: Closing,
    ) {
        for (from, to) in links.into_iter().filter(|(from, to)| from != to) {
            self.apart.push((from, to));
            self.closing.push(Effect::Closed { from, to, closing });
        }
    }

    /// Says that the fault will close these links later, so that the sides are shown from its beginning.
    pub(crate) fn will_close(&mut self, links: impl IntoIterator<Item = (usize, usize)>) {
        self.apart.extend(links);
    }

    /// Closes every link between the two sides, both ways.
    pub(crate) fn separate(&mut self, one: &[usize], other: &[usize], closing: Closing) {
        for a in one {
            self.close(other.iter().flat_map(|b| [(*a, *b), (*b, *a)]), closing);
        }
    }

    /// Lays what was closed: the change is complete.
    pub(super) fn lay_closed(&mut self) {
        for effect in std::mem::take(&mut self.closing) {
            self.lay(effect);
        }
    }
}

/// Which direction of a server's links.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// Both.
    #[default]
    Both,
    /// Into the server.
    In,
    /// Out of the server.
    Out,
}

/// What becomes of messages on a closed link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Closing {
    /// They are lost.
    #[default]
    Cut,
    /// They wait, and arrive when the link opens again.
    Hold,
    /// They are lost, and connections break at once and new ones are refused. Messages without connections
    /// know no difference to a cut.
    Reset,
}

//! Stretches of a run in which nothing is broken, so that agreement can be held to its budgets. They
//! are watched in the runs of [`run_one`](crate::run_one), whose checks look at every event.

use super::Cluster;
use crate::Budgets;
use crate::watch::Sight;

impl Cluster {
    /// Nothing is broken from now on, and until the stretch ends this must be enough. A second call begins
    /// again.
    pub fn fault_free_begins(&self, budgets: &Budgets) {
        self.shared.watch.show(&Sight::FaultFreeBegins(budgets));
    }

    /// Faults may follow. What the stretch has cost too much ends the run.
    pub fn fault_free_ends(&self) {
        self.shared.watch.show(&Sight::FaultFreeEnds);
    }
}

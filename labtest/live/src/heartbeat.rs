//! Whether the tester itself is on time: a machine that keeps it waiting keeps servers waiting, too, and then
//! their delays are not their fault.

use parking_lot::Mutex;
use runtime::JoinHandle;
use std::sync::Arc;
use std::time::Duration;

/// How often it beats.
const INTERVAL: Duration = Duration::from_millis(50);

/// Looks how late its own timer is, while the run lasts.
pub struct Heartbeat {
    late_max: Arc<Mutex<Duration>>,
    beating: JoinHandle<()>,
}

impl Heartbeat {
    /// Begins.
    pub fn start() -> Heartbeat {
        let late_max = Arc::new(Mutex::new(Duration::ZERO));
        let seen = Arc::clone(&late_max);
        let beating = runtime::spawn(async move {
            loop {
                let due = runtime::now() + INTERVAL;
                runtime::sleep_until(due).await;
                let late = runtime::now().since(due);
                let mut most = seen.lock();
                *most = late.max(*most);
            }
        });
        Heartbeat { late_max, beating }
    }

    /// How late the timer was at most, so far.
    pub fn late_max(&self) -> Duration {
        *self.late_max.lock()
    }
}

impl Drop for Heartbeat {
    fn drop(&mut self) {
        self.beating.abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use runtime::{Node, Simulation};

    /// How late it is on a machine that stood still for this long.
    fn late(pause: Duration) -> Duration {
        let run = Simulation::new(1).run(async move {
            let machine = Node::new("machine");
            let heartbeat = machine.enter(Heartbeat::start);
            runtime::sleep(Duration::from_secs(1)).await;
            machine.pause();
            runtime::sleep(pause).await;
            machine.resume();
            runtime::sleep(Duration::from_secs(1)).await;
            heartbeat.late_max()
        });
        run.result.expect("nothing ends it")
    }

    #[test]
    fn a_machine_that_stands_still_is_noticed() {
        assert!(late(Duration::from_secs(3)) > Duration::from_secs(2));
    }

    #[test]
    fn a_machine_that_is_on_time_is_not_late() {
        assert_eq!(late(Duration::ZERO), Duration::ZERO);
    }
}

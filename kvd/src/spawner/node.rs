//! One server, through all its lives.

use super::child::Child;
use runtime::Instant;
use std::collections::VecDeque;
use std::time::Duration;

/// How many of a server's last lines are shown when it has ended.
const LAST_LINES: usize = 5;

const PAUSE_MIN: Duration = Duration::from_secs(1);
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// A server, alive or not.
pub struct Node {
    /// What it is doing.
    pub state: State,
    last_lines: VecDeque<String>,
    started_at: Instant,
    pause: Duration,
}

/// What a server is doing.
pub enum State {
    /// It runs, as this process.
    Running(Child),
    /// It has ended and will be started again.
    Pausing,
    /// It has ended for good.
    Ended,
}

impl Node {
    /// A server that was never started.
    pub fn new() -> Node {
        Node {
            state: State::Ended,
            last_lines: VecDeque::new(),
            started_at: runtime::now(),
            pause: PAUSE_MIN,
        }
    }

    /// It begins a new life.
    pub fn began(&mut self, child: Child) {
        self.state = State::Running(child);
        self.started_at = runtime::now();
        self.last_lines.clear();
    }

    /// Remembers a line.
    pub fn said(&mut self, line: String) {
        if self.last_lines.len() == LAST_LINES {
            self.last_lines.pop_front();
        }
        self.last_lines.push_back(line);
    }

    /// What it said last, which is then forgotten.
    pub fn take_last_lines(&mut self) -> VecDeque<String> {
        std::mem::take(&mut self.last_lines)
    }

    /// How long to wait before the next start: twice as long as the last time, unless it lived so long that its
    /// end must have another reason.
    pub fn next_pause(&mut self) -> Duration {
        if runtime::now().since(self.started_at) >= PAUSE_MAX {
            self.pause = PAUSE_MIN;
        }
        let pause = self.pause;
        self.pause = (pause * 2).min(PAUSE_MAX);
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_kept() {
        let mut node = Node::new();
        (0..7).for_each(|number| node.said(number.to_string()));
        assert_eq!(node.take_last_lines(), ["2", "3", "4", "5", "6"]);
        assert!(node.take_last_lines().is_empty());
    }

    #[test]
    fn pauses_grow_until_it_lives_for_a_while() {
        let simulation = runtime::Simulation::new(1).run(async {
            let mut node = Node::new();
            let pauses = [(); 7].map(|()| node.next_pause().as_secs());
            assert_eq!(pauses, [1, 2, 4, 8, 16, 30, 30]);
            runtime::sleep(PAUSE_MAX).await;
            assert_eq!(node.next_pause(), PAUSE_MIN);
        });
        simulation.result.unwrap();
    }
}

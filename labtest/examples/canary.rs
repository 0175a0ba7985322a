//! The whole `labtest` command for a Raft with a known bug: a loop that finds nothing with it finds
//! nothing at all.
//!
//! ```text
//! cargo run --release -p labtest --example canary -- run 4B 4C --until-failure
//! ```
//!
//! The bug: a server votes for whoever asks, however much of the log the candidate lacks. Raft
//! forbids that (extended Raft paper, section 5.4.1), because such a candidate wins without entries
//! that are committed, and overwrites them. It takes a leader that is cut off and comes back.

use labtest::narration::Request;
use labtest::raft::message::RequestVoteArgs;
use labtest::{
    BoxFuture, Bytes, HandleError, Implementation, Inspection, MakeArgs, Message, NotLeader,
    OurRaft, Peer, Service, Started, State, anyhow, encode,
};
use std::process::ExitCode;
use std::sync::Arc;

fn main() -> ExitCode {
    labtest::command_main(Canary)
}

/// Our Raft, whose servers do not compare logs before they vote.
struct Canary;

impl Implementation for Canary {
    fn name(&self) -> &str {
        "canary"
    }

    fn make(&self, args: MakeArgs) -> anyhow::Result<Arc<dyn Peer>> {
        Ok(Arc::new(VotesForAnybody(OurRaft.make(args)?)))
    }

    fn describe(&self, message: &Message<'_>) -> Option<String> {
        OurRaft.describe(message)
    }
}

struct VotesForAnybody(Arc<dyn Peer>);

impl Peer for VotesForAnybody {
    fn start(&self, command: Bytes) -> Result<Started, NotLeader> {
        self.0.start(command)
    }

    fn get_state(&self) -> State {
        self.0.get_state()
    }

    fn snapshot(&self, index: u64, snapshot: Bytes) {
        self.0.snapshot(index, snapshot);
    }

    fn kill(&self) {
        self.0.kill();
    }

    fn service(&self) -> Arc<dyn Service> {
        Arc::new(Flatters(self.0.service()))
    }

    fn inspect(&self) -> Option<Inspection> {
        self.0.inspect()
    }
}

/// Has every candidate appear with a log that nobody's is ahead of.
struct Flatters(Arc<dyn Service>);

impl Service for Flatters {
    fn handle(
        self: Arc<Self>,
        method: &'static str,
        args: Vec<u8>,
    ) -> BoxFuture<Result<Vec<u8>, HandleError>> {
        let flattered = match Request::decode(method, &args) {
            Ok(Request::RequestVote(asked)) => {
                let last_log_index = u64::from(u32::MAX);
                let asked = RequestVoteArgs { last_log_term: asked.term, last_log_index, ..asked };
                encode(&asked).unwrap_or(args)
            }
            _ => args,
        };
        Arc::clone(&self.0).handle(method, flattered)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use labtest::pool::{Plan, Seeds, Shard, run_all};
    use labtest::raft::message::RequestVoteReply;
    use labtest::{RunOptions, lab_tests, select};
    use std::ops::ControlFlow;

    fn failures(implementation: Arc<dyn Implementation>) -> u64 {
        let filters = ["4B".to_owned(), "4C".to_owned()];
        let plan = Plan {
            tests: select(lab_tests(), &filters).unwrap(),
            seeds: Seeds::new(1, 10),
            shard: Shard::WHOLE,
            jobs: 2,
            fail_fast: false,
            options: RunOptions::default(),
        };
        let summary = run_all(&plan, &implementation, |_, _, _| ControlFlow::Continue(()));
        summary.unwrap().total().failed
    }

    #[test]
    fn the_canary_is_found_and_the_raft_that_it_is_made_of_passes() {
        assert!(failures(Arc::new(Canary)) > 10);
        assert_eq!(failures(Arc::new(OurRaft)), 0);
    }

    #[test]
    fn a_vote_is_given_to_a_candidate_without_a_log() {
        // What the bug is made of: the reply says yes whatever the request says of the log.
        let asked = RequestVoteArgs {
            term: 9,
            candidate_id: 1,
            last_log_index: 0,
            last_log_term: 0,
            pre_vote: false,
        };
        struct SeesTheRequest;
        impl Service for SeesTheRequest {
            fn handle(
                self: Arc<Self>,
                method: &'static str,
                args: Vec<u8>,
            ) -> BoxFuture<Result<Vec<u8>, HandleError>> {
                let Ok(Request::RequestVote(asked)) = Request::decode(method, &args) else {
                    unreachable!("it is sent nothing else")
                };
                let vote_granted = asked.last_log_term == 9 && asked.last_log_index > 1_000_000;
                let reply = encode(&RequestVoteReply { term: 9, vote_granted });
                Box::pin(async { reply.map_err(HandleError::BadReply) })
            }
        }
        let service = Arc::new(Flatters(Arc::new(SeesTheRequest)));
        let mut handled = service.handle("Raft.RequestVote", encode(&asked).unwrap());
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        let std::task::Poll::Ready(Ok(reply)) = handled.as_mut().poll(&mut context) else {
            panic!("the service answers at once")
        };
        let granted = RequestVoteReply { term: 9, vote_granted: true };
        assert_eq!(reply, encode(&granted).unwrap());
    }
}

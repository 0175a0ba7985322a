//! What clients saw, for the checker.

use kv::{Action, Answer, Clerk, ClerkError, Request};
use lincheck::models::{Kv, KvInput, KvOperation, KvOutput};
use lincheck::{Checker, Event, EventKind, EventReader, Verdict};
use parking_lot::Mutex;
use std::sync::Arc;

type History = lincheck::History<KvInput, KvOutput>;

/// Records what clients do. Clones write into the same history.
#[derive(Clone, Default)]
pub struct Recorder(Arc<Mutex<Recorded>>);

#[derive(Default)]
struct Recorded {
    events: EventReader<KvInput, KvOutput>,
    answered: usize,
    failed: usize,
    unknown: usize,
}

impl Recorder {
    /// Has the clerk do what is asked, and notes it.
    pub async fn run(
        &self,
        client: u64,
        clerk: &mut Clerk,
        request: Request,
    ) -> Result<Answer, ClerkError> {
        self.note(client, EventKind::Invoke(input(&request)));
        let result = clerk.execute(request).await;
        let mut recorded = self.0.lock();
        let kind = match &result {
            Ok(answer) => {
                recorded.answered += 1;
                EventKind::Ok(output(answer))
            }
            Err(ClerkError::Failed { .. }) => {
                recorded.failed += 1;
                EventKind::Fail
            }
            Err(ClerkError::Unknown { .. }) => {
                recorded.unknown += 1;
                EventKind::Info
            }
        };
        drop(recorded);
        self.note(client, kind);
        result
    }

    fn note(&self, process: u64, kind: EventKind<KvInput, KvOutput>) {
        let at = runtime::true_now().as_nanos();
        let event = Event { at, process, kind };
        self.0.lock().events.push(event).expect("clients do one thing at a time");
    }

    /// How many operations were answered, failed, and are of unknown outcome.
    pub fn counts(&self) -> (usize, usize, usize) {
        let recorded = self.0.lock();
        (recorded.answered, recorded.failed, recorded.unknown)
    }

    /// Demands that the history is linearizable.
    pub fn check(&self) {
        let history: History = self.0.lock().events.clone().finish().expect("a history");
        let model = Kv { has_versions: true, missing_is_empty: false };
        let report = Checker::new(&model).explain(&history);
        assert_eq!(report.verdict, Verdict::Linearizable, "{}", report.describe(&model, &history));
    }
}

fn input(request: &Request) -> KvInput {
    let operation = match request.action.clone() {
        Action::Get => KvOperation::Get,
        Action::Put(value) => KvOperation::Put(value),
        Action::PutAtVersion(version, value) => KvOperation::PutAtVersion(version, value),
        Action::Append(tail) => KvOperation::Append(tail),
        Action::CompareAndSet(from, to) => KvOperation::Cas(from, to),
        Action::Delete => KvOperation::Delete,
    };
    KvInput { key: request.key.clone(), operation }
}

fn output(answer: &Answer) -> KvOutput {
    match answer.clone() {
        Answer::Got(found) => KvOutput::Got(found.value, Some(found.version)),
        Answer::Done { version } => KvOutput::Done(Some(version)),
        Answer::Refused => KvOutput::Refused,
    }
}

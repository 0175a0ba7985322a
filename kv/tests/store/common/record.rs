//! What clients saw, for the checker.

use kv::history::{asked, told};
use kv::{Answer, Clerk, ClerkError, Request};
use lincheck::models::{Kv, KvInput, KvOutput};
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
        self.note(client, asked(&request).expect("the model knows it"));
        let result = clerk.execute(request).await;
        let mut recorded = self.0.lock();
        match &result {
            Ok(_) => recorded.answered += 1,
            Err(ClerkError::Failed { .. }) => recorded.failed += 1,
            Err(ClerkError::Unknown { .. }) => recorded.unknown += 1,
        }
        drop(recorded);
        self.note(client, told(&result));
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
        let history: History = self.0.lock().events.clone().finish();
        let model = Kv::new().with_versions();
        let report = Checker::new(&model).explain(&history);
        assert_eq!(report.verdict, Verdict::Linearizable, "{}", report.describe(&model, &history));
    }
}

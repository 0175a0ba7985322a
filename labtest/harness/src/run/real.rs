//! A run on the real clock: the same scenario on a tokio runtime of several threads.

use super::Ended;
use super::case::Case;
use super::outsiders;
use super::simulated::with_its_place;
use super::supervise::{self, Kept};
use crate::{Failure, Implementation, Outcome, property};
use parking_lot::Mutex;
use runtime::Node;
use std::cell::RefCell;
use std::pin::pin;
use std::sync::{Arc, Once};
use std::time::Duration;
use tokio::sync::Notify;

/// Several tests run at once and mostly sleep; two threads each are enough to have real races.
const WORKER_THREADS: usize = 2;

pub(super) fn run(case: Case, implementation: &Arc<dyn Implementation>) -> Ended {
    static HOOK: Once = Once::new();
    HOOK.call_once(hold_back_panics_of_runs);

    let panics = Arc::new(Panics::default());
    let noting = Arc::clone(&panics);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKER_THREADS)
        .enable_time()
        .on_thread_start(move || {
            outsiders::is_an_insider();
            PANICS.set(Some(Arc::clone(&noting)));
        })
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return not_started(&error),
    };

    let started = runtime::now();
    let kept = Kept::default();
    let main = supervise::run(case, Arc::clone(implementation), Arc::clone(&kept));
    let result = runtime.block_on(unless_panic(main, &panics));
    let virtual_time = runtime::now().since(started);
    if let Some(cluster) = kept.get() {
        cluster.shut_down();
    }
    runtime.shutdown_background();
    let since_start = |failure: Failure| {
        let started = started.since(runtime::Instant::START);
        Failure { at: failure.at.saturating_sub(started), ..failure }
    };
    Ended {
        result: result.map_err(since_start),
        virtual_time,
        at_end: supervise::at_end(&kept),
        ..Ended::default()
    }
}

fn not_started(error: &std::io::Error) -> Ended {
    let sentence = format!("tokio's runtime can't be started: {error}");
    Ended {
        result: Err(Failure::noticed_at(Duration::ZERO, property::PANIC, sentence)),
        ..Ended::default()
    }
}

/// Runs the test as a task of a node of its own, so that its threads are the runtime's, too.
async fn unless_panic(
    main: impl Future<Output = Outcome> + Send + 'static,
    panics: &Panics,
) -> Outcome {
    let tester = Node::new("tester");
    let main = pin!(tester.spawn(main));
    let panicked = pin!(panics.wait());
    match futures::future::select(panicked, main).await {
        futures::future::Either::Left((failure, _)) => Err(failure),
        futures::future::Either::Right((Ok(outcome), _)) => outcome,
        futures::future::Either::Right((Err(_), _)) => Err(panics.wait().await),
    }
}

thread_local! {
    /// The panics of the run that this thread belongs to.
    static PANICS: RefCell<Option<Arc<Panics>>> = const { RefCell::new(None) };
}

/// The first panic on the threads of one run.
#[derive(Default)]
struct Panics {
    first: Mutex<Option<Failure>>,
    noted: Notify,
}

impl Panics {
    fn note(&self, message: String) {
        let mut first = self.first.lock();
        if first.is_none() {
            let place = format!("in a task of {}", Node::current().name());
            let mut failure = Failure::new(property::PANIC, message);
            failure.details.push(place);
            *first = Some(failure);
            self.noted.notify_one();
        }
    }

    async fn wait(&self) -> Failure {
        loop {
            if let Some(failure) = self.first.lock().clone() {
                return failure;
            }
            self.noted.notified().await;
        }
    }
}

/// A panic on a thread of a run is the run's result and is not printed; others are.
fn hold_back_panics_of_runs() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let run = PANICS.with_borrow(Option::clone);
        match run {
            Some(panics) => panics.note(with_its_place(&info.to_string())),
            None => before(info),
        }
    }));
}

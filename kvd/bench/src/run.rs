//! A load, carried out.

use crate::figures::Figures;
use crate::load::Load;
use crate::operation::{Operation, Operations};
use crate::progress::{self, Lately};
use crate::schedule::{Next, Schedule};
use crate::target::{Answer, Connection, Outcome, Target};
use futures::future::{Either, select, try_join_all};
use futures::stream::{FuturesUnordered, StreamExt};
use runtime::Instant;
use std::cell::{Cell, RefCell};
use std::io::{self, ErrorKind};
use std::pin::pin;
use std::time::Duration;

/// How long a client whose connection was lost waits before it tries the next server.
const PAUSE: Duration = Duration::from_millis(10);

/// Carries out a load, until it is over or `stop` is ready: then what is under way is given up. With `tells`
/// there is a line on standard error each second.
///
/// # Errors
/// When a client can't connect at the beginning. Later one gives up when it can't for as long as it would
/// wait for an answer.
///
/// # Panics
/// When the load can't work, as [`Load::check`] would have said.
pub async fn run<T: Target>(
    target: &T,
    load: &Load,
    tells: bool,
    stop: impl Future<Output = ()>,
) -> io::Result<Figures> {
    load.check().expect("a load that can work");
    let mut stop = pin!(stop);
    let connections = try_join_all((0..load.clients).map(|client| target.connect(client)));
    let connections = match select(pin!(connections), stop.as_mut()).await {
        Either::Left((connections, _)) => connections?,
        Either::Right(_) => return Ok(Figures::default()),
    };
    let run = Run {
        target,
        load,
        schedule: Schedule::new(load, runtime::true_now()),
        taken: vec![Cell::new(0); load.clients],
        figures: RefCell::default(),
        lately: tells.then(RefCell::default),
        last_answer_at: Cell::default(),
    };
    let clients = connections.into_iter().zip(Operations::of_clients(load)).enumerate();
    let mut clients: FuturesUnordered<_> = clients
        .map(|(number, (connection, operations))| {
            Client { run: &run, number, operations, batch: Batch::default() }.go(connection)
        })
        .collect();
    let all = pin!(async { while clients.next().await.is_some() {} });
    let telling = pin!(async {
        match &run.lately {
            Some(lately) => match progress::tell(lately).await {},
            None => std::future::pending::<()>().await,
        }
    });
    select(select(all, stop), telling).await;
    Ok(run.over())
}

/// What clients of a load share.
struct Run<'a, T> {
    target: &'a T,
    load: &'a Load,
    schedule: Schedule,
    /// How many operations each client has taken.
    taken: Vec<Cell<u64>>,
    figures: RefCell<Figures>,
    /// If somebody is told.
    lately: Option<RefCell<Lately>>,
    last_answer_at: Cell<Instant>,
}

impl<T> Run<'_, T> {
    fn count(&self, operation: &Operation, since: Instant, answer: &Answer) {
        if since < self.schedule.counts_from {
            return;
        }
        self.last_answer_at.set(self.last_answer_at.get().max(answer.at));
        let took = answer.at.since(since);
        match &answer.outcome {
            Outcome::Refused(kind) => return self.count_failed(kind),
            Outcome::Done => {}
            Outcome::Missing => self.figures.borrow_mut().missing += 1,
        }
        self.figures.borrow_mut().answered(operation.kind, took);
        if let Some(lately) = &self.lately {
            lately.borrow_mut().answered.record(took);
        }
    }

    fn count_failed(&self, kind: &str) {
        self.figures.borrow_mut().failed(kind);
        if let Some(lately) = &self.lately {
            lately.borrow_mut().failed += 1;
        }
    }

    fn over(&self) -> Figures {
        let now = runtime::true_now();
        let end = self.schedule.end.map_or(now, |end| end.min(now));
        // Waiting longer for an answer that never comes does not count as working time.
        let until = self.last_answer_at.get().max(end);
        let unsent = self.taken.iter().enumerate();
        let unsent = unsent.map(|(client, taken)| self.schedule.unsent(client, taken.get(), now));
        Figures {
            unsent: unsent.sum(),
            elapsed: until.since(self.schedule.counts_from),
            ..self.figures.take()
        }
    }
}

/// One of the clients.
struct Client<'a, T> {
    run: &'a Run<'a, T>,
    number: usize,
    operations: Operations,
    batch: Batch,
}

/// What a client sends at once.
#[derive(Default)]
struct Batch {
    operations: Vec<Operation>,
    /// When their times begin.
    since: Vec<Instant>,
    answers: Vec<Answer>,
}

impl<T: Target> Client<'_, T> {
    async fn go(mut self, mut connection: T::Connection) {
        let timeout = Duration::from_millis(self.run.load.timeout_ms);
        let mut free_since = runtime::true_now();
        while self.take(free_since).await {
            let Batch { operations, answers, .. } = &mut self.batch;
            let sent = runtime::timeout(timeout, connection.send(operations, answers)).await;
            let error = match sent {
                Ok(Ok(())) => None,
                Ok(Err(error)) if error.kind() != ErrorKind::TimedOut => Some("connection lost"),
                Ok(Err(_)) | Err(_) => Some("timed out"),
            };
            self.count(error);
            if error.is_some() {
                match self.reconnect(timeout).await {
                    Some(new) => connection = new,
                    None => return,
                }
            }
            free_since = runtime::true_now();
        }
    }

    /// Waits until operations are due and takes them, none if there will never be more. It has been free to
    /// send them since then.
    async fn take(&mut self, free_since: Instant) -> bool {
        let (run, batch) = (self.run, &mut self.batch);
        batch.operations.clear();
        batch.since.clear();
        batch.answers.clear();
        let taken = &run.taken[self.number];
        while batch.operations.len() < run.load.pipeline {
            let now = runtime::true_now();
            match run.schedule.next(self.number, taken.get(), now) {
                Next::Due { number, since } => {
                    taken.set(taken.get() + 1);
                    batch.operations.push(self.operations.next(number));
                    // An operation that earlier ones kept waiting counts that time. That a timer or this
                    // program was slow is nobody else's fault.
                    let was_kept = since < free_since;
                    if run.load.rate.is_some() && !was_kept && since >= run.schedule.counts_from {
                        run.figures.borrow_mut().late.record(now.since(since));
                    }
                    batch.since.push(if was_kept { since } else { now });
                }
                Next::Wait(until) if batch.operations.is_empty() => {
                    runtime::sleep_until(until).await;
                }
                Next::Wait(_) | Next::End => break,
            }
        }
        !batch.operations.is_empty()
    }

    /// Counts what was answered, and with an error what was not.
    fn count(&self, error: Option<&str>) {
        let Batch { operations, since, answers } = &self.batch;
        for answer in answers {
            self.run.count(&operations[answer.place], since[answer.place], answer);
        }
        let Some(error) = error else { return };
        for (place, since) in since.iter().enumerate() {
            let is_answered = answers.iter().any(|answer| answer.place == place);
            if !is_answered && *since >= self.run.schedule.counts_from {
                self.run.count_failed(error);
            }
        }
    }

    async fn reconnect(&self, patience: Duration) -> Option<T::Connection> {
        let began_at = runtime::true_now();
        loop {
            let now = runtime::true_now();
            if self.run.schedule.end.is_some_and(|end| now >= end) {
                return None;
            }
            if let Ok(connection) = self.run.target.connect(self.number).await {
                return Some(connection);
            }
            if now.since(began_at) > patience {
                self.run.count_failed("a client could not connect again");
                return None;
            }
            runtime::sleep(PAUSE).await;
        }
    }
}

#[cfg(test)]
mod tests;

//! Agreement: submit values, and wait until servers have applied them.

use super::Cluster;
use crate::Answer;
use crate::api::value::{Value, describe_applied};
use crate::cluster::servers::Running;
use crate::watch::Sight;
use crate::{Failure, Violation, property};
use futures::FutureExt;
use raft::{NotLeader, Started};
use std::ops::RangeInclusive;
use std::time::Duration;

/// Whether a value that is not committed in time is submitted again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// The value may be in the log more than once.
    Yes,
    /// The first `start` that a leader accepts must be committed within two seconds.
    No,
}

/// What is known about an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    /// Servers whose present (or, when crashed, latest) life has applied it.
    pub servers: usize,
    /// The command that any server ever applied there; `None` also for an entry of Raft's own.
    pub value: Option<Value>,
}

/// How long `one` goes on submitting.
const ONE_OVERALL: Duration = Duration::from_secs(10);
/// How long `one` waits for a value it has submitted.
const ONE_SUBMISSION: Duration = Duration::from_secs(2);
const ONE_POLL: Duration = Duration::from_millis(20);
const ONE_PAUSE_WITHOUT_LEADER: Duration = Duration::from_millis(50);
/// How often `wait` looks, and its pauses: 10 ms, doubling until they are longer than a second.
const WAIT_ROUNDS: u32 = 30;
const WAIT_PAUSE_FIRST: Duration = Duration::from_millis(10);
const WAIT_PAUSE_STOPS_DOUBLING: Duration = Duration::from_secs(1);

impl Cluster {
    /// Submits a value to one server; `None` when that does not lead or is down.
    ///
    /// # Errors
    /// When it reports a term lower than before, or to lead a term that another has led.
    pub async fn start(&self, server: usize, value: &Value) -> Result<Option<Started>, Failure> {
        let Some(running) = self.running(server) else { return Ok(None) };
        let submitted = {
            let _asking = self.shared.asking.lock();
            let (submitted, known) = running.node.enter(|| {
                let mut submitted = running.peer.submit(value.bytes().clone());
                // Most know at once.
                let known = submitted.as_mut().now_or_never();
                (submitted, known)
            });
            match known {
                Some(started) => return self.started(&running, value, started),
                None => submitted,
            }
        };
        match running.node.spawn(submitted).await {
            Ok(started) => self.started(&running, value, started),
            // It has crashed meanwhile.
            Err(_) => Ok(None),
        }
    }

    fn started(
        &self,
        running: &Running,
        value: &Value,
        started: Result<Started, NotLeader>,
    ) -> Result<Option<Started>, Failure> {
        self.shared.watch.look_at(running.who.server);
        let Ok(started) = started else { return Ok(None) };
        let (who, command) = (running.who, value.bytes());
        self.shared.watch.try_show(&Sight::Submitted { who, started, command })?;
        self.heard(who, started.term, true)?;
        Ok(Some(started))
    }

    /// Submits a value to every running server, connected or not, one after another: to each what
    /// `value` gives then. Returns those that accepted theirs.
    ///
    /// # Errors
    /// As [`start`](Cluster::start).
    pub async fn start_everywhere(
        &self,
        mut value: impl FnMut() -> Value + Send,
    ) -> Result<Vec<(usize, Started)>, Failure> {
        let mut accepted = Vec::new();
        for server in (0..self.servers()).filter(|server| self.is_running(*server)) {
            let value = value();
            let started = self.start(server, &value).await?;
            accepted.extend(started.map(|started| (server, started)));
        }
        Ok(accepted)
    }

    /// Has the cluster agree on a value: finds the leader by trying, and waits until `servers`
    /// servers have applied the value. Returns its index. (The lab's `one`.)
    ///
    /// # Errors
    /// When that takes longer than ten seconds, or, without retry, two.
    pub async fn one(
        &self,
        value: impl Into<Value>,
        servers: usize,
        retry: Retry,
    ) -> Result<u64, Failure> {
        let value = value.into();
        let operation = self.operation_begins(None, "one", &value);
        let agreed = self.agree(&value, servers, retry).await;
        let answer = match agreed {
            Ok(Some(index)) => Answer::Done { index },
            // It may be committed later, or never.
            Ok(None) | Err(_) => Answer::Unknown,
        };
        self.operation_ends(&operation, answer);
        agreed?.ok_or_else(|| {
            Failure::new(property::AGREEMENT, format!("one({value}) failed to reach agreement"))
        })
    }

    /// The index at which the servers agreed on the value; `None` when they did not in time.
    async fn agree(
        &self,
        value: &Value,
        servers: usize,
        retry: Retry,
    ) -> Result<Option<u64>, Failure> {
        let begin = runtime::now();
        let mut last_tried = 0;
        while runtime::now().since(begin) < ONE_OVERALL {
            let Some(index) = self.submit(value, &mut last_tried).await? else {
                runtime::sleep(ONE_PAUSE_WITHOUT_LEADER).await;
                continue;
            };
            if self.applied_in_time(index, value, servers).await {
                return Ok(Some(index));
            }
            if retry == Retry::No {
                break;
            }
        }
        Ok(None)
    }

    /// Goes round the connected servers, once, after the one tried last, until one accepts.
    async fn submit(&self, value: &Value, last_tried: &mut usize) -> Result<Option<u64>, Failure> {
        for _ in 0..self.servers() {
            *last_tried = (*last_tried + 1) % self.servers();
            if !self.is_connected(*last_tried) {
                continue;
            }
            if let Some(started) = self.start(*last_tried, value).await? {
                return Ok(Some(started.index));
            }
        }
        Ok(None)
    }

    async fn applied_in_time(&self, index: u64, value: &Value, servers: usize) -> bool {
        let submitted = runtime::now();
        while runtime::now().since(submitted) < ONE_SUBMISSION {
            let committed = self.n_committed(index);
            if committed.servers >= servers.max(1) && committed.value.as_ref() == Some(value) {
                return true;
            }
            runtime::sleep(ONE_POLL).await;
        }
        false
    }

    /// How many servers have applied an index, and what. (The lab's `nCommitted`.)
    pub fn n_committed(&self, index: u64) -> Committed {
        let applied = self.shared.watch.ask(|oracle| oracle.applied().at(index));
        Committed { servers: applied.servers, value: applied.command.map(Value::from) }
    }

    /// Whether what was applied at an index is that value; `None` while nobody has applied it.
    pub(crate) fn is_applied(&self, index: u64, value: &Value) -> Option<bool> {
        self.shared.watch.ask(|oracle| {
            let entry = oracle.applied().entry(index)?;
            Some(entry.command.as_ref() == Some(value.bytes()))
        })
    }

    /// How far the present or latest life of a server has applied.
    pub(crate) fn applied_by(&self, server: usize) -> u64 {
        self.shared.watch.ask(|oracle| oracle.applied().up_to(server))
    }

    /// No server may have applied the index, ever. (The lab's `checkNoAgreement`.)
    ///
    /// # Errors
    /// When one has.
    pub fn check_no_agreement(&self, index: u64) -> Result<(), Failure> {
        if self.command_number(index).is_none() {
            return Ok(());
        }
        let value = self.n_committed(index).value;
        let what = describe_applied(value.as_ref().map(|value| &value.bytes()[..]));
        let sentence = format!("{what} committed but no majority");
        Err(Violation::new(property::NO_QUORUM, sentence).at_index(index).into())
    }

    /// No server may have applied that many commands, ever.
    ///
    /// # Errors
    /// When one has.
    pub(crate) fn check_no_command(&self, number: u64) -> Result<(), Failure> {
        let index = self.index_of_command(number);
        index.map_or(Ok(()), |index| self.check_no_agreement(index))
    }

    /// What a leader has promised to a command that is not applied yet: in a log of commands alone, one
    /// of these indices. Where Raft has entries of its own, of which none may be known, it is one after
    /// all that was applied.
    ///
    /// # Errors
    /// When it is another, with the sentence `message`.
    pub(crate) fn check_promised(
        &self,
        index: u64,
        expected: RangeInclusive<u64>,
        message: impl FnOnce() -> String,
    ) -> Result<(), Failure> {
        let is_right = match self.implementation().supports().own_entries {
            false => expected.contains(&index),
            true => index > self.highest_applied(),
        };
        if is_right { Ok(()) } else { Err(Failure::new(property::START, message())) }
    }

    /// Waits, up to about 30 seconds, until `servers` servers have applied an index; returns what
    /// is there. With `start_term`, gives up with nothing as soon as a server is in a later term,
    /// because then the entry may never be committed. (The lab's `wait`.)
    ///
    /// # Errors
    /// When too few have applied it by then.
    pub async fn wait(
        &self,
        index: u64,
        servers: usize,
        start_term: Option<u64>,
    ) -> Result<Option<Value>, Failure> {
        self.wait_at(|| Some(index), index, servers, start_term).await
    }

    /// The same for a command by its number.
    ///
    /// # Errors
    /// As [`wait`](Cluster::wait).
    pub(crate) async fn wait_for_command(
        &self,
        number: u64,
        servers: usize,
    ) -> Result<Option<Value>, Failure> {
        self.wait_at(|| self.index_of_command(number), number, servers, None).await
    }

    /// Waits for the index that `place` gives, if it has one; `name` is what it is called.
    async fn wait_at(
        &self,
        place: impl Fn() -> Option<u64> + Send,
        name: u64,
        servers: usize,
        start_term: Option<u64>,
    ) -> Result<Option<Value>, Failure> {
        let committed = || {
            let nothing = Committed { servers: 0, value: None };
            place().map_or(nothing, |index| self.n_committed(index))
        };
        let mut pause = WAIT_PAUSE_FIRST;
        for _ in 0..WAIT_ROUNDS {
            if committed().servers >= servers {
                break;
            }
            runtime::sleep(pause).await;
            if pause < WAIT_PAUSE_STOPS_DOUBLING {
                pause *= 2;
            }
            if let Some(term) = start_term
                && self.any_beyond_term(term)?
            {
                return Ok(None);
            }
        }
        let Committed { servers: decided, value } = committed();
        if decided < servers {
            let sentence = format!("only {decided} decided for index {name}; wanted {servers}");
            return Err(Violation::new(property::DECIDED, sentence).at_index(name).into());
        }
        Ok(value)
    }
}

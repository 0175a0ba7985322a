//! A client.

pub mod history;
mod options;

pub use options::ClerkOptions;

use crate::operation::{Action, Answer, Request, Versioned};
use crate::rpc::{ExecuteArgs, GetArgs, KvClient, Reply};
use bytes::Bytes;
use labrpc::{ClientEnd, TypedCall};
use runtime::Instant;
use std::time::Duration;

/// A client of the store, with one operation under way at a time.
///
/// It asks the server that last led, follows where servers point, and goes round when they don't.
/// Dropping an operation gives it up: a write may still take effect, but not after a later write of
/// the same clerk has.
pub struct Clerk {
    servers: Vec<KvClient>,
    options: ClerkOptions,
    /// Whom it asks next.
    leader: usize,
    /// The latest one.
    session: Option<u64>,
    /// As far as the clerk knows its session is open.
    is_open: bool,
    /// The number of its latest write.
    sequence: u64,
}

/// Why an operation has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClerkError {
    /// It has no effect and never will.
    #[error("no server took the operation within {waited:?}; it has no effect and never will")]
    Failed {
        /// How long it was tried.
        waited: Duration,
    },
    /// It may have taken effect, once, or do so yet.
    #[error(
        "it is not known whether the operation took effect; times that it was sent without a \
         clear answer: {in_doubt}"
    )]
    Unknown {
        /// How often it was sent without a clear answer.
        in_doubt: u32,
    },
}

/// An operation under way.
struct Effort {
    began_at: Instant,
    deadline: Option<Instant>,
    /// How often something was sent for it.
    attempts: u32,
    /// How often it was sent without a clear answer.
    in_doubt: u32,
    /// How many servers in a row had none.
    in_vain: usize,
}

impl Clerk {
    /// A client of the servers at these ends, by their numbers.
    ///
    /// # Panics
    /// When there is no server.
    pub fn new(ends: Vec<ClientEnd>, options: ClerkOptions) -> Clerk {
        assert!(!ends.is_empty(), "a clerk needs a server");
        let servers = ends.into_iter().map(KvClient::new).collect();
        Clerk { servers, options, leader: 0, session: None, is_open: false, sequence: 0 }
    }

    /// The number of its latest session, open or closed, once it has had one. Writes are numbered
    /// from 1 and go on counting in the next session.
    pub fn session(&self) -> Option<u64> {
        self.session
    }

    /// What is under the key.
    ///
    /// # Errors
    /// [`ClerkError::Failed`] when [`ClerkOptions::timeout_ms`] has passed.
    pub async fn get(&mut self, key: impl AsRef<[u8]>) -> Result<Versioned, ClerkError> {
        let mut effort = self.begin();
        let args = GetArgs { key: bytes(key) };
        loop {
            match self.ask(&mut effort, |server, _| server.get(&args)).await {
                Some(Reply::Answered(Answer::Got(found))) => return Ok(found),
                Some(_) => effort.in_vain += 1,
                // Reading has no effect, seen or not.
                None => return Err(effort.failed()),
            }
        }
    }

    /// Writes the value. Returns the version made.
    ///
    /// # Errors
    /// As for [`execute`](Clerk::execute).
    pub async fn put(
        &mut self,
        key: impl AsRef<[u8]>,
        value: impl AsRef<[u8]>,
    ) -> Result<Answer, ClerkError> {
        self.write(key, Action::Put(bytes(value))).await
    }

    /// Writes the value if the key's version is this one.
    ///
    /// # Errors
    /// As for [`execute`](Clerk::execute).
    pub async fn put_at_version(
        &mut self,
        key: impl AsRef<[u8]>,
        version: u64,
        value: impl AsRef<[u8]>,
    ) -> Result<Answer, ClerkError> {
        self.write(key, Action::PutAtVersion(version, bytes(value))).await
    }

    /// Adds to the value.
    ///
    /// # Errors
    /// As for [`execute`](Clerk::execute).
    pub async fn append(
        &mut self,
        key: impl AsRef<[u8]>,
        tail: impl AsRef<[u8]>,
    ) -> Result<Answer, ClerkError> {
        self.write(key, Action::Append(bytes(tail))).await
    }

    /// Writes the second value if the first one is there; `None` is no value.
    ///
    /// # Errors
    /// As for [`execute`](Clerk::execute).
    pub async fn compare_and_set(
        &mut self,
        key: impl AsRef<[u8]>,
        from: Option<&str>,
        to: &str,
    ) -> Result<Answer, ClerkError> {
        let action = Action::CompareAndSet(from.map(bytes), bytes(to));
        self.write(key, action).await
    }

    /// Removes the value.
    ///
    /// # Errors
    /// As for [`execute`](Clerk::execute).
    pub async fn delete(&mut self, key: impl AsRef<[u8]>) -> Result<Answer, ClerkError> {
        self.write(key, Action::Delete).await
    }

    async fn write(&mut self, key: impl AsRef<[u8]>, action: Action) -> Result<Answer, ClerkError> {
        self.execute(Request::new(key, action)).await
    }

    /// Executes any request.
    ///
    /// # Errors
    /// When [`ClerkOptions::timeout_ms`] has passed, or the clerk's session was closed while the
    /// outcome was in doubt. [`ClerkError`] says whether there may be an effect.
    pub async fn execute(&mut self, request: Request) -> Result<Answer, ClerkError> {
        if request.action == Action::Get {
            return Ok(Answer::Got(self.get(&request.key).await?));
        }
        let mut effort = self.begin();
        self.sequence += 1;
        let sequence = self.sequence;
        let mut args = ExecuteArgs { session: 0, sequence, attempt: 0, request };
        loop {
            args.session = match self.session {
                Some(session) if self.is_open => session,
                _ => self.open_session(&mut effort).await?,
            };
            let ask = |server: &KvClient, attempt| {
                server.execute(&ExecuteArgs { attempt, ..args.clone() })
            };
            match self.ask(&mut effort, ask).await {
                Some(Reply::Answered(answer)) => return Ok(answer),
                Some(Reply::Expired) => {
                    self.is_open = false;
                    // In a new session it would be another write.
                    if effort.in_doubt > 0 {
                        return Err(effort.unknown());
                    }
                }
                // Only a write of this very clerk, later than this one, could have brought that.
                Some(_) => {
                    effort.in_doubt += 1;
                    return Err(effort.unknown());
                }
                None if effort.in_doubt > 0 => return Err(effort.unknown()),
                None => return Err(effort.failed()),
            }
        }
    }

    /// A session opened in vain does not count as an effect of its operation.
    async fn open_session(&mut self, effort: &mut Effort) -> Result<u64, ClerkError> {
        let in_doubt = effort.in_doubt;
        loop {
            let reply = self.ask(effort, |server, _| server.open_session(&())).await;
            effort.in_doubt = in_doubt;
            match reply {
                Some(Reply::Opened { session }) => {
                    (self.session, self.is_open) = (Some(session), true);
                    return Ok(session);
                }
                Some(_) => effort.in_vain += 1,
                None => return Err(effort.failed()),
            }
        }
    }

    fn begin(&self) -> Effort {
        let began_at = runtime::now();
        let deadline = self.options.timeout_ms.map(|ms| began_at + Duration::from_millis(ms));
        Effort { began_at, deadline, attempts: 0, in_doubt: 0, in_vain: 0 }
    }

    /// Asks one server after another until one gives a definite answer; `None` when time is up.
    async fn ask(
        &mut self,
        effort: &mut Effort,
        call: impl Fn(&KvClient, u32) -> TypedCall<Reply>,
    ) -> Option<Reply> {
        loop {
            if effort.in_vain >= self.servers.len() {
                effort.in_vain = 0;
                self.pause(effort).await;
            }
            let limit = self.attempt_limit(effort)?;
            effort.attempts += 1;
            let call = call(&self.servers[self.leader], effort.attempts);
            let reply = runtime::timeout(limit, call).await;
            match reply {
                Ok(Ok(Reply::NotLeader { leader })) => {
                    let next = (self.leader + 1) % self.servers.len();
                    let hint = leader.filter(|&hint| hint < self.servers.len());
                    self.leader = hint.unwrap_or(next);
                }
                Ok(Ok(Reply::Lost)) => {}
                Ok(Ok(Reply::Unknown)) | Ok(Err(_)) | Err(_) => {
                    effort.in_doubt += 1;
                    self.leader = (self.leader + 1) % self.servers.len();
                }
                Ok(Ok(decided)) => return Some(decided),
            }
            effort.in_vain += 1;
        }
    }

    /// How long the next attempt may take; `None` when time is up.
    fn attempt_limit(&self, effort: &Effort) -> Option<Duration> {
        let limit = Duration::from_millis(self.options.attempt_timeout_ms);
        let Some(deadline) = effort.deadline else { return Some(limit) };
        let now = runtime::now();
        (now < deadline).then(|| limit.min(deadline.since(now)))
    }

    async fn pause(&self, effort: &Effort) {
        let pause = Duration::from_millis(self.options.retry_interval_ms);
        let left = effort.deadline.map_or(pause, |deadline| deadline.since(runtime::now()));
        runtime::sleep(pause.min(left)).await;
    }
}

fn bytes(text: impl AsRef<[u8]>) -> Bytes {
    Bytes::copy_from_slice(text.as_ref())
}

impl Effort {
    fn failed(&self) -> ClerkError {
        ClerkError::Failed { waited: runtime::now().since(self.began_at) }
    }

    fn unknown(&self) -> ClerkError {
        ClerkError::Unknown { in_doubt: self.in_doubt }
    }
}

//! Carries out what clients ask, in their order.

use super::Shared;
use super::leader::NotHere;
use super::plan::{PlannedStep, tell_opened, tell_other, unknown};
use crate::commands::{Read, Tell};
use crate::metrics::Kind;
use crate::resp::Reply;
use futures::FutureExt;
use futures::future::BoxFuture;
use kv::Command;
use raft_api::ReadIndexError;
use runtime::Instant;
use std::time::Duration;

/// How long a command that the leader does not take just now waits before it is tried again.
const PAUSE: Duration = Duration::from_millis(5);

/// A command for the log.
pub struct Proposal {
    slot: u16,
    command: Command,
    told: Told,
}

/// How its outcome is told.
enum Told {
    Answer(Tell),
    Session { token: u128 },
}

/// Steps that are taken together.
pub enum Batch {
    Replies(Vec<Reply>),
    Writes(Vec<Proposal>),
    Reads(Vec<(u16, Read)>),
}

/// The steps of one client, in their order, those together that are taken together: writes that follow each
/// other go into the log together, and reads ask together whether this server leads. A read waits for the writes
/// before it.
pub fn batches(steps: Vec<PlannedStep>) -> Vec<Batch> {
    let mut batches = Vec::new();
    for step in steps {
        let batch = Batch::of(step);
        match (batches.last_mut(), batch) {
            (Some(Batch::Replies(all)), Batch::Replies(one)) => all.extend(one),
            (Some(Batch::Reads(all)), Batch::Reads(one)) => all.extend(one),
            (Some(Batch::Writes(all)), Batch::Writes(one)) => all.extend(one),
            (_, batch) => batches.push(batch),
        }
    }
    batches
}

impl Batch {
    fn of(step: PlannedStep) -> Batch {
        match step {
            PlannedStep::Reply(reply) => Batch::Replies(vec![reply]),
            PlannedStep::Read { slot, read } => Batch::Reads(vec![(slot, read)]),
            PlannedStep::Write { slot, command, tell } => {
                Batch::Writes(vec![Proposal { slot, command, told: Told::Answer(tell) }])
            }
            PlannedStep::Open { slot, command, token } => {
                Batch::Writes(vec![Proposal { slot, command, told: Told::Session { token } }])
            }
        }
    }
}

impl Shared {
    /// Carries out steps that are taken together. A reply for each, in their order.
    pub(super) async fn carry_out(&self, batch: Batch) -> Vec<Reply> {
        let began_at = runtime::now();
        let (kind, replies) = match batch {
            Batch::Replies(replies) => (Kind::Local, replies),
            Batch::Writes(proposals) => (Kind::Write, self.write_all(proposals).await),
            Batch::Reads(reads) => (Kind::Read, self.read_all(reads).await),
        };
        let took = runtime::now().since(began_at);
        for _ in &replies {
            self.metrics.command(kind);
            match kind {
                Kind::Write => self.metrics.write_took(took),
                Kind::Read => self.metrics.read_took(took),
                Kind::Local => {}
            }
        }
        replies
    }

    fn deadline(&self) -> Instant {
        runtime::now() + Duration::from_millis(self.options.deadline_ms)
    }

    /// Sends commands through the log. Commands that certainly had no effect are retried while there is time;
    /// no others are.
    async fn write_all(&self, proposals: Vec<Proposal>) -> Vec<Reply> {
        let deadline = self.deadline();
        let mut replies: Vec<Option<Reply>> = proposals.iter().map(|_| None).collect();
        loop {
            let open = (0..replies.len()).filter(|place| replies[*place].is_none());
            let open: Vec<usize> = open.collect();
            if open.is_empty() {
                break;
            }
            if let Err(why) = self.lead(deadline).await {
                // Of none of them is there an entry.
                for place in open {
                    replies[place] = Some(self.not_here(&why, proposals[place].slot));
                }
                break;
            }
            let mut started = Vec::new();
            for &place in &open {
                match self.propose(&proposals[place].command) {
                    Some(outcome) => started.push((place, outcome)),
                    // Nor are those after it, whose turn it is not.
                    None => break,
                }
            }
            let is_stuck = started.is_empty();
            for (place, outcome) in started {
                let outcome = runtime::timeout(deadline.since(runtime::now()), outcome).await;
                let outcome = outcome.unwrap_or(kv::Reply::Unknown);
                replies[place] = proposals[place].told.reply(outcome);
            }
            if is_stuck {
                if let Some(refusal) = self.refusal(deadline) {
                    for place in open {
                        replies[place] = Some(refusal.clone());
                    }
                    break;
                }
                runtime::sleep(PAUSE).await;
            }
        }
        replies.into_iter().map(|reply| reply.unwrap_or_else(unknown)).collect()
    }

    /// Begins with a command; `None` when it is not taken.
    fn propose(&self, command: &Command) -> Option<BoxFuture<'static, kv::Reply>> {
        let mut outcome = self.kv.submit(command);
        match outcome.as_mut().now_or_never() {
            Some(kv::Reply::NotLeader { .. }) => None,
            Some(other) => Some(futures::future::ready(other).boxed()),
            None => Some(outcome),
        }
    }

    /// Why a leader that takes no commands will not take these.
    fn refusal(&self, deadline: Instant) -> Option<Reply> {
        let is_late = runtime::now() >= deadline;
        match self.raft.refusal() {
            Some(full @ raft::StartError::DiskNearlyFull) => {
                Some(Reply::error(format!("MISCONF {full}")))
            }
            Some(busy) if is_late => Some(Reply::error(format!("TRYAGAIN {busy}"))),
            _ if is_late => Some(Reply::error("TRYAGAIN no leader took the command in time")),
            _ => None,
        }
    }

    /// Looks at the store, for all at the same moment.
    async fn read_all(&self, reads: Vec<(u16, Read)>) -> Vec<Reply> {
        let deadline = self.deadline();
        let slots: Vec<u16> = reads.iter().map(|(slot, _)| *slot).collect();
        let mut reads = Some(reads);
        let all = |why: NotHere| slots.iter().map(|slot| self.not_here(&why, *slot)).collect();
        let refused = |sentence: String| NotHere::Refused(Reply::error(sentence));
        loop {
            if let Err(why) = self.lead(deadline).await {
                return all(why);
            }
            let look = |store: &kv::Store| {
                let reads = reads.take().unwrap_or_default();
                reads.into_iter().map(|(_, Read(look))| look(store)).collect::<Vec<Reply>>()
            };
            let looked = runtime::timeout(deadline.since(runtime::now()), self.kv.read(look)).await;
            match looked {
                Ok(Ok(replies)) => return replies,
                Ok(Err(ReadIndexError::TooManyReads { .. })) => {
                    return all(refused("TRYAGAIN too many reads wait at this server".to_owned()));
                }
                Ok(Err(ReadIndexError::NotLeader(_) | ReadIndexError::NothingCommitted))
                    if runtime::now() < deadline =>
                {
                    runtime::sleep(PAUSE).await;
                }
                Ok(Err(_)) | Err(_) => {
                    let seconds = self.options.deadline_ms as f64 / 1e3;
                    return all(refused(format!(
                        "CLUSTERDOWN no majority has confirmed within {seconds:.1} s that this server leads"
                    )));
                }
            }
        }
    }
}

impl Told {
    /// `None` for a command that certainly had no effect, and may be retried.
    fn reply(&self, outcome: kv::Reply) -> Option<Reply> {
        match (self, outcome) {
            (_, kv::Reply::NotLeader { .. } | kv::Reply::Lost) => None,
            (Told::Answer(tell), kv::Reply::Answered(answer)) => Some(tell(answer)),
            (Told::Session { token }, kv::Reply::Opened { session }) => {
                Some(tell_opened(session, *token))
            }
            (_, other) => Some(tell_other(&other)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kv::Answer;

    /// The reply to a command with that outcome; `None` for one that is tried again.
    fn told(outcome: kv::Reply) -> Option<String> {
        let told = Told::Answer(|answer| Reply::Simple(format!("{answer:?}").into()));
        told.reply(outcome).map(|reply| match reply {
            Reply::Simple(text) => text.into_owned(),
            Reply::Error(text) => text,
            other => panic!("{other:?}"),
        })
    }

    #[test]
    fn only_what_certainly_has_no_effect_is_tried_again() {
        assert_eq!(told(kv::Reply::NotLeader { leader: Some(1) }), None);
        assert_eq!(told(kv::Reply::Lost), None);
        let answered = kv::Reply::Answered(Answer::Number(1));
        assert_eq!(told(answered).as_deref(), Some("Number(1)"));
        for (outcome, code) in [
            (kv::Reply::Unknown, "UNKNOWN "),
            (kv::Reply::Late, "LATE "),
            (kv::Reply::Expired, "EXPIRED "),
            (kv::Reply::Opened { session: 1 }, "UNKNOWN "),
        ] {
            let reply = told(outcome).expect("it is not tried again");
            assert!(reply.starts_with(code), "{reply}");
        }
    }

    #[test]
    fn steps_are_taken_together_but_in_their_order() {
        let write = || PlannedStep::Write {
            slot: 0,
            command: Command::Execute { once: None, requests: Vec::new() },
            tell: |_| Reply::ok(),
        };
        let read = || PlannedStep::Read { slot: 0, read: Read(Box::new(|_| Reply::Null)) };
        let reply = || PlannedStep::Reply(Reply::ok());
        let steps = vec![write(), write(), read(), read(), read(), reply(), write(), reply()];
        let sizes: Vec<(char, usize)> = batches(steps)
            .iter()
            .map(|batch| match batch {
                Batch::Replies(all) => ('=', all.len()),
                Batch::Writes(all) => ('w', all.len()),
                Batch::Reads(all) => ('r', all.len()),
            })
            .collect();
        assert_eq!(sizes, [('w', 2), ('r', 3), ('=', 1), ('w', 1), ('=', 1)]);
    }
}

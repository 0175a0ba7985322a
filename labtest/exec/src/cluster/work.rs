//! What a life does, one thing after the other, and what is durable before others see it.

use super::bubble::now_ns;
use super::life::{Inner, Shared};
use super::lines::{Does, Told};
use crate::server::method;
use bytes::Bytes;
use harness::{Failure, property};
use persister::SyncFuture;
use raft_api::{ApplyMsg, NotLeader, Started};
use std::sync::Arc;

/// Something to be done.
pub(super) enum Work {
    Does(Does),
    Apply { index: u64, term: u64, command: Bytes },
    Started { call: u64, place: Option<(u64, u64)> },
}

impl Work {
    fn is_write(&self) -> bool {
        matches!(self, Work::Does(Does::Persist { .. }))
    }
}

impl Shared {
    pub(super) fn add(&self, work: Work) {
        let mut inner = self.inner.lock();
        if !inner.is_over {
            inner.work.push_back(work);
        }
    }

    /// Goes on as far as can be.
    pub(super) fn advance(self: &Arc<Self>) {
        let mut inner = self.inner.lock();
        while !inner.is_over && !inner.is_syncing {
            let Some(next) = inner.work.front() else {
                if !inner.is_unsynced {
                    return;
                }
                self.sync(&mut inner);
                continue;
            };
            // What it does while it is stopped is done when it goes on, or never.
            if self.node.is_paused() {
                self.resumed.notify_one();
                return;
            }
            if inner.is_unsynced && !next.is_write() {
                self.sync(&mut inner);
            } else if let Some(work) = inner.work.pop_front() {
                self.carry_out(&mut inner, work);
            }
        }
    }

    fn carry_out(self: &Arc<Self>, inner: &mut Inner, work: Work) {
        let does = match work {
            Work::Does(does) => does,
            // The service may have ended with its server.
            Work::Apply { index, term, command } => {
                drop(self.applies.send(ApplyMsg::Command { index, term, command }));
                return;
            }
            Work::Started { call, place } => {
                let promise = inner.promises.remove(&call);
                let place = place.map(|(index, term)| Started { index, term });
                let answer = place.ok_or(NotLeader { leader: None });
                promise.map(|promise| promise.send(answer));
                return;
            }
        };
        match does {
            Does::Call { call, to, method, args } => self.call(inner, call, to, &method, &args),
            Does::Reply { call, of, result } => {
                // The caller may not wait any more.
                let request = inner.requests.remove(call);
                request.map(|request| request.send(numbered(of, &result)));
            }
            Does::Persist { state, patch, snapshot } => {
                match patch {
                    None => inner.state = state,
                    Some(patch) if patch.apply(&mut inner.state, &state).is_some() => {}
                    Some(_) => return self.fail(inner, property::PROGRAM, "a state has gaps"),
                }
                self.persister.save(&inner.state, snapshot);
                inner.is_unsynced = true;
            }
            Does::ApplySnapshot { index, data: snapshot } => {
                drop(self.applies.send(ApplyMsg::Snapshot { index, term: 0, snapshot }));
            }
            Does::Says(state) => inner.said = state,
            Does::Note(text) => self.voice.note(&text),
            Does::Fail(text) => self.fail(inner, property::OWN_CHECK, &text),
            Does::Apply { .. } | Does::Started { .. } => {
                unreachable!("they are works of their own")
            }
        }
    }

    fn fail(&self, inner: &mut Inner, property: &'static str, text: &str) {
        inner.is_over = true;
        self.voice.fail(Failure::new(property, format!("server {}: {text}", self.me)));
    }

    fn call(self: &Arc<Self>, inner: &mut Inner, call: u64, to: usize, name: &str, args: &[u8]) {
        let Some(end) = self.peers.get(to) else {
            self.fail(
                inner,
                property::PROGRAM,
                &format!("it calls server {to}, which is not there"),
            );
            return;
        };
        let method = match method(name) {
            Ok(method) => method,
            Err(why) => return self.fail(inner, property::PROGRAM, &why),
        };
        let (life, args) = (Arc::downgrade(self), request(self.me, call, args));
        self.node.enter(|| {
            end.call(method, args).then(move |result| {
                let Some(life) = life.upgrade() else { return };
                let of = result.ok().as_deref().and_then(number).map_or(0, |(of, _)| of);
                life.told(Told::new("reply", now_ns()).number("call", call).number("of", of));
            });
        });
    }

    /// Makes all that was written durable; until then everything else waits.
    fn sync(self: &Arc<Self>, inner: &mut Inner) {
        match self.persister.sync() {
            SyncFuture::Ready(Some(Ok(()))) => inner.is_unsynced = false,
            SyncFuture::Ready(_) => self.disk_failed(inner),
            wait => {
                inner.is_syncing = true;
                let life = Arc::clone(self);
                self.node.enter(|| {
                    runtime::detach(async move {
                        let outcome = wait.await;
                        {
                            let mut inner = life.inner.lock();
                            match outcome {
                                Ok(()) => {
                                    (inner.is_syncing, inner.is_unsynced) = (false, false);
                                }
                                Err(_) => life.disk_failed(&mut inner),
                            }
                        }
                        life.advance();
                    });
                });
            }
        }
    }

    /// What is on the disk now is anybody's guess: a server whose disk fails ends, which is no failure of the run.
    fn disk_failed(&self, inner: &mut Inner) {
        inner.is_over = true;
        self.node.kill();
    }
}

/// A request as it crosses the network: who calls, the number by which the program knows what it wrote, and that.
pub(super) fn request(from: usize, call: u64, args: &[u8]) -> Vec<u8> {
    [format!("{from} {call} ").as_bytes(), args].concat()
}

/// The same of a reply, which needs nobody's name.
fn numbered(of: u64, result: &[u8]) -> Vec<u8> {
    [format!("{of} ").as_bytes(), result].concat()
}

/// A number, and what stands after it.
pub(super) fn number(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let end = bytes.iter().position(|byte| *byte == b' ')?;
    let number = std::str::from_utf8(&bytes[..end]).ok()?.parse().ok()?;
    Some((number, &bytes[end + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_crosses_the_network_is_read_again() {
        let bytes = request(2, 17, b"{}");
        let (from, rest) = number(&bytes).unwrap();
        assert_eq!((from, number(rest)), (2, Some((17, &b"{}"[..]))));
        assert_eq!(number(&numbered(5, b"[]")), Some((5, &b"[]"[..])));
        assert_eq!(number(b"x {}"), None);
    }
}

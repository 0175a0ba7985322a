//! What a child wants done, one thing after the other.

use super::{Happened, Inner, Server, Shared, wire};
use crate::protocol::{Input, Output, Style};
use harness::{Failure, property};
use labrpc::ClientEnd;
use raft_api::{ApplyMsg, NotLeader, ReadIndexError};
use std::sync::Arc;

impl Server {
    pub(super) fn put_out(&self, inner: &mut Inner, output: Output) {
        let Shared { voice, persister, applies, .. } = &*self.0;
        match output {
            Output::Call { call, to, method, args } => self.call(inner, call, to, &method, &args),
            Output::Send { to, method, body } => self.send(inner, to, &method, &body),
            Output::Reply { call, result } => match inner.requests.remove(call) {
                // The caller may not wait any more.
                Some(request) => drop(request.send(result)),
                None => self.breaks(
                    inner,
                    format!("`reply` to call {call}: no such request waits for one"),
                ),
            },
            Output::SetTimer { id, after } => {
                if inner.timers.set(id, runtime::now() + after) {
                    self.0.timer_set.notify_one();
                }
            }
            Output::CancelTimer { id } => inner.timers.cancel(&id),
            Output::Persist { state, snapshot } => {
                persister.save(&state, snapshot);
                self.wrote(inner);
            }
            Output::Append { record } => {
                persister.append(&record);
                self.wrote(inner);
            }
            // The service may have ended with its server.
            Output::Apply { index, term, command } => drop(applies.send(match command {
                Some(command) => ApplyMsg::Command { index, term, command },
                None => ApplyMsg::Own { index, term },
            })),
            Output::ApplySnapshot { index, term, data: snapshot } => {
                drop(applies.send(ApplyMsg::Snapshot { index, term, snapshot }));
            }
            Output::ReadReady { read, index } => self.end_read(inner, read, Ok(index)),
            Output::ReadFailed { read } => {
                let refused = ReadIndexError::NotLeader(NotLeader { leader: None });
                self.end_read(inner, read, Err(refused));
            }
            Output::Note { text } => voice.note(&text),
            Output::Fail { text } => {
                let sentence = format!("server {}: {text}", self.0.me);
                self.fail_with(inner, Failure::new(property::OWN_CHECK, sentence));
            }
            Output::Hello(_) | Output::Done(_) => unreachable!("they end an answer"),
        }
    }

    pub(super) fn end_read(
        &self,
        inner: &mut Inner,
        read: u64,
        outcome: Result<u64, ReadIndexError>,
    ) {
        match inner.reads.remove(read) {
            // The client may not wait any more.
            Some(waiting) => drop(waiting.send(outcome)),
            None => self.breaks(inner, format!("read {read}: no such read waits")),
        }
    }

    fn call(&self, inner: &mut Inner, call: u64, to: usize, method: &str, args: &[u8]) {
        let Some((end, method)) = self.way(inner, Style::Rpc, to, method) else { return };
        let args = wire::request(self.0.me, args);
        let life = Arc::downgrade(&self.0);
        self.0.node.enter(|| {
            end.call(method, args).then(move |result| {
                if let Some(shared) = life.upgrade() {
                    let reply = Input::Reply { call, result: result.ok() };
                    Server(shared).feed(Happened::Input(reply));
                }
            });
        });
    }

    fn send(&self, inner: &mut Inner, to: usize, method: &str, body: &[u8]) {
        if let Some((end, method)) = self.way(inner, Style::Message, to, method) {
            let body = wire::message(self.0.me, body);
            self.0.node.enter(|| end.send(method, body));
        }
    }

    /// The way to another server; none for one that there is not, which is the child's mistake.
    fn way(
        &self,
        inner: &mut Inner,
        style: Style,
        to: usize,
        method: &str,
    ) -> Option<(ClientEnd, &'static str)> {
        if style != self.0.pool.hello().style {
            let told = "calls are for programs of the style \"rpc\", messages for those of the style \"message\"";
            self.breaks(inner, told.to_owned());
            return None;
        }
        let Some(end) = self.0.peers.get(to) else {
            let servers = self.0.peers.len();
            self.breaks(
                inner,
                format!("it wants to talk with server {to}, of {servers} from 0 on"),
            );
            return None;
        };
        match wire::method(method) {
            Ok(method) => Some((end.clone(), method)),
            Err(why) => {
                self.breaks(inner, why);
                None
            }
        }
    }
}

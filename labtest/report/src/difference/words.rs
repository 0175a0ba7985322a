//! Any event of a trace as a sentence.

use super::Side;
use labtrace::trace::{Event, Fault, Line, Phase, State};
use std::collections::BTreeMap;

/// Puts events into words. Those of messages need what was sent before.
#[derive(Clone)]
pub(super) struct Words {
    servers: usize,
    /// Of each call: who makes it of whom, and the method.
    calls: BTreeMap<u64, (usize, usize, String)>,
}

impl Words {
    pub(super) fn new(servers: usize) -> Words {
        Words { servers, calls: BTreeMap::new() }
    }

    /// An event that both have.
    pub(super) fn note(&mut self, event: &Event) {
        match event {
            Event::Send { call, from, to, reply: false, method, .. } => {
                let method = method.rsplit('.').next().unwrap_or(method);
                self.calls.insert(*call, (*from, *to, method.to_owned()));
            }
            Event::Duplicate { call, copy } => {
                if let Some(known) = self.calls.get(call).cloned() {
                    self.calls.insert(*copy, known);
                }
            }
            _ => {}
        }
    }

    pub(super) fn side(mut self, line: &Line) -> Side {
        self.note(&line.event);
        let server = self.server_of(&line.event).filter(|server| *server < self.servers);
        let is_line = matches!(line.event, Event::Line { .. });
        Side { at: line.at, server, text: self.tell(&line.event), is_line }
    }

    fn server_of(&self, event: &Event) -> Option<usize> {
        match event {
            Event::Send { from, .. } => Some(*from),
            Event::Deliver { call, reply } | Event::Lose { call, reply, .. } => {
                let (from, to, _) = self.calls.get(call)?;
                Some(if *reply { *from } else { *to })
            }
            Event::State(State { server, .. })
            | Event::Role { server, .. }
            | Event::Submit { server, .. }
            | Event::Apply { server, .. }
            | Event::Read { server, .. }
            | Event::Snapshot { server, .. }
            | Event::Line { server, .. }
            | Event::Crash { server, .. } => Some(*server),
            Event::Note { server, .. } => *server,
            Event::Fault(Fault { servers, .. }) => servers.first().copied(),
            _ => None,
        }
    }

    /// Clients take part in the network under numbers of their own.
    fn name(&self, number: usize) -> String {
        let is_server = number < self.servers;
        if is_server { format!("server {number}") } else { "a client".to_owned() }
    }

    fn tell(&self, event: &Event) -> String {
        match event {
            Event::Send { call, from, to, reply, text, bytes, .. } => {
                let (from, to) = (self.name(*from), self.name(*to));
                let method = self.calls.get(call).map_or("a call", |(_, _, method)| method);
                match reply {
                    true => format!("{from} answers {method} of {to}: {text} ({bytes} bytes)"),
                    false => format!("{from} sends {method} to {to}: {text} ({bytes} bytes)"),
                }
            }
            Event::Deliver { call, reply } => format!("{} arrives", self.message(*call, *reply)),
            Event::Lose { call, reply, why } => {
                format!("{} is lost ({why})", self.message(*call, *reply))
            }
            Event::Duplicate { call, .. } => format!("{} is doubled", self.message(*call, false)),
            Event::Note { server: Some(server), text } => format!("server {server} notes: {text}"),
            Event::Fault(Fault { text, .. }) | Event::Note { text, .. } if !text.is_empty() => {
                text.clone()
            }
            Event::Line { server, text, digest } => {
                let rest = if digest.is_some() { " …" } else { "" };
                format!("the program of server {server} writes {text}{rest}")
            }
            Event::Fault(Fault { phase, what, .. }) => format!("{what} {}s", phase.name()),
            Event::Note { .. } | Event::Unknown => "something else".to_owned(),
            Event::Client { client, phase, text, outcome, .. } => match (phase, outcome) {
                (Phase::Begin, _) => format!("client {client} begins {text}"),
                (Phase::End, Some(outcome)) => format!("client {client}: {text} is {outcome}"),
                (Phase::End, None) => format!("client {client} ends {text}"),
            },
            Event::Failure { check, text, .. } => format!("{text} ({check})"),
            Event::Cause(cause) => cause.text.clone(),
            Event::End { verdict, .. } => format!("the run is over: {verdict}"),
            _ => of_server(event),
        }
    }

    /// A message by its ends.
    fn message(&self, call: u64, is_reply: bool) -> String {
        let Some((from, to, method)) = self.calls.get(&call) else {
            return format!("the message of call {call}");
        };
        let (from, to) = (self.name(*from), self.name(*to));
        match is_reply {
            true => format!("the answer of {to} to {method} of {from}"),
            false => format!("{method} of {from} to {to}"),
        }
    }
}

/// What happens inside a server.
fn of_server(event: &Event) -> String {
    match event {
        Event::State(state) => {
            let State { server, term, role, last_index, last_term, commit_index, applied, .. } =
                state;
            let vote = state.voted_for.map_or(String::new(), |vote| format!(", voted for {vote}"));
            format!(
                "server {server} is {} in term {term}{vote}, log up to {last_index} of term \
                 {last_term}, committed {commit_index}, applied {applied}",
                role.name()
            )
        }
        Event::Role { server, term, leader } => {
            let does = if *leader { "leads" } else { "does not lead" };
            format!("server {server} says that it {does} in term {term}")
        }
        Event::Submit { server, index, term, command, .. } => {
            format!("server {server} accepts {command} at index {index} of term {term}")
        }
        Event::Apply { server, index, command, .. } => {
            format!("server {server} applies {index}: {command}")
        }
        Event::Read { server, index, .. } => {
            format!("server {server} gives index {index} for a read")
        }
        Event::Life { text, .. } => text.clone(),
        Event::Snapshot { server, index, .. } => {
            format!("server {server} has a snapshot up to {index}")
        }
        Event::Crash { server, lost_writes } => {
            format!("server {server} ends and loses {lost_writes} writes")
        }
        _ => String::new(),
    }
}

//! From the events of a trace to sentences.

use super::told::{Kind, Told, Who};
use crate::run::MessageKind;
use labtrace::trace::{Event, Fault, Line, Phase, Role, State};
use raft_api::{Change, Inspection, Naming, RoleName, changes};
use std::collections::BTreeMap;

/// Tells the events of a run with `servers` servers, each at its time.
pub fn tell(servers: usize, lines: &[Line]) -> Vec<Told> {
    let mut teller = Teller {
        at: 0,
        told: Vec::new(),
        insides: vec![None; servers],
        said: vec![None; servers],
        calls: BTreeMap::new(),
        sent: vec![None; servers],
        own: Vec::new(),
    };
    for line in lines {
        teller.at = line.at;
        teller.take(&line.event);
    }
    teller.told
}

struct Teller {
    at: u64,
    told: Vec<Told>,
    insides: Vec<Option<Inspection>>,
    /// The term and whether it leads, of servers that do not show their state.
    said: Vec<Option<(u64, bool)>>,
    /// What the calls under way are for, and who makes them of whom.
    calls: BTreeMap<u64, (MessageKind, usize, usize)>,
    /// Of each server: since when, and from which place in `told` on, it has sent messages without
    /// showing its state. The state is shown at the end of a step, after what was sent in it.
    sent: Vec<Option<(u64, usize)>>,
    /// The indices, ascending, of entries of Raft's own that were applied.
    own: Vec<u64>,
}

impl Teller {
    /// An index in words, with the number of the command there where that is another: `41 (command 38)`.
    fn place(&mut self, index: u64, own: bool) -> String {
        let before = self.own.partition_point(|known| *known < index);
        if own {
            if self.own.get(before) != Some(&index) {
                self.own.insert(before, index);
            }
            return index.to_string();
        }
        match before as u64 {
            0 => index.to_string(),
            before => format!("{index} (command {})", index.saturating_sub(before)),
        }
    }

    fn say(&mut self, who: Who, kind: Kind, text: impl Into<String>) {
        self.told.push(Told { at: self.at, who, kind, text: text.into() });
    }

    fn take(&mut self, event: &Event) {
        match event {
            Event::Send { call, from, to, reply, method, text, .. } => {
                self.sent(*call, (*from, *to), *reply, method, text);
            }
            Event::Lose { call, reply, why } => self.lost(*call, *reply, why),
            Event::Duplicate { call, copy } => {
                if let Some(known) = self.calls.get(call).copied() {
                    self.calls.insert(*copy, known);
                }
            }
            Event::State(state) => self.changed(state),
            Event::Role { server, term, leader } => self.asked(*server, *term, *leader),
            Event::Apply { server, index, own, command, .. } => {
                let place = self.place(*index, *own);
                self.say(Who::Server(*server), Kind::Apply, format!("applies {place}: {command}"));
            }
            Event::Snapshot { server, index, source } => {
                let text = match source.as_deref() {
                    Some("service") => format!("takes a snapshot up to {index}"),
                    Some("leader") => format!("applies a leader's snapshot up to {index}"),
                    Some("disk") => format!("starts from its snapshot up to {index}"),
                    _ => format!("has a snapshot up to {index}"),
                };
                self.say(Who::Server(*server), Kind::Snapshot, text);
            }
            Event::Fault(fault) => self.fault(fault),
            Event::Client { client, phase, text, outcome, .. } => {
                let what = match (phase, outcome.as_deref()) {
                    (Phase::Begin, _) => format!("client {client} begins {text}"),
                    (Phase::End, Some(outcome)) => format!("client {client}: {text} is {outcome}"),
                    (Phase::End, None) => format!("client {client} ends {text}"),
                };
                self.say(Who::Nobody, Kind::Client, what);
            }
            Event::Note { server: None, text } => self.say(Who::Nobody, Kind::Step, text),
            Event::Note { server: Some(server), text } => {
                self.say(Who::Server(*server), Kind::Note, format!("notes: {text}"));
            }
            Event::Line { server, text, digest } => {
                let rest = if digest.is_some() { " …" } else { "" };
                self.say(Who::Server(*server), Kind::Line, format!("writes {text}{rest}"));
            }
            Event::Failure { check, text, .. } => {
                self.say(Who::Nobody, Kind::Failure, format!("{text} ({check})"));
            }
            Event::Life { server, text, .. } => {
                self.say(Who::Server(*server), Kind::Fault, text);
            }
            Event::Crash { server, lost_writes } => {
                if let (Some(inside), Some(said)) =
                    (self.insides.get_mut(*server), self.said.get_mut(*server))
                {
                    (*inside, *said) = (None, None);
                }
                if *lost_writes > 0 {
                    let text = format!("loses {lost_writes} writes that were not durable");
                    self.say(Who::Server(*server), Kind::Fault, text);
                }
            }
            // What a leader does with it is told from its log, the result of a read by its client, and what led
            // to a failure in its place.
            Event::Submit { .. }
            | Event::Read { .. }
            | Event::Deliver { .. }
            | Event::Cause(_)
            | Event::End { .. }
            | Event::Unknown => {}
        }
    }

    fn sent(&mut self, call: u64, ends: (usize, usize), is_reply: bool, method: &str, text: &str) {
        let (from, to) = ends;
        if from.max(to) >= self.sent.len() {
            return; // A client's call: its operation is told instead.
        }
        let known = self.calls.get(&call).filter(|_| is_reply).map(|(kind, _, _)| *kind);
        let kind = known.unwrap_or_else(|| MessageKind::of(method, text));
        if !is_reply {
            self.calls.insert(call, (kind, from, to));
        }
        let here = (self.at, self.told.len());
        if let Some(sent) = self.sent.get_mut(from)
            && sent.is_none_or(|(at, _)| at != self.at)
        {
            *sent = Some(here);
        }
        self.say(Who::Server(from), Kind::of_message(kind), text);
    }

    fn lost(&mut self, call: u64, is_reply: bool, why: &str) {
        let Some((_, caller, callee)) = self.calls.remove(&call) else { return };
        let (from, to) = if is_reply { (callee, caller) } else { (caller, callee) };
        let text = format!("loses a message to server {to} ({why})");
        self.say(Who::Server(from), Kind::Lost, text);
    }

    fn changed(&mut self, state: &State) {
        let (server, inside) = (state.server, inspection(state));
        let Some(known) = self.insides.get_mut(server) else { return };
        let changed = changes(server, known.as_ref(), &inside);
        *known = Some(inside);
        let (at, who) = (self.at, Who::Server(server));
        // The messages tell about votes, and why one is refused, unless something is wrong.
        let usual = |change: &Change| matches!(change, Change::Vote { before: None, .. });
        let told = changed.iter().filter(|change| !usual(change)).map(|change| {
            let text = change.words(Naming::Server);
            Told { at, who, kind: Kind::of_change(change), text }
        });
        self.say_before_sent(server, told.collect());
    }

    /// A server sends what it does because of what it has become.
    fn say_before_sent(&mut self, server: usize, told: Vec<Told>) {
        let sent = self.sent[server].take().filter(|(at, _)| *at == self.at);
        let place = sent.map_or(self.told.len(), |(_, place)| place);
        for (_, later) in self.sent.iter_mut().flatten().filter(|(_, later)| *later >= place) {
            *later += told.len();
        }
        self.told.splice(place..place, told);
    }

    fn asked(&mut self, server: usize, term: u64, leads: bool) {
        let Some(known) = self.said.get_mut(server) else { return };
        let before = known.replace((term, leads));
        let text = match (before, leads) {
            (Some((_, true)), false) => format!("does not lead any more, in term {term}"),
            (_, true) => format!("leads term {term}"),
            (_, false) => format!("is in term {term}"),
        };
        self.say(Who::Server(server), Kind::Role, text);
    }

    /// A fault of one server stands in its column.
    fn fault(&mut self, fault: &Fault) {
        let Fault { phase, what, servers, text, .. } = fault;
        let (who, text) = match servers.as_slice() {
            [server] => {
                let own = text.strip_prefix(&format!("server {server} ")).unwrap_or(text);
                (Who::Server(*server), own)
            }
            _ => (Who::Nobody, text.as_str()),
        };
        let text = match text {
            "" if *phase == Phase::Begin => what.clone(),
            "" => format!("{what} ends"),
            text => text.to_string(),
        };
        self.say(who, Kind::Fault, format!("** {text} **"));
    }
}

/// A state as the words for its changes take it. A trace does not have the term of a snapshot.
fn inspection(state: &State) -> Inspection {
    Inspection {
        term: state.term,
        voted_for: state.voted_for,
        role: match state.role {
            Role::Follower => RoleName::Follower,
            Role::PreCandidate => RoleName::PreCandidate,
            Role::Candidate => RoleName::Candidate,
            Role::Leader => RoleName::Leader,
        },
        commit_index: state.commit_index,
        last_applied: state.applied,
        snapshot_index: state.snapshot_index,
        snapshot_term: 0,
        last_index: state.last_index,
        last_term: state.last_term,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(lines: &[&str]) -> Vec<(Who, Kind, String)> {
        let lines: Vec<Line> =
            lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        tell(3, &lines).into_iter().map(|told| (told.who, told.kind, told.text)).collect()
    }

    fn state(at: u64, server: usize, term: u64, role: &str) -> String {
        format!(
            r#"{{"at":{at},"kind":"state","server":{server},"term":{term},"role":"{role}","voted_for":null,"last_index":0,"last_term":0,"commit_index":0,"applied":0,"snapshot_index":0}}"#
        )
    }

    fn ask(at: u64, from: usize, to: usize) -> String {
        format!(
            r#"{{"at":{at},"kind":"send","call":{to},"from":{from},"to":{to},"reply":false,"method":"Raft.RequestVote","text":"asks server {to}","bytes":1}}"#
        )
    }

    #[test]
    fn what_a_server_becomes_is_told_before_what_it_sends_in_that_step() {
        let lines = [
            state(0, 0, 0, "follower"),
            state(0, 1, 0, "follower"),
            ask(5, 0, 1),
            ask(5, 1, 2),
            ask(5, 0, 2),
            state(5, 0, 1, "candidate"),
            state(5, 1, 1, "candidate"),
        ];
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let texts: Vec<String> =
            told(&lines)[2..].iter().map(|(who, _, text)| format!("{who:?} {text}")).collect();
        let expected = [
            "Server(0) becomes candidate for term 1",
            "Server(0) asks server 1",
            "Server(1) becomes candidate for term 1",
            "Server(1) asks server 2",
            "Server(0) asks server 2",
        ];
        assert_eq!(texts, expected);
    }

    #[test]
    fn a_reply_and_a_loss_are_of_the_kind_of_their_call() {
        let lines = [
            r#"{"at":1,"kind":"send","call":7,"from":0,"to":1,"reply":false,"method":"Raft.AppendEntries","text":"sends a heartbeat","bytes":1}"#,
            r#"{"at":2,"kind":"send","call":7,"from":1,"to":0,"reply":true,"method":"Raft.AppendEntries","text":"accepts","bytes":1}"#,
            r#"{"at":3,"kind":"lose","call":7,"reply":true,"why":"chance"}"#,
        ];
        let expected = [
            (Who::Server(0), Kind::Heartbeat, "sends a heartbeat"),
            (Who::Server(1), Kind::Heartbeat, "accepts"),
            (Who::Server(1), Kind::Lost, "loses a message to server 0 (chance)"),
        ];
        let expected = expected.map(|(who, kind, text)| (who, kind, text.to_string()));
        assert_eq!(told(&lines), expected);
    }

    #[test]
    fn a_server_that_hides_its_inside_is_told_by_what_it_says() {
        let lines = [
            r#"{"at":1,"kind":"role","server":0,"term":1,"leader":true}"#,
            r#"{"at":2,"kind":"role","server":0,"term":2,"leader":false}"#,
            r#"{"at":3,"kind":"crash","server":0,"lost_writes":0}"#,
            r#"{"at":3,"kind":"fault","phase":"begin","what":"crash","looks":"crash","servers":[0],"text":"server 0 crashes"}"#,
            r#"{"at":4,"kind":"role","server":0,"term":2,"leader":false}"#,
        ];
        let texts: Vec<String> = told(&lines).into_iter().map(|(_, _, text)| text).collect();
        let expected =
            ["leads term 1", "does not lead any more, in term 2", "** crashes **", "is in term 2"];
        assert_eq!(texts, expected);
    }

    #[test]
    fn a_place_behind_entries_of_rafts_own_has_the_number_of_its_command_too() {
        let apply = |server, index, own| {
            let command = "x".to_owned();
            Line { at: 1, event: Event::Apply { server, index, own, command, digest: None } }
        };
        let lines = [
            apply(0, 1, false),
            apply(0, 2, true),
            apply(0, 3, false),
            apply(1, 2, true),
            apply(1, 3, false),
        ];
        let told: Vec<String> = tell(2, &lines).into_iter().map(|told| told.text).collect();
        let third = "applies 3 (command 2): x";
        assert_eq!(told, ["applies 1: x", "applies 2: x", third, "applies 2: x", third]);
    }
}

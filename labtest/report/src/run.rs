//! A recorded run, put together from its trace: what the pictures are drawn from.
//!
//! A trace says what happened at single moments. A picture needs what lasts: a message from its
//! sending to its end, a role from one change to the next, a fault from begin to end. This module
//! joins them, once for all pictures, and tells the run's story in a few sentences.

mod join;

use join::Joiner;
use labtrace::trace::{self, Header, Line, Role};
use std::collections::BTreeMap;

/// A whole run.
#[derive(Debug)]
pub struct Run {
    /// What was run.
    pub header: Header,
    /// The time of the last event.
    pub end_at: u64,
    /// `passed`, `failed` or `undecided`; none if the trace was cut off before its end.
    pub verdict: Option<String>,
    /// The hash of all that happened, if the trace has its end.
    pub trace_hash: Option<String>,
    /// The messages between servers, by the time they were sent.
    pub messages: Vec<Message>,
    /// What is known of each server, by its number.
    pub servers: Vec<ServerHistory>,
    /// The faults, by the time they began.
    pub faults: Vec<Fault>,
    /// What clients did, by the time they began it.
    pub operations: Vec<Operation>,
    /// The steps of the scenario.
    pub notes: Vec<Note>,
    /// What checks found, the first one first.
    pub failures: Vec<Failure>,
}

/// One message, or one copy of it.
#[derive(Debug, PartialEq, Eq)]
pub struct Message {
    /// When it was sent.
    pub sent: u64,
    /// When it arrived or was lost; the end of the run if neither happened.
    pub ended: u64,
    /// The server that sent it.
    pub from: usize,
    /// The server it is for.
    pub to: usize,
    /// What kind of call it belongs to.
    pub kind: MessageKind,
    /// The name of the method, without that of its service.
    pub method: String,
    /// Whether it is the answer to the call.
    pub reply: bool,
    /// What became of it.
    pub fate: Fate,
    /// The number of the call.
    pub call: u64,
    /// The message in words.
    pub text: String,
    /// Its size on the wire.
    pub bytes: u64,
    /// The call this one is a copy of, if the network made it.
    pub copy_of: Option<u64>,
}

/// The kinds of messages that a picture tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MessageKind {
    /// `RequestVote`, with or without raising the term before.
    Vote,
    /// `AppendEntries` with entries.
    Append,
    /// `AppendEntries` without entries.
    Heartbeat,
    /// `InstallSnapshot`.
    Snapshot,
    /// Anything else.
    Other,
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It arrived.
    Delivered,
    /// It was lost: `chance`, `cut`, `dead` or `withheld`.
    Lost(String),
    /// The run ended before.
    UnderWay,
}

/// What is known of one server.
#[derive(Debug, Default)]
pub struct ServerHistory {
    /// Its state from each change on.
    pub states: Vec<State>,
    /// The stretches of time with the same role and term.
    pub bands: Vec<Band>,
    /// The commands it applied.
    pub applies: Vec<Apply>,
    /// The time and last index of its snapshots.
    pub snapshots: Vec<(u64, u64)>,
}

/// The state of a server from a moment on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// From when.
    pub at: u64,
    /// Its term.
    pub term: u64,
    /// Its role.
    pub standing: Standing,
    /// Its log, unless it hides it.
    pub log: Option<Log>,
}

/// The part of a server's state that only a Raft that shows its inside has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// Whom it voted for in its term.
    pub voted_for: Option<usize>,
    /// The index of its last entry.
    pub last_index: u64,
    /// The term of its last entry.
    pub last_term: u64,
    /// The highest index it knows to be committed.
    pub commit_index: u64,
    /// The highest index it has applied.
    pub applied: u64,
    /// The last index that its snapshot covers.
    pub snapshot_index: u64,
}

/// What a server is at a moment, as far as it can be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It shows its role.
    Is(Role),
    /// It only says that it does not lead.
    NotLeader,
}

/// A stretch of time in which a server has the same role and term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Band {
    /// From when.
    pub start: u64,
    /// Until when.
    pub end: u64,
    /// Its role.
    pub standing: Standing,
    /// Its term.
    pub term: u64,
}

/// A command applied by a server.
#[derive(Debug, PartialEq, Eq)]
pub struct Apply {
    /// When.
    pub at: u64,
    /// The index of the command.
    pub index: u64,
    /// The command in words.
    pub command: String,
}

/// A fault and how long it lasted.
#[derive(Debug, PartialEq, Eq)]
pub struct Fault {
    /// When it began.
    pub start: u64,
    /// When it ended; the end of the run if it never did.
    pub end: u64,
    /// `crash`, `isolated`, `partition`, `pause`, `slow`, `disk` and others.
    pub what: String,
    /// The servers concerned, in order.
    pub servers: Vec<usize>,
    /// Its begin in words.
    pub text: String,
    /// Its end in words, if it ended.
    pub end_text: Option<String>,
    /// The servers that can reach each other, if it is a fault that keeps servers apart.
    pub sides: Vec<Vec<usize>>,
}

/// What a client did.
#[derive(Debug, PartialEq, Eq)]
pub struct Operation {
    /// When it began.
    pub start: u64,
    /// When it ended; the end of the run if it never did.
    pub end: u64,
    /// Which client.
    pub client: u64,
    /// The number of the operation.
    pub op: u64,
    /// The operation in words.
    pub text: String,
    /// `ok`, `failed` or `unknown`; none if it never ended.
    pub outcome: Option<String>,
}

/// A step of the scenario.
#[derive(Debug, PartialEq, Eq)]
pub struct Note {
    /// When.
    pub at: u64,
    /// The step in words.
    pub text: String,
}

/// A property that was violated.
#[derive(Debug, PartialEq, Eq)]
pub struct Failure {
    /// When it was found.
    pub at: u64,
    /// The check's name.
    pub check: String,
    /// The violation in one sentence.
    pub text: String,
    /// The servers concerned.
    pub servers: Vec<usize>,
    /// The term concerned.
    pub term: Option<u64>,
    /// The log index concerned.
    pub index: Option<u64>,
}

/// A moment of the run that is worth a sentence.
#[derive(Debug, PartialEq, Eq)]
pub struct Moment {
    /// When.
    pub at: u64,
    /// What sort of sentence it is.
    pub kind: MomentKind,
    /// The sentence.
    pub text: String,
}

/// The sorts of moments in a run's story.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MomentKind {
    /// A step of the scenario.
    Note,
    /// A fault begins or ends.
    Fault,
    /// The first server stands for election in a term.
    Candidate,
    /// A server becomes leader.
    Leader,
    /// A check found something.
    Failure,
    /// The run is over.
    End,
}

impl Fault {
    /// The lanes that show it: those cut off from the greatest side, or else all that it names.
    pub fn lanes(&self) -> Vec<usize> {
        let Some(greatest) = self.sides.iter().map(Vec::len).max() else {
            return self.servers.clone();
        };
        // Of two equal sides the last is taken for the greatest, which is never the named one.
        let main = self.sides.iter().rposition(|side| side.len() == greatest);
        let cut_off = self.sides.iter().enumerate().filter(|(place, _)| Some(*place) != main);
        let mut lanes: Vec<usize> = cut_off.flat_map(|(_, side)| side).copied().collect();
        lanes.sort_unstable();
        lanes
    }

    /// The gaps between neighbouring lanes that nothing gets through while it lasts; gap `n` is the
    /// one below server `n`.
    pub fn walls(&self) -> Vec<usize> {
        let side_of = |server| self.sides.iter().position(|side| side.contains(&server));
        let servers: usize = self.sides.iter().map(Vec::len).sum();
        (1..servers)
            .filter(|&next| side_of(next - 1) != side_of(next))
            .map(|next| next - 1)
            .collect()
    }

    /// Its name in a picture, in a word or two.
    pub fn label(&self) -> String {
        if self.what != "partition" || self.sides.is_empty() {
            return self.what.clone();
        }
        let sides: Vec<String> = self
            .sides
            .iter()
            .map(|side| side.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
            .collect();
        format!("{} {}", self.what, sides.join(" | "))
    }
}

impl Run {
    /// Puts a run together from the text of its trace.
    ///
    /// # Errors
    /// Where the text is not a trace of the version that this tool reads; the error names the line
    /// and what was expected there.
    pub fn from_trace(trace: &str) -> anyhow::Result<Self> {
        let (header, lines) = trace::read(trace)?;
        let end_at = lines.last().map_or(0, |line| line.at);
        let mut joiner = Joiner::new(header, end_at);
        for Line { at, event } in lines {
            joiner.take(at, event);
        }
        Ok(joiner.finish())
    }

    /// The run in sentences, in the order of time.
    pub fn story(&self) -> Vec<Moment> {
        let mut story = Vec::new();
        let mut tell = |at, kind, text: String| story.push(Moment { at, kind, text });
        for note in &self.notes {
            tell(note.at, MomentKind::Note, note.text.clone());
        }
        for fault in &self.faults {
            tell(fault.start, MomentKind::Fault, fault.text.clone());
            if let Some(text) = &fault.end_text {
                tell(fault.end, MomentKind::Fault, text.clone());
            }
        }
        for (term, (at, server)) in self.first_candidates() {
            let text = format!("server {server} stands for election in term {term}");
            tell(at, MomentKind::Candidate, text);
        }
        for (server, history) in self.servers.iter().enumerate() {
            for band in &history.bands {
                if band.standing == Standing::Is(Role::Leader) {
                    let text = format!("server {server} becomes leader of term {}", band.term);
                    tell(band.start, MomentKind::Leader, text);
                }
            }
        }
        for failure in &self.failures {
            tell(failure.at, MomentKind::Failure, failure.text.clone());
        }
        if let Some(verdict) = &self.verdict {
            tell(self.end_at, MomentKind::End, format!("the run ends: {verdict}"));
        }
        // Stable: at the same moment the step comes before what it causes.
        story.sort_by_key(|moment| moment.at);
        story
    }

    /// For each term, the first server that stood for election in it and when.
    fn first_candidates(&self) -> BTreeMap<u64, (u64, usize)> {
        let mut first = BTreeMap::new();
        for (server, history) in self.servers.iter().enumerate() {
            for band in &history.bands {
                if band.standing == Standing::Is(Role::Candidate) {
                    let earliest = first.entry(band.term).or_insert((band.start, server));
                    *earliest = (*earliest).min((band.start, server));
                }
            }
        }
        first
    }
}

impl MessageKind {
    /// All of them, in the order in which a legend names them.
    pub const ALL: [Self; 5] =
        [Self::Vote, Self::Append, Self::Heartbeat, Self::Snapshot, Self::Other];

    /// The kind of a request, from its method and its words.
    ///
    /// The method tells all but a heartbeat, which is the same method as any append; the words tell
    /// it, where the Raft under test gives any.
    pub(crate) fn of(method: &str, text: &str) -> Self {
        let method = method.rsplit('.').next().unwrap_or(method).to_lowercase();
        if method.contains("vote") {
            Self::Vote
        } else if method.contains("snapshot") {
            Self::Snapshot
        } else if method.contains("heartbeat") {
            Self::Heartbeat
        } else if method.contains("append") {
            if says_no_entries(text) { Self::Heartbeat } else { Self::Append }
        } else {
            Self::Other
        }
    }
}

fn says_no_entries(text: &str) -> bool {
    let words: Vec<String> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    words.iter().any(|word| word == "heartbeat")
        || words.windows(2).any(|pair| {
            matches!(pair[0].as_str(), "0" | "no")
                && matches!(pair[1].as_str(), "entries" | "entry")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = r#"{"schema":"labtest.trace/v1","test":"t","description":"d","seed":7,"implementation":"raft","servers":5,"network":"reliable"}"#;

    fn run(lines: &[&str]) -> Run {
        Run::from_trace(&format!("{HEADER}\n{}\n", lines.join("\n"))).unwrap()
    }

    fn state(at: u64, server: usize, term: u64, role: &str) -> String {
        format!(
            r#"{{"at":{at},"kind":"state","server":{server},"term":{term},"role":"{role}","voted_for":null,"last_index":0,"last_term":0,"commit_index":0,"applied":0,"snapshot_index":0}}"#
        )
    }

    fn spans(run: &Run, server: usize) -> Vec<(u64, u64, u64)> {
        run.servers[server].bands.iter().map(|band| (band.start, band.end, band.term)).collect()
    }

    #[test]
    fn messages_are_joined_with_their_ends() {
        let run = run(&[
            r#"{"at":1,"kind":"send","call":17,"from":0,"to":1,"reply":false,"method":"Raft.AppendEntries","text":"heartbeat term 3","bytes":63}"#,
            r#"{"at":2,"kind":"duplicate","call":17,"copy":18}"#,
            r#"{"at":3,"kind":"deliver","call":17,"reply":false}"#,
            r#"{"at":3,"kind":"send","call":17,"from":1,"to":0,"reply":true,"method":"Raft.AppendEntries","text":"term 3, matches to 2","bytes":9}"#,
            r#"{"at":4,"kind":"lose","call":18,"reply":false,"why":"chance"}"#,
            r#"{"at":9,"kind":"end","verdict":"passed","trace_hash":"00"}"#,
        ]);
        let seen: Vec<_> = run
            .messages
            .iter()
            .map(|m| (m.sent, m.ended, m.from, m.to, m.reply, m.fate.clone(), m.copy_of))
            .collect();
        assert_eq!(
            seen,
            [
                (1, 3, 0, 1, false, Fate::Delivered, None),
                (2, 4, 0, 1, false, Fate::Lost("chance".into()), Some(17)),
                (3, 9, 1, 0, true, Fate::UnderWay, None),
            ]
        );
        // The reply is of the kind of its request, though it does not say so itself.
        assert!(run.messages.iter().all(|message| message.kind == MessageKind::Heartbeat));
    }

    #[test]
    fn kinds_are_told_by_method_and_words() {
        let append = |text| MessageKind::of("Raft.AppendEntries", text);
        assert_eq!(append("AppendEntries term 3, 2 entries, commit 6"), MessageKind::Append);
        assert_eq!(append("AppendEntries term 3, 10 entries, commit 6"), MessageKind::Append);
        assert_eq!(append("AppendEntries term 3, 0 entries, commit 6"), MessageKind::Heartbeat);
        assert_eq!(append("AppendEntries term 3, no entries"), MessageKind::Heartbeat);
        assert_eq!(append("Heartbeat term 3"), MessageKind::Heartbeat);
        assert_eq!(append(""), MessageKind::Append);
        assert_eq!(MessageKind::of("Raft.PreVote", ""), MessageKind::Vote);
        assert_eq!(MessageKind::of("Raft.InstallSnapshot", ""), MessageKind::Snapshot);
        assert_eq!(MessageKind::of("Raft.TimeoutNow", ""), MessageKind::Other);
    }

    #[test]
    fn bands_last_from_change_to_change_and_stop_at_a_crash() {
        let states = [
            state(0, 0, 1, "follower"),
            state(5, 0, 2, "candidate"),
            state(6, 0, 2, "candidate"),
            state(7, 0, 2, "leader"),
        ];
        let mut lines: Vec<&str> = states.iter().map(String::as_str).collect();
        lines.extend([
            r#"{"at":10,"kind":"fault","phase":"begin","what":"crash","servers":[0],"text":"server 0 crashed"}"#,
            r#"{"at":20,"kind":"fault","phase":"end","what":"crash","servers":[0],"text":"server 0 restarted"}"#,
            r#"{"at":30,"kind":"end","verdict":"passed","trace_hash":"00"}"#,
        ]);
        let run = run(&lines);
        assert_eq!(spans(&run, 0), [(0, 5, 1), (5, 7, 2), (7, 10, 2), (20, 30, 2)]);
        assert_eq!(run.servers[0].bands[3].standing, Standing::Is(Role::Follower));
    }

    #[test]
    fn observations_count_only_where_the_inside_is_hidden() {
        let shown = state(0, 0, 1, "candidate");
        let run = run(&[
            &shown,
            r#"{"at":5,"kind":"role","server":0,"term":1,"leader":false}"#,
            r#"{"at":5,"kind":"role","server":1,"term":1,"leader":false}"#,
            r#"{"at":6,"kind":"role","server":1,"term":2,"leader":true}"#,
            r#"{"at":9,"kind":"end","verdict":"passed","trace_hash":"00"}"#,
        ]);
        assert_eq!(spans(&run, 0), [(0, 9, 1)]);
        assert_eq!(spans(&run, 1), [(5, 6, 1), (6, 9, 2)]);
        assert_eq!(run.servers[1].bands[0].standing, Standing::NotLeader);
    }

    #[test]
    fn faults_without_an_end_last_to_the_end_of_the_run() {
        let run = run(&[
            r#"{"at":1,"kind":"fault","phase":"begin","what":"isolated","servers":[2],"text":"server 2 isolated"}"#,
            r#"{"at":2,"kind":"fault","phase":"begin","what":"partition","servers":[1,0],"text":"partition"}"#,
            r#"{"at":3,"kind":"fault","phase":"end","what":"partition","servers":[0,1],"text":"healed"}"#,
            r#"{"at":9,"kind":"end","verdict":"passed","trace_hash":"00"}"#,
        ]);
        let seen: Vec<_> =
            run.faults.iter().map(|f| (f.start, f.end, f.end_text.as_deref())).collect();
        assert_eq!(seen, [(1, 9, None), (2, 3, Some("healed"))]);
        assert_eq!(run.faults[0].sides, [vec![2], vec![0, 1, 3, 4]]);
        assert_eq!(run.faults[1].sides, [vec![0, 1], vec![2, 3, 4]]);
    }

    #[test]
    fn a_fault_is_shown_on_the_lanes_that_are_cut_off_between_walls() {
        let fault = |what: &str, servers: &[usize]| Fault {
            start: 0,
            end: 1,
            what: what.to_owned(),
            servers: servers.to_vec(),
            text: String::new(),
            end_text: None,
            sides: join::sides(what, servers, "", 5),
        };
        let isolated = fault("isolated", &[2]);
        assert_eq!((isolated.lanes(), isolated.walls()), (vec![2], vec![1, 2]));
        assert_eq!(isolated.label(), "isolated");
        // The majority is not what is cut off, though it is what the trace names.
        let partition = fault("partition", &[0, 1, 3]);
        assert_eq!((partition.lanes(), partition.walls()), (vec![2, 4], vec![1, 2, 3]));
        assert_eq!(partition.label(), "partition 0 1 3 | 2 4");
        let slow = fault("slow", &[1, 3]);
        assert_eq!((slow.lanes(), slow.walls()), (vec![1, 3], vec![]));
    }

    #[test]
    fn an_operation_without_an_end_has_no_outcome() {
        let run = run(&[
            r#"{"at":1,"kind":"client","client":0,"op":7,"phase":"begin","text":"put"}"#,
            r#"{"at":2,"kind":"client","client":1,"op":7,"phase":"begin","text":"get"}"#,
            r#"{"at":4,"kind":"client","client":0,"op":7,"phase":"end","text":"put","outcome":"ok"}"#,
            r#"{"at":9,"kind":"end","verdict":"passed","trace_hash":"00"}"#,
        ]);
        let seen: Vec<_> = run.operations.iter().map(|o| (o.end, o.outcome.as_deref())).collect();
        assert_eq!(seen, [(4, Some("ok")), (9, None)]);
    }

    #[test]
    fn the_story_names_steps_faults_elections_and_failures_in_order() {
        let states = [
            state(1, 0, 1, "candidate"),
            state(2, 3, 1, "candidate"),
            state(3, 3, 1, "leader"),
            state(5, 2, 2, "candidate"),
        ];
        let run = run(&[
            r#"{"at":0,"kind":"note","text":"start"}"#,
            &states[0],
            &states[1],
            &states[2],
            r#"{"at":4,"kind":"note","text":"isolate the leader"}"#,
            r#"{"at":4,"kind":"fault","phase":"begin","what":"isolated","servers":[3],"text":"server 3 isolated"}"#,
            &states[3],
            r#"{"at":8,"kind":"failure","check":"liveness:leader","text":"no leader"}"#,
            r#"{"at":9,"kind":"end","verdict":"failed","trace_hash":"00"}"#,
        ]);
        let told: Vec<_> = run.story().into_iter().map(|moment| (moment.at, moment.text)).collect();
        let expected = [
            (0, "start"),
            (1, "server 0 stands for election in term 1"),
            (3, "server 3 becomes leader of term 1"),
            (4, "isolate the leader"),
            (4, "server 3 isolated"),
            (5, "server 2 stands for election in term 2"),
            (8, "no leader"),
            (9, "the run ends: failed"),
        ];
        assert_eq!(told, expected.map(|(at, text)| (at, text.to_owned())));
    }
}

//! Answers that are messages of their own.

use super::*;
use crate::checks::known::confirmed::Answered;

/// Its messages are the numbers of what they say.
struct Script(Vec<RaftMessage>);

impl Implementation for Script {
    fn name(&self) -> &str {
        "script"
    }

    fn make(&self, _: MakeArgs) -> anyhow::Result<Arc<dyn Peer>> {
        anyhow::bail!("it is only listened to")
    }

    fn decode(&self, message: &Encoded<'_>) -> Decoded {
        Decoded::Message(self.0[usize::from(message.bytes[0])].clone())
    }
}

/// Two servers, of which server 0 asks and server 1 answers.
struct Talk {
    oracle: Oracle,
    said: Vec<RaftMessage>,
}

impl Talk {
    fn new(said: &[RaftMessage]) -> Talk {
        let said = said.to_vec();
        let mut oracle = Oracle::new(&Config::new(2), Arc::new(Script(said.clone())));
        oracle.servers.iter_mut().for_each(|server| server.is_alive = true);
        // Server 0 leads whatever term it says it is in.
        said.iter().for_each(|said| {
            oracle.votes.give(1, said.term(), 0);
        });
        Talk { oracle, said }
    }

    fn see(&mut self, number: usize, kind: EventKind) -> Result<(), Violation> {
        let is_answer = matches!(self.said[number], RaftMessage::AppendReply { .. });
        let (caller, callee) = if is_answer { (1, 0) } else { (0, 1) };
        let at = Instant::START;
        let event = NetworkEvent {
            at,
            call: number as u64,
            kind,
            caller,
            callee,
            method: "Message",
            one_way: true,
            bytes: &[number as u8],
        };
        self.oracle.see(at, &Sight::Message(&event))
    }

    /// All of it, one after another.
    fn goes_on(&mut self) -> Result<(), Violation> {
        (0..self.said.len()).try_for_each(|number| {
            self.see(number, EventKind::RequestSent)?;
            self.see(number, EventKind::RequestDelivered)
        })
    }

    /// Up to where server 1 has confirmed in `term`, as long as all is known.
    fn confirmed(&self, term: u64) -> Option<u64> {
        let confirmed = &self.oracle.confirmed;
        let answered = confirmed.in_term(term).get(1).map_or(0, |it: &Answered| it.any);
        (!confirmed.incomplete).then_some(answered)
    }
}

fn append(term: u64, index: u64) -> RaftMessage {
    let prev = Position { index: index - 1, term: 1 };
    let entries = vec![EntryId::new(term, b"x")];
    RaftMessage::AppendEntries { term, prev, entries, commit: None }
}

fn snapshot(term: u64, index: u64) -> RaftMessage {
    RaftMessage::InstallSnapshot { term, last: Position { index, term: 1 } }
}

fn accepts(term: u64, index: u64) -> RaftMessage {
    RaftMessage::AppendReply { term, success: true, match_index: Some(index) }
}

#[test]
fn a_snapshot_may_be_answered_as_an_append_is() {
    for said in [
        vec![snapshot(2, 7), accepts(2, 7)],
        vec![append(2, 9), snapshot(2, 7), accepts(2, 7)],
        vec![snapshot(2, 7), append(2, 9), accepts(2, 7)],
    ] {
        let mut talk = Talk::new(&said);
        talk.goes_on().unwrap();
        assert_eq!(talk.confirmed(2), Some(7), "{said:?}");

        let mut talk = Talk::new(&said);
        talk.oracle.servers[1].disk = Some(Disk { term: 2, ..Disk::default() });
        let violation = talk.goes_on().unwrap_err();
        assert_eq!(violation.property, property::ACKNOWLEDGED);
        let sentence = "server 1 accepts entry 7 of term 1 in term 2 before its disk holds it";
        assert!(violation.message.starts_with(sentence), "{violation:?}");
    }
}

#[test]
fn an_answer_may_be_late_by_some_terms() {
    let mut said = vec![append(2, 5), append(3, 6), append(4, 7), accepts(2, 5)];
    let mut talk = Talk::new(&said);
    talk.goes_on().unwrap();
    assert_eq!((talk.confirmed(2), talk.confirmed(4)), (Some(5), Some(0)));

    // Later by more than what is kept: what it confirms can't be told, and nothing is said of it.
    said.splice(1..1, (10..80).map(|term| append(term, 6)));
    let mut talk = Talk::new(&said);
    talk.goes_on().unwrap();
    assert_eq!(talk.confirmed(2), None);
}

#[test]
fn of_entries_that_nobody_sent_it_is_told_that_they_were_missed() {
    let mut talk = Talk::new(&[append(2, 5), accepts(3, 5)]);
    talk.goes_on().unwrap();
    assert_eq!(talk.confirmed(3), None);
    let why = &talk.oracle.coverage().off[0].why;
    assert!(why.ends_with("accepts entries of a term in which it was sent none"), "{why}");
}

/// A request sent before or during a stretch without faults, and `answers` messages in answer to it.
fn is_answered(sent_before: bool, answers: usize) -> Result<(), Violation> {
    let mut said = vec![append(2, 5)];
    said.resize(1 + answers, accepts(2, 5));
    let mut talk = Talk::new(&said);
    let budgets = Budgets {
        messages_per_entry_max: 0,
        idle_messages_per_second_max: u64::from(!sent_before),
        ..Budgets::unlimited()
    };
    let begins = Sight::FaultFreeBegins(&budgets);
    if sent_before {
        talk.see(0, EventKind::RequestSent)?;
        talk.oracle.see(Instant::START, &begins)?;
    } else {
        talk.oracle.see(Instant::START, &begins)?;
        talk.see(0, EventKind::RequestSent)?;
    }
    talk.see(0, EventKind::RequestDelivered)?;
    (1..=answers).try_for_each(|number| talk.see(number, EventKind::RequestSent))?;
    talk.oracle.see(Instant::START, &Sight::FaultFreeEnds)
}

#[test]
fn a_request_from_before_may_be_answered_in_the_calm() {
    assert_eq!(is_answered(true, 1), Ok(()));
    for (sent_before, answers) in [(true, 2), (false, 1)] {
        let violation = is_answered(sent_before, answers).unwrap_err();
        assert_eq!(violation.property, property::RPC_COUNT, "{sent_before}, {answers}");
    }
}

//! A walk through the protocol: three servers elect a leader, agree on a command, and one starts again. What a
//! program does wrong on the way is explained; what it does not do yet is told.

mod desk;

use crate::child::Trouble;
use crate::program::{AnswerLimits, Program};
use crate::protocol::{Input, Style};
use bytes::Bytes;
use desk::Desk;
use raft_api::State;

/// How many servers walk.
const SERVERS: usize = 3;
/// How long a leader, or an agreement, is waited for.
const PATIENCE_NS: u64 = 10_000_000_000;

/// What a walk has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The program does that.
    Right(String),
    /// The program does not do that yet, which is no mistake in the protocol.
    NotYet(String),
    /// The program breaks the protocol.
    Wrong {
        /// What it does, in a sentence.
        what: String,
        /// More about it, a line each.
        details: Vec<String>,
    },
}

/// Walks with the program of a command.
///
/// # Errors
/// When the command names no program.
pub fn check(command: &str, limits: AnswerLimits) -> anyhow::Result<Vec<Finding>> {
    let program = Program::parse(command)?;
    let mut findings = Vec::new();
    let written = walk(&program, limits, &mut findings);
    let Ok(written) = written.map_err(|trouble| findings.push(wrong(trouble))) else {
        return Ok(findings);
    };
    // The same once more: what is given to the second is the same as long as what it answers is.
    let again = walk(&program, limits, &mut Vec::new());
    findings.push(match again.as_deref().map(|again| first_difference(&written, again)) {
        Ok(None) => Finding::Right("does the same again when the same happens again".to_owned()),
        Ok(Some(details)) => Finding::Wrong {
            what: "does something else when the same happens again: look for clocks, chance that is not drawn \
                   from `seed`, threads, and the order of sets and maps"
                .to_owned(),
            details,
        },
        Err(trouble) => wrong(trouble.clone()),
    });
    Ok(findings)
}

fn wrong(Trouble { message, details }: Trouble) -> Finding {
    Finding::Wrong { what: message, details }
}

fn first_difference(one: &[String], other: &[String]) -> Option<Vec<String>> {
    let same = one.iter().zip(other).take_while(|(one, other)| one == other).count();
    let line = |lines: &[String]| lines.get(same).cloned().unwrap_or("nothing".to_owned());
    (one.len() != other.len() || same < one.len())
        .then(|| vec![format!("once:  {}", line(one)), format!("again: {}", line(other))])
}

/// Returns all that was written.
fn walk(
    program: &Program,
    limits: AnswerLimits,
    findings: &mut Vec<Finding>,
) -> Result<Vec<String>, Trouble> {
    let (mut desk, hello) = Desk::open(program, limits, SERVERS)?;
    let mut right = |what: String| findings.push(Finding::Right(what));
    let style = match hello.style {
        Style::Rpc => "servers call each other",
        Style::Message => "servers send messages",
    };
    right(format!("says who it is: {} {}; {style}", hello.name, hello.version));
    (0..SERVERS).try_for_each(|server| desk.boot(server))?;
    right("begins as each of three servers".to_owned());
    if hello.tick.is_none() && !desk.has_timers() {
        findings.push(Finding::NotYet(
            "no server has set a timer, and none wants ticks: nothing would ever happen by itself"
                .to_owned(),
        ));
        return Ok(desk.written);
    }
    let leads = |states: &[State]| states.iter().position(|state| state.is_leader);
    let Some(leader) = desk.run_until(PATIENCE_NS, leads)? else {
        findings.push(Finding::NotYet("no server leads after ten seconds".to_owned()));
        return Ok(desk.written);
    };
    findings.push(Finding::Right(format!("elects a leader: server {leader}")));
    let findings = &mut *findings;
    agree(&mut desk, leader, findings)?;
    start_again(&mut desk, leader, hello.can_reset, findings)?;
    Ok(desk.written)
}

fn agree(desk: &mut Desk, leader: usize, findings: &mut Vec<Finding>) -> Result<(), Trouble> {
    let start = || Input::Start { command: Bytes::from_static(b"x = 1") };
    let follower = (leader + 1) % SERVERS;
    if desk.tell(follower, &start())?.start.is_some_and(|start| start.is_ok()) {
        findings.push(Finding::Wrong {
            what: format!(
                "server {follower} has taken a command, though it said that it does not lead"
            ),
            details: Vec::new(),
        });
    }
    let promise = desk.tell(leader, &start())?.start;
    let Some(Ok(started)) = promise else {
        findings.push(Finding::NotYet(format!("server {leader} leads and takes no command")));
        return Ok(());
    };
    findings.push(Finding::Right(format!(
        "takes a command, to be at index {} in term {}",
        started.index, started.term
    )));
    let has_all = desk.run_until_applied(PATIENCE_NS, started.index, b"x = 1")?;
    findings.push(match has_all {
        true => Finding::Right("all three apply it, byte for byte".to_owned()),
        false => Finding::NotYet(format!(
            "not all have applied it, at index {}, after ten seconds",
            started.index
        )),
    });
    Ok(())
}

/// One server starts again, from what it has persisted.
fn start_again(
    desk: &mut Desk,
    server: usize,
    can_reset: bool,
    findings: &mut Vec<Finding>,
) -> Result<(), Trouble> {
    let before = desk.state(server)?;
    desk.line(
        server,
        &Input::State,
        r#"{"type":"state","at":0,"a_field_of_a_later_version":[{}]}"#,
    )?;
    findings.push(Finding::Right("ignores fields that it does not know".to_owned()));
    desk.end_life(server)?;
    desk.boot(server)?;
    let after = desk.state(server)?;
    let how = if can_reset { "after a reset" } else { "in a new process" };
    findings.push(match (after.is_leader, after.term.cmp(&before.term)) {
        (true, _) => Finding::Wrong {
            what: format!(
                "server {server} leads when it starts again, {how}: leadership is not persisted"
            ),
            details: vec!["was everything forgotten?".to_owned()],
        },
        (false, std::cmp::Ordering::Less) => Finding::NotYet(format!(
            "server {server} was in term {} and starts again in term {}: it has not persisted that",
            before.term, after.term
        )),
        _ => Finding::Right(format!("starts again {how}, in the term in which it ended")),
    });
    Ok(())
}

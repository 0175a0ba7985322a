//! Reading a trace, of this version or one before.

use super::{Event, Fault, Header, Line, MOST_SERVERS, SCHEMA, SCHEMA_BEFORE, State, v1};
use crate::{Cause, Place};
use anyhow::{Context, Result, bail};
use serde::Deserialize;

const HEADER_EXAMPLE: &str = r#"{"schema":"labtest.trace/v3","test":"4A::re_election","description":"election after network failure","seed":7,"clock":"virtual","implementation":"raft","servers":5,"network":"reliable"}"#;

/// Reads the text of a trace.
///
/// # Errors
/// Where the text is not such a trace: the line's number, what is wrong with it, and what was
/// expected there.
pub fn read(trace: &str) -> Result<(Header, Vec<Line>)> {
    let mut numbered = trace.lines().enumerate().map(|(index, text)| (index + 1, text));
    let header = read_header(numbered.next().map_or("", |(_, text)| text))?;
    let mut lines: Vec<Line> = Vec::new();
    for (number, text) in numbered.filter(|(_, text)| !text.trim().is_empty()) {
        let mut line: Line = serde_json::from_str(text).with_context(|| explain(number, text))?;
        if let Some(server) = stranger(&line.event, header.servers) {
            bail!(
                "line {number}: server {server}; expected one of the {} servers of the header, numbered from 0",
                header.servers
            );
        }
        if let Some(earlier) = lines.last().filter(|earlier| earlier.at > line.at) {
            bail!(
                "line {number}: at {}, after an event at {}; expected the events in the order of time",
                line.at,
                earlier.at
            );
        }
        if let Event::Fault(fault) = &mut line.event
            && header.schema == v1::SCHEMA
        {
            v1::complete(fault, header.servers);
        }
        lines.push(line);
    }
    Ok((header, lines))
}

fn read_header(text: &str) -> Result<Header> {
    #[derive(Deserialize)]
    struct Version {
        schema: String,
        clock: Option<String>,
    }
    let expected = || format!("line 1: expected the header of a trace, like {HEADER_EXAMPLE}");
    let version: Version = serde_json::from_str(text).with_context(expected)?;
    match version.schema.as_str() {
        v1::SCHEMA => {}
        SCHEMA | SCHEMA_BEFORE if version.clock.is_some() => {}
        SCHEMA | SCHEMA_BEFORE => {
            bail!("line 1: no clock; expected \"clock\":\"virtual\" or \"clock\":\"real\"")
        }
        other if is_newer(other) => bail!(
            "line 1: the trace is {other:?}, and this labtest reads up to {SCHEMA:?}; a newer one is needed"
        ),
        other => bail!("line 1: the schema is {other:?}; expected {SCHEMA:?}"),
    }
    let header: Header = serde_json::from_str(text).with_context(expected)?;
    if !(1..=MOST_SERVERS).contains(&header.servers) {
        bail!("line 1: {} servers; expected 1 to {MOST_SERVERS}", header.servers);
    }
    Ok(header)
}

fn is_newer(schema: &str) -> bool {
    let version = |schema: &str| schema.rsplit_once("trace/v")?.1.parse::<u32>().ok();
    schema.starts_with("labtest.trace/v") && version(schema) > version(SCHEMA)
}

/// The sentence before the parser's own, which has the column but neither the line nor an example.
fn explain(number: usize, text: &str) -> String {
    #[derive(Deserialize)]
    struct Kind {
        kind: String,
    }
    let Ok(Kind { kind }) = serde_json::from_str(text) else {
        return format!(
            r#"line {number}: expected an event, a JSON object such as {{"at":1000000,"kind":"note","text":"isolate the leader"}}"#
        );
    };
    let example = match kind.as_str() {
        "send" => {
            r#""call":17,"from":0,"to":1,"reply":false,"method":"Raft.AppendEntries","text":"…","bytes":63"#
        }
        "deliver" => r#""call":17,"reply":false"#,
        "lose" => r#""call":17,"reply":false,"why":"chance""#,
        "duplicate" => r#""call":17,"copy":18"#,
        "state" => {
            r#""server":0,"term":3,"role":"follower","voted_for":1,"last_index":9,"last_term":3,"commit_index":7,"applied":7,"snapshot_index":0"#
        }
        "role" => r#""server":0,"term":3,"leader":true"#,
        "submit" => r#""server":0,"index":7,"term":3,"command":"104""#,
        "apply" => r#""server":0,"index":7,"command":"104""#,
        "read" => r#""server":0,"index":7,"since":800000"#,
        "snapshot" => r#""server":0,"index":19,"source":"service""#,
        "life" => r#""server":0,"life":1,"phase":"begin","text":"server 0 starts""#,
        "crash" => r#""server":0,"lost_writes":0"#,
        "fault" => {
            r#""phase":"begin","what":"crash","looks":"crash","servers":[2],"text":"server 2 crashes""#
        }
        "client" => {
            r#""client":0,"op":7,"phase":"end","text":"start 104 at server 1","outcome":"ok""#
        }
        "note" => r#""text":"isolate the leader""#,
        "failure" => {
            r#""check":"liveness:one","text":"…","servers":[1],"term":3,"index":4 (the last three may be left out)"#
        }
        "cause" => {
            r#""when":900000,"fact":"vote-twice","wrong":true,"text":"…","servers":[1],"term":3,"index":4 (wrong and the last three may be left out)"#
        }
        "end" => r#"""verdict":"failed","trace_hash":"0123456789abcdef""#,
        _ => "",
    };
    let comma = if example.is_empty() { "" } else { "," };
    format!(r#"line {number}: expected {{"at":1000000,"kind":{kind:?}{comma}{example}}}"#)
}

/// A server that the header does not know, if the event is about one.
///
/// Messages are not looked at: clients take part in the network too, under numbers of their own.
fn stranger(event: &Event, servers: usize) -> Option<usize> {
    let is_strange = |server: &usize| *server >= servers;
    match event {
        Event::State(State { server, .. })
        | Event::Role { server, .. }
        | Event::Submit { server, .. }
        | Event::Apply { server, .. }
        | Event::Read { server, .. }
        | Event::Snapshot { server, .. }
        | Event::Life { server, .. }
        | Event::Crash { server, .. } => Some(*server).filter(is_strange),
        Event::Fault(Fault { servers, sides, .. }) => {
            servers.iter().chain(sides.iter().flatten()).copied().find(is_strange)
        }
        Event::Client { server, .. } => server.filter(is_strange),
        Event::Cause(Cause { place: Place { servers, .. }, .. })
        | Event::Failure { servers, .. } => servers.iter().copied().find(is_strange),
        _ => None,
    }
}

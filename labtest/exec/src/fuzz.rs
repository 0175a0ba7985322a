//! What any bytes come to as lines of a program: for `examples/fuzz_lines.rs`.

use crate::figure2;
use crate::protocol::{Answer, Init, Input, Output};
use crate::server::{method, payload};
use bytes::Bytes;
use harness::{DiskDecoder, Encoded};
use serde_json::value::RawValue;

/// Lines as they should be.
pub fn originals() -> Vec<Vec<u8>> {
    const LINES: [&str; 18] = [
        r#"{"type":"hello","protocol":1,"name":"x","version":"1","style":"rpc","can":["reset","inspect"],"disk":"sync","tick_ms":10,"fixed":""}"#,
        r#"{"type":"call","call":1,"to":1,"method":"RequestVote","args":{"term":1,"candidateId":0,"lastLogIndex":0,"lastLogTerm":0}}"#,
        r#"{"type":"call","call":"9007199254740993","to":2,"method":"AppendEntries","args":{"term":3,"leaderId":1,"prevLogIndex":7,"prevLogTerm":2,"entries":[{"term":3,"command":"eA=="},{"term":3}],"leaderCommit":5}}"#,
        r#"{"type":"call","call":3,"to":1,"method":"InstallSnapshot","args":{"term":3,"lastIncludedIndex":7,"lastIncludedTerm":2,"data":"eA=="}}"#,
        r#"{"type":"reply","call":2,"result":{"term":1,"voteGranted":true}}"#,
        r#"{"type":"reply","call":2,"result":{"term":1,"success":true,"matchIndex":3}}"#,
        r#"{"type":"send","to":1,"method":"AppendEntriesReply","body":{"term":1,"success":true,"matchIndex":3}}"#,
        r#"{"type":"set_timer","id":"election \"\u00e4\"","after":412000000}"#,
        r#"{"type":"cancel_timer","id":"election"}"#,
        r#"{"type":"persist","state":{"currentTerm":4,"votedFor":2,"log":[{"term":3,"command":"eA=="}],"lastIncludedIndex":7,"lastIncludedTerm":2},"snapshot":"c25hcA=="}"#,
        r#"{"type":"append","record":{"currentTerm":4,"votedFor":null,"firstIndex":8,"entries":[{"term":4}]}}"#,
        r#"{"type":"apply","index":1,"term":1,"command":"eCA9IDE="}"#,
        r#"{"type":"apply_snapshot","index":7,"term":2,"data":"c25hcA=="}"#,
        r#"{"type":"read_ready","read":1,"index":4}"#,
        r#"{"type":"note","text":"a vote was refused"}"#,
        r#"{"type":"done","term":1,"is_leader":true,"started":{"index":1,"term":1}}"#,
        r#"{"type":"done","not_leader":{"leader":2},"not_ready":true}"#,
        r#"{"type":"done","term":2,"voted_for":1,"role":"leader","commit":1,"applied":1,"last_index":2,"last_term":2,"match":[0,2,1]}"#,
    ];
    LINES.iter().map(|line| line.as_bytes().to_vec()).collect()
}

/// What is made of a line in answer to the `to`-th type of line, in a word. Whatever it holds is looked at as it
/// would be in a run, and told to the next program.
pub fn answered(to: usize, line: &[u8]) -> &'static str {
    let inputs = inputs(line);
    let mut answer = Answer::default();
    let Ok(is_over) = answer.take(&inputs[to % inputs.len()], line) else { return "refused" };
    answer.outputs.iter().for_each(look);
    if is_over { "the end" } else { "more to come" }
}

/// One of each type.
fn inputs(line: &[u8]) -> [Input; 14] {
    let name =
        |length: usize| String::from_utf8_lossy(&line[..line.len().min(length)]).into_owned();
    let bytes = Bytes::copy_from_slice(line);
    [
        Input::Hello,
        Input::Init(Init { servers: 3, ..Init::default() }),
        Input::Request { call: 1, from: 0, method: "RequestVote", args: b"{}".to_vec() },
        Input::Reply { call: 1, result: None },
        Input::Message { from: 0, method: "RequestVote", body: b"{}".to_vec() },
        Input::Timer { id: name(10) },
        Input::Tick,
        Input::Start { command: bytes.clone() },
        Input::State,
        Input::Snapshot { index: 1, data: bytes },
        Input::Synced { upto: 1 },
        Input::Inspect,
        Input::ReadIndex { read: 1 },
        Input::Reset,
    ]
}

fn look(output: &Output) {
    match output {
        Output::Call { method, args, .. } | Output::Send { method, body: args, .. } => {
            message(method, &[b"0 ", &**args].concat(), false);
            let told = Input::Request { call: 1, from: 0, method: "x", args: args.clone() }.line(1);
            serde_json::from_str::<&RawValue>(&told).expect("what is told is JSON");
        }
        Output::Reply { result, .. } => message("AppendEntries", result, true),
        Output::Persist { state, .. } => drop(figure2::Disk.state(state)),
        Output::Append { record } => drop(figure2::Disk.record(record)),
        _ => {}
    }
}

fn message(method_name: &str, bytes: &[u8], reply: bool) {
    // There are only so many.
    let _ = method(&method_name[..0]);
    let _ = payload(bytes);
    for method in [method_name, "RequestVote", "AppendEntries", "InstallSnapshotReply"] {
        figure2::decode(&Encoded { method, reply, request: None, bytes });
        let (request, reply) = if reply { (&b"0 {}"[..], Some(bytes)) } else { (bytes, None) };
        figure2::describe(&harness::Message {
            method,
            from: 0,
            to: 1,
            request,
            reply,
            inside: None,
        });
    }
}

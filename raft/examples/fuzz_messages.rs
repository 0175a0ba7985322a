//! Bytes that nobody means, read as Raft's messages: no panic, no message that is written otherwise than it
//! was read, and no more memory than the bytes are worth.
//!
//! ```text
//! fuzz_messages [INPUTS [SEED]]
//! ```
//!
//! Inputs are encoded messages of all kinds that are cut, spliced and overwritten, each read as its own kind
//! or as another. An input that fails is left in the file `fuzz-failure` in the present folder, its first byte
//! the kind. Exits with 1 then, and with 64 where it is used otherwise.

use bytes::Bytes;
use raft::message::{
    AppendEntriesArgs, AppendEntriesReply, Entry, InstallSnapshotArgs, InstallSnapshotReply,
    Position, RequestVoteArgs, RequestVoteReply,
};
use runtime::Rng;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Debug;
use std::panic::catch_unwind;
use std::process::ExitCode;

const KINDS: [&str; 6] = [
    "RequestVote",
    "RequestVote's reply",
    "AppendEntries",
    "AppendEntries' reply",
    "InstallSnapshot",
    "InstallSnapshot's reply",
];

/// More than everything here needs.
const MEMORY_KB_MAX: u64 = 64 * 1024;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize, default: u64| {
        arguments.get(at).map_or(Some(default), |text| text.replace('_', "").parse().ok())
    };
    let (Some(inputs), Some(seed)) = (number(0, 1_000_000), number(1, 1)) else {
        eprintln!("usage: fuzz_messages [INPUTS [SEED]]");
        return ExitCode::from(64);
    };
    let mut rng = Rng::stream(seed, "messages", 0);
    let originals: Vec<(usize, Vec<u8>)> = (0..200).map(|_| original(&mut rng)).collect();
    let mut messages = [0_u64; KINDS.len()];
    for input in 0..inputs {
        let (mut kind, mut bytes) = rng.pick(&originals).clone();
        if rng.chance(200_000) {
            kind = rng.below(KINDS.len() as u64) as usize;
        }
        mutate(&mut bytes, &rng.pick(&originals).1, &mut rng);
        let Ok(is_message) = catch_unwind(|| read(kind, &bytes)) else {
            bytes.insert(0, kind as u8);
            std::fs::write("fuzz-failure", &bytes).expect("the folder can be written to");
            eprintln!("input {input} of seed {seed} panicked: it is in fuzz-failure");
            return ExitCode::from(1);
        };
        messages[kind] += u64::from(is_message);
    }
    println!("{inputs} inputs, and among them messages:");
    for (kind, messages) in KINDS.iter().zip(messages) {
        println!("{messages:10} {kind}");
    }
    match memory_kb() {
        Some(memory_kb) if memory_kb > MEMORY_KB_MAX => {
            eprintln!("{memory_kb} kB of memory were used, {MEMORY_KB_MAX} are enough");
            ExitCode::from(1)
        }
        _ => ExitCode::SUCCESS,
    }
}

/// A message of some kind, encoded.
fn original(rng: &mut Rng) -> (usize, Vec<u8>) {
    let kind = rng.below(KINDS.len() as u64) as usize;
    let mut number = || {
        let bits = rng.below(64);
        rng.next_u64() >> bits
    };
    let [term, index, other, count] = [(); 4].map(|()| number());
    let position = |at: u64| Position { term: term.wrapping_sub(at), index: index ^ at };
    let data = |length: u64| Bytes::from_iter((0..length % 60).map(|at| at as u8));
    let entry = |at: u64| Entry { term: at, command: data(at ^ count) };
    let bytes = match kind {
        0 => labrpc::encode(&RequestVoteArgs {
            term,
            candidate_id: other as usize,
            last_log_index: index,
            last_log_term: other,
            pre_vote: count.is_multiple_of(2),
        }),
        1 => labrpc::encode(&RequestVoteReply { term, vote_granted: count.is_multiple_of(2) }),
        2 => labrpc::encode(&AppendEntriesArgs {
            term,
            leader_id: other as usize,
            prev_log_index: index,
            prev_log_term: other,
            entries: (0..count % 9).map(entry).collect(),
            leader_commit: other,
        }),
        3 => labrpc::encode(&AppendEntriesReply {
            term,
            success: other.is_multiple_of(2),
            last_of_terms: (0..count % 9).map(position).collect(),
        }),
        4 => labrpc::encode(&InstallSnapshotArgs {
            term,
            leader_id: other as usize,
            last_included_index: index,
            last_included_term: other,
            offset: index,
            data: data(count),
            done: index % 2 == 0,
        }),
        _ => labrpc::encode(&InstallSnapshotReply {
            term,
            missing_from: (index > 0).then_some(index),
        }),
    };
    (kind, bytes.expect("every message can be encoded"))
}

/// Reads it as a message of that kind. Says whether it is one.
fn read(kind: usize, bytes: &[u8]) -> bool {
    match kind {
        0 => is_message::<RequestVoteArgs>(bytes),
        1 => is_message::<RequestVoteReply>(bytes),
        2 => is_message::<AppendEntriesArgs>(bytes),
        3 => is_message::<AppendEntriesReply>(bytes),
        4 => is_message::<InstallSnapshotArgs>(bytes),
        _ => is_message::<InstallSnapshotReply>(bytes),
    }
}

/// A number may be written in more bytes than it needs, so it is the message that has to be the same
/// again, and its encoding no longer.
fn is_message<T: Serialize + DeserializeOwned + PartialEq + Debug>(bytes: &[u8]) -> bool {
    let Ok(message) = labrpc::decode::<T>(bytes) else { return false };
    let written = labrpc::encode(&message).expect("what was read can be written");
    assert!(written.len() <= bytes.len(), "{message:?} has become longer");
    assert_eq!(labrpc::decode::<T>(&written).as_ref(), Ok(&message));
    true
}

fn mutate(bytes: &mut Vec<u8>, donor: &[u8], rng: &mut Rng) {
    for _ in 0..rng.range(1..=3) {
        let at = rng.below(bytes.len() as u64 + 1) as usize;
        let end = (at + rng.below(16) as usize).min(bytes.len());
        match rng.below(6) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..end)),
            2 => bytes[at..end].iter_mut().for_each(|byte| *byte = rng.next_u64() as u8),
            3 => {
                let from = rng.below(donor.len() as u64) as usize;
                let until = (from + rng.below(60) as usize).min(donor.len());
                bytes.splice(at..end, donor[from..until].iter().copied());
            }
            // The longest numbers, and lengths that promise much.
            4 => drop(
                bytes.splice(at..end, [0xff, 0xff, 0xff, 0xff, *rng.pick(&[0x0f, 0x7f, 0xff])]),
            ),
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << rng.below(8);
                }
            }
        }
    }
}

/// The most memory that this process has had.
fn memory_kb() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

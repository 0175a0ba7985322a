//! What a Go program writes when it ends badly, cut down to what tells why: the sentence, and of the stacks those
//! frames that are not Go's own.

use std::collections::BTreeMap;

/// How many stacks are told.
const STACKS_MAX: usize = 12;

/// How the first line of an end begins.
const ENDS: [&str; 5] =
    ["panic: ", "fatal error: ", "SIGQUIT: ", "WARNING: DATA RACE", "runtime: "];

/// The end of what a program has written, a line each; none where it did not end badly.
pub(super) fn told(text: &str) -> Option<Vec<String>> {
    let lines: Vec<&str> = text.lines().collect();
    let begins = |line: &&str| ENDS.iter().any(|end| line.starts_with(end));
    let first = lines.iter().position(begins)?;
    let end = &lines[first..];
    if end[0].starts_with("WARNING: DATA RACE") {
        return Some(race(end));
    }
    let (head, stacks) = parts(end);
    let mut told: Vec<String> = hint(end[0]).map(str::to_owned).into_iter().collect();
    told.extend(head.iter().filter(|line| !line.starts_with("PC=")).map(|line| (*line).to_owned()));
    let is_panic = end[0].starts_with("panic: ");
    for (stack, alike) in chosen(&stacks, is_panic) {
        told.extend(stack);
        if alike > 1 {
            told.push(format!("    … and {} more that stand there", alike - 1));
        }
    }
    Some(told)
}

/// What an end means here.
fn hint(end: &str) -> Option<&'static str> {
    if end.starts_with("fatal error: all goroutines are asleep") {
        Some(
            "a mutex is waited for, and who holds it waits for something that only time can bring: don't hold a \
             mutex over a call or a sleep",
        )
    } else if end.starts_with("SIGQUIT") {
        Some("a goroutine runs on and never waits: time stands still until it does")
    } else {
        None
    }
}

/// The report of a race, up to its end.
fn race(lines: &[&str]) -> Vec<String> {
    let report = lines.iter().take_while(|line| !line.starts_with("====="));
    report.filter(|line| !line.trim().is_empty()).map(|line| (*line).to_owned()).collect()
}

/// The sentence, and the stacks after it.
fn parts<'a>(lines: &[&'a str]) -> (Vec<&'a str>, Vec<Vec<&'a str>>) {
    let mut blocks = lines.split(|line| line.trim().is_empty()).filter(|block| !block.is_empty());
    let head = blocks.next().unwrap_or_default().to_vec();
    let stacks = blocks.filter(|block| block[0].starts_with("goroutine ")).map(<[_]>::to_vec);
    (head, stacks.collect())
}

/// The stacks that are told, those first that are not asleep; and how many are alike.
fn chosen(stacks: &[Vec<&str>], is_panic: bool) -> Vec<(Vec<String>, usize)> {
    let mut kinds: BTreeMap<(usize, Vec<String>), (Vec<String>, usize)> = BTreeMap::new();
    for stack in stacks {
        let frames = frames(stack);
        if frames.is_empty() {
            continue;
        }
        let state = stack[0].split(['[', ']']).nth(1).unwrap_or_default();
        let rank = rank(state);
        let number = stack[0].split_whitespace().nth(1).unwrap_or_default();
        let state = state.split(", synctest").next().unwrap_or(state);
        let head = format!("  goroutine {number} [{state}]:");
        let told = std::iter::once(head).chain(frames.iter().cloned());
        kinds.entry((rank, frames.clone())).or_insert_with(|| (told.collect(), 0)).1 += 1;
    }
    let most = if is_panic { 1 } else { STACKS_MAX };
    kinds.into_values().take(most).collect()
}

/// What runs comes first, then what waits for a mutex, then what waits for something that time can bring.
fn rank(state: &str) -> usize {
    match state {
        _ if state.starts_with("running") => 0,
        _ if state.contains("Mutex") || state.starts_with("runnable") => 1,
        _ => 2,
    }
}

/// The frames of a stack that are the solution's, or its calls of the shims.
fn frames(stack: &[&str]) -> Vec<String> {
    let mut frames = Vec::new();
    for pair in stack[1..].chunks(2) {
        let [function, place] = pair else { continue };
        let place = place.trim().split(" +0x").next().unwrap_or_default();
        let is_shim = function.contains("labtestbridge.") || function.starts_with("main.");
        let is_call = is_shim && function.contains("labtestbridge.(*End).Call(");
        let is_go = !function.split('(').next().unwrap_or_default().contains('/')
            || ["internal/", "testing/"].iter().any(|it| function.starts_with(it))
            || function.starts_with("created by");
        if is_call {
            frames.push("    in labrpc's Call".to_owned());
        } else if !is_shim && !is_go {
            let name = function.rsplit('/').next().unwrap_or(function);
            let name = name.rfind('(').map_or(name, |at| &name[..at]);
            frames.push(format!("    {name}  {place}"));
        }
    }
    frames
}

#[cfg(test)]
mod tests {
    use super::*;

    const HELD: &str = "labgob: a field\nfatal error: all goroutines are asleep - deadlock!\n\n\
goroutine 1 [synctest.Run (durable), synctest bubble 1]:\ninternal/synctest.Run(0x9a)\n\t/go/src/runtime/synctest.go:214 +0x1da\n\n\
goroutine 15 [sync.Mutex.Lock, synctest bubble 1]:\ninternal/sync.(*Mutex).Lock(...)\n\t/go/mutex.go:70\n6.5840/raft1.(*Raft).RequestVote(0x9a613968100)\n\t/x/raft.go:294 +0xa8\ncreated by 6.5840/labtestbridge.obey in goroutine 9\n\t/x/bridge.go:292 +0x1a5\n\n\
goroutine 16 [sync.Mutex.Lock, synctest bubble 1]:\n6.5840/raft1.(*Raft).RequestVote(0x9a613968200)\n\t/x/raft.go:294 +0xa8\n\n\
goroutine 9 [chan receive (durable), synctest bubble 1]:\n6.5840/labtestbridge.(*End).Call(0x9a)\n\t/x/end.go:44 +0x2be\n6.5840/raft1.(*Raft).ticker(0x9a)\n\t/x/raft.go:451 +0x5b\n";

    #[test]
    fn a_mutex_that_is_held_is_told_with_who_waits_and_who_calls() {
        assert_eq!(
            told(HELD).unwrap(),
            [
                "a mutex is waited for, and who holds it waits for something that only time can bring: don't hold a \
                 mutex over a call or a sleep",
                "fatal error: all goroutines are asleep - deadlock!",
                "  goroutine 15 [sync.Mutex.Lock]:",
                "    raft1.(*Raft).RequestVote  /x/raft.go:294",
                "    … and 1 more that stand there",
                "  goroutine 9 [chan receive (durable)]:",
                "    in labrpc's Call",
                "    raft1.(*Raft).ticker  /x/raft.go:451",
            ]
        );
    }

    #[test]
    fn a_panic_is_told_with_its_own_stack_alone() {
        let text = "panic: index out of range [3]\n\ngoroutine 8 [running]:\n6.5840/raft1.(*Raft).Start(0x9a, {0x1, 0x2})\n\t/x/raft.go:9 +0x1\n\ngoroutine 9 [sleep]:\n6.5840/raft1.(*Raft).ticker(0x9a)\n\t/x/raft.go:451 +0x5b\n";
        assert_eq!(
            told(text).unwrap(),
            [
                "panic: index out of range [3]",
                "  goroutine 8 [running]:",
                "    raft1.(*Raft).Start  /x/raft.go:9",
            ]
        );
        assert_eq!(told("it just said something\n"), None);
    }
}

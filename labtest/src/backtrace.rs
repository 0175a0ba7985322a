//! A backtrace as std writes it, and which of its frames are those of the code under test.

use std::path::{Path, PathBuf};

/// How many frames are shown outside the file.
const FRAMES_SHOWN: usize = 5;

/// Crates whose frames stand between any two of the code under test: std, tokio and this tester. Frames
/// with a line often have no more than the function's own name.
const BETWEEN: [&str; 12] = [
    "std",
    "core",
    "alloc",
    "tokio",
    "futures",
    "futures_util",
    "runtime",
    "labrpc",
    "persister",
    "raft_api",
    "harness",
    "labtest",
];
/// Folders of sources that are not under test: those of std, and of packages in cargo's home, wherever that is.
const ELSEWHERE: [&str; 4] = ["/rustc/", "/rustlib/src/", "/registry/src/", "/git/checkouts/"];
/// The sources of this tester, from the folder of its workspace.
const TESTER: [&str; 7] = [
    "runtime/src",
    "labrpc/src",
    "persister/src",
    "raft/api/src",
    "labtest/src",
    "labtest/harness/src",
    "lincheck/src",
];

/// The innermost frames of the code under test, a line each: the function, and the source line if the program
/// was built with line numbers. Empty if names are missing, too.
pub(crate) fn own_frames(backtrace: &str) -> Vec<String> {
    let own = frames(backtrace).into_iter().filter(Frame::is_own);
    own.take(FRAMES_SHOWN).map(|frame| frame.to_string()).collect()
}

/// One call.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Frame<'a> {
    function: &'a str,
    /// File, line and column.
    place: Option<&'a str>,
}

/// `  7: name`, or `      name` of a call that was inlined, and under it `     at place` if that is known.
fn frames(backtrace: &str) -> Vec<Frame<'_>> {
    let mut frames: Vec<Frame<'_>> = Vec::new();
    for line in backtrace.lines().map(str::trim) {
        match (line.strip_prefix("at "), frames.last_mut()) {
            (Some(place), Some(frame)) => frame.place = Some(place),
            _ => {
                let numbered = line.split_once(": ");
                let numbered = numbered.filter(|(number, _)| number.parse::<u32>().is_ok());
                let function = numbered.map_or(line, |(_, function)| function);
                frames.push(Frame { function, place: None });
            }
        }
    }
    frames
}

impl Frame<'_> {
    fn is_own(&self) -> bool {
        let is_between = |name: &str| BETWEEN.contains(&name);
        match (self.place, self.crate_name()) {
            (_, Some(name)) if is_between(name) => false,
            (Some(place), _) => place.contains(".rs:") && !is_elsewhere(place),
            (None, name) => name.is_some(),
        }
    }

    /// The crate of `mine::raft::start`, or of the type in `<mine::Raft as raft_api::Peer>::start`. None
    /// for a method of any type, and for what has no path, as code in C and `main`.
    fn crate_name(&self) -> Option<&str> {
        let path = self.function.trim_start_matches(['<', '&', '(', '[', '*']);
        let path = ["dyn ", "mut ", "const "]
            .iter()
            .fold(path, |path, word| path.strip_prefix(word).unwrap_or(path));
        let end = path.find(|c: char| !c.is_alphanumeric() && c != '_')?;
        path[end..].starts_with("::").then_some(&path[..end])
    }
}

fn is_elsewhere(place: &str) -> bool {
    // std writes what lies below the current folder from there.
    let place: PathBuf = match place.strip_prefix("./") {
        Some(below) => std::env::current_dir().unwrap_or_default().join(below),
        None => place.into(),
    };
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("/"));
    let path = place.to_string_lossy();
    ELSEWHERE.iter().any(|folder| path.contains(folder))
        || TESTER.iter().any(|folder| place.starts_with(workspace.join(folder)))
}

impl std::fmt::Display for Frame<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Frame { function, place } = self;
        let function = function.replace("::{{closure}}", "");
        let is_closure = function.starts_with("{closure") || function.starts_with("{async");
        let function = if is_closure { "a closure or task" } else { &function };
        match place {
            Some(place) => write!(f, "{function}, {}", place.strip_prefix("./").unwrap_or(place)),
            None => write!(f, "{function}, built without line numbers"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEBUG: &str = "   0: std::backtrace::Backtrace::force_capture
             at /rustc/59807616e1/library/std/src/backtrace.rs:313:9
   1: runtime::simulation::panics::set_hook::{{closure}}
             at ./runtime/src/simulation/panics.rs:40:51
   2: <alloc::boxed::Box<F,A> as core::ops::function::Fn<Args>>::call
             at /rustc/59807616e1/library/alloc/src/boxed.rs:2254:9
      std::panicking::panic_with_hook
             at /rustc/59807616e1/library/std/src/panicking.rs:833:13
   3: mine::log::Log::entry
             at ./adapters/mine/src/log.rs:40:9
      <mine::raft::Raft as raft_api::peer::Peer>::start::{{closure}}
             at /home/me/mine/src/raft.rs:77:5
   4: raft_rs::raw_node::RawNode<T>::step
             at /home/me/.cargo/registry/src/index.crates.io-1/raft-0.7.0/src/raw_node.rs:4:5
   5: {closure#0}
             at ./adapters/mine/src/raft.rs:90:1
   6: <T as core::convert::Into<U>>::into
   7: <core::pin::Pin<P> as core::future::future::Future>::poll
   8: start_thread
             at nptl/pthread_create.c:442:8
   9: main
  10: __libc_start_main
";

    #[test]
    fn the_frames_of_the_code_under_test_are_told_with_their_lines() {
        assert_eq!(
            own_frames(DEBUG),
            [
                "mine::log::Log::entry, adapters/mine/src/log.rs:40:9",
                "<mine::raft::Raft as raft_api::peer::Peer>::start, /home/me/mine/src/raft.rs:77:5",
                "a closure or task, adapters/mine/src/raft.rs:90:1",
            ]
        );
    }

    #[test]
    fn what_is_not_there_is_not_made_up() {
        let stripped = "   0: mine::raft::ticker::{{closure}}\n   1: <unknown>\n";
        assert_eq!(own_frames(stripped), ["mine::raft::ticker, built without line numbers"]);
        assert!(own_frames("   0: <unknown>\n   1: <unknown>\n").is_empty());
        assert!(own_frames("").is_empty());
    }

    #[test]
    fn the_real_thing_can_be_read() {
        let text = std::backtrace::Backtrace::force_capture().to_string();
        let here =
            frames(&text).into_iter().find(|frame| frame.function.contains("the_real_thing"));
        let frame = here.expect("this function");
        assert!(frame.place.is_some_and(|place| place.contains("backtrace.rs:")), "{frame:?}");
        assert!(!frame.is_own(), "the tester's own");
    }
}

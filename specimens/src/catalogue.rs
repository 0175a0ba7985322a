//! The specimens, as the tester takes them.

use crate::view::View;
use anyhow::Context;
use labtest::{
    BoxFuture, Bytes, Decoded, DiskDecoder, Encoded, Implementation, LabTest, MakeArgs, Message,
    NotLeader, OurRaft, Peer, ReadIndexError, Service, Started, State, Supports, all_tests, anyhow,
    select,
};
use specimen_rafts::{Breaks, Specimen};
use std::sync::Arc;

/// Whether a violation of that property (`kind:check`) is what such a bug breaks, or more.
///
/// A panic, a standstill or an error never counts, and a missed time limit counts for bugs only that
/// break no safety.
pub fn is_shown_by(breaks: Breaks, property: &str) -> bool {
    let kind = property.split(':').next().unwrap_or_default();
    match breaks {
        Breaks::Safety => kind == "safety",
        Breaks::Liveness => matches!(kind, "safety" | "liveness"),
        Breaks::Efficiency => matches!(kind, "safety" | "liveness" | "efficiency"),
        Breaks::Nothing => true,
    }
}

/// The word that the diffs use.
pub fn kind_name(breaks: Breaks) -> &'static str {
    match breaks {
        Breaks::Safety => "safety",
        Breaks::Liveness => "liveness",
        Breaks::Efficiency => "efficiency",
        Breaks::Nothing => "harmless",
    }
}

/// The tests in which it can be seen: those that its header names, or the exploration of all faults.
///
/// # Errors
/// When there is no such test.
pub fn tests_of(specimen: &Specimen) -> anyhow::Result<Vec<LabTest>> {
    select(all_tests(), &[specimen.suite.to_owned()])
        .with_context(|| format!("the suite of specimen {}", specimen.name))
}

/// Whether `missed.txt` names it: a bug that is not caught from every base seed, as far as is known.
pub fn is_known_miss(specimen: &Specimen) -> bool {
    known_misses().any(|name| name == specimen.name)
}

fn known_misses() -> impl Iterator<Item = &'static str> {
    let lines = include_str!("../missed.txt").lines().map(str::trim);
    lines.filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// The specimen under test.
pub fn implementation(specimen: &Specimen, view: View) -> Arc<dyn Implementation> {
    Arc::new(UnderTest { specimen: *specimen, view })
}

struct UnderTest {
    specimen: Specimen,
    view: View,
}

impl Implementation for UnderTest {
    fn name(&self) -> &str {
        self.specimen.name
    }

    fn supports(&self) -> Supports {
        Supports { own_entries: self.specimen.own_entries, ..OurRaft.supports() }
    }

    fn make(&self, args: MakeArgs) -> anyhow::Result<Arc<dyn Peer>> {
        let MakeArgs { peers, me, persister, apply, config } = args;
        let server = (self.specimen.make)(&config.raft, peers, me, persister, apply)?;
        Ok(match self.view {
            View::Inside => server,
            View::Outside => Arc::new(Closed(server)),
        })
    }

    // No diff changes what messages and records look like.

    fn describe(&self, message: &Message<'_>) -> Option<String> {
        OurRaft.describe(message)
    }

    fn decode(&self, message: &Encoded<'_>) -> Decoded {
        OurRaft.decode(message)
    }

    fn disk_decoder(&self) -> Option<&dyn DiskDecoder> {
        OurRaft.disk_decoder()
    }
}

/// A server that does not show what it looks like inside. What it promises readers is no look inside.
struct Closed(Arc<dyn Peer>);

impl Peer for Closed {
    fn start(&self, command: Bytes) -> Result<Started, NotLeader> {
        self.0.start(command)
    }

    fn get_state(&self) -> State {
        self.0.get_state()
    }

    fn snapshot(&self, index: u64, snapshot: Bytes) {
        self.0.snapshot(index, snapshot);
    }

    fn kill(&self) {
        self.0.kill();
    }

    fn service(&self) -> Arc<dyn Service> {
        self.0.service()
    }

    fn read_index(&self) -> Option<BoxFuture<Result<u64, ReadIndexError>>> {
        self.0.read_index()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use specimen_rafts::specimens;

    #[test]
    fn there_are_bugs_and_harmless_ones_with_names_of_their_own() {
        let all = specimens();
        let harmless = all.iter().filter(|specimen| specimen.breaks.is_harmless()).count();
        let (bugs_wanted, harmless_wanted) = if cfg!(feature = "all") { (60, 9) } else { (8, 2) };
        assert!(all.len() - harmless >= bugs_wanted, "{} bugs", all.len() - harmless);
        assert!(harmless >= harmless_wanted, "{harmless} harmless ones");
        let names: std::collections::BTreeSet<_> = all.iter().map(|it| it.name).collect();
        assert_eq!(names.len(), all.len());
    }

    #[test]
    fn every_specimen_can_be_seen_in_a_test_and_every_known_miss_is_a_bug() {
        let all = specimens();
        all.iter().for_each(|it| assert_eq!(tests_of(it).unwrap().len(), 1, "{}", it.name));
        if cfg!(feature = "all") {
            let bugs: Vec<_> = all.iter().filter(|it| !it.breaks.is_harmless()).collect();
            let is_bug = |name: &str| bugs.iter().any(|it| it.name == name);
            assert_eq!(known_misses().find(|name| !is_bug(name)), None);
        }
    }

    #[test]
    fn a_suite_that_does_not_exist_is_named() {
        let lost = Specimen { suite: "explore::nowhere", ..specimens()[0] };
        let error = format!("{:#}", tests_of(&lost).unwrap_err());
        assert!(error.contains(lost.name) && error.contains("explore::nowhere"), "{error}");
    }

    #[test]
    fn only_a_broken_property_counts() {
        assert!(is_shown_by(Breaks::Safety, "safety:election"));
        assert!(!is_shown_by(Breaks::Safety, "liveness:agreement"));
        assert!(!is_shown_by(Breaks::Safety, "run:panic"));
        assert!(!is_shown_by(Breaks::Liveness, "run:deadlock"));
        assert!(is_shown_by(Breaks::Liveness, "liveness:agreement"));
        assert!(!is_shown_by(Breaks::Liveness, "efficiency:rpc-count"));
        assert!(is_shown_by(Breaks::Efficiency, "efficiency:rpc-count"));
        assert!(is_shown_by(Breaks::Nothing, "run:panic"));
    }
}

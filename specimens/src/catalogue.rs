//! The specimens, as the tester takes them.

use crate::view::View;
use labtest::{
    Bytes, Decoded, DiskDecoder, Encoded, Implementation, MakeArgs, Message, NotLeader, OurRaft, Peer,
    Service, Started, State, Supports, anyhow,
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

/// A server that does not show what it looks like inside.
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use specimen_rafts::specimens;

    #[test]
    fn there_are_bugs_and_harmless_ones_with_names_of_their_own() {
        let all = specimens();
        let harmless = all.iter().filter(|specimen| specimen.breaks.is_harmless()).count();
        let (bugs_wanted, harmless_wanted) = if cfg!(feature = "all") { (32, 6) } else { (8, 2) };
        assert!(all.len() - harmless >= bugs_wanted, "{} bugs", all.len() - harmless);
        assert!(harmless >= harmless_wanted, "{harmless} harmless ones");
        let names: std::collections::BTreeSet<_> = all.iter().map(|it| it.name).collect();
        assert_eq!(names.len(), all.len());
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

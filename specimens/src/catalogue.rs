//! What is known about each specimen.

use labtest::Implementation;
use std::sync::Arc;

/// What a bug breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Breaks {
    /// Something happens that must never happen.
    Safety,
    /// Something that must happen does not.
    Liveness,
    /// It happens at too high a price.
    Efficiency,
    /// Nothing: whoever raises an alarm is wrong.
    Nothing,
}

impl Breaks {
    /// Whether a violation of that property (`kind:check`) is what this bug breaks, or more.
    ///
    /// A panic, a standstill or an error never counts, and a missed time limit counts for bugs
    /// only that break no safety.
    pub fn is_shown_by(self, property: &str) -> bool {
        let kind = property.split(':').next().unwrap_or_default();
        match self {
            Breaks::Safety => kind == "safety",
            Breaks::Liveness => matches!(kind, "safety" | "liveness"),
            Breaks::Efficiency => matches!(kind, "safety" | "liveness" | "efficiency"),
            Breaks::Nothing => true,
        }
    }

    /// The word that the diffs use.
    pub fn name(self) -> &'static str {
        match self {
            Breaks::Safety => "safety",
            Breaks::Liveness => "liveness",
            Breaks::Efficiency => "efficiency",
            Breaks::Nothing => "harmless",
        }
    }
}

/// One changed Raft.
#[derive(Clone)]
pub struct Specimen {
    /// The name of its diff.
    pub name: &'static str,
    /// What it does wrong, in a sentence.
    pub statement: &'static str,
    /// What that breaks.
    pub breaks: Breaks,
    /// The property that does not hold any more.
    pub property: &'static str,
    /// Where it has happened, or where the rule stands.
    pub source: &'static str,
    /// How many lines its diff adds and removes.
    pub lines: usize,
    /// It, for the tester.
    pub implementation: Arc<dyn Implementation>,
}

/// All specimens, bugs first, by name.
pub fn specimens() -> Vec<Specimen> {
    crate::variants::all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_bugs_and_harmless_ones_with_names_of_their_own() {
        let all = specimens();
        let harmless = all.iter().filter(|specimen| specimen.breaks == Breaks::Nothing).count();
        assert!(all.len() - harmless >= 32, "{} bugs", all.len() - harmless);
        assert!(harmless >= 6, "{harmless} harmless ones");
        let names: std::collections::BTreeSet<_> = all.iter().map(|it| it.name).collect();
        assert_eq!(names.len(), all.len());
        assert!(all.iter().all(|it| it.name == it.implementation.name()));
    }

    #[test]
    fn only_a_broken_property_counts() {
        assert!(Breaks::Safety.is_shown_by("safety:election"));
        assert!(!Breaks::Safety.is_shown_by("liveness:agreement"));
        assert!(!Breaks::Safety.is_shown_by("run:panic"));
        assert!(!Breaks::Liveness.is_shown_by("run:deadlock"));
        assert!(Breaks::Liveness.is_shown_by("liveness:agreement"));
        assert!(!Breaks::Liveness.is_shown_by("efficiency:rpc-count"));
        assert!(Breaks::Efficiency.is_shown_by("efficiency:rpc-count"));
        assert!(Breaks::Nothing.is_shown_by("run:panic"));
    }
}

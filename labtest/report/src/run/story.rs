//! The run in sentences.

use super::{Run, Standing};
use labtrace::trace::Role;
use std::collections::BTreeMap;

/// A moment of the run that is worth a sentence.
#[derive(Debug, PartialEq, Eq)]
pub struct Moment {
    /// When it happened.
    pub at: u64,
    /// What sort of sentence it is.
    pub kind: MomentKind,
    /// The sentence.
    pub text: String,
}

/// The sorts of moments in a run's story.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MomentKind {
    /// A step of the scenario.
    Note,
    /// A fault begins or ends.
    Fault,
    /// The first server stands for election in a term.
    Candidate,
    /// A server becomes leader.
    Leader,
    /// A check found something.
    Failure,
    /// The run is over.
    End,
}

impl Run {
    /// The run in sentences, in the order of time.
    pub fn story(&self) -> Vec<Moment> {
        let mut story = Vec::new();
        let mut tell = |at, kind, text: String| story.push(Moment { at, kind, text });
        for note in &self.notes {
            tell(note.at, MomentKind::Note, note.text.clone());
        }
        for fault in &self.faults {
            tell(fault.start, MomentKind::Fault, fault.text.clone());
            if let Some(text) = &fault.end_text {
                tell(fault.end, MomentKind::Fault, text.clone());
            }
        }
        for (term, (at, server)) in self.first_candidates() {
            let text = format!("server {server} stands for election in term {term}");
            tell(at, MomentKind::Candidate, text);
        }
        for (server, history) in self.servers.iter().enumerate() {
            for band in &history.bands {
                if band.standing == Standing::Is(Role::Leader) {
                    let text = format!("server {server} becomes leader of term {}", band.term);
                    tell(band.start, MomentKind::Leader, text);
                }
            }
        }
        for failure in &self.failures {
            tell(failure.at, MomentKind::Failure, failure.text.clone());
        }
        if let Some(verdict) = &self.verdict {
            tell(self.end_at, MomentKind::End, format!("the run ends: {verdict}"));
        }
        // Stable: at the same moment the step comes before what it causes.
        story.sort_by_key(|moment| moment.at);
        story
    }

    /// For each term, the first server that stood for election in it and when.
    fn first_candidates(&self) -> BTreeMap<u64, (u64, usize)> {
        let mut first = BTreeMap::new();
        for (server, history) in self.servers.iter().enumerate() {
            for band in &history.bands {
                if band.standing == Standing::Is(Role::Candidate) {
                    let earliest = first.entry(band.term).or_insert((band.start, server));
                    *earliest = (*earliest).min((band.start, server));
                }
            }
        }
        first
    }
}

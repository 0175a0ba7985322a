//! A step of a scenario: one fault, whom it hits, when and for how long.

use super::fault::{Later, Scene};
use super::faults::FaultSpec;
use super::field::Field;
use super::senses::Senses;
use super::sides::sides;
use super::target::Target;
use super::trigger::Event;
use super::when::{When, is_one, is_zero, one};
use crate::Failure;
use labtrace::trace::{self, Phase};
use runtime::{Instant, Rng};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// One fault of a scenario.
///
/// What it draws comes from a stream named by its `id`: without it, the other steps draw what they
/// drew before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// A number that no other step has; where a file says none, the place among the steps, from 1.
    #[serde(default)]
    pub id: u64,
    /// When it begins, in milliseconds from the start; with `on`, from when it waits.
    pub at_ms: u64,
    /// What it waits for. If that does not happen within two seconds, the step does not wait longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<Event>,
    /// Only that server's events count, and where one does not come the server is what is hit as the cause.
    /// Several steps of one server follow it through what it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<usize>,
    /// Which of these events, from 1.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub nth: u64,
    /// How long after that it begins, in milliseconds.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub then_ms: u64,
    /// Whom it hits.
    pub target: Target,
    /// How long it lasts, in milliseconds.
    pub for_ms: u64,
    /// How often it happens: then it waits again, for its event or as long as it lasted.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub times: u64,
    /// What goes wrong.
    pub fault: FaultSpec,
}

impl Step {
    /// When it begins.
    pub(crate) fn when(&self) -> When {
        let Step { at_ms, on, nth, then_ms, .. } = *self;
        When { at_ms, on, nth, then_ms }
    }

    /// Runs to its end; what fails on the way ends the run.
    pub(super) async fn run(self, start: Instant, field: Arc<Field>, senses: Senses) {
        if let Err(failure) = self.all_rounds(start, &field, &senses).await {
            field.world().fail(failure);
        }
    }

    async fn all_rounds(
        &self,
        start: Instant,
        field: &Arc<Field>,
        senses: &Senses,
    ) -> Result<(), Failure> {
        let mut rng = field.world().chance(self.id);
        runtime::sleep_until(start + Duration::from_millis(self.at_ms)).await;
        for round in 0..self.times {
            let cause = match self.on {
                Some(event) => {
                    // As with targets: a server that there is not is nobody.
                    let of = self.of.filter(|server| *server < field.servers());
                    senses.wait(self.id, event, of, self.nth).await.or(of)
                }
                None => {
                    let pause_ms = if round == 0 { 0 } else { self.for_ms.max(1) };
                    runtime::sleep(Duration::from_millis(pause_ms)).await;
                    None
                }
            };
            runtime::sleep(Duration::from_millis(self.then_ms)).await;
            let servers = self.target.resolve(field, cause, &mut rng);
            self.happen(field, &servers, &mut rng).await?;
        }
        Ok(())
    }

    async fn happen(
        &self,
        field: &Arc<Field>,
        servers: &[usize],
        rng: &mut Rng,
    ) -> Result<(), Failure> {
        let lasts = Duration::from_millis(self.for_ms);
        let (key, later) = (self.id, Vec::new());
        let (closing, apart) = (Vec::new(), Vec::new());
        let mut scene = Scene { field, key, servers, lasts, rng, later, closing, apart };
        let fault = self.fault.fault();
        let begun = runtime::now();
        self.note(&scene, Phase::Begin);
        let injected = fault.inject(&mut scene);
        // Now the sides are known, and nothing has closed yet.
        self.show(&scene, Phase::Begin);
        injected?;
        scene.lay_closed();
        let mut later = std::mem::take(&mut scene.later);
        later.sort_by_key(|(after, _)| *after);
        let in_time = |(after, _): &(Duration, Later)| *after < lasts;
        for (after, change) in later.into_iter().take_while(in_time) {
            runtime::sleep_until(begun + after).await;
            change(&mut scene)?;
            scene.lay_closed();
        }
        runtime::sleep_until(begun + lasts).await;
        field.undo(key)?;
        fault.heal(&mut scene)?;
        self.note(&scene, Phase::End);
        self.show(&scene, Phase::End);
        Ok(())
    }

    /// Has it count for the hash of the run.
    fn note(&self, scene: &Scene<'_>, phase: Phase) {
        if !self.fault.fault().shows_itself() {
            scene.field.world().note_fault(phase, self.id);
        }
    }

    fn show(&self, scene: &Scene<'_>, phase: Phase) {
        if self.fault.fault().shows_itself() {
            return;
        }
        let (servers, all) = (scene.servers, scene.field.servers());
        let sides = match phase {
            Phase::Begin => sides(all, servers, &scene.apart),
            Phase::End => Vec::new(),
        };
        scene.field.world().show_fault(&trace::Fault {
            phase,
            what: self.fault.name().to_owned(),
            looks: self.fault.kind().looks,
            servers: servers.to_vec(),
            text: in_words(&self.fault, servers, phase, &sides),
            sides,
        });
    }
}

/// `isolate, server 2: servers are cut off from all others`, and `isolate, server 2: over`. Where more
/// than one side has several servers it says who is on which: `halves: two halves by chance (0 3 | 1 2)`.
fn in_words(fault: &FaultSpec, servers: &[usize], phase: Phase, sides: &[Vec<usize>]) -> String {
    let name = fault.name();
    let whom = match servers {
        [] => String::new(),
        [one] => format!(", server {one}"),
        [others @ .., last] => {
            let others: Vec<String> = others.iter().map(usize::to_string).collect();
            format!(", servers {} and {last}", others.join(", "))
        }
    };
    if phase == Phase::End {
        return format!("{name}{whom}: over");
    }
    let sentence = fault.kind().summary().trim_end_matches('.');
    let (first, rest) = sentence.split_at(sentence.chars().next().map_or(0, char::len_utf8));
    let sides = match sides.iter().filter(|side| side.len() > 1).count() {
        0 | 1 => String::new(),
        _ => format!(" ({})", trace::sides_in_words(sides)),
    };
    format!("{name}{whom}: {}{rest}{sides}", first.to_lowercase())
}

/// What a person reads: `at 1.200 s, on append: isolate the leader for 0.300 s`.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lasts_s = self.for_ms as f64 / 1000.0;
        write!(f, "{}", self.when())?;
        if let Some(server) = self.of {
            write!(f, " (server {server})")?;
        }
        write!(f, ": {} {}, {lasts_s:.3} s", self.fault, self.target)?;
        if self.times > 1 {
            write!(f, ", {} times", self.times)?;
        }
        Ok(())
    }
}

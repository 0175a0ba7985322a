//! Scenarios as TOML: every mistake is reported with its file, line and key.

use super::Scenario;
use super::check::RANGES;
use crate::toml_file::{Mistake, TomlError, TomlFile};

/// A mistake in a scenario's file.
pub type ScenarioError = TomlError;

/// A scenario that has no form in TOML. All that can be read from a file, and all that is drawn, has
/// one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the scenario can't be written as TOML: {0}")]
pub struct UnwritableScenario(#[from] toml::ser::Error);

impl Scenario {
    /// The scenario as a file that a person can edit.
    ///
    /// # Errors
    /// What TOML's writer objects to. It has nothing to object to in a scenario that is
    /// [possible](Scenario::from_toml).
    pub fn to_toml(&self) -> Result<String, UnwritableScenario> {
        Ok(toml::to_string(self)?)
    }

    /// Reads what [`to_toml`](Scenario::to_toml) wrote, or a person; `file` is the name that errors
    /// carry. What the text does not mention has its default.
    ///
    /// # Errors
    /// Text that is not TOML, an unknown key, a value of the wrong type or out of range, or more of something
    /// than a run can hold.
    pub fn from_toml(text: &str, file: &str) -> Result<Scenario, ScenarioError> {
        read(text, file, Scenario::mistake_in_simulation)
    }

    /// [`from_toml`](Scenario::from_toml), for a run on servers that are processes.
    ///
    /// # Errors
    /// Also what [they can't do](Scenario::check_live).
    pub fn from_toml_for_live(text: &str, file: &str) -> Result<Scenario, ScenarioError> {
        read(text, file, Scenario::mistake_in_live)
    }
}

fn read(
    text: &str,
    file: &str,
    check: impl Fn(&Scenario) -> Result<(), Mistake>,
) -> Result<Scenario, ScenarioError> {
    let parsed = TomlFile::parse(text, file, RANGES)?;
    let mut scenario: Scenario = parsed.read()?;
    for (place, step) in scenario.steps.iter_mut().enumerate() {
        if step.id == 0 {
            step.id = place as u64 + 1;
        }
    }
    let checked = scenario.check().and_then(|()| check(&scenario));
    checked.map_err(|mistake| parsed.mistake(&mistake))?;
    Ok(scenario)
}

#[cfg(test)]
mod tests;

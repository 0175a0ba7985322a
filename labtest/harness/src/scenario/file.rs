//! Scenarios as TOML: every mistake is told with its file, line and key.

use super::Scenario;
use super::check::Mistake;
use std::ops::Range;

/// A mistake in a scenario's file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {message}")]
pub struct ScenarioError {
    /// The file's name as the user gave it.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// Which key, what is wrong with it, and what was expected.
    pub message: String,
}

impl Scenario {
    /// The scenario as a file that a person can edit.
    pub fn to_toml(&self) -> String {
        // Everything in a scenario has a form in TOML; a test draws thousands and looks.
        toml::to_string(self).unwrap_or_default()
    }

    /// Reads what [`to_toml`](Scenario::to_toml) wrote, or a person; `file` is the name that errors
    /// carry. What the text does not mention has its default.
    ///
    /// # Errors
    /// Text that is no TOML, an unknown key, a value of the wrong type or out of range.
    pub fn from_toml(text: &str, file: &str) -> Result<Scenario, ScenarioError> {
        let reader = Reader { text, file };
        let mut scenario: Scenario = toml::from_str(text).map_err(|error| {
            let span = error.span().unwrap_or(0..0);
            reader.error(reader.line(span.start), reader.with_key(&span, error.message()))
        })?;
        for (place, step) in scenario.steps.iter_mut().enumerate() {
            if step.id == 0 {
                step.id = place as u64 + 1;
            }
        }
        scenario.check().map_err(|mistake| reader.mistake(&mistake))?;
        Ok(scenario)
    }
}

struct Reader<'a> {
    text: &'a str,
    file: &'a str,
}

impl Reader<'_> {
    fn error(&self, line: usize, message: String) -> ScenarioError {
        ScenarioError { file: self.file.to_owned(), line, message }
    }

    /// The line of a place in the text, from 1.
    fn line(&self, place: usize) -> usize {
        self.text.bytes().take(place).filter(|byte| *byte == b'\n').count() + 1
    }

    /// Puts the key in front of what is wrong with its value, where it is not named anyway.
    fn with_key(&self, span: &Range<usize>, message: &str) -> String {
        let before = self.text.get(..span.start).unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or_default();
        // Also in a list or an inline table it is the one before the last equals sign.
        let key = line.rsplit_once('=').map(|(before, _)| before.trim_end());
        match key.and_then(|before| before.rsplit([' ', '{', ',']).next()) {
            Some(key) => format!("`{key}`: {message}"),
            None => message.to_owned(),
        }
    }

    /// Finds the line of the key again. Keys that stand in several sections have names of their
    /// own, and a step's are looked for in its part of the file.
    fn mistake(&self, mistake: &Mistake) -> ScenarioError {
        // A part begins with its header and ends with the next one of its kind.
        let starts: Vec<usize> = self.text.match_indices("[[").map(|(at, _)| at).collect();
        let part = match mistake.place {
            Some((name, number)) => {
                let header = format!("[[{name}]]");
                let from = self.text.match_indices(&header).nth(number).map_or(0, |(at, _)| at);
                let next = starts.iter().find(|start| **start > from);
                from..next.copied().unwrap_or(self.text.len())
            }
            None => 0..starts.first().copied().unwrap_or(self.text.len()),
        };
        let sets_key = |line: &str| {
            mistake.key.is_some_and(|key| {
                line.split(['=', '{', ',', '.', '[', ']']).any(|word| word.trim() == key)
            })
        };
        let mut place = part.start;
        for line in self.text[part.clone()].split_inclusive('\n') {
            if sets_key(line) {
                return self.error(self.line(place), mistake.message.clone());
            }
            place += line.len();
        }
        // The default does not fit to what the file says: the beginning of the part has to do.
        self.error(self.line(part.start), mistake.message.clone())
    }
}

#[cfg(test)]
mod tests;

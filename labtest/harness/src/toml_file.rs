//! TOML that people write, configurations and scenarios: one reader, and one kind of error, which
//! names the file, the line and the key, and says what was expected in words.

mod mistake;
mod ranges;
mod tree;
mod words;

pub(crate) use mistake::{Key, Mistake, keys};
pub(crate) use ranges::{Ranges, Row};

use serde::de::DeserializeOwned;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};
use tree::Tree;

/// A mistake in a TOML file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {message}")]
pub struct TomlError {
    /// The file's name as the user gave it.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// Which key, what is wrong with it, and what was expected.
    pub message: String,
}

/// A file that is TOML, with the place of everything in it.
pub(crate) struct TomlFile<'a> {
    text: &'a str,
    name: &'a str,
    ranges: Ranges,
    table: Spanned<DeTable<'a>>,
}

impl<'a> TomlFile<'a> {
    /// Parses a file whose whole numbers have these ranges; `name` is the name that errors carry.
    pub(crate) fn parse(
        text: &'a str,
        name: &'a str,
        ranges: Ranges,
    ) -> Result<TomlFile<'a>, TomlError> {
        let table = DeTable::parse(text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start);
            let message = format!("this is not TOML: {}", error.message());
            TomlError { file: name.to_owned(), line: line_at(text, start), message }
        })?;
        Ok(TomlFile { text, name, ranges, table })
    }

    /// What the file says as a value of that type.
    ///
    /// # Errors
    /// The first number that is out of its range, else the first thing that the type can't be.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, TomlError> {
        self.check_numbers()?;
        toml::from_str(self.text).map_err(|error| {
            let span = error.span().unwrap_or(0..0);
            let tree = self.tree();
            let path = tree.path_at(span.start);
            let found = self.text.get(span.clone()).unwrap_or_default();
            let message = words::explain(error.message(), path, found, &self.ranges);
            self.error(self.line(&span), message)
        })
    }

    /// The error of a mistake that was found in what the file says.
    pub(crate) fn mistake(&self, mistake: &Mistake) -> TomlError {
        self.error(self.line_of(&mistake.path), mistake.message.clone())
    }

    /// Whether the file sets something at that path or below it.
    pub(crate) fn line_if_set(&self, path: &[Key]) -> Option<usize> {
        self.tree().span_of(path).map(|span| self.line(&span))
    }

    /// The line of a key. Where the file does not set it, something else that is set does not go
    /// together with its default: then the last line of its section, or of what is around that.
    fn line_of(&self, path: &[Key]) -> usize {
        let tree = self.tree();
        let around = (0..=path.len()).rev().map(|length| &path[..length]);
        let mut places = around.filter_map(|path| tree.span_of(path).map(|span| (path, span)));
        match places.next() {
            Some((found, span)) if found.len() == path.len() => self.line(&span),
            Some((found, span)) if matches!(found.last(), Some(Key::Place(_))) => self.line(&span),
            Some((found, span)) => self.line(&tree.last_below(found).unwrap_or(span)),
            None => self.line(&tree.last_below(&[]).unwrap_or(0..0)),
        }
    }

    /// Every whole number that has a range is one, and in it.
    fn check_numbers(&self) -> Result<(), TomlError> {
        for node in self.tree().nodes() {
            if let Some(expected) = self.ranges.unless_fits(&node.path, node.value.get_ref()) {
                let (name, found) = (mistake::shown(&node.path), self.found(node.value));
                let message = format!("`{name}` must be {expected}, found {found}");
                return Err(self.error(self.line(&node.value.span()), message));
            }
        }
        Ok(())
    }

    fn found(&self, value: &Spanned<DeValue<'_>>) -> String {
        match value.get_ref() {
            DeValue::Table(_) => "a section".to_owned(),
            _ => words::found(self.text.get(value.span()).unwrap_or_default()),
        }
    }

    fn tree(&self) -> Tree<'_, 'a> {
        Tree::new(self.table.get_ref())
    }

    fn error(&self, line: usize, message: String) -> TomlError {
        TomlError { file: self.name.to_owned(), line, message }
    }

    fn line(&self, span: &Range<usize>) -> usize {
        line_at(self.text, span.start)
    }
}

/// The line of a place in the text, from 1.
fn line_at(text: &str, place: usize) -> usize {
    text.bytes().take(place).filter(|byte| *byte == b'\n').count() + 1
}

//! The parsed file as a tree of keys with their places in the text.

use super::mistake::Key;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A place in the text.
type Span = Range<usize>;

/// A value of the file.
pub(super) struct Node<'t, 'a> {
    pub(super) path: Vec<Key>,
    /// Where its key stands; an element of a list has none.
    key: Option<Span>,
    pub(super) value: &'t Spanned<DeValue<'a>>,
}

/// All values of a file.
pub(super) struct Tree<'t, 'a>(Vec<Node<'t, 'a>>);

impl<'t, 'a> Tree<'t, 'a> {
    pub(super) fn new(root: &'t DeTable<'a>) -> Tree<'t, 'a> {
        let mut tree = Tree(Vec::new());
        tree.add_table(root, &[]);
        tree
    }

    /// The values, those of a section after the section.
    pub(super) fn nodes(&self) -> &[Node<'t, 'a>] {
        &self.0
    }

    /// The path of what stands at that place of the text; that of the innermost, if several do.
    pub(super) fn path_at(&self, place: usize) -> &[Key] {
        let is_there = |node: &&Node<'_, '_>| {
            let is_key = node.key.as_ref().is_some_and(|key| key.contains(&place));
            is_key || node.value.span().contains(&place)
        };
        let innermost = self.0.iter().filter(is_there).max_by_key(|node| node.path.len());
        innermost.map_or(&[], |node| &node.path)
    }

    /// The place of the key at the end of the path; for an element of a list, the element.
    pub(super) fn span_of(&self, path: &[Key]) -> Option<Span> {
        let node = self.0.iter().find(|node| node.path == path)?;
        Some(node.key.clone().unwrap_or_else(|| node.value.span()))
    }

    /// The last key in the text below the path.
    pub(super) fn last_below(&self, above: &[Key]) -> Option<Span> {
        let is_below =
            |node: &&Node<'_, '_>| node.path.len() > above.len() && node.path.starts_with(above);
        let keys = self.0.iter().filter(is_below).filter_map(|node| node.key.clone());
        keys.max_by_key(|key| key.start)
    }

    fn add_table(&mut self, table: &'t DeTable<'a>, above: &[Key]) {
        for (key, value) in table {
            let name = Key::Name(key.get_ref().to_string());
            self.add(Some(key.span()), [above, &[name]].concat(), value);
        }
    }

    fn add(&mut self, key: Option<Span>, path: Vec<Key>, value: &'t Spanned<DeValue<'a>>) {
        self.0.push(Node { path: path.clone(), key, value });
        match value.get_ref() {
            DeValue::Table(inner) => self.add_table(inner, &path),
            DeValue::Array(list) => {
                for (place, element) in list.iter().enumerate() {
                    self.add(None, [&path[..], &[Key::Place(place)]].concat(), element);
                }
            }
            _ => {}
        }
    }
}

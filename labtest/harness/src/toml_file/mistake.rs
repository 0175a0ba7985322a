//! A mistake in what a file says, before it is known in which line.

/// A step on the way to a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    /// A key of a table.
    Name(String),
    /// A place in a list, from 0.
    Place(usize),
}

/// What can't be, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mistake {
    pub(crate) path: Vec<Key>,
    pub(crate) message: String,
}

/// The path of a key, written with dots: `clients.pause_min_ms`.
pub(crate) fn keys(path: &str) -> Vec<Key> {
    path.split('.').map(|name| Key::Name(name.to_owned())).collect()
}

/// The path as a person calls it: within a part such as `[[step]]`, which the line tells, from there.
pub(super) fn shown(path: &[Key]) -> String {
    let part = path.iter().rposition(|key| matches!(key, Key::Place(_)));
    match part {
        // An element of a list that has no keys is called as its list.
        Some(place) if place + 1 == path.len() => shown(&path[..place]),
        Some(place) => dotted(&path[place + 1..]),
        None => dotted(path),
    }
}

/// The names on the path, with dots.
pub(super) fn dotted(path: &[Key]) -> String {
    let names = path.iter().filter_map(|key| match key {
        Key::Name(name) => Some(name.as_str()),
        Key::Place(_) => None,
    });
    names.collect::<Vec<_>>().join(".")
}

impl Mistake {
    /// A value that is not what it must be.
    pub(crate) fn value(path: Vec<Key>, expected: &str, found: impl std::fmt::Display) -> Mistake {
        let message = format!("`{}` must be {expected}, found {found}", shown(&path));
        Mistake { path, message }
    }

    /// The options of a Raft that it can't work with.
    pub(crate) fn of_raft(error: &raft::ConfigError) -> Mistake {
        Mistake::value(keys(&format!("raft.{}", error.key)), &error.expected, error.value)
    }

    /// The same mistake, below that path.
    pub(crate) fn below(mut self, mut path: Vec<Key>) -> Mistake {
        path.append(&mut self.path);
        Mistake { path, ..self }
    }
}

//! The order in which a store applied what its clients asked for.
//!
//! It is what the checker of linearizability tries first. Where it is right, that takes one pass,
//! however many operations were pending together or are of unknown outcome; where it is wrong, that
//! pass was for nothing, and the verdict is the search's.

use super::history::{StoreHistory, StoreOperation};
use kv::{Effect, Effects};
use lincheck::models::{KvOperation, KvOutput};
use std::collections::BTreeMap;

/// What took effect, as far as the log of the servers shows.
#[derive(Debug, Default)]
pub(crate) struct AppliedOrder {
    effects: Effects,
    in_order: Vec<Effect>,
    /// By session.
    clients: BTreeMap<u64, u64>,
}

/// Where an operation is among those of its key: first by the version that it made or saw; then
/// whether it is none that made it; then by invocation.
type Place = (u64, bool, usize);

impl AppliedOrder {
    /// A server has applied the entry at `index`.
    pub(crate) fn apply(&mut self, index: u64, command: &[u8]) {
        self.in_order.extend(self.effects.apply(index, command));
    }

    /// That client has opened the session.
    pub(crate) fn session_is_of(&mut self, session: u64, client: u64) {
        self.clients.insert(session, client);
    }

    /// The order, as numbers of operations. `write_numbers` has, of each operation, its number among
    /// the writes of its client, 0 for reads.
    pub(crate) fn order(&self, history: &StoreHistory, write_numbers: &[u64]) -> Vec<usize> {
        let of = |effect: &Effect| {
            let client = *self.clients.get(&effect.session)?;
            Some((client, effect.sequence, effect.version, effect.is_refused))
        };
        let mut effects: Vec<_> = self.in_order.iter().filter_map(of).collect();
        effects.sort_unstable();
        let seen_by_log = |number: usize, operation: &StoreOperation| {
            let write = (operation.client, *write_numbers.get(number)?);
            let found = effects.binary_search_by_key(&write, |it| (it.0, it.1)).ok()?;
            let (_, _, version, is_refused) = effects[found];
            Some((version, is_refused))
        };
        sorted(history, seen_by_log)
    }
}

/// The order as far as the answers alone show it, by the versions in them.
pub(crate) fn by_answers(history: &StoreHistory) -> Vec<usize> {
    sorted(history, |_, _| None)
}

/// What nothing is known of is left out.
fn sorted(
    history: &StoreHistory,
    in_log: impl Fn(usize, &StoreOperation) -> Option<(u64, bool)>,
) -> Vec<usize> {
    let place = |(number, operation): (usize, &StoreOperation)| -> Option<Place> {
        let (version, changes_nothing) = match (&operation.input.operation, operation.output()) {
            (KvOperation::Get, Some(KvOutput::Got(_, Some(version)))) => (*version, true),
            (KvOperation::Get, _) => return None,
            (_, Some(KvOutput::Done(Some(version)))) => (*version, false),
            _ => in_log(number, operation)?,
        };
        Some((version, changes_nothing, number))
    };
    let mut places: Vec<Place> =
        history.operations().iter().enumerate().filter_map(place).collect();
    places.sort_unstable();
    places.into_iter().map(|(_, _, number)| number).collect()
}

#[cfg(test)]
mod tests {
    use super::super::judge::MODEL;
    use super::super::testing::{append, done, got, history};
    use super::*;
    use lincheck::models::KvOperation::{Cas, Get};
    use lincheck::{OrderError, check_order};

    fn effect(session: u64, sequence: u64, version: u64) -> Effect {
        Effect { session, sequence, version, is_refused: false }
    }

    fn applied(in_order: Vec<Effect>) -> AppliedOrder {
        AppliedOrder {
            in_order,
            clients: BTreeMap::from([(1, 0), (2, 1)]),
            ..AppliedOrder::default()
        }
    }

    #[test]
    fn writes_are_where_the_log_has_them_and_reads_where_their_version_is() {
        let history = history(&[
            (0, 1, 9, "x", append("a"), done(2)),
            (1, 1, 0, "x", append("b"), None),
            (2, 1, 9, "x", Get, got("b", 1)),
            (3, 1, 9, "x", Get, got("", 0)),
            (1, 10, 0, "x", append("c"), None),
            (4, 12, 13, "x", Get, got("ba", 2)),
        ]);
        let log = applied(vec![effect(2, 1, 1), effect(1, 1, 2)]);
        let order = log.order(&history, &[1, 1, 0, 0, 2, 0]);
        assert_eq!(order, [3, 1, 2, 0, 5]);
        assert_eq!(check_order(&MODEL, &history, &order), Ok(()));
    }

    #[test]
    fn what_was_refused_is_where_the_log_has_it() {
        let swap = Cas(Some("z".to_owned()), "y".to_owned());
        let history = history(&[
            (0, 1, 9, "x", append("a"), done(1)),
            (1, 1, 9, "x", swap, Some(KvOutput::Refused)),
        ]);
        let log = applied(vec![Effect { is_refused: true, ..effect(2, 1, 0) }, effect(1, 1, 1)]);
        assert_eq!(log.order(&history, &[1, 1]), [1, 0]);
    }

    #[test]
    fn answers_alone_show_no_writes_that_were_not_answered() {
        let history = history(&[
            (0, 1, 9, "x", append("a"), done(2)),
            (1, 1, 0, "x", append("b"), None),
            (2, 1, 9, "x", Get, got("ba", 2)),
        ]);
        let order = by_answers(&history);
        assert_eq!(order, [0, 2]);
        let error = check_order(&MODEL, &history, &order);
        assert_eq!(error, Err(OrderError::Illegal { operation: 0, place: 0 }));
    }
}

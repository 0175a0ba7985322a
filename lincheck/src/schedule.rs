//! Which operations may come next, from their times alone: without a model, and so compiled once for all.

use crate::Moment;

/// Operations and when they were under way.
#[derive(Default)]
pub(crate) struct Schedule {
    definite: Vec<(Moment, Moment, u32)>,
    optional: Vec<(Moment, u32)>,
}

/// The operations in order of invocation, definite ones first.
pub(crate) struct Arranged {
    /// By operation: the number in the history.
    pub numbers: Vec<u32>,
    /// By operation: the least frontier at which it may be placed.
    pub opens: Vec<u32>,
    /// By rank of return: the operation that returns.
    pub by_return: Vec<u32>,
}

impl Schedule {
    /// One more operation, of unknown outcome if it has not `returned`.
    pub fn push(&mut self, number: u32, invoked: Moment, returned: Option<Moment>) {
        match returned {
            Some(returned) => self.definite.push((invoked, returned, number)),
            None => self.optional.push((invoked, number)),
        }
    }

    /// How many operations certainly took effect.
    pub fn definite(&self) -> usize {
        self.definite.len()
    }

    pub fn arrange(self) -> Arranged {
        let Schedule { mut definite, mut optional } = self;
        definite.sort_unstable_by_key(|&(invoked, _, number)| (invoked, number));
        optional.sort_unstable();
        let mut returns: Vec<(Moment, u32)> =
            definite.iter().zip(0..).map(|(&(_, returned, _), index)| (returned, index)).collect();
        sort_nearly_sorted(&mut returns);
        let mut opens = Vec::with_capacity(definite.len() + optional.len());
        opens.extend(ranks(&returns, definite.iter().map(|&(invoked, ..)| invoked)));
        opens.extend(ranks(&returns, optional.iter().map(|&(invoked, _)| invoked)));
        let known = definite.iter().map(|&(_, _, number)| number);
        Arranged {
            numbers: known.chain(optional.iter().map(|&(_, number)| number)).collect(),
            opens,
            by_return: returns.into_iter().map(|(_, index)| index).collect(),
        }
    }
}

/// For each invocation, in order, how many of the `returns`, in order, come before it.
fn ranks(
    returns: &[(Moment, u32)],
    invocations: impl Iterator<Item = Moment>,
) -> impl Iterator<Item = u32> {
    let mut passed = 0;
    invocations.map(move |invoked| {
        while returns.get(passed).is_some_and(|&(returned, _)| returned < invoked) {
            passed += 1;
        }
        passed as u32
    })
}

/// Sorts what is nearly in order: operations return much as they were invoked.
fn sort_nearly_sorted(values: &mut [(Moment, u32)]) {
    let mut moves_left = 16 * values.len();
    for end in 1..values.len() {
        let mut place = end;
        while place > 0 && values[place - 1] > values[place] {
            if moves_left == 0 {
                return values.sort_unstable();
            }
            moves_left -= 1;
            values.swap(place - 1, place);
            place -= 1;
        }
    }
}

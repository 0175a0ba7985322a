//! How a scenario is come by, and how often.

use runtime::Rng;

/// How a scenario is come by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// One of an earlier corpus, as it is.
    Known,
    /// Drawn afresh.
    Fresh,
    /// One of the corpus, under other chance.
    Again,
    /// The run of one of the corpus up to the moment of something rare, and from there another.
    Split,
    /// One of the corpus with some of its steps and options changed.
    Mutate,
    /// Parts of two of the corpus.
    Cross,
}

/// How often each is gone, of a hundred times. What is drawn afresh is never so rare that a bug that shows
/// in nothing else would take much longer.
const WEIGHTS: [(Way, u64); 5] =
    [(Way::Fresh, 40), (Way::Again, 35), (Way::Split, 15), (Way::Mutate, 5), (Way::Cross, 5)];

impl Way {
    pub(super) fn draw(rng: &mut Rng) -> Way {
        let mut drawn = rng.below(WEIGHTS.iter().map(|(_, weight)| weight).sum());
        for (way, weight) in WEIGHTS {
            match drawn.checked_sub(weight) {
                Some(rest) => drawn = rest,
                None => return way,
            }
        }
        Way::Fresh
    }
}

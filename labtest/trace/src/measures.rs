//! What a run is measured by, beside time. A field here is a number in the JSON of a run and of a summary;
//! a column of the table shows one.

use serde::{Deserialize, Serialize};

/// What a run has done, or several have together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Measures {
    /// Calls made, the lost ones too.
    pub rpcs: u64,
    /// Bytes of requests sent and replies delivered.
    pub bytes: u64,
    /// The highest index applied; of several runs their sum.
    pub commits: u64,
    /// The highest term reported; of several runs their sum.
    pub terms: u64,
}

impl Measures {
    /// Adds those of other runs.
    pub fn add(&mut self, other: &Measures) {
        let Measures { rpcs, bytes, commits, terms } = other;
        for (sum, number) in [
            (&mut self.rpcs, rpcs),
            (&mut self.bytes, bytes),
            (&mut self.commits, commits),
            (&mut self.terms, terms),
        ] {
            // A merged file may say anything.
            *sum = sum.saturating_add(*number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_is_added_and_never_overflows() {
        let one = Measures { rpcs: 1, bytes: 20, commits: 300, terms: 4000 };
        let mut sum = one.clone();
        sum.add(&one);
        assert_eq!(sum, Measures { rpcs: 2, bytes: 40, commits: 600, terms: 8000 });
        sum.add(&Measures { bytes: u64::MAX, ..Measures::default() });
        assert_eq!(sum, Measures { rpcs: 2, bytes: u64::MAX, commits: 600, terms: 8000 });
    }
}

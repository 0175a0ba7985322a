//! What holds inside a search, whatever it finds.

use super::placing::number_of;
use super::*;
use crate::models::{Register, RegisterInput, RegisterOutput};
use crate::{History, Operation};

/// Writes that overlap, some of unknown outcome, and a read of what none of them wrote.
fn hopeless(writes: u64) -> History<RegisterInput<u64>, RegisterOutput<u64>> {
    let mut history = History::new();
    for number in 0..writes {
        let write = Operation::new(number, number, RegisterInput::Write(number));
        let ended = if number % 3 == 2 {
            write.unknown()
        } else {
            write.returned(number + 4, RegisterOutput::Written)
        };
        history.push(ended).unwrap();
    }
    let read = Operation::new(writes, writes + 10, RegisterInput::Read);
    let nonsense = RegisterOutput::Value(Some(writes));
    history.push(read.returned(writes + 20, nonsense)).unwrap();
    history
}

/// The register without its hints, so that there is something to search.
struct Plain;

impl Model for Plain {
    type State = Option<u64>;
    type Input = RegisterInput<u64>;
    type Output = RegisterOutput<u64>;

    fn init(&self) -> Option<u64> {
        None
    }

    fn step(
        &self,
        state: &Option<u64>,
        input: &RegisterInput<u64>,
        output: Option<&RegisterOutput<u64>>,
    ) -> Step<Option<u64>> {
        Register::new().step(state, input, output)
    }
}

fn search(history: &History<RegisterInput<u64>, RegisterOutput<u64>>) -> Search<'_, Plain> {
    let numbers = 0..history.operations().len() as u32;
    Search::new(&Plain, Plan::new(&Plain, history, numbers, |_| false))
}

#[test]
fn everything_is_taken_back_in_the_end() {
    let history = hopeless(12);
    let mut search = search(&history);
    assert_eq!(search.run(u64::MAX), Verdict::NotLinearizable);
    assert!(search.steps() > 1000);
    assert_eq!((search.frontier, search.hash, search.state), (0, 0, 0));
    assert!(search.order.is_empty() && search.choices.is_empty());
    assert!(search.words.iter().all(|&word| word == 0));
    assert!(search.is_placed.iter().all(|&is_placed| !is_placed));
    let untouched = Candidates::new(&search.plan);
    assert_eq!(format!("{:?}", search.candidates), format!("{untouched:?}"));
}

#[test]
fn bits_stand_for_what_is_placed_and_pending() {
    let history = hopeless(30);
    let mut search = search(&history);
    for _ in 0..2_000 {
        search.run(1);
        let mut words = vec![0; search.words.len()];
        let mut hash = 0;
        for &operation in &search.order {
            match search.plan.definite.get(operation as usize) {
                Some(definite) => {
                    hash ^= number_of(operation);
                    if definite.returns > search.frontier {
                        words[definite.slot as usize / 64] |= 1u64 << (definite.slot % 64);
                    }
                }
                None => {
                    let bit = operation as usize - search.plan.definite.len();
                    words[search.pending_words + bit / 64] |= 1 << (bit % 64);
                }
            }
        }
        assert_eq!((&search.words, search.hash), (&words, hash));
        let waiting = search.plan.by_return[search.frontier as usize];
        assert!(!search.is_placed[waiting as usize]);
    }
}

#[test]
fn a_search_in_small_turns_finds_what_one_in_one_turn_does() {
    let history = hopeless(12);
    let mut whole = search(&history);
    let mut turns = search(&history);
    let verdict = whole.run(u64::MAX);
    while turns.run(7) == Verdict::Unknown {}
    assert_eq!((turns.run(0), turns.steps()), (verdict, whole.steps()));
    assert_eq!(turns.into_order(), whole.into_order());
}

#[test]
fn no_configuration_comes_without_a_step() {
    let history = hopeless(40);
    let mut search = search(&history);
    for _ in 0..100 {
        search.run(50);
        assert!(search.configurations() as u64 <= search.steps());
    }
}

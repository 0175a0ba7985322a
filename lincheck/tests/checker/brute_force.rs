//! The checker beside the definition of linearizability, on histories small enough to try every
//! order: verdicts, linearizations, the operation that fits nowhere, and the core.

use crate::support::histories::*;
use crate::support::{compare_with_definition, is_linearizable};
use lincheck::models::{AppendList, Kv, Plain, Register, RegisterInput, RegisterOutput};
use lincheck::{History, Operation, Verdict, check};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 6_000, ..ProptestConfig::default() })]

    #[test]
    fn of_registers(drafts in drafts(register_inputs(), register_outputs(), 1..8, 16)) {
        let history = run(&Register::new(), &drafts, register_answer);
        let verdict = compare_with_definition(&Register::new(), &history);
        prop_assert_eq!(compare_with_definition(&Plain(Register::new()), &history), verdict);
    }

    #[test]
    fn of_registers_at_once(drafts in drafts(register_inputs(), register_outputs(), 4..8, 4)) {
        let history = run(&Register::new(), &drafts, register_answer);
        let verdict = compare_with_definition(&Register::new(), &history);
        prop_assert_eq!(compare_with_definition(&Plain(Register::new()), &history), verdict);
    }

    #[test]
    fn of_lists(drafts in drafts(list_inputs(), list_outputs(), 1..8, 12)) {
        let history = run(&AppendList::new(), &drafts, list_answer);
        let verdict = compare_with_definition(&AppendList::new(), &history);
        prop_assert_eq!(compare_with_definition(&Plain(AppendList::new()), &history), verdict);
    }

    #[test]
    fn of_stores(drafts in drafts(kv_inputs(false), kv_outputs(), 1..8, 12)) {
        let kv = Kv::new();
        let history = run(&kv, &drafts, kv_answer(false));
        let verdict = compare_with_definition(&kv, &history);
        prop_assert_eq!(compare_with_definition(&Plain(kv), &history), verdict);
    }

    #[test]
    fn of_stores_with_versions(drafts in drafts(kv_inputs(true), kv_outputs(), 1..8, 12)) {
        let kv = Kv::new().with_versions();
        let history = run(&kv, &drafts, kv_answer(true));
        let verdict = compare_with_definition(&kv, &history);
        prop_assert_eq!(compare_with_definition(&Plain(kv), &history), verdict);
    }
}

/// Every way in which four operations can overlap, each of every kind.
#[test]
fn of_all_registers_with_four_operations() {
    use RegisterInput::{Cas, Read, Write};
    use RegisterOutput::{Swapped, Value, Written};
    let kinds: [(RegisterInput<u8>, Option<RegisterOutput<u8>>); 9] = [
        (Read, Some(Value(None))),
        (Read, Some(Value(Some(1)))),
        (Read, Some(Value(Some(2)))),
        (Write(1), Some(Written)),
        (Write(2), Some(Written)),
        (Write(1), None),
        (Cas(1, 2), Some(Swapped(true))),
        (Cas(1, 2), Some(Swapped(false))),
        (Cas(1, 2), None),
    ];
    let register = Register::new();
    let mut counts = [0, 0];
    for intervals in intervals(4) {
        for choice in 0..kinds.len().pow(4) {
            let mut history = History::new();
            for (place, &(invoked, returned)) in intervals.iter().enumerate() {
                let (input, output) = kinds[choice / kinds.len().pow(place as u32) % kinds.len()];
                let operation = Operation::new(place as u64, invoked, input);
                let operation = match output {
                    Some(output) => operation.returned(returned, output),
                    None => operation.unknown(),
                };
                history.push(operation).unwrap();
            }
            let all: Vec<_> = history.operations().iter().collect();
            let expected = is_linearizable(&register, &all);
            let verdict = check(&register, &history).verdict;
            assert_eq!(verdict == Verdict::Linearizable, expected, "{history:#?}");
            counts[usize::from(expected)] += 1;
        }
    }
    assert!(counts[0] > 10_000 && counts[1] > 10_000, "both verdicts are met: {counts:?}");
}

/// Every order in which `count` operations can be invoked and return, the first invoked first.
fn intervals(count: usize) -> Vec<Vec<(u64, u64)>> {
    fn extend(open: &mut Vec<(u64, u64)>, count: usize, at: u64, all: &mut Vec<Vec<(u64, u64)>>) {
        if open.len() == count && open.iter().all(|&(_, returned)| returned > 0) {
            all.push(open.clone());
            return;
        }
        if open.len() < count {
            open.push((at, 0));
            extend(open, count, at + 1, all);
            open.pop();
        }
        for place in 0..open.len() {
            if open[place].1 == 0 {
                open[place].1 = at;
                extend(open, count, at + 1, all);
                open[place].1 = 0;
            }
        }
    }
    let mut all = Vec::new();
    extend(&mut Vec::new(), count, 1, &mut all);
    all
}

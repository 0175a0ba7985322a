//! What several test files share: the definition of linearizability, and histories to judge.
#![allow(dead_code)] // Each test file uses its own part.

pub mod corpus;
pub mod histories;

use lincheck::{History, Model, Operation, Outcome, Step, Verdict, check_order};

/// The definition, by trying every order: nothing is left out, nothing is remembered.
pub fn is_linearizable<M: Model>(
    model: &M,
    operations: &[&Operation<M::Input, M::Output>],
) -> bool {
    let mut rest = operations.to_vec();
    can_follow(model, &model.init(), &mut rest)
}

fn can_follow<M: Model>(
    model: &M,
    state: &M::State,
    rest: &mut Vec<&Operation<M::Input, M::Output>>,
) -> bool {
    if rest.iter().all(|operation| operation.outcome == Outcome::Unknown) {
        return true;
    }
    for place in 0..rest.len() {
        let next = rest[place];
        let is_late = rest
            .iter()
            .any(|other| other.returned_at().is_some_and(|returned| returned < next.invoked));
        if is_late {
            continue;
        }
        rest.remove(place);
        let found = match model.step(state, &next.input, next.output()) {
            Step::Illegal => false,
            Step::Same => can_follow(model, state, rest),
            Step::To(state) => can_follow(model, &state, rest),
        };
        rest.insert(place, next);
        if found {
            return true;
        }
    }
    false
}

/// Panics unless everything that the checker says of the history is so by the definition.
pub fn compare_with_definition<M: Model>(
    model: &M,
    history: &History<M::Input, M::Output>,
) -> Verdict
where
    M::Input: Clone,
    M::Output: Clone,
{
    let all: Vec<&Operation<M::Input, M::Output>> = history.operations().iter().collect();
    let report = lincheck::Checker::new(model).explain(history);
    for part in &report.parts {
        let of_part =
            |numbers: &[usize]| -> Vec<_> { numbers.iter().map(|&number| all[number]).collect() };
        let expected = is_linearizable(model, &of_part(&part.operations));
        assert_eq!(part.verdict.is_pass(), expected, "{history:#?} {part:?}");
        assert!(part.verdict != Verdict::Unknown);
        assert!(part.configurations as u64 <= part.steps);
        match &part.failure {
            None => {
                assert!(expected);
                let (alone, order) = alone(history, &part.operations, &part.order);
                assert_eq!(check_order(model, &alone, &order), Ok(()), "{history:#?} {part:?}");
            }
            Some(failure) => {
                assert!(!expected);
                let returned = all[failure.misfit].returned_at().unwrap();
                let before = |end: bool| -> Vec<_> {
                    let cut = |number: &usize| {
                        let operation = all[*number];
                        let at = operation.returned_at().map(|at| (at, *number));
                        if operation.invoked > returned {
                            return None;
                        }
                        let is_in = at.is_some_and(|at| at < (returned, failure.misfit))
                            || end && *number == failure.misfit;
                        Some(if is_in { operation.clone() } else { relaxed(operation) })
                    };
                    part.operations.iter().filter_map(cut).collect()
                };
                let refer = |list: &[Operation<M::Input, M::Output>]| {
                    is_linearizable(model, &list.iter().collect::<Vec<_>>())
                };
                assert!(refer(&before(false)), "{history:#?} {part:?}");
                assert!(!refer(&before(true)), "{history:#?} {part:?}");
                if let Some(core) = &failure.core {
                    check_core(model, &all, &part.operations, core);
                }
            }
        }
    }
    report.verdict
}

fn check_core<M: Model>(
    model: &M,
    all: &[&Operation<M::Input, M::Output>],
    operations: &[usize],
    core: &[usize],
) where
    M::Input: Clone,
    M::Output: Clone,
{
    let alone: Vec<_> = core.iter().map(|&number| all[number]).collect();
    assert!(!is_linearizable(model, &alone));
    let with_relaxed = |kept: &dyn Fn(usize) -> bool| {
        let operations: Vec<_> = operations
            .iter()
            .map(|&number| if kept(number) { all[number].clone() } else { relaxed(all[number]) })
            .collect();
        is_linearizable(model, &operations.iter().collect::<Vec<_>>())
    };
    assert!(!with_relaxed(&|number| core.contains(&number)), "{all:#?} {core:?}");
    for &less in core {
        let found = with_relaxed(&|number| number != less && core.contains(&number));
        assert!(found, "{less} is needless: {all:#?} {core:?}");
    }
}

fn relaxed<I: Clone, O>(operation: &Operation<I, O>) -> Operation<I, O> {
    Operation::new(operation.client, operation.invoked, operation.input.clone()).unknown()
}

/// The history of these operations only, and the order with their new numbers.
pub fn alone<I: Clone, O: Clone>(
    history: &History<I, O>,
    operations: &[usize],
    order: &[usize],
) -> (History<I, O>, Vec<usize>) {
    let mut alone = History::new();
    for &number in operations {
        alone.push(history.operations()[number].clone()).unwrap();
    }
    let renumbered = |number: &usize| operations.iter().position(|it| it == number).unwrap();
    (alone, order.iter().map(renumbered).collect())
}

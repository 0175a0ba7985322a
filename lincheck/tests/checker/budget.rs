//! Budgets: verdicts that repeat, turns, and that not knowing is not a pass.

use lincheck::models::{Keyed, KeyedInput, Plain, Register, RegisterInput, RegisterOutput};
use lincheck::{Checker, History, Operation, Verdict};

type Registers = History<KeyedInput<RegisterInput<u64>>, RegisterOutput<u64>>;

const REGISTERS: Plain<Keyed<Register<u64>>> = Plain(Keyed(Register::new()));

/// Writes all at once, then reads of the value of one of them: legal, but without hints there is
/// much to try, since what is left is only seen at the end.
fn add_hard(history: &mut Registers, key: &str, writes: u64, read: u64) {
    let on = |input| KeyedInput { key: key.to_string(), input };
    for value in 0..writes {
        let write = Operation::new(value, 0, on(RegisterInput::Write(value)));
        history.push(write.returned(100 + value, RegisterOutput::Written)).unwrap();
    }
    let value = RegisterOutput::Value(Some(read));
    let read = Operation::new(writes, 1_000, on(RegisterInput::Read));
    history.push(read.returned(1_001, value)).unwrap();
}

/// A read of a value that was overwritten before.
fn add_stale_read(history: &mut Registers, key: &str) {
    let on = |input| KeyedInput { key: key.to_string(), input };
    for (at, value) in [(0, 1), (10, 2)] {
        let write = Operation::new(0, at, on(RegisterInput::Write(value)));
        history.push(write.returned(at + 5, RegisterOutput::Written)).unwrap();
    }
    let stale = RegisterOutput::Value(Some(1));
    let read = Operation::new(1, 20, on(RegisterInput::Read));
    history.push(read.returned(25, stale)).unwrap();
}

#[test]
fn out_of_budget_is_unknown_and_no_pass() {
    let mut history = History::new();
    add_hard(&mut history, "x", 30, 99);
    let report = Checker::new(&REGISTERS).budget(20_000).check(&history);
    assert_eq!(report.verdict, Verdict::Unknown);
    assert!(!report.verdict.is_pass());
    assert!((20_000..20_100).contains(&report.steps()), "{}", report.steps());
    assert!(report.parts[0].order.len() >= 29, "the furthest it got: {:?}", report.parts[0].order);
    let nothing = Checker::new(&REGISTERS).budget(0).check(&history);
    assert_eq!(nothing.verdict, Verdict::Unknown);
}

#[test]
fn a_part_that_plainly_fails_is_found_behind_one_that_is_hard() {
    let mut history = History::new();
    add_hard(&mut history, "a", 30, 99);
    add_stale_read(&mut history, "b");
    let report = Checker::new(&REGISTERS).budget(100_000).check(&history);
    assert_eq!(report.verdict, Verdict::NotLinearizable);
    assert!(report.steps() < 2_000, "one turn: {}", report.steps());
    assert_eq!(report.parts[0].verdict, Verdict::Unknown);
    assert_eq!(report.failing_part().unwrap().key, "b");
}

#[test]
fn a_budget_that_some_parts_use_up_does_not_pass_the_others() {
    let mut history = History::new();
    add_hard(&mut history, "a", 30, 99);
    add_hard(&mut history, "b", 3, 2);
    let report = Checker::new(&REGISTERS).budget(50_000).check(&history);
    let verdicts: Vec<_> = report.parts.iter().map(|part| part.verdict).collect();
    assert_eq!(verdicts, [Verdict::Unknown, Verdict::Linearizable]);
    assert_eq!(report.verdict, Verdict::Unknown);
}

#[test]
fn reports_repeat_to_the_step() {
    let mut history = History::new();
    add_hard(&mut history, "a", 12, 99);
    add_hard(&mut history, "b", 12, 5);
    add_stale_read(&mut history, "c");
    let report = || Checker::new(&REGISTERS).budget(300_000).explain(&history);
    assert_eq!(report(), report());
}

#[test]
fn the_smallest_failing_part_is_the_one_explained() {
    let mut history = History::new();
    add_hard(&mut history, "a", 4, 99);
    add_stale_read(&mut history, "b");
    let report = Checker::new(&REGISTERS).explain(&history);
    let explained = report.failing_part().unwrap();
    assert_eq!(explained.key, "b");
    let failure = explained.failure.as_ref().unwrap();
    assert_eq!((failure.misfit, failure.core.as_deref()), (7, Some(&[5, 6, 7][..])));
    let other = report.parts[0].failure.as_ref().unwrap();
    assert_eq!((other.misfit, &other.core), (4, &None));
    assert_eq!(
        report.describe(&REGISTERS.0, &history),
        format!("not linearizable: 8 operations, 2 parts, {} steps\n", report.steps())
            + "\"a\": not linearizable, 4 of 5 operations in order\n\
               \"b\": not linearizable, 2 of 3 operations in order\n\
               these operations contradict each other:\n  \
                 client 0 [0, 5] b: write 1\n  \
                 client 0 [10, 15] b: write 2\n  \
                 client 1 [20, 25] b: read -> 1 <- fits nowhere\n",
    );
}

#[test]
fn a_history_without_operations_is_linearizable() {
    let report = Checker::new(&REGISTERS).explain(&History::new());
    assert_eq!((report.verdict, report.parts.len()), (Verdict::Linearizable, 0));
}

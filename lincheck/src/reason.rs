//! Why an operation fits nowhere, where a look at each other operation is enough to see it.

use crate::{Bearing, Call, History, Model, Operation, Reason, Step};

/// Why the operation `misfit`, one of these `operations`, fits nowhere; nothing where it takes more than
/// one other operation to see.
pub(crate) fn reason<M: Model>(
    model: &M,
    history: &History<M::Input, M::Output>,
    operations: &[u32],
    misfit: u32,
) -> Option<Reason> {
    let operation = |number: u32| &history.operations()[number as usize];
    let this = operation(misfit);
    let returned = this.returned_at()?;
    let (mut givers, mut takers) = (Vec::new(), Vec::new());
    for &number in operations.iter().filter(|&&number| number != misfit) {
        match model.bearing(call(this), call(operation(number))) {
            Bearing::Gives => givers.push(number),
            Bearing::Takes => takers.push(number),
            Bearing::None => {}
            Bearing::Unclear => return None,
        }
    }
    let is_given_at_first = model.step(&model.init(), &this.input, this.output()) != Step::Illegal;
    if givers.is_empty() && !is_given_at_first {
        return Some(Reason::NobodyWrote);
    }
    let in_time = |number: &u32| operation(*number).invoked <= returned;
    if !givers.iter().any(in_time) && !is_given_at_first {
        let first = givers.iter().min_by_key(|&&number| operation(number).invoked)?;
        return Some(Reason::NotBegun(*first as usize));
    }
    // The last to return of those that did so before this began: it comes after all that returned
    // before it was invoked.
    takers.retain(|&taker| operation(taker).returned_at().is_some_and(|at| at < this.invoked));
    let last = takers.iter().max_by_key(|&&taker| operation(taker).invoked)?;
    let is_undone = |giver: &u32| {
        operation(*giver).returned_at().is_some_and(|at| at < operation(*last).invoked)
    };
    givers
        .iter()
        .filter(|giver| in_time(giver))
        .all(is_undone)
        .then_some(Reason::Overwritten(*last as usize))
}

fn call<M: Model>(operation: &Operation<M::Input, M::Output>) -> Call<'_, M> {
    Call { input: &operation.input, output: operation.output() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Checker;
    use crate::models::{Register, RegisterInput::*, RegisterOutput::*};

    type Registers = History<crate::models::RegisterInput<u8>, crate::models::RegisterOutput<u8>>;

    /// Writes of these values at 0, 10, 20, each for 5, and then a read at `at` of that value.
    fn history(writes: &[u8], at: u64, read: u8) -> Registers {
        let mut history = History::new();
        for (place, &value) in (0..).zip(writes) {
            let write = Operation::new(0, place * 10, Write(value));
            history.push(write.returned(place * 10 + 5, Written)).unwrap();
        }
        let read = Operation::new(1, at, Read).returned(at + 2, Value(Some(read)));
        history.push(read).unwrap();
        history
    }

    fn found(history: &Registers) -> (String, Option<Reason>) {
        let register = Register::new();
        let report = Checker::new(&register).explain(history);
        let failure = report.parts[0].failure.as_ref().expect("it fails");
        (report.describe(&register, history), failure.reason)
    }

    #[test]
    fn what_nobody_wrote() {
        let (text, reason) = found(&history(&[1, 2], 20, 3));
        assert_eq!(reason, Some(Reason::NobodyWrote));
        assert!(text.ends_with("why: nobody wrote what it was answered\n"), "{text}");
    }

    #[test]
    fn what_was_overwritten_before() {
        let (text, reason) = found(&history(&[1, 2, 3], 30, 1));
        assert_eq!(reason, Some(Reason::Overwritten(2)));
        let why = "why: that was overwritten before, by client 0 [20, 25] write 3\n";
        assert!(text.ends_with(why), "{text}");
    }

    #[test]
    fn what_had_not_begun() {
        let (text, reason) = found(&history(&[1, 2, 3], 6, 3));
        assert_eq!(reason, Some(Reason::NotBegun(2)));
        assert!(
            text.contains("had not begun to be written, by client 0 [20, 25] write 3"),
            "{text}"
        );
    }

    #[test]
    fn what_takes_more_to_see_is_left_open() {
        // Each value could have been read by one of the two, but not by both in this order.
        let mut history = Registers::new();
        for value in [1, 2] {
            history
                .push(Operation::new(value.into(), 0, Write(value)).returned(100, Written))
                .unwrap();
        }
        for (at, value) in [(10, 1), (20, 2), (30, 1)] {
            let read = Operation::new(3, at, Read).returned(at + 5, Value(Some(value)));
            history.push(read).unwrap();
        }
        assert_eq!(found(&history).1, None);
    }
}

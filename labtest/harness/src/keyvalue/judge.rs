//! Judging what clients of the store saw.

use super::history::StoreHistory;
use super::{appends, counters, durability, sessions};
use crate::{Violation, property};
use lincheck::models::Kv;
use lincheck::{Checker, Verdict};

/// Answers carry versions, and an empty value is another than none.
pub(crate) const MODEL: Kv = Kv::new().with_versions();

/// The result of judging.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Judged {
    /// Everything holds.
    Holds,
    /// What does not hold, and more about it.
    Violated(Violation, Vec<String>),
    /// Whether it is linearizable is not known, for this reason; all else holds.
    Undecided(String),
}

/// Judges a whole history. `order`, that of application as far as it is known, is tried before a
/// search that has as many steps as are usual.
pub(crate) fn judge(history: &StoreHistory, order: &[usize]) -> Judged {
    judge_by(Checker::new(&MODEL).order(order), history)
}

fn judge_by(checker: Checker<'_, Kv>, history: &StoreHistory) -> Judged {
    let report = checker.check(history);
    let checks = [appends::check, sessions::check, counters::check, durability::check];
    let mut others = checks.iter().filter_map(|check| check(history).err());
    match (report.verdict, others.next()) {
        (Verdict::NotLinearizable, first) => {
            let explained = checker.explain(history);
            let key = explained.failing_part().map_or("?", |part| part.key.as_str());
            let sentence = format!("what clients saw of {key:?} is not linearizable");
            let story = explained.describe(&MODEL, history);
            let told = first.into_iter().chain(others).map(|it| it.message);
            let details = story.lines().map(str::to_owned).chain(told).collect();
            Judged::Violated(Violation::new(property::LINEARIZABLE, sentence), details)
        }
        (_, Some(first)) => Judged::Violated(first, others.map(|it| it.message).collect()),
        (Verdict::Unknown, None) => Judged::Undecided(format!(
            "whether the history of {} operations is linearizable is not known after {} steps",
            history.operations().len(),
            report.steps()
        )),
        (Verdict::Linearizable, None) => Judged::Holds,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{append, done, got, history};
    use super::*;
    use lincheck::models::KvOperation::Get;

    #[test]
    fn a_history_that_holds_holds() {
        let rows = [
            (0, 1, 2, "list 0", append("0.1 "), done(1)),
            (1, 3, 4, "list 0", Get, got("0.1 ", 1)),
        ];
        assert_eq!(judge(&history(&rows), &[]), Judged::Holds);
    }

    #[test]
    fn a_stale_read_is_not_linearizable_and_whatever_else_it_is_is_told() {
        let rows =
            [(0, 1, 2, "list 0", append("0.1 "), done(1)), (1, 3, 4, "list 0", Get, got("", 0))];
        let Judged::Violated(violation, details) = judge(&history(&rows), &[]) else {
            panic!("it was not found")
        };
        assert_eq!(violation.property, property::LINEARIZABLE);
        assert!(details.iter().any(|line| line.contains("fits nowhere")), "{details:?}");
        assert!(details.iter().any(|line| line.contains("was acknowledged")), "{details:?}");
    }

    #[test]
    fn a_budget_that_is_used_up_is_no_pass() {
        let rows = [
            (0, 1, 9, "list 0", append("0.1 "), done(1)),
            (1, 1, 9, "list 0", append("1.1 "), done(2)),
            (2, 10, 11, "list 0", Get, got("0.1 1.1 ", 2)),
        ];
        assert!(matches!(
            judge_by(Checker::new(&MODEL).budget(1), &history(&rows)),
            Judged::Undecided(_)
        ));
        assert_eq!(judge(&history(&rows), &[]), Judged::Holds);
    }
}

//! A bank: transfers between accounts, and reads of all of them.

use crate::{Call, Model, Step};
use std::collections::BTreeMap;

/// Accounts by name, none of which may be overdrawn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bank {
    /// The initial balance of each account. There are no others.
    pub initial: BTreeMap<String, i64>,
}

/// What a bank is asked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum BankInput {
    /// To move an amount from one account to another, if the first has as much.
    Transfer {
        /// The account that has less then.
        from: String,
        /// The account that has more.
        to: String,
        /// How much.
        amount: u64,
    },
    /// For what is in all accounts.
    Read,
}

/// What a bank answers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum BankOutput {
    /// To a transfer: it is done.
    Done,
    /// To a transfer: the account had less.
    Refused,
    /// To a read.
    Balances(BTreeMap<String, i64>),
}

impl Model for Bank {
    type State = BTreeMap<String, i64>;
    type Input = BankInput;
    type Output = BankOutput;

    fn init(&self) -> BTreeMap<String, i64> {
        self.initial.clone()
    }

    fn step(
        &self,
        balances: &BTreeMap<String, i64>,
        input: &BankInput,
        output: Option<&BankOutput>,
    ) -> Step<BTreeMap<String, i64>> {
        match (input, output) {
            (BankInput::Read, None) => Step::Same,
            (BankInput::Read, Some(BankOutput::Balances(shown))) if shown == balances => Step::Same,
            (BankInput::Transfer { from, to, amount }, None | Some(BankOutput::Done)) => {
                match after(balances, from, to, *amount) {
                    Some(next) if next == *balances => Step::Same,
                    Some(next) => Step::To(next),
                    None if output.is_none() => Step::Same,
                    None => Step::Illegal,
                }
            }
            (BankInput::Transfer { from, to, amount }, Some(BankOutput::Refused))
                if after(balances, from, to, *amount).is_none() =>
            {
                Step::Same
            }
            _ => Step::Illegal,
        }
    }

    fn describe(&self, input: &BankInput, output: Option<&BankOutput>) -> String {
        let what = match input {
            BankInput::Transfer { from, to, amount } => {
                format!("transfer {amount} from {from} to {to}")
            }
            BankInput::Read => "read".to_string(),
        };
        match output {
            Some(BankOutput::Done) => what,
            Some(BankOutput::Refused) => format!("{what} -> refused"),
            Some(BankOutput::Balances(shown)) => {
                format!("{what} -> {}", self.describe_state(shown))
            }
            None => format!("{what} -> ?"),
        }
    }

    fn describe_state(&self, balances: &BTreeMap<String, i64>) -> String {
        let all: Vec<String> =
            balances.iter().map(|(name, balance)| format!("{name}: {balance}")).collect();
        all.join(", ")
    }

    fn is_read_only(&self, input: &BankInput, output: Option<&BankOutput>) -> bool {
        *input == BankInput::Read || output == Some(&BankOutput::Refused)
    }

    fn can_become_legal<'a>(
        &self,
        balances: &BTreeMap<String, i64>,
        call: Call<'a, Self>,
        mut others: impl Iterator<Item = Call<'a, Self>>,
    ) -> bool
    where
        Self: 'a,
    {
        let Some(BankOutput::Balances(shown)) = call.output else { return true };
        let total = |balances: &BTreeMap<String, i64>| -> i128 {
            balances.values().map(|balance| i128::from(*balance)).sum()
        };
        // Transfers make and destroy no money, and open no account.
        shown.keys().eq(balances.keys())
            && total(shown) == total(balances)
            && (shown == balances
                || others.any(|it| matches!(it.input, BankInput::Transfer { .. })))
    }
}

/// The balances after a transfer; nothing if an account would be overdrawn or is unknown.
fn after(
    balances: &BTreeMap<String, i64>,
    from: &str,
    to: &str,
    amount: u64,
) -> Option<BTreeMap<String, i64>> {
    let amount = i64::try_from(amount).ok()?;
    let mut next = balances.clone();
    let paying = next.get_mut(from)?;
    *paying = paying.checked_sub(amount).filter(|left| *left >= 0)?;
    let paid = next.get_mut(to)?;
    *paid = paid.checked_add(amount)?;
    Some(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn balances(one: i64, other: i64) -> BTreeMap<String, i64> {
        BTreeMap::from([("a".to_string(), one), ("b".to_string(), other)])
    }

    fn transfer(from: &str, to: &str, amount: u64) -> BankInput {
        BankInput::Transfer { from: from.to_string(), to: to.to_string(), amount }
    }

    #[test]
    fn money_moves_and_no_account_is_overdrawn() {
        let bank = Bank { initial: balances(5, 0) };
        let done = Some(&BankOutput::Done);
        let moved = |amount, answer| bank.step(&bank.init(), &transfer("a", "b", amount), answer);
        assert_eq!(moved(5, done), Step::To(balances(0, 5)));
        assert_eq!(moved(6, done), Step::Illegal);
        assert_eq!(moved(6, Some(&BankOutput::Refused)), Step::Same);
        assert_eq!(moved(5, Some(&BankOutput::Refused)), Step::Illegal);
        assert_eq!(moved(6, None), Step::Same);
        assert_eq!(bank.step(&bank.init(), &transfer("a", "a", 3), done), Step::Same);
        assert_eq!(bank.step(&bank.init(), &transfer("a", "c", 3), done), Step::Illegal);
    }

    #[test]
    fn a_read_shows_all_accounts_at_one_instant() {
        let bank = Bank { initial: balances(5, 0) };
        let read =
            |shown| bank.step(&bank.init(), &BankInput::Read, Some(&BankOutput::Balances(shown)));
        assert_eq!(read(balances(5, 0)), Step::Same);
        assert_eq!(read(balances(4, 0)), Step::Illegal);
        let torn = BankOutput::Balances(balances(4, 0));
        let call = Call { input: &BankInput::Read, output: Some(&torn) };
        let one = transfer("a", "b", 1);
        let others = [Call { input: &one, output: None }];
        assert!(!bank.can_become_legal(&bank.init(), call, others.into_iter()), "money is missing");
    }
}

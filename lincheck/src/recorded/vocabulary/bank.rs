//! `transfer`, `read`.

use super::{Read, is_done, unknown_f};
use crate::line::{Line, LineProblem};
use crate::models::{Bank, BankInput, BankOutput};
use serde_json::Value;
use std::collections::BTreeMap;

const F: &str = "\"f\" to be \"transfer\" or \"read\"";
const TRANSFER: &str = "\"value\" to be {\"from\": account, \"to\": account, \"amount\": number}";
const BALANCES: &str = "\"value\" to be the balance of each account, {account: number}";

impl Read for Bank {
    fn name<'a>(&self, input: &'a Self::Input) -> (&'static str, &'a str) {
        match input {
            BankInput::Transfer { .. } => ("transfer", ""),
            BankInput::Read => ("read", ""),
        }
    }

    fn input(&self, line: &Line) -> Result<Self::Input, LineProblem> {
        match line.f.as_str() {
            "read" => Ok(BankInput::Read),
            "transfer" => {
                let transfer = transfer(line.value());
                transfer.ok_or_else(|| LineProblem::unexpected(TRANSFER, line.value()))
            }
            _ => unknown_f(F, line),
        }
    }

    fn output(&self, line: &Line) -> Result<Self::Output, LineProblem> {
        match line.f.as_str() {
            "read" => {
                let balances = balances(line.value());
                let balances =
                    balances.ok_or_else(|| LineProblem::unexpected(BALANCES, line.value()))?;
                Ok(BankOutput::Balances(balances))
            }
            "transfer" if is_done(line) => Ok(BankOutput::Done),
            "transfer" => Ok(BankOutput::Refused),
            _ => unknown_f(F, line),
        }
    }
}

fn transfer(value: &Value) -> Option<BankInput> {
    let account = |field: &str| value.get(field).filter(|it| !it.is_null()).map(crate::edn::name);
    let amount = value.get("amount")?.as_u64()?;
    Some(BankInput::Transfer { from: account("from")?, to: account("to")?, amount })
}

/// What is in each account.
pub(in crate::recorded) fn balances(value: &Value) -> Option<BTreeMap<String, i64>> {
    let balances = value.as_object()?.iter();
    balances.map(|(account, balance)| Some((account.clone(), balance.as_i64()?))).collect()
}

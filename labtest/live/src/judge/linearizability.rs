//! `safety:linearizable`: each history could have been made by a single copy.

use super::Finding;
use crate::clients::HistoryFile;
use lincheck::{ModelName, ReadOptions, RecordedHistory, Verdict};
use serde_json::Value;
use std::collections::BTreeMap;

pub(super) fn all(histories: &[HistoryFile], budget_steps: Option<u64>) -> Finding {
    let findings = histories.iter().flat_map(|file| match by_group(file) {
        Some(groups) => groups.iter().map(|group| one(group, budget_steps)).collect(),
        None => vec![one(file, budget_steps)],
    });
    findings.max().unwrap_or_else(|| Finding::Unknown("there is no history".to_owned()))
}

/// Transactions of each group of registers by themselves, if none takes registers of two groups. The checker
/// would take all registers for one object, and have to try the unknown outcomes of all together.
fn by_group(file: &HistoryFile) -> Option<Vec<HistoryFile>> {
    if file.model != ModelName::MultiRegister {
        return None;
    }
    let mut lines = file.text.lines();
    let header = lines.next()?;
    let mut groups: BTreeMap<String, String> = BTreeMap::new();
    for line in lines {
        let text = groups.entry(group(line)?).or_insert_with(|| format!("{header}\n"));
        *text += line;
        text.push('\n');
    }
    Some(groups.into_values().map(|text| HistoryFile { model: file.model, text }).collect())
}

/// The group of all registers of a line: their names up to the last dot.
fn group(line: &str) -> Option<String> {
    let line: Value = serde_json::from_str(line).ok()?;
    let parts = line["value"].as_array()?.iter();
    let mut groups = parts.map(|part| Some(part[1].as_str()?.rsplit_once('.')?.0));
    let first = groups.next()??;
    groups.all(|group| group == Some(first)).then(|| first.to_owned())
}

fn one(file: &HistoryFile, budget_steps: Option<u64>) -> Finding {
    let name = file.name();
    let history = match RecordedHistory::read(&file.text, file.model, &ReadOptions::default()) {
        Ok(history) => history,
        Err(error) => return Finding::Unknown(format!("{name} can't be read: {error}")),
    };
    let report = history.explain(budget_steps);
    match report.verdict {
        Verdict::Linearizable => Finding::Holds,
        Verdict::NotLinearizable => {
            Finding::Violated(format!("{name}: {}", history.describe(&report).trim_end()))
        }
        Verdict::Unknown => Finding::Unknown(format!(
            "{name}: not decided after {} steps; {} of {} operations are of unknown outcome",
            report.steps(),
            history.unknown_outcomes(),
            history.operation_count()
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(lines: &[&str]) -> Option<usize> {
        let text = [&["{}"], lines].concat().join("\n");
        by_group(&HistoryFile { model: ModelName::MultiRegister, text }).map(|groups| groups.len())
    }

    #[test]
    fn groups_are_judged_apart_unless_a_transaction_has_registers_of_two() {
        let (one, other) =
            (r#"{"value":[["r","g.a",null],["r","g.b",null]]}"#, r#"{"value":[["w","h.a","1"]]}"#);
        assert_eq!(groups(&[one, other, one]), Some(2));
        assert_eq!(groups(&[one, r#"{"value":[["r","g.a",null],["r","h.a",null]]}"#]), None);
        assert_eq!(groups(&[one, r#"{"value":[["r","a",null]]}"#]), None);
        assert_eq!(groups(&[one, r#"{}"#]), None);
    }
}

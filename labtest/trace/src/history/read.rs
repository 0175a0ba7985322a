//! Reading the history of clients that hand in commands.

use super::{Header, Operation, SCHEMA, SCHEMA_BEFORE, STORE, Type};
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Whether it is the history of clients of a store.
pub fn is_of_store(text: &str) -> bool {
    let header = serde_json::from_str(text.lines().next().unwrap_or_default());
    header.is_ok_and(|header: Header| header.model.as_deref() == Some(STORE))
}

#[derive(Deserialize)]
struct Line {
    at: u64,
    process: u64,
    r#type: Type,
    f: String,
    value: String,
    digest: Option<String>,
    index: Option<u64>,
}

/// The operations that were answered, in the order of the answers.
///
/// # Errors
/// Where the text is not such a history: the line's number, and what was expected there.
pub fn read(text: &str) -> Result<Vec<Operation>> {
    let mut lines = text.lines().enumerate().map(|(number, line)| (number + 1, line));
    let (_, first) = lines.next().unwrap_or((1, ""));
    let header: Header = serde_json::from_str(first)
        .with_context(|| format!("history, line 1: expected {{\"schema\":{SCHEMA:?}, …}}"))?;
    if header.schema != SCHEMA && header.schema != SCHEMA_BEFORE {
        bail!("history, line 1: the schema is {:?}, expected {SCHEMA:?}", header.schema);
    }
    let mut under_way = BTreeMap::new();
    let mut operations = Vec::new();
    for (number, text) in lines.filter(|(_, line)| !line.trim().is_empty()) {
        let line: Line = serde_json::from_str(text).with_context(|| {
            format!(
                "history, line {number}: expected \
                 {{\"at\":1000000,\"process\":0,\"type\":\"invoke\",\"f\":\"one\",\"value\":\"101\"}}"
            )
        })?;
        let process = line.process;
        let Line { at, f, index, .. } = line;
        let value = line.value + line.digest.as_deref().unwrap_or_default();
        if line.r#type == Type::Invoke {
            if under_way.insert(process, f).is_some() {
                bail!("history, line {number}: process {process} has not been answered yet");
            }
            continue;
        }
        match under_way.remove(&process) {
            Some(begun) if begun == f => {}
            _ => bail!("history, line {number}: process {process} has not begun {f}"),
        }
        let done_at_index = index.filter(|_| line.r#type == Type::Ok);
        operations.push(Operation { process, function: f, value, done_at_index, answered_at: at });
    }
    Ok(operations)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = r#"{"schema":"labtest.history/v2","test":"t","seed":1}"#;
    const INVOKE: &str = r#"{"at":1,"process":0,"type":"invoke","f":"one","value":"101"}"#;
    const OK: &str = r#"{"at":5,"process":0,"type":"ok","f":"one","value":"101","index":3}"#;

    fn history(lines: &[&str]) -> Result<Vec<Operation>, String> {
        read(&format!("{HEADER}\n{}\n", lines.join("\n"))).map_err(|error| format!("{error:#}"))
    }

    #[test]
    fn answers_are_joined_with_what_was_asked() {
        let operations = history(&[INVOKE, OK, INVOKE]).unwrap();
        assert_eq!(operations.len(), 1);
        assert_eq!((operations[0].done_at_index, operations[0].answered_at), (Some(3), 5));
        let unknown = OK.replace("ok", "info");
        assert_eq!(history(&[INVOKE, &unknown]).unwrap()[0].done_at_index, None);
    }

    #[test]
    fn a_bad_line_is_named() {
        let error = |lines: &[&str]| history(lines).unwrap_err();
        assert_eq!(error(&[OK]), "history, line 2: process 0 has not begun one");
        let again = "history, line 3: process 0 has not been answered yet";
        assert_eq!(error(&[INVOKE, INVOKE]), again);
        assert!(error(&["{"]).starts_with("history, line 2: expected {\"at\""));
        let wrong = read(r#"{"schema":"labtest.history/v9"}"#).unwrap_err().to_string();
        assert!(wrong.starts_with("history, line 1: the schema is \"labtest.history/v9\""));
        assert!(read("").unwrap_err().to_string().starts_with("history, line 1: expected"));
    }
}

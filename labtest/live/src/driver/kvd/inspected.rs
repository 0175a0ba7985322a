//! What `kvd inspect` shows of a server's directory.

use crate::driver::{StoredLog, Written};
use anyhow::Context;
use serde_json::Value;

/// Reads its lines.
///
/// # Errors
/// When one is not JSON.
pub(super) fn read(lines: &str) -> anyhow::Result<StoredLog> {
    let mut log = StoredLog::default();
    for line in lines.lines() {
        let line: Value =
            serde_json::from_str(line).with_context(|| format!("kvd inspect said {line:?}"))?;
        if let Some(index) = line["snapshot_index"].as_u64() {
            log.snapshot_index = index;
        } else if line["index"].is_u64() {
            log.entries.push(writes(&line["command"]));
        } else if let (Some(key), Some(value)) = (line["key"].as_str(), line["value"].as_str()) {
            log.store.insert(key.to_owned(), value.to_owned());
        }
    }
    Ok(log)
}

fn writes(command: &Value) -> Vec<Written> {
    let requests = command["requests"].as_array();
    requests.into_iter().flatten().filter_map(written).collect()
}

/// What a request writes; none for those that write nothing of their own.
fn written(request: &Value) -> Option<Written> {
    let text = |field: &str| request[field].as_str();
    if let Some(key) = text("put") {
        return Some(Written::new(key, text("value")?));
    }
    if let Some(key) = text("append") {
        return Some(Written::new(key, text("value")?.trim_end_matches(',')));
    }
    if let Some(key) = text("compare_and_set") {
        return Some(Written::new(key, text("to")?));
    }
    if let Some(key) = text("add") {
        return Some(Written::new(key, request["number"].as_i64()?.to_string()));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_and_store_are_read() {
        let lines = r#"{"cluster": "kvd", "server": 0}
{"term": 2, "voted_for": "127.0.0.1:8001"}
{"snapshot_index": 3, "snapshot_term": 2}
{"index": 4, "term": 2, "command": {"requests": [{"put": "a", "value": "1"}, {"put": "b", "value": "2"}]}}
{"index": 5, "term": 2, "command": {"requests": [{"append": "l", "value": "7,"}]}}
{"index": 6, "term": 2, "command": {"requests": [{"compare_and_set": "a", "from": "1", "to": "3"}]}}
{"index": 7, "term": 2, "command": {"requests": [{"add": "c", "number": 9}]}}
{"index": 8, "term": 2, "command": {"requests": [{"remove": "a"}]}}
{"key": "b", "value": "2"}
"#;
        let log = read(lines).unwrap();
        assert!(!log.is_whole());
        let expected = [
            vec![Written::new("a", "1"), Written::new("b", "2")],
            vec![Written::new("l", "7")],
            vec![Written::new("a", "3")],
            vec![Written::new("c", "9")],
            vec![],
        ];
        assert_eq!(log.entries, expected);
        assert_eq!(log.up_to(&Written::new("l", "7")), Some(&expected[..2]));
        assert_eq!(log.up_to(&Written::new("l", "8")), None);
        assert_eq!(log.store["b"], "2");
        assert!(read("nonsense").is_err());
    }
}

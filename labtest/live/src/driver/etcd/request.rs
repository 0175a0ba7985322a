//! Operations as requests to etcd's gateway, and what its answers say. Numbers are strings there, what is
//! false or empty is left out, and keys and values are in Base64.

use crate::operation::{Answer, Operation, Outcome, Transaction};
use base64::prelude::{BASE64_STANDARD, Engine};
use serde_json::{Value, json};

/// A request.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Request {
    pub(super) path: &'static str,
    pub(super) body: Value,
}

/// The request for an operation; none for what etcd does not have.
pub(super) fn request(operation: &Operation) -> Option<Request> {
    let (path, body) = match operation {
        Operation::Get { key } => ("/v3/kv/range", json!({"key": encoded(key)})),
        Operation::Put { key, value } => ("/v3/kv/put", put(key, value)),
        Operation::Delete { key } => ("/v3/kv/deleterange", json!({"key": encoded(key)})),
        Operation::CompareAndSet { key, expected, value } => {
            let holds = match expected {
                Some(expected) => {
                    json!({"target": "VALUE", "result": "EQUAL", "key": encoded(key), "value": encoded(expected)})
                }
                // What is not there was created at no revision.
                None => {
                    json!({"target": "CREATE", "result": "EQUAL", "key": encoded(key), "createRevision": "0"})
                }
            };
            let success = [json!({"requestPut": put(key, value)})];
            ("/v3/kv/txn", json!({"compare": [holds], "success": success}))
        }
        Operation::Transaction(Transaction::Read { keys }) => {
            let range = |key: &String| json!({"requestRange": {"key": encoded(key)}});
            ("/v3/kv/txn", json!({"success": keys.iter().map(range).collect::<Vec<_>>()}))
        }
        Operation::Transaction(Transaction::Write { writes }) => {
            let puts = writes.iter().map(|(key, value)| json!({"requestPut": put(key, value)}));
            ("/v3/kv/txn", json!({"success": puts.collect::<Vec<_>>()}))
        }
        Operation::Append { .. }
        | Operation::ReadList { .. }
        | Operation::Add { .. }
        | Operation::ReadCounter { .. } => return None,
    };
    Some(Request { path, body })
}

fn put(key: &str, value: &str) -> Value {
    json!({"key": encoded(key), "value": encoded(value)})
}

fn encoded(text: &str) -> String {
    BASE64_STANDARD.encode(text)
}

/// What an answer means for an operation. With an unreadable one the outcome is unknown.
pub(super) fn outcome(operation: &Operation, status: u16, body: &[u8]) -> Outcome {
    let body: Result<Value, _> = serde_json::from_slice(body);
    match body {
        Ok(body) if status == 200 => match answer(operation, &body) {
            Some(answer) => Outcome::Ok(answer),
            None => operation.lost(format!("an answer that can't be read: {body}")),
        },
        Ok(body) => of_error(operation, status, &body),
        Err(_) => operation.lost(format!("status {status} and no JSON")),
    }
}

/// How many entries of its log a server has applied, by its status; none where that can't be read.
pub(super) fn applied_index(status: &[u8]) -> Option<u64> {
    let status: Value = serde_json::from_slice(status).ok()?;
    status.get("raftAppliedIndex")?.as_str()?.parse().ok()
}

/// The errors that etcd gives to a request before it is proposed to the others. All others come from
/// waiting for what was proposed: timeouts, a change of the leader, an end of the server.
const BEFORE_PROPOSAL: [&str; 4] = [
    "etcdserver: too many requests",
    "etcdserver: request is too large",
    "etcdserver: mvcc: database space exceeded",
    "etcdserver: not capable",
];
/// The gRPC codes for requests that are wrong, or that the server does not support.
const INVALID_ARGUMENT: u64 = 3;
const UNIMPLEMENTED: u64 = 12;

fn of_error(operation: &Operation, status: u16, body: &Value) -> Outcome {
    let said = body.get("error").and_then(Value::as_str).unwrap_or_default();
    let code = body.get("code").and_then(Value::as_u64);
    let why = format!("status {status}: {said}");
    let is_refused = matches!(code, Some(INVALID_ARGUMENT | UNIMPLEMENTED));
    match is_refused || BEFORE_PROPOSAL.contains(&said) {
        true => Outcome::Failed(why),
        false => operation.lost(why),
    }
}

fn answer(operation: &Operation, body: &Value) -> Option<Answer> {
    // All answers have it, and nothing else does.
    body.get("header")?;
    let succeeded = body.get("succeeded").is_some_and(|succeeded| *succeeded == true);
    match operation {
        Operation::Get { .. } => value(body).map(Answer::Value),
        Operation::Put { .. } | Operation::Delete { .. } => Some(Answer::Done),
        Operation::CompareAndSet { .. } => Some(Answer::Swapped(succeeded)),
        Operation::Transaction(Transaction::Write { .. }) => succeeded.then_some(Answer::Done),
        Operation::Transaction(Transaction::Read { keys }) => {
            let responses = body.get("responses")?.as_array()?;
            let values = responses.iter().map(|one| value(one.get("response_range")?));
            let values: Vec<Option<String>> = values.collect::<Option<_>>()?;
            (values.len() == keys.len()).then_some(Answer::Values(values))
        }
        _ => None,
    }
}

/// What was found of one key; none where that can't be read.
fn value(range: &Value) -> Option<Option<String>> {
    let Some(found) = range.get("kvs").and_then(Value::as_array).and_then(|all| all.first()) else {
        return Some(None);
    };
    let encoded = found.get("value").map_or(Some(""), Value::as_str)?;
    let value = BASE64_STANDARD.decode(encoded).ok()?;
    Some(Some(String::from_utf8(value).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get() -> Operation {
        Operation::Get { key: "x".to_owned() }
    }

    fn set() -> Operation {
        Operation::Put { key: "x".to_owned(), value: "1".to_owned() }
    }

    fn of(operation: &Operation, status: u16, body: &str) -> Outcome {
        outcome(operation, status, body.as_bytes())
    }

    #[test]
    fn a_compare_and_set_is_a_transaction() {
        let cas = |expected: Option<&str>| {
            let expected = expected.map(str::to_owned);
            let value = "2".to_owned();
            request(&Operation::CompareAndSet { key: "x".to_owned(), expected, value }).unwrap()
        };
        let some = cas(Some("1"));
        assert_eq!((some.path, &some.body["compare"][0]["value"]), ("/v3/kv/txn", &json!("MQ==")));
        assert_eq!(some.body["success"][0]["requestPut"]["value"], json!("Mg=="));
        assert_eq!(cas(None).body["compare"][0]["target"], json!("CREATE"));
    }

    #[test]
    fn what_etcd_leaves_out_is_nothing_or_no() {
        let found = r#"{"header":{},"kvs":[{"key":"eA==","value":"MQ=="}],"count":"1"}"#;
        let value = |value: Option<&str>| Outcome::Ok(Answer::Value(value.map(str::to_owned)));
        assert_eq!(of(&get(), 200, found), value(Some("1")));
        assert_eq!(of(&get(), 200, r#"{"header":{}}"#), value(None));
        assert_eq!(of(&get(), 200, r#"{"header":{},"kvs":[{"key":"eA=="}]}"#), value(Some("")));
        let keys = vec!["x".to_owned(), "y".to_owned()];
        let several = Operation::Transaction(Transaction::Read { keys });
        let both = r#"{"header":{},"succeeded":true,"responses":[
            {"response_range":{"kvs":[{"value":"MQ=="}]}},{"response_range":{"header":{}}}]}"#;
        let values = Answer::Values(vec![Some("1".to_owned()), None]);
        assert_eq!(of(&several, 200, both), Outcome::Ok(values));
        let (key, value) = ("x".to_owned(), "2".to_owned());
        let cas = Operation::CompareAndSet { key, expected: None, value };
        assert_eq!(of(&cas, 200, r#"{"header":{}}"#), Outcome::Ok(Answer::Swapped(false)));
        let swapped = r#"{"header":{},"succeeded":true}"#;
        assert_eq!(of(&cas, 200, swapped), Outcome::Ok(Answer::Swapped(true)));
    }

    #[test]
    fn an_error_is_definite_only_before_anything_was_proposed() {
        let error = |said: &str, code: u64| json!({"error": said, "code": code}).to_string();
        for (said, code) in [
            ("etcdserver: request timed out", 14),
            ("etcdserver: request timed out, possibly due to previous leader failure", 14),
            ("etcdserver: leader changed", 14),
            ("etcdserver: server stopped", 14),
            ("etcdserver: no leader", 14),
            ("something new", 2),
        ] {
            let body = error(said, code);
            assert!(matches!(of(&set(), 503, &body), Outcome::Unknown(_)), "{said}");
            assert!(matches!(of(&get(), 503, &body), Outcome::Failed(_)), "{said}");
        }
        for (said, code) in
            [("etcdserver: too many requests", 8), ("etcdserver: key is not provided", 3)]
        {
            let body = error(said, code);
            assert!(matches!(of(&set(), 400, &body), Outcome::Failed(_)), "{said}");
        }
    }

    #[test]
    fn a_status_says_how_far_a_server_is() {
        assert_eq!(applied_index(br#"{"raftIndex":"9","raftAppliedIndex":"8"}"#), Some(8));
        assert_eq!(applied_index(br#"{"error":"x"}"#), None);
        assert_eq!(applied_index(b"Not Found"), None);
    }

    #[test]
    fn an_answer_that_is_none_leaves_open_what_happened() {
        for body in ["", "{}", "[]", r#"{"head":1}"#] {
            assert!(matches!(of(&set(), 200, body), Outcome::Unknown(_)), "{body}");
        }
        let bad = r#"{"header":{},"kvs":[{"value":"?"}]}"#;
        assert!(matches!(of(&get(), 200, bad), Outcome::Failed(_)));
        assert_eq!(request(&Operation::ReadCounter { key: "x".to_owned() }), None);
    }
}

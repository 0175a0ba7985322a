//! Messages as nodes write and read them: a JSON object a line, with `src`, `dest` and `body`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The fields of a body.
pub(super) type Body = Map<String, Value>;

/// A message between two nodes, or a node and a client.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Message {
    pub(super) src: String,
    pub(super) dest: String,
    pub(super) body: Body,
}

/// How much of a line is told.
const SHOWN_CHARS: usize = 200;

impl Message {
    /// Reads what a node has written; else a sentence that says what is wrong with it.
    pub(super) fn read(line: &str, node: &str) -> Result<Message, String> {
        let message: Message = serde_json::from_str(line).map_err(|error| {
            let line = shortened(line);
            format!(
                "{node} wrote a line to its standard output that is no message, an object with src, dest and \
                 body ({error}): {line}"
            )
        })?;
        if message.src != node {
            let src = &message.src;
            return Err(format!("{node} sent a message in the name of {src}: {}", shortened(line)));
        }
        Ok(message)
    }

    /// The line that has it.
    pub(super) fn line(&self) -> String {
        // The keys are strings, and nothing else can go wrong.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The number of the request that it answers.
    pub(super) fn in_reply_to(&self) -> Option<u64> {
        self.body.get("in_reply_to").and_then(Value::as_u64)
    }
}

/// A line that is not longer than people read.
pub(super) fn shortened(line: &str) -> String {
    let mut shown: String = line.chars().take(SHOWN_CHARS).collect();
    if shown.len() < line.len() {
        shown.push('…');
    }
    shown
}

/// The fields of a JSON object that is written in the code.
pub(super) fn body(value: Value) -> Body {
    match value {
        Value::Object(fields) => fields,
        _ => Body::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_message_is_read_as_it_was_written() {
        let message = Message {
            src: "n1".to_owned(),
            dest: "c2".to_owned(),
            body: body(json!({"type": "read_ok", "in_reply_to": 7, "value": 3})),
        };
        assert_eq!(Message::read(&message.line(), "n1"), Ok(message.clone()));
        assert_eq!(message.in_reply_to(), Some(7));
    }

    #[test]
    fn what_is_no_message_is_told_with_the_node_and_the_line() {
        for wrong in ["listening", "[]", "{}", r#"{"src":"n1","dest":"c1"}"#, ""] {
            let told = Message::read(wrong, "n1").unwrap_err();
            assert!(told.starts_with("n1 wrote a line to its standard output"), "{told}");
            assert!(told.ends_with(wrong), "{told}");
        }
        let of_another = r#"{"src":"n2","dest":"c1","body":{}}"#;
        let told = Message::read(of_another, "n1").unwrap_err();
        assert!(told.starts_with("n1 sent a message in the name of n2: "), "{told}");
        let long = "x".repeat(10_000);
        assert!(Message::read(&long, "n1").unwrap_err().len() < 500);
    }
}

//! Operations and answers in words, as the trace has them.

use crate::operation::{Answer, Operation, Outcome, Transaction};

/// A long list says nothing at a glance; the history has all of it.
const CHARACTERS_MAX: usize = 120;

/// An operation, `put x7 = 3.12`.
pub(super) fn operation(operation: &Operation) -> String {
    shortened(match operation {
        Operation::Get { key } => format!("get {key}"),
        Operation::Put { key, value } => format!("put {key} = {value}"),
        Operation::CompareAndSet { key, expected, value } => {
            format!("cas {key} from {} to {value}", register(expected))
        }
        Operation::Delete { key } => format!("delete {key}"),
        Operation::Append { key, element } => format!("append {element} to {key}"),
        Operation::ReadList { key } => format!("read list {key}"),
        Operation::Add { key, amount } => format!("add {amount} to {key}"),
        Operation::ReadCounter { key } => format!("read counter {key}"),
        Operation::Transaction(Transaction::Read { keys }) => format!("get {}", keys.join(" ")),
        Operation::Transaction(Transaction::Write { writes }) => {
            let writes = writes.iter().map(|(key, value)| format!("{key} = {value}"));
            format!("put {}", writes.collect::<Vec<_>>().join(", "))
        }
    })
}

/// The outcome of an operation, by its name, and in words if there is something to say.
pub(super) fn outcome(outcome: &Outcome) -> (&'static str, Option<String>) {
    match outcome {
        Outcome::Ok(answer) => ("ok", self::answer(answer).map(shortened)),
        Outcome::Failed(why) => ("failed", Some(shortened(why.clone()))),
        Outcome::Unknown(why) => ("unknown", Some(shortened(why.clone()))),
    }
}

fn answer(answer: &Answer) -> Option<String> {
    Some(match answer {
        Answer::Done => return None,
        Answer::Value(value) => register(value).to_owned(),
        Answer::Swapped(true) => "swapped".to_owned(),
        Answer::Swapped(false) => "held something else".to_owned(),
        Answer::List(elements) => format!("[{}]", elements.join(" ")),
        Answer::Number(number) => number.to_string(),
        Answer::Values(values) => values.iter().map(register).collect::<Vec<_>>().join(" "),
    })
}

fn register(value: &Option<String>) -> &str {
    value.as_deref().unwrap_or("nothing")
}

/// Of a long text its end is cut off, and that is seen.
fn shortened(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(CHARACTERS_MAX) {
        text.truncate(end);
        text.push('…');
    }
    text
}

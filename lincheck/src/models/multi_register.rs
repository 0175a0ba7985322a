//! Registers that a transaction reads and writes several of at once.

use crate::{Call, Datum, History, Model, Step};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Registers by key, and transactions on them, which take effect as a whole. A register that is appended
/// to holds a list. What is linearizable by it is strictly serializable.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MultiRegister {
    /// What registers hold at first; those that are not named hold nothing.
    pub initial: BTreeMap<String, Datum>,
    /// Whether each key may be judged by itself, since no transaction has more than one.
    pub has_single_keys: bool,
}

/// A part of a transaction.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum MicroOperation {
    /// What does the register hold?
    Read(String),
    /// The register is to hold this.
    Write(String, Datum),
    /// The list in the register is to have this as its last element.
    Append(String, Datum),
}

impl MicroOperation {
    /// The register.
    pub fn key(&self) -> &str {
        match self {
            MicroOperation::Read(key)
            | MicroOperation::Write(key, _)
            | MicroOperation::Append(key, _) => key,
        }
    }
}

/// What the registers hold.
type Registers = BTreeMap<String, Datum>;

impl MultiRegister {
    /// The same with each key by itself, if the history allows that.
    pub fn suited_to(
        self,
        history: &History<Vec<MicroOperation>, Vec<Option<Datum>>>,
    ) -> MultiRegister {
        let has_one_key = |parts: &[MicroOperation]| {
            !parts.is_empty() && parts.iter().all(|part| part.key() == parts[0].key())
        };
        let all = history.operations();
        let has_single_keys = all.iter().all(|operation| has_one_key(&operation.input));
        MultiRegister { has_single_keys, ..self }
    }

    /// Does a transaction: whether its reads may be answered so. A known answer has one for each read.
    fn run(
        &self,
        registers: &mut Registers,
        parts: &[MicroOperation],
        answers: Option<&[Option<Datum>]>,
    ) -> bool {
        let mut answers = answers.map(<[_]>::iter);
        for part in parts {
            match part {
                MicroOperation::Read(key) => {
                    let Some(answers) = &mut answers else { continue };
                    if answers.next().map(Option::as_ref) != Some(registers.get(key)) {
                        return false;
                    }
                }
                MicroOperation::Write(key, value) => {
                    registers.insert(key.clone(), value.clone());
                }
                MicroOperation::Append(key, value) => {
                    let Some(longer) = Datum::appended(registers.get(key), value) else {
                        return false;
                    };
                    registers.insert(key.clone(), longer);
                }
            }
        }
        answers.is_none_or(|mut answers| answers.next().is_none())
    }
}

impl Model for MultiRegister {
    type State = Registers;
    type Input = Vec<MicroOperation>;
    /// What was read, in the order of the reads.
    type Output = Vec<Option<Datum>>;

    fn init(&self) -> Registers {
        self.initial.clone()
    }

    fn step(
        &self,
        registers: &Registers,
        parts: &Vec<MicroOperation>,
        answers: Option<&Vec<Option<Datum>>>,
    ) -> Step<Registers> {
        let mut next = registers.clone();
        match self.run(&mut next, parts, answers.map(Vec::as_slice)) {
            false => Step::Illegal,
            true if next == *registers => Step::Same,
            true => Step::To(next),
        }
    }

    fn partition<'a>(&self, parts: &'a Vec<MicroOperation>) -> Cow<'a, str> {
        let key = parts.first().map(MicroOperation::key).filter(|_| self.has_single_keys);
        Cow::Borrowed(key.unwrap_or_default())
    }

    fn describe(
        &self,
        parts: &Vec<MicroOperation>,
        answers: Option<&Vec<Option<Datum>>>,
    ) -> String {
        let mut answers = answers.map(|answers| answers.iter());
        let text = |part: &MicroOperation| match part {
            MicroOperation::Read(key) => match answers.as_mut().map(Iterator::next) {
                Some(Some(Some(value))) => format!("read {key} -> {value}"),
                Some(_) => format!("read {key} -> nothing"),
                None => format!("read {key} -> ?"),
            },
            MicroOperation::Write(key, value) => format!("write {key} {value}"),
            MicroOperation::Append(key, value) => format!("append {key} {value}"),
        };
        let all: Vec<String> = parts.iter().map(text).collect();
        all.join(", ")
    }

    fn describe_state(&self, registers: &Registers) -> String {
        let all: Vec<String> =
            registers.iter().map(|(key, value)| format!("{key}: {value}")).collect();
        if all.is_empty() { "nothing".to_string() } else { all.join(", ") }
    }

    fn is_read_only(&self, parts: &Vec<MicroOperation>, _: Option<&Vec<Option<Datum>>>) -> bool {
        parts.iter().all(|part| matches!(part, MicroOperation::Read(_)))
    }

    fn can_become_legal<'a>(
        &self,
        registers: &Registers,
        call: Call<'a, Self>,
        others: impl Iterator<Item = Call<'a, Self>>,
    ) -> bool
    where
        Self: 'a,
    {
        let Some(answers) = call.output else { return true };
        // What the call reads before it writes it itself, and what is not there yet.
        let mut missing = Vec::new();
        let mut own = Vec::new();
        let mut answers = answers.iter();
        for part in call.input {
            match part {
                MicroOperation::Read(key) => {
                    let Some(answer) = answers.next() else { return false };
                    if !own.contains(key) && answer.as_ref() != registers.get(key) {
                        missing.push((key, answer));
                    }
                }
                _ => own.push(part.key().to_owned()),
            }
        }
        for other in others {
            if missing.is_empty() {
                break;
            }
            missing.retain(|&(key, answer)| {
                !other.input.iter().any(|part| match part {
                    MicroOperation::Read(_) => false,
                    MicroOperation::Write(it, value) => it == key && answer.as_ref() == Some(value),
                    MicroOperation::Append(it, _) => it == key && answer.is_some(),
                })
            });
        }
        missing.is_empty()
    }

    fn advance(
        &self,
        registers: &mut Registers,
        parts: &Vec<MicroOperation>,
        answers: Option<&Vec<Option<Datum>>>,
    ) -> bool {
        // Reads that come first change nothing if they are wrong.
        if self.is_read_only(parts, answers) {
            return self.run(registers, parts, answers.map(Vec::as_slice));
        }
        match self.step(registers, parts, answers) {
            Step::Illegal => return false,
            Step::Same => {}
            Step::To(next) => *registers = next,
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::{MicroOperation::*, *};
    use serde_json::json;

    fn datum(value: serde_json::Value) -> Datum {
        Datum::from(&value)
    }

    #[test]
    fn a_transaction_takes_effect_as_a_whole() {
        let model = MultiRegister::default();
        let state = Registers::from([("x".to_string(), datum(json!(1)))]);
        let both = vec![Read("x".into()), Write("x".into(), datum(json!(2))), Read("x".into())];
        let step = |one, other| {
            let answer = vec![Some(datum(json!(one))), Some(datum(json!(other)))];
            model.step(&state, &both, Some(&answer))
        };
        assert_eq!(step(1, 2), Step::To(Registers::from([("x".to_string(), datum(json!(2)))])));
        assert_eq!(step(1, 1), Step::Illegal);
        assert_eq!(step(2, 2), Step::Illegal);
        let short = model.step(&state, &both, Some(&vec![Some(datum(json!(1)))]));
        assert_eq!(short, Step::Illegal, "an answer is missing");
    }

    #[test]
    fn lists_grow_at_their_end() {
        let model = MultiRegister::default();
        let append = |value| vec![Append("x".into(), datum(json!(value)))];
        let mut state = model.init();
        assert!(model.advance(&mut state, &append(1), None));
        assert!(model.advance(&mut state, &append(2), None));
        let read = |value| vec![Some(datum(value))];
        assert!(model.advance(&mut state, &vec![Read("x".into())], Some(&read(json!([1, 2])))));
        assert!(!model.advance(&mut state, &vec![Read("x".into())], Some(&read(json!([2, 1])))));
        assert!(model.advance(&mut state, &vec![Write("x".into(), datum(json!(3)))], None));
        assert!(!model.advance(&mut state, &append(4), None), "3 is no list");
    }
}

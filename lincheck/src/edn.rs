//! Values in EDN, Clojure's data notation, as JSON.
//!
//! What a history may have is read and nothing more: `nil`, booleans, numbers, strings, characters,
//! keywords, symbols, vectors, lists, sets, maps, tags (left out), comments and `#_`. Keywords keep their
//! colon, so that `:a` is not `"a"`; as keys of maps they lose it. Vectors, lists and sets become arrays.

use serde_json::{Map, Number, Value};
use thiserror::Error;

/// How deep values may lie in one another.
const DEPTH_MAX: usize = 64;

/// The most bytes of a value: in memory they take up to 20 times as many.
const VALUE_BYTES_MAX: usize = 1 << 24;

/// What is wrong with a text that should be EDN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum EdnProblem {
    /// It ends in the middle of a value.
    #[error("the text ends in the middle of a value")]
    Unfinished,
    /// Something stands where no value can begin.
    #[error("expected a value in EDN, found {0:?}")]
    NoValue(char),
    /// A map has a key without a value.
    #[error("expected a value for each key of a map, the last one has none")]
    HalfAPair,
    /// A string has an escape that there is not.
    #[error("a string has the unknown escape \\{0}")]
    Escape(char),
    /// Values lie deeper in one another than any history needs.
    #[error("values are nested deeper than {DEPTH_MAX}")]
    TooDeep,
    /// It is longer than any history needs.
    #[error("a value may be {VALUE_BYTES_MAX} bytes long, and this one is longer")]
    TooLong,
}

/// A text and how far it was read.
#[derive(Clone, Debug)]
pub(crate) struct EdnReader<'t> {
    text: &'t str,
    /// In bytes, always between two characters.
    at: usize,
    /// Where the value that is being read may end at the latest.
    end: usize,
}

impl<'t> EdnReader<'t> {
    pub fn new(text: &'t str) -> EdnReader<'t> {
        EdnReader { text, at: 0, end: 0 }
    }

    /// How far it was read, in bytes.
    pub fn position(&self) -> usize {
        self.at
    }

    /// Skips what is between values, and gives the first character of the next, if there is one.
    pub fn peek(&mut self) -> Option<char> {
        loop {
            let rest = self.rest();
            let next = rest.chars().next()?;
            if next.is_whitespace() || next == ',' {
                self.at += next.len_utf8();
            } else if next == ';' {
                self.at += rest.find('\n').unwrap_or(rest.len());
            } else {
                return Some(next);
            }
        }
    }

    /// Takes the next character, which [`peek`](EdnReader::peek) gave.
    pub fn skip(&mut self, next: char) {
        self.at += next.len_utf8();
    }

    /// The next value; nothing at the end of the text, or where a list ends.
    pub fn value(&mut self) -> Result<Option<Value>, EdnProblem> {
        self.end = self.at + VALUE_BYTES_MAX;
        self.value_at(0)
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn value_at(&mut self, depth: usize) -> Result<Option<Value>, EdnProblem> {
        loop {
            let Some(next) = self.peek() else { return Ok(None) };
            if depth >= DEPTH_MAX && matches!(next, '(' | '[' | '{' | '#') {
                return Err(EdnProblem::TooDeep);
            }
            if self.at > self.end {
                return Err(EdnProblem::TooLong);
            }
            let value = match next {
                ')' | ']' | '}' => return Ok(None),
                '(' => self.array(')', depth)?,
                '[' => self.array(']', depth)?,
                '{' => self.map(depth)?,
                '"' => Value::String(self.string()?),
                '\\' => Value::String(self.character()?),
                '#' => match self.dispatch(depth)? {
                    Some(value) => value,
                    None => continue,
                },
                next if is_of_symbol(next) => atom(self.symbol()),
                next => return Err(EdnProblem::NoValue(next)),
            };
            return Ok(Some(value));
        }
    }

    /// A value that must be there.
    fn needed(&mut self, depth: usize) -> Result<Value, EdnProblem> {
        match self.value_at(depth)? {
            Some(value) => Ok(value),
            None => Err(self.peek().map_or(EdnProblem::Unfinished, EdnProblem::NoValue)),
        }
    }

    /// Whether a list ends here with `end`.
    fn ends(&mut self, end: char) -> Result<bool, EdnProblem> {
        match self.peek() {
            None => Err(EdnProblem::Unfinished),
            Some(next) if next == end => {
                self.skip(next);
                Ok(true)
            }
            Some(_) => Ok(false),
        }
    }

    fn array(&mut self, end: char, depth: usize) -> Result<Value, EdnProblem> {
        self.at += 1;
        let mut values = Vec::new();
        while !self.ends(end)? {
            // Before the end there may be something that is left out.
            match self.value_at(depth + 1)? {
                Some(value) => values.push(value),
                None if self.ends(end)? => break,
                None => return Err(EdnProblem::NoValue(self.peek().unwrap_or(end))),
            }
        }
        Ok(Value::Array(values))
    }

    fn map(&mut self, depth: usize) -> Result<Value, EdnProblem> {
        let Value::Array(values) = self.array('}', depth)? else { return Ok(Value::Null) };
        let mut map = Map::new();
        let mut values = values.into_iter();
        while let Some(key) = values.next() {
            let value = values.next().ok_or(EdnProblem::HalfAPair)?;
            map.insert(name(&key), value);
        }
        Ok(Value::Object(map))
    }

    /// What begins with `#`: a set, a tag before a value, or something to be left out.
    fn dispatch(&mut self, depth: usize) -> Result<Option<Value>, EdnProblem> {
        self.at += 1;
        match self.rest().chars().next() {
            None => Err(EdnProblem::Unfinished),
            Some('{') => self.array('}', depth).map(Some),
            Some('_') => {
                self.at += 1;
                self.needed(depth + 1).map(|_| None)
            }
            Some('#') => {
                self.at += 1;
                Ok(Some(Value::String(format!("##{}", self.symbol()))))
            }
            Some(next) if next.is_alphabetic() => {
                self.symbol();
                self.needed(depth + 1).map(Some)
            }
            Some(next) => Err(EdnProblem::NoValue(next)),
        }
    }

    fn string(&mut self) -> Result<String, EdnProblem> {
        self.at += 1;
        let mut string = String::new();
        loop {
            let rest = self.rest();
            let special = rest.find(['"', '\\']).ok_or(EdnProblem::Unfinished)?;
            string.push_str(&rest[..special]);
            self.at += special + 1;
            if rest.as_bytes()[special] == b'"' {
                return Ok(string);
            }
            let escape = self.rest().chars().next().ok_or(EdnProblem::Unfinished)?;
            self.at += escape.len_utf8();
            string.push(match escape {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                'b' => '\u{8}',
                'f' => '\u{c}',
                '"' | '\\' => escape,
                'u' => self.code().ok_or(EdnProblem::Escape('u'))?,
                _ => return Err(EdnProblem::Escape(escape)),
            });
        }
    }

    /// The character of four hexadecimal digits, or of two times four for those beyond.
    fn code(&mut self) -> Option<char> {
        let first = self.four_digits()?;
        if !(0xd800..0xdc00).contains(&first) {
            return char::from_u32(first);
        }
        self.at += self.rest().strip_prefix("\\u").map(|_| 2)?;
        let second = self.four_digits()?.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
        char::from_u32(0x10000 + ((first - 0xd800) << 10) + second)
    }

    fn four_digits(&mut self) -> Option<u32> {
        let digits = self.rest().get(..4)?;
        self.at += 4;
        u32::from_str_radix(digits, 16).ok()
    }

    /// `\a`, `\newline`.
    fn character(&mut self) -> Result<String, EdnProblem> {
        self.at += 1;
        let next = self.rest().chars().next().ok_or(EdnProblem::Unfinished)?;
        self.at += next.len_utf8();
        let more = self.symbol();
        Ok(match (next, more) {
            ('n', "ewline") => "\n".to_owned(),
            ('s', "pace") => " ".to_owned(),
            ('t', "ab") => "\t".to_owned(),
            ('r', "eturn") => "\r".to_owned(),
            _ => format!("{next}{more}"),
        })
    }

    fn symbol(&mut self) -> &'t str {
        let rest = self.rest();
        let end = rest.find(|next| !is_of_symbol(next)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }
}

fn is_of_symbol(next: char) -> bool {
    !next.is_whitespace()
        && !matches!(next, ',' | ';' | '"' | '\\' | '(' | ')' | '[' | ']' | '{' | '}')
        && !next.is_control()
}

/// A number, a keyword, or one of the symbols that are values.
fn atom(symbol: &str) -> Value {
    match symbol {
        "nil" => return Value::Null,
        "true" => return Value::Bool(true),
        "false" => return Value::Bool(false),
        _ => {}
    }
    // Clojure's big numbers end with a letter.
    let digits = symbol.strip_suffix(['N', 'M']).unwrap_or(symbol);
    if digits.ends_with(|last: char| last.is_ascii_digit() || last == '.')
        && digits.starts_with(|first: char| first.is_ascii_digit() || first == '-' || first == '+')
    {
        let whole = digits.parse::<i64>().map(Number::from);
        let number = whole.or_else(|_| digits.parse::<u64>().map(Number::from)).ok();
        let number = number.or_else(|| {
            // What a floating-point number can't hold exactly stays text.
            let is_whole = !digits.contains(['.', 'e', 'E']);
            digits.parse().ok().filter(|_| !is_whole).and_then(Number::from_f64)
        });
        if let Some(number) = number {
            return Value::Number(number);
        }
    }
    Value::String(symbol.to_owned())
}

/// A value as a name: of a key, of a field.
pub(crate) fn name(value: &Value) -> String {
    match value {
        Value::String(text) => text.strip_prefix(':').unwrap_or(text).to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(text: &str) -> Result<Option<Value>, EdnProblem> {
        EdnReader::new(text).value()
    }

    #[test]
    fn values_become_json() {
        for (text, value) in [
            ("nil", json!(null)),
            ("  ,; a comment\n true", json!(true)),
            ("-12", json!(-12)),
            ("18446744073709551615", json!(u64::MAX)),
            ("7N", json!(7)),
            ("1.5e3", json!(1500.0)),
            ("123456789012345678901234567890", json!("123456789012345678901234567890")),
            (":timed-out", json!(":timed-out")),
            ("a/b", json!("a/b")),
            (r#""a\n\"\\\u00e9\ud83d\ude00""#, json!("a\n\"\\é😀")),
            (r"[\a \newline \\]", json!(["a", "\n", "\\"])),
            ("(1 [2] #{3})", json!([1, [2], [3]])),
            ("{:a 1, \"b\" nil, 3 [4]}", json!({"a": 1, "b": null, "3": [4]})),
            ("#jepsen.history.Op{:a 1}", json!({"a": 1})),
            ("#inst \"2026-01-01\"", json!("2026-01-01")),
            ("[1 #_ 2 #_[3 {}] 4 #_5]", json!([1, 4])),
            ("[##Inf]", json!(["##Inf"])),
        ] {
            assert_eq!(read(text), Ok(Some(value)), "{text}");
        }
        assert_eq!(read(" ; nothing"), Ok(None));
    }

    #[test]
    fn what_is_no_edn_is_told() {
        for (text, problem) in [
            ("[1", EdnProblem::Unfinished),
            ("\"a", EdnProblem::Unfinished),
            ("[1)", EdnProblem::NoValue(')')),
            ("{:a}", EdnProblem::HalfAPair),
            (r#""\q""#, EdnProblem::Escape('q')),
            (r#""\ud83d""#, EdnProblem::Escape('u')),
            ("#\"regex\"", EdnProblem::NoValue('"')),
            ("\u{0}", EdnProblem::NoValue('\u{0}')),
            ("#_", EdnProblem::Unfinished),
        ] {
            assert_eq!(read(text), Err(problem), "{text}");
        }
    }

    #[test]
    fn a_value_of_any_length_does_not_fill_the_memory() {
        assert!(read(&format!("[{}]", "1 ".repeat(1 << 20))).is_ok());
        let long = format!("[{}]", "1 ".repeat((1 << 23) + 1));
        assert!(matches!(read(&long), Err(EdnProblem::TooLong)));
    }

    #[test]
    fn values_nest_64_deep_and_no_deeper() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(read(&nested(DEPTH_MAX)).is_ok());
        assert_eq!(read(&nested(DEPTH_MAX + 1)), Err(EdnProblem::TooDeep));
        for opening in ["[", "(", "{", "#{", "#_", "#tag "] {
            assert_eq!(read(&opening.repeat(1_000_000)), Err(EdnProblem::TooDeep), "{opening}");
        }
    }
}

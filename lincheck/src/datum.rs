//! Values of histories that come from files.

use serde_json::Value;
use std::fmt;
use std::sync::Arc;

/// A value as a file has it, and as people write it: `2`, `"free"`, `[1,2]`.
///
/// Two are equal if they are written alike: `2` is not `2.0`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Datum(Kind);

/// Histories have millions of values, and most are whole numbers.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Kind {
    Number(i64),
    /// Anything else, as its JSON.
    Json(Arc<str>),
}

impl Datum {
    /// The list with one more element; nothing where what is there is no list.
    pub(crate) fn appended(list: Option<&Datum>, element: &Datum) -> Option<Datum> {
        let list = match list.map(|list| &list.0) {
            None => "[]",
            Some(Kind::Json(json)) => json,
            Some(Kind::Number(_)) => return None,
        };
        let inner = list.strip_prefix('[')?.strip_suffix(']')?;
        let comma = if inner.is_empty() { "" } else { "," };
        Some(Datum(Kind::Json(format!("[{inner}{comma}{element}]").into())))
    }
}

impl From<&Value> for Datum {
    fn from(value: &Value) -> Datum {
        Datum(match value.as_i64() {
            Some(number) => Kind::Number(number),
            None => Kind::Json(value.to_string().into()),
        })
    }
}

impl fmt::Debug for Datum {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{self}")
    }
}

impl fmt::Display for Datum {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Number(number) => write!(formatter, "{number}"),
            Kind::Json(json) => formatter.write_str(json),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_print_as_people_write_them() {
        for (value, text) in
            [(json!(2), "2"), (json!("free"), "\"free\""), (json!([1, null]), "[1,null]")]
        {
            assert_eq!(
                format!("{:?} {}", Datum::from(&value), Datum::from(&value)),
                format!("{text} {text}")
            );
        }
    }

    #[test]
    fn objects_are_equal_whatever_the_order_of_their_fields() {
        let datum = |text: &str| Datum::from(&serde_json::from_str::<Value>(text).unwrap());
        assert_eq!(datum(r#"{"a":1,"b":2}"#), datum(r#"{"b":2,"a":1}"#));
        assert_ne!(datum("2"), datum("2.0"));
    }
}

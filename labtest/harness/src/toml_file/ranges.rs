//! The ranges of whole numbers, by their keys.

use super::mistake::{Key, Mistake, dotted};
use toml::de::DeValue;

/// A key and the range of its values: the path with dots, the least, the most.
pub(crate) type Row = (&'static str, u64, u64);

/// Tables of ranges, each standing once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ranges(pub(crate) &'static [&'static [Row]]);

/// A day in milliseconds: longer than any run may take.
const DAY_MS: u64 = 86_400_000;

impl Ranges {
    /// Checks a number that a program has, as the file's would be.
    pub(crate) fn check(&self, path: Vec<Key>, value: u64) -> Result<(), Mistake> {
        match self.of(&dotted(&path)) {
            Some((least, most)) if !(least..=most).contains(&value) => {
                Err(Mistake::value(path, &whole(least, most), value))
            }
            _ => Ok(()),
        }
    }

    /// What the value at that path must be, if it has a range and does not fit.
    pub(super) fn unless_fits(&self, path: &[Key], value: &DeValue<'_>) -> Option<String> {
        if let Some(Key::Place(_)) | None = path.last() {
            return None;
        }
        let (least, most) = self.of(&dotted(path))?;
        let number = match value {
            DeValue::Integer(number) => i128::from_str_radix(number.as_str(), number.radix()).ok(),
            _ => None,
        };
        let fits = |number: i128| (i128::from(least)..=i128::from(most)).contains(&number);
        (!number.is_some_and(fits)).then(|| whole(least, most))
    }

    /// What a whole number at that path must be.
    pub(super) fn expected(&self, path: &[Key]) -> String {
        // TOML's numbers end there.
        let (least, most) = self.of(&dotted(path)).unwrap_or((0, i64::MAX as u64));
        whole(least, most)
    }

    fn of(&self, path: &str) -> Option<(u64, u64)> {
        let row = self.0.iter().copied().flatten().find(|(name, ..)| *name == path);
        let name = path.rsplit('.').next().unwrap_or(path);
        let is_time = name == "ms" || name.ends_with("_ms");
        row.map(|(_, least, most)| (*least, *most)).or(is_time.then_some((0, DAY_MS)))
    }
}

/// A range in words.
fn whole(least: u64, most: u64) -> String {
    match most >= i64::MAX as u64 {
        true => format!("a whole number from {least} on"),
        false => format!("a whole number from {least} to {most}"),
    }
}

//! Which of the known names somebody may have meant.

/// How many letters have to be put in, taken out or exchanged (Levenshtein).
pub(crate) fn edit_distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in to.iter().enumerate() {
            let exchanged = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = exchanged.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[to.len()]
}

/// The known name that needs the fewest changes, if those are few.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let distances = known.into_iter().map(|known| (edit_distance(name, known), known));
    let few = (name.chars().count() / 3).clamp(2, 4);
    distances.filter(|(distance, _)| *distance <= few).min().map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_is_near() {
        let known = ["run", "replay", "render"];
        assert_eq!(nearest("rnu", known), Some("run"));
        assert_eq!(nearest("rendr", known), Some("render"));
        assert_eq!(nearest("4A", known), None);
        assert_eq!(edit_distance("kitten", "sitting"), 3);
    }
}

//! Which tests a filter means.

use harness::LabTest;

/// So many names are suggested for a filter that fits nothing.
const SUGGESTIONS: usize = 3;

/// A filter that fits no test.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no test fits `{filter}`; near it: {}", near.join(", "))]
pub struct UnknownFilter {
    /// The filter.
    pub filter: String,
    /// Names that look like it.
    pub near: Vec<&'static str>,
}

/// The tests that fit any of the filters, in the table's order; all when there is no filter.
///
/// A filter fits the test whose whole name it is; if there is none, every test whose name contains
/// it. So a replay of `4D::snapshot_install` does not run `4D::snapshot_install_crash` as well.
///
/// # Errors
/// When a filter fits none.
pub fn select(tests: &[LabTest], filters: &[String]) -> Result<Vec<LabTest>, UnknownFilter> {
    let mut chosen = vec![filters.is_empty(); tests.len()];
    for filter in filters {
        let whole = tests.iter().position(|test| test.name == filter);
        let fits = |place: usize| match whole {
            Some(only) => place == only,
            None => tests[place].name.contains(filter.as_str()),
        };
        let fitting: Vec<usize> = (0..tests.len()).filter(|place| fits(*place)).collect();
        if fitting.is_empty() {
            return Err(UnknownFilter { filter: filter.clone(), near: near(tests, filter) });
        }
        fitting.into_iter().for_each(|place| chosen[place] = true);
    }
    Ok(tests.iter().zip(chosen).filter(|(_, chosen)| *chosen).map(|(test, _)| *test).collect())
}

/// The names that need the fewest changes to become the filter; the suite may be left out.
fn near(tests: &[LabTest], filter: &str) -> Vec<&'static str> {
    let filter = filter.to_lowercase();
    let distance = |name: &str| {
        let short = name.split("::").last().unwrap_or(name);
        edit_distance(&filter, &name.to_lowercase()).min(edit_distance(&filter, short))
    };
    let mut names: Vec<&'static str> = tests.iter().map(|test| test.name).collect();
    names.sort_by_key(|name| distance(name));
    names.truncate(SUGGESTIONS);
    names
}

/// How many letters have to be put in, taken out or exchanged (Levenshtein).
fn edit_distance(from: &str, to: &str) -> usize {
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

#[cfg(test)]
mod tests {
    use super::*;
    use harness::lab_tests;

    fn names(filters: &[&str]) -> Vec<&'static str> {
        let filters: Vec<String> = filters.iter().map(|filter| (*filter).to_string()).collect();
        select(lab_tests(), &filters).unwrap().iter().map(|test| test.name).collect()
    }

    #[test]
    fn a_filter_fits_what_contains_it() {
        assert_eq!(names(&[]).len(), 28);
        assert_eq!(names(&["4A"]).len(), 3);
        assert_eq!(names(&["churn"]), ["4C::reliable_churn", "4C::unreliable_churn"]);
        assert_eq!(names(&["4B::count", "4A::re_election"]), ["4A::re_election", "4B::count"]);
        assert_eq!(names(&["4A", "re_election"]).len(), 3);
    }

    #[test]
    fn a_whole_name_fits_that_test_alone() {
        assert_eq!(names(&["4D::snapshot_install"]), ["4D::snapshot_install"]);
        assert_eq!(names(&["snapshot_install"]).len(), 4);
    }

    #[test]
    fn an_unknown_filter_names_what_is_near() {
        let error = select(lab_tests(), &["initial_elektion".to_string()]).unwrap_err();
        assert_eq!(error.near[0], "4A::initial_election");
        let error = select(lab_tests(), &["4c::figure9".to_string()]).unwrap_err();
        assert_eq!(error.near[0], "4C::figure8");
        assert!(
            error.to_string().starts_with("no test fits `4c::figure9`; near it: 4C::figure8, ")
        );
    }
}

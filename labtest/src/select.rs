//! Which tests a filter means.

use crate::near::edit_distance;
use harness::LabTest;

/// How many names are suggested for a filter that fits nothing.
const SUGGESTIONS: usize = 3;

/// A filter that fits no test.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no test matches `{filter}`; similar: {}", near.join(", "))]
pub struct UnknownFilter {
    /// The filter.
    pub filter: String,
    /// Names of tests or suites that look like it.
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

/// What may have been meant: the same in other letters, a suite, or the names that need the fewest
/// changes to become the filter; the suite may be left out.
fn near(tests: &[LabTest], filter: &str) -> Vec<&'static str> {
    let filter = filter.to_lowercase();
    let mut suites: Vec<&'static str> = tests.iter().map(LabTest::suite).collect();
    suites.dedup();
    if let Some(suite) = suites.iter().find(|suite| suite.to_lowercase() == filter) {
        return vec![suite];
    }
    let mut names: Vec<&'static str> = tests.iter().map(|test| test.name).collect();
    let has_it = |name: &&&str| !filter.is_empty() && name.to_lowercase().contains(&filter);
    let alike: Vec<&'static str> = names.iter().filter(has_it).copied().collect();
    if !alike.is_empty() {
        return alike.into_iter().take(SUGGESTIONS).collect();
    }
    if filter.chars().count() <= SUITE_CHARACTERS {
        return suites;
    }
    let distance = |name: &str| {
        let short = name.split("::").last().unwrap_or(name);
        edit_distance(&filter, &name.to_lowercase()).min(edit_distance(&filter, short))
    };
    names.sort_by_key(|name| distance(name));
    names.truncate(SUGGESTIONS);
    names
}

/// A filter of so few characters is meant for a suite.
const SUITE_CHARACTERS: usize = 3;

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
        assert_eq!(names(&[]).len(), lab_tests().len());
        let of_4a = lab_tests().iter().filter(|test| test.suite() == "4A").count();
        assert_eq!(names(&["4A"]).len(), of_4a);
        assert_eq!(names(&["churn"]), ["4C::reliable_churn", "4C::unreliable_churn"]);
        assert_eq!(names(&["4B::count", "4A::re_election"]), ["4A::re_election", "4B::count"]);
        assert_eq!(names(&["4A", "re_election"]).len(), of_4a);
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
            error.to_string().starts_with("no test matches `4c::figure9`; similar: 4C::figure8, ")
        );
    }

    #[test]
    fn a_suite_in_other_letters_or_of_another_name_is_near() {
        let near =
            |filter: &str| select(harness::all_tests(), &[filter.to_string()]).unwrap_err().near;
        assert_eq!(near("4a"), ["4A"]);
        assert_eq!(near("4E"), ["4A", "4B", "4C", "4D", "kv", "kv_snapshot", "explore"]);
        assert_eq!(near("RE_ELECTION"), ["4A::re_election"]);
    }
}

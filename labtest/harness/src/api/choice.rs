//! Options of a Raft that choose one of a few.

/// The choice with that name, such as `acks-before-sync` of `--set bug=acks-before-sync`, for
/// [`Implementation::with_options`](crate::Implementation::with_options).
///
/// ```
/// # use harness as labtest;
/// let bugs = [("votes-twice", 1), ("forgets", 2)];
/// assert_eq!(labtest::one_of("bug", "forgets", &bugs).unwrap(), 2);
///
/// let error = labtest::one_of("bug", "forget", &bugs).unwrap_err();
/// assert_eq!(error.to_string(), "there is no bug `forget`, expected one of `votes-twice`, `forgets`");
/// ```
///
/// # Errors
/// When there is none with that name; the error names those there are.
pub fn one_of<T: Copy>(what: &str, name: &str, known: &[(&str, T)]) -> anyhow::Result<T> {
    let found = known.iter().find(|(known, _)| *known == name);
    found.map(|(_, choice)| *choice).ok_or_else(|| {
        let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        anyhow::anyhow!("there is no {what} `{name}`, expected one of `{}`", names.join("`, `"))
    })
}

//! Which faults may happen: names and groups of names.

use super::faults::{FAULTS, FaultKind};

/// Which faults may happen.
///
/// ```
/// # use harness as labtest;
/// let filter = labtest::nemesis::FaultFilter::parse("partition,crash-at")?;
/// assert!(filter.allows("isolate") && filter.allows("crash-at") && !filter.allows("crash"));
///
/// let error = labtest::nemesis::FaultFilter::parse("crush").unwrap_err();
/// assert!(error.to_string().starts_with("no fault is called `crush`"));
/// # Ok::<(), labtest::nemesis::UnknownFault>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultFilter(Vec<&'static str>);

/// A name that no fault and no group of faults has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no fault {which}is called `{name}`; there are {known}")]
pub struct UnknownFault {
    /// The name.
    pub name: String,
    which: &'static str,
    known: String,
}

impl FaultFilter {
    /// Lets every fault happen.
    pub fn all() -> FaultFilter {
        FaultFilter(FAULTS.iter().map(|fault| fault.name).collect())
    }

    /// Lets every fault of live runs happen.
    pub fn live() -> FaultFilter {
        FaultFilter(FAULTS.iter().filter(|it| it.live.is_some()).map(|it| it.name).collect())
    }

    /// Lets the faults happen that the list names: names of faults and of groups, with commas.
    /// `all` means all, `none` means none.
    ///
    /// # Errors
    /// A name that nothing has.
    pub fn parse(list: &str) -> Result<FaultFilter, UnknownFault> {
        parse(list, "", |fault| Some(fault.group))
    }

    /// [`parse`](FaultFilter::parse), for live runs: only faults that processes can have, and their groups
    /// are `kill`, `pause`, `partition`, `slow` and `disk`.
    ///
    /// # Errors
    /// A name that nothing has.
    pub fn parse_live(list: &str) -> Result<FaultFilter, UnknownFault> {
        parse(list, "of live runs ", |fault| fault.live)
    }

    /// The same without the faults whose names don't fit.
    pub fn only(mut self, fits: impl Fn(&str) -> bool) -> FaultFilter {
        self.0.retain(|fault| fits(fault));
        self
    }

    /// Whether nothing may happen.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the fault with that name may happen.
    pub fn allows(&self, fault: &str) -> bool {
        self.0.contains(&fault)
    }
}

impl Default for FaultFilter {
    fn default() -> FaultFilter {
        FaultFilter::all()
    }
}

/// Of the faults that are in a group.
fn parse(
    list: &str,
    which: &'static str,
    group: fn(&FaultKind) -> Option<&'static str>,
) -> Result<FaultFilter, UnknownFault> {
    let faults: Vec<(&'static str, &'static str)> =
        FAULTS.iter().filter_map(|fault| Some((fault.name, group(fault)?))).collect();
    let mut allowed = vec![false; faults.len()];
    for name in list.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        let fits = |fault: &(&str, &str)| name == "all" || fault.0 == name || fault.1 == name;
        if name != "none" && !faults.iter().any(fits) {
            return Err(UnknownFault { name: name.to_owned(), which, known: known(&faults) });
        }
        for (fault, allowed) in faults.iter().zip(&mut allowed) {
            *allowed |= fits(fault);
        }
    }
    let named = faults.iter().zip(allowed).filter(|(_, allowed)| *allowed);
    Ok(FaultFilter(named.map(|((name, _), _)| *name).collect()))
}

fn known(faults: &[(&str, &str)]) -> String {
    let mut groups: Vec<&str> = Vec::new();
    for (_, group) in faults {
        if !groups.contains(group) {
            groups.push(group);
        }
    }
    let names = |group: &str| {
        let names = faults.iter().filter(|(_, of)| *of == group).map(|(name, _)| *name);
        names.collect::<Vec<_>>().join(", ")
    };
    let group = |group: &&str| format!("{group} ({})", names(group));
    groups.iter().map(group).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn live_runs_have_groups_of_their_own() {
        let filter = FaultFilter::parse_live("kill,disk,delay").unwrap();
        let allowed: Vec<&str> =
            FAULTS.iter().map(|it| it.name).filter(|it| filter.allows(it)).collect();
        let expected = ["delay", "crash", "crash-at", "slow-disk", "failing-sync", "full-disk"];
        assert_eq!(allowed, expected);
        assert_eq!(FaultFilter::parse_live("all"), Ok(FaultFilter::live()));
        assert!(!FaultFilter::live().allows("loss") && FaultFilter::live().allows("ring"));
        let rings = FaultFilter::live().only(|fault| fault == "ring");
        assert!(rings.allows("ring") && !rings.allows("crash") && !rings.is_empty());
        assert!(rings.only(|_| false).is_empty());
    }

    #[test]
    fn what_processes_can_not_have_is_unknown_to_live_runs() {
        for list in ["loss", "crash,clock", "network"] {
            let error = FaultFilter::parse_live(list).unwrap_err().to_string();
            let name = list.rsplit(',').next().unwrap();
            let begin =
                format!("no fault of live runs is called `{name}`; there are slow (delay, ");
            assert!(error.starts_with(&begin), "{error}");
            assert!(FaultFilter::parse(list).is_ok());
        }
    }
}

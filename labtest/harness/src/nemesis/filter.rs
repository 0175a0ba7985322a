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
#[error("no fault is called `{name}`; there are {}", known())]
pub struct UnknownFault {
    /// The name.
    pub name: String,
}

impl FaultFilter {
    /// Lets every fault happen.
    pub fn all() -> FaultFilter {
        FaultFilter(FAULTS.iter().map(|fault| fault.name).collect())
    }

    /// Lets the faults happen that the list names: names of faults and of groups, with commas.
    /// `all` means all, `none` means none.
    ///
    /// # Errors
    /// A name that nothing has.
    pub fn parse(list: &str) -> Result<FaultFilter, UnknownFault> {
        let mut allowed = vec![false; FAULTS.len()];
        for name in list.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let fits =
                |fault: &FaultKind| name == "all" || fault.name == name || fault.group == name;
            if name != "none" && !FAULTS.iter().any(fits) {
                return Err(UnknownFault { name: name.to_owned() });
            }
            for (fault, allowed) in FAULTS.iter().zip(&mut allowed) {
                *allowed |= fits(fault);
            }
        }
        let named = FAULTS.iter().zip(allowed).filter(|(_, allowed)| *allowed);
        Ok(FaultFilter(named.map(|(fault, _)| fault.name).collect()))
    }

    /// Whether the fault of that name may happen.
    pub fn allows(&self, fault: &str) -> bool {
        self.0.contains(&fault)
    }
}

impl Default for FaultFilter {
    fn default() -> FaultFilter {
        FaultFilter::all()
    }
}

fn known() -> String {
    let mut groups: Vec<&str> = FAULTS.iter().map(|fault| fault.group).collect();
    groups.dedup();
    let names = |group: &str| {
        let names = FAULTS.iter().filter(|fault| fault.group == group).map(|fault| fault.name);
        names.collect::<Vec<_>>().join(", ")
    };
    let group = |group: &&str| format!("{group} ({})", names(group));
    groups.iter().map(group).collect::<Vec<_>>().join(", ")
}

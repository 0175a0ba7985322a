//! Where in a cluster something happened.

/// Where in the cluster a property did not hold, as far as that is known.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Place {
    /// The servers concerned.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub servers: Vec<usize>,
    /// The term concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub term: Option<u64>,
    /// The log index concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<u64>,
}

impl Place {
    /// For people: `servers 0 and 2, term 3, index 4`; empty when nothing is known.
    pub fn describe(&self) -> String {
        let mut parts = Vec::new();
        let servers: Vec<String> = self.servers.iter().map(usize::to_string).collect();
        match servers.split_last() {
            None => {}
            Some((only, [])) => parts.push(format!("server {only}")),
            Some((last, rest)) => parts.push(format!("servers {} and {last}", rest.join(", "))),
        }
        parts.extend(self.term.map(|term| format!("term {term}")));
        parts.extend(self.index.map(|index| format!("index {index}")));
        parts.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_names_what_is_known() {
        let place = |servers: &[usize], term, index| {
            Place { servers: servers.to_vec(), term, index }.describe()
        };
        assert_eq!(place(&[], None, None), "");
        assert_eq!(place(&[0, 2], None, Some(4)), "servers 0 and 2, index 4");
        assert_eq!(place(&[1], Some(3), Some(4)), "server 1, term 3, index 4");
    }
}

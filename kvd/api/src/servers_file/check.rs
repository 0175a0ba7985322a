//! What must hold between the fields of a server, and between servers.

use super::address::{Address, is_wildcard};
use super::place::Place;
use super::{Server, ServersFile};
use std::collections::BTreeMap;

/// What is wrong, and where.
type Fault = (Place, String);

/// Checks a file whose servers are in the order in which they stand there.
pub fn check(file: &ServersFile) -> Result<(), Fault> {
    if file.others.contains_key(&file.cluster) {
        let sentence = format!("{:?} is this cluster itself", file.cluster);
        return Err((Place::at_top("others"), sentence));
    }
    let mut addresses = Owners::default();
    check_cluster(None, &file.servers, &mut addresses)?;
    let mut others = file.others.iter();
    others.try_for_each(|(name, servers)| check_cluster(Some(name), servers, &mut addresses))
}

/// Addresses are of the whole file, ids and directories of a cluster.
fn check_cluster(
    other: Option<&str>,
    servers: &[Server],
    addresses: &mut Owners<(&'static str, String)>,
) -> Result<(), Fault> {
    let (mut ids, mut directories) = (Owners::default(), Owners::default());
    for (entry, server) in servers.iter().enumerate() {
        let place = |field| Place::of_field(other, entry, field);
        if is_wildcard(&server.host) && server.advertised == server.client_address() {
            let sentence = format!(
                "no client can be sent to {}: say in `advertised` where this server is found",
                server.host
            );
            return Err((place("host"), sentence));
        }
        ids.take(server.id, place("id"), |id| format!("the id {id}"))?;
        directories.take(server.data.clone(), place("data"), |data| {
            format!("the directory {}", data.display())
        })?;
        let bound = |port| ("the address", Address::new(server.machine(), port).to_string());
        let advertised = ("the advertised address", server.advertised.to_ascii_lowercase());
        let named = |(what, address): &(&str, String)| format!("{what} {address}");
        addresses.take(bound(server.client_port), place("client_port"), named)?;
        addresses.take(bound(server.log_port), place("log_port"), named)?;
        addresses.take(advertised, place("advertised"), named)?;
    }
    Ok(())
}

/// Who has what only one may have.
struct Owners<T>(BTreeMap<T, Place>);

impl<T> Default for Owners<T> {
    fn default() -> Owners<T> {
        Owners(BTreeMap::new())
    }
}

impl<T: Ord> Owners<T> {
    fn take(&mut self, what: T, place: Place, name: impl Fn(&T) -> String) -> Result<(), Fault> {
        match self.0.get(&what) {
            Some(owner) => Err((place, format!("{} is that of {owner}, too", name(&what)))),
            None => {
                self.0.insert(what, place);
                Ok(())
            }
        }
    }
}

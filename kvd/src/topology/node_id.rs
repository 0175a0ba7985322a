//! The names of servers in the protocol.

use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

/// A server's name, by which clients know it: 40 hexadecimal digits that never change, made of its cluster's name and
/// its number: 32 digits of XXH3-128 and the last 8 of XXH3-64, both of the bytes of the name and then the number as
/// 8 bytes, the lowest first.
pub(super) fn node_id(cluster: &str, server: u64) -> String {
    let bytes = [cluster.as_bytes(), &server.to_le_bytes()].concat();
    format!("{:032x}{:08x}", xxh3_128(&bytes), xxh3_64(&bytes) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_never_change() {
        assert_eq!(node_id("kvd", 0), "3b9c6258ce689179c6ba4c37ffeecf3e796daaa7");
    }

    #[test]
    fn names_differ() {
        let clusters = ["", "a", "b", "kvd", "a\0"];
        let names = clusters.iter().flat_map(|cluster| (0..100).map(|id| node_id(cluster, id)));
        let names: BTreeSet<String> = names.collect();
        assert_eq!(names.len(), 500);
        let is_hex = |digit: char| digit.is_ascii_digit() || ('a'..='f').contains(&digit);
        assert!(names.iter().all(|name| name.len() == 40 && name.chars().all(is_hex)));
    }
}

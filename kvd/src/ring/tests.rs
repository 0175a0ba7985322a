use super::*;
use proptest::collection::btree_set;
use proptest::prelude::*;
use std::collections::BTreeMap;

const KEYS: usize = 20_000;

fn ring(nodes: &[&str]) -> HashRing {
    let mut ring = HashRing::default();
    for node in nodes {
        assert!(ring.insert(node));
    }
    ring
}

fn owners(ring: &HashRing) -> Vec<String> {
    let keys = (0..KEYS).map(|number| format!("key-{number}"));
    keys.map(|key| ring.owner(key.as_bytes()).unwrap().to_owned()).collect()
}

/// A version that places keys elsewhere does not find those on disk. The values are those of another
/// implementation, from what the documentation says.
#[test]
fn placement_never_changes() {
    let ring = ring(&["a", "b", "c"]);
    let keys = ["", "foo", "bar", "key", "x", "y", "z", "user:1000", "user:1001", "\0"];
    let placed = keys.map(|key| ring.owner(key.as_bytes()).unwrap());
    assert_eq!(placed.concat(), "bbccbbcbba");
    let mut of_one = HashRing::new(2);
    of_one.insert("node 0");
    let positions: Vec<u64> = of_one.points.iter().map(|(position, _)| *position).collect();
    assert_eq!(positions, [0x1c35_247d_d18b_243e, 0x7a83_5c6d_ac2c_aee1]);
}

#[test]
fn a_node_is_there_once() {
    let mut ring = ring(&["a", "b"]);
    let before = ring.clone();
    assert!(!ring.insert("a"));
    assert!(!ring.remove("c"));
    assert_eq!(ring, before);
    assert!(ring.remove("a") && ring.remove("b"));
    assert_eq!((ring.owner(b"x"), ring.contains("a")), (None, false));
}

#[test]
fn the_ring_is_closed() {
    let ring = ring(&["a", "b", "c"]);
    let first = ring.owner_at(0);
    assert_eq!(ring.owner_at(u64::MAX), first);
    let (position, node) = &ring.points[7];
    assert_eq!(ring.owner_at(*position), Some(&**node), "a point belongs to its own node");
    let (_, next) = &ring.points[8];
    assert_eq!(ring.owner_at(position + 1), Some(&**next));
}

#[test]
fn shares_are_balanced() {
    let nodes: Vec<String> = (0..10).map(|number| format!("node-{number}")).collect();
    let names: Vec<&str> = nodes.iter().map(String::as_str).collect();
    let mut keys_of = BTreeMap::<String, usize>::new();
    for owner in owners(&ring(&names)) {
        *keys_of.entry(owner).or_default() += 1;
    }
    assert_eq!(keys_of.len(), 10);
    let fair = KEYS / 10;
    for (node, keys) in keys_of {
        assert!((fair * 80 / 100..=fair * 120 / 100).contains(&keys), "{node} has {keys}");
    }
}

#[test]
fn about_a_sixth_of_the_keys_moves_to_a_sixth_node() {
    let five = ring(&["a", "b", "c", "d", "e"]);
    let mut six = five.clone();
    six.insert("f");
    let moved = owners(&five).iter().zip(owners(&six)).filter(|(was, is)| **was != *is).count();
    assert!((KEYS / 8..=KEYS / 5).contains(&moved), "{moved} of {KEYS} keys have moved");
}

proptest! {
    /// Few nodes and virtual nodes, so that arcs of all sizes come about.
    #[test]
    fn only_the_keys_of_the_node_that_comes_or_goes_move(
        names in btree_set("[a-z]{1,3}", 1..6),
        guest in "[A-Z]{1,3}",
        virtual_nodes in 1..20u64,
        positions in proptest::collection::vec(any::<u64>(), 100),
    ) {
        let mut without = HashRing::new(virtual_nodes);
        for name in &names {
            without.insert(name);
        }
        let mut with = without.clone();
        with.insert(&guest);
        for position in positions {
            let (was, is) = (without.owner_at(position), with.owner_at(position));
            prop_assert!(is == was || is == Some(&*guest));
        }
        with.remove(&guest);
        prop_assert_eq!(with, without, "when it has gone all is as it was");
    }

    #[test]
    fn the_order_in_which_nodes_come_does_not_matter(names in btree_set("[a-z]{1,3}", 1..6)) {
        let (mut one, mut other) = (HashRing::new(8), HashRing::new(8));
        for name in &names {
            one.insert(name);
        }
        for name in names.iter().rev() {
            other.insert(name);
        }
        prop_assert_eq!(one, other);
    }
}

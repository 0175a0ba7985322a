use super::*;
use proptest::collection::btree_set;
use proptest::prelude::*;

#[test]
fn the_crc_is_xmodem() {
    assert_eq!(crc16(b""), 0);
    assert_eq!(crc16(b"123456789"), 0x31C3);
}

/// As Redis answers `CLUSTER KEYSLOT`.
#[test]
fn keys_are_in_the_slots_of_redis() {
    assert_eq!(slot_of(b""), 0);
    assert_eq!(slot_of(b"foo"), 12182);
    assert_eq!(slot_of(b"bar"), 5061);
    assert_eq!(slot_of(b"hello"), 866);
    assert_eq!(slot_of(b"somekey"), 11058);
    assert_eq!(slot_of(b"foo{hash_tag}"), 2515);
}

/// The examples of the specification.
#[test]
fn only_the_first_hash_tag_counts() {
    assert_eq!(slot_of(b"{user1000}.following"), slot_of(b"user1000"));
    assert_eq!(tag(b"foo{}{bar}"), b"foo{}{bar}", "an empty one is none");
    assert_eq!(tag(b"foo{{bar}}zap"), b"{bar");
    assert_eq!(tag(b"foo{bar}{zap}"), b"bar");
    assert_eq!(tag(b"foo{bar"), b"foo{bar");
    assert_eq!(tag(b"foo}bar{"), b"foo}bar{");
    assert_eq!(tag(b"}{x}"), b"x");
}

#[test]
fn one_cluster_has_all_slots() {
    assert_eq!(Slots::shared_by(&[]), None);
    let slots = Slots::shared_by(&["alone"]).unwrap();
    assert_eq!(slots.ranges(), [(0..=SLOTS - 1, 0)]);
    assert_eq!((slots.owner(0), slots.owner(SLOTS - 1), slots.owner(u16::MAX)), (0, 0, 0));
}

/// A version that places slots elsewhere does not find the keys on disk. The values are those of another
/// implementation, from what the documentation says.
#[test]
fn placement_never_changes() {
    let slots = Slots::shared_by(&["north", "south"]).unwrap();
    let first: Vec<_> = slots.ranges().iter().take(4).cloned().collect();
    assert_eq!(first, [(0..=616, 0), (617..=645, 1), (646..=747, 0), (748..=850, 1)]);
    let of_north: usize = slots.ranges_of(0).map(|range| range.len()).sum();
    assert_eq!((slots.ranges().len(), of_north), (79, 8464));
}

#[test]
fn two_clusters_have_about_half_each_in_few_ranges() {
    let names: Vec<String> = (0..200).map(|number| format!("cluster-{number}")).collect();
    let mut most = Vec::new();
    for pair in names.chunks(2) {
        let slots = Slots::shared_by(&[&pair[0], &pair[1]]).unwrap();
        assert!((40..=90).contains(&slots.ranges().len()), "{} ranges", slots.ranges().len());
        let of_first: usize = slots.ranges_of(0).map(|range| range.len()).sum();
        most.push(of_first.max(usize::from(SLOTS) - of_first) * 100 / usize::from(SLOTS));
    }
    most.sort_unstable();
    assert_eq!((most[50], most[95], most[99]), (52, 59, 61), "percent");
}

proptest! {
    #[test]
    fn every_slot_has_one_owner_in_few_ranges(names in btree_set("[a-z]{1,8}", 1..8)) {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let slots = Slots::shared_by(&names).unwrap();
        let mut next = 0;
        for (range, owner) in slots.ranges() {
            prop_assert_eq!(*range.start(), next, "no gap");
            prop_assert!(range.end() >= range.start());
            prop_assert_eq!(slots.owner(*range.start()), *owner);
            prop_assert_eq!(slots.owner(*range.end()), *owner);
            next = range.end() + 1;
        }
        prop_assert_eq!(next, SLOTS);
        prop_assert!(slots.ranges().windows(2).all(|two| two[0].1 != two[1].1), "ranges are as long as can be");
        prop_assert!(slots.ranges().len() <= names.len() * Slots::VIRTUAL_NODES as usize + 1);
        let of_all: usize = (0..names.len()).flat_map(|one| slots.ranges_of(one)).map(|range| range.len()).sum();
        prop_assert_eq!(of_all, usize::from(SLOTS));
    }

    #[test]
    fn a_cluster_that_comes_only_takes(names in btree_set("[a-z]{1,8}", 2..6)) {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let fewer = Slots::shared_by(&names[1..]).unwrap();
        let more = Slots::shared_by(&names).unwrap();
        for slot in 0..SLOTS {
            let is = more.owner(slot);
            prop_assert!(is == 0 || is == fewer.owner(slot) + 1);
        }
    }
}

//! Consistent hashing: keys over the nodes of a ring, a node that joins, a node that leaves.
//!
//! ```text
//! cargo run -p kvd --example hashing
//! ```

use kvd::ring::HashRing;
use std::collections::BTreeMap;
use std::fmt::Write;

const KEYS: usize = 10_000;

/// Keys of a bar of one character.
const KEYS_PER_MARK: usize = 100;

fn main() {
    print!("{}", story());
}

fn story() -> String {
    let mut told = Told::default();
    let virtual_nodes = HashRing::VIRTUAL_NODES;
    let mut ring = ring_of_five(virtual_nodes);
    told.title(&format!("{KEYS} keys over 5 nodes, each {virtual_nodes} times on the ring"));
    let five = placed(&ring);
    told.shares(&five);

    ring.insert("node 5");
    told.title("node 5 joins");
    let six = placed(&ring);
    told.shares(&six);
    told.moves(&five, &six, 6);

    ring.remove("node 2");
    told.title("node 2 leaves");
    let without = placed(&ring);
    told.shares(&without);
    told.moves(&six, &without, 6);

    told.title("A key's hash modulo the number of nodes instead, when a sixth joins");
    let moved = (0..KEYS).filter(|key| hash(*key) % 5 != hash(*key) % 6).count();
    told.line(&format!("{moved} keys move ({})", percent(moved, KEYS)));

    told.title("Balance: what the fullest of 5 nodes has, where 20.0 % would be fair");
    for virtual_nodes in [1, 10, 40, 160, 640] {
        let most = keys_of(&placed(&ring_of_five(virtual_nodes))).into_values().max().unwrap_or(0);
        told.line(&format!("{virtual_nodes:>4} times on the ring: {}", percent(most, KEYS)));
    }
    told.text
}

fn ring_of_five(virtual_nodes: u64) -> HashRing {
    let mut ring = HashRing::new(virtual_nodes);
    for number in 0..5 {
        ring.insert(&format!("node {number}"));
    }
    ring
}

/// The node of each key.
fn placed(ring: &HashRing) -> Vec<String> {
    let owner = |key: usize| ring.owner(format!("key {key}").as_bytes());
    (0..KEYS).map(|key| owner(key).expect("there are nodes").to_owned()).collect()
}

fn hash(key: usize) -> u64 {
    xxhash_rust::xxh3::xxh3_64(format!("key {key}").as_bytes())
}

fn keys_of(placed: &[String]) -> BTreeMap<&str, usize> {
    let mut keys = BTreeMap::new();
    for node in placed {
        *keys.entry(node.as_str()).or_default() += 1;
    }
    keys
}

/// With one decimal, in integers: floating-point numbers are not the same everywhere.
fn percent(part: usize, whole: usize) -> String {
    let per_mille = (part * 1000 + whole / 2) / whole;
    format!("{}.{} %", per_mille / 10, per_mille % 10)
}

#[derive(Default)]
struct Told {
    text: String,
}

impl Told {
    fn title(&mut self, title: &str) {
        let gap = if self.text.is_empty() { "" } else { "\n" };
        write!(self.text, "{gap}{title}\n\n").expect("a string takes any text");
    }

    fn line(&mut self, line: &str) {
        writeln!(self.text, "  {line}").expect("a string takes any text");
    }

    fn shares(&mut self, placed: &[String]) {
        for (node, keys) in keys_of(placed) {
            let bar = "#".repeat(keys / KEYS_PER_MARK);
            self.line(&format!("{node}  {keys:>5} keys  {:>6}  {bar}", percent(keys, KEYS)));
        }
    }

    /// How many keys move, and between whom; `nodes` are those of the larger ring.
    fn moves(&mut self, before: &[String], after: &[String], nodes: usize) {
        let mut moves = BTreeMap::<(&str, &str), usize>::new();
        for (from, to) in before.iter().zip(after).filter(|(from, to)| from != to) {
            *moves.entry((from, to)).or_default() += 1;
        }
        let moved = moves.values().sum();
        let fair = percent(1, nodes);
        self.text.push('\n');
        self.line(&format!("{moved} keys move ({}; 1/{nodes} is {fair}):", percent(moved, KEYS)));
        for ((from, to), keys) in moves {
            self.line(&format!("{from} -> {to}  {keys:>5}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn the_story_is_as_it_was_told() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/golden/hashing.txt");
        if std::env::var_os("UPDATE").is_some_and(|update| update == "1") {
            std::fs::write(&path, story()).unwrap();
            return;
        }
        let expected = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(story(), expected, "hashing.txt is not what it was; UPDATE=1 takes it anew");
    }
}

//! `labtest.trace/v1`, which says of a fault neither how it looks nor who is on which side.
//!
//! Both come from its name and its words, as all readers took them when v1 was written. Nothing of
//! this applies to later versions.

use super::{Fault, Looks};

/// The older version that is read.
pub(super) const SCHEMA: &str = "labtest.trace/v1";

/// How the faults of v1 looked. Any other was [`Looks::Other`].
const LOOKS: [(&str, Looks); 19] = [
    ("isolated", Looks::Cut),
    ("partition", Looks::Cut),
    ("isolate", Looks::Cut),
    ("split", Looks::Cut),
    ("halves", Looks::Cut),
    ("bridge", Looks::Cut),
    ("ring", Looks::Cut),
    ("one-way", Looks::Cut),
    ("random-cuts", Looks::Cut),
    ("flapping", Looks::Cut),
    ("swizzle", Looks::Pause),
    ("pause", Looks::Pause),
    ("slow", Looks::Slow),
    ("slow-server", Looks::Slow),
    ("disk", Looks::Disk),
    ("slow-disk", Looks::Disk),
    ("failing-sync", Looks::Disk),
    ("full-disk", Looks::Disk),
    ("crash", Looks::Crash),
];

/// Adds what v1 left to its readers.
pub(super) fn complete(fault: &mut Fault, servers: usize) {
    let known = LOOKS.iter().find(|(what, _)| *what == fault.what);
    fault.looks = known.map_or(Looks::Other, |(_, looks)| *looks);
    fault.sides = sides(fault, servers);
}

fn sides(fault: &Fault, servers: usize) -> Vec<Vec<usize>> {
    let mut named = fault.servers.clone();
    named.sort_unstable();
    named.dedup();
    let rest: Vec<usize> = (0..servers).filter(|server| !named.contains(server)).collect();
    match fault.what.as_str() {
        "isolated" | "isolate" => {
            let alone = named.iter().map(|&server| vec![server]);
            alone.chain((!rest.is_empty()).then_some(rest)).collect()
        }
        "partition" if named.is_empty() || rest.is_empty() => sides_in_words(&fault.text, servers),
        "partition" | "split" if !named.is_empty() && !rest.is_empty() => {
            vec![named, rest]
        }
        _ => Vec::new(),
    }
}

/// The sides in a text such as `partition {0,1} | {2,3,4}`; none if it is not of that form.
fn sides_in_words(text: &str, servers: usize) -> Vec<Vec<usize>> {
    let numbers = |part: &str| -> Vec<usize> {
        part.split(|c: char| !c.is_ascii_digit()).filter_map(|word| word.parse().ok()).collect()
    };
    let sides: Vec<Vec<usize>> = text.split('|').map(numbers).collect();
    let mut all: Vec<usize> = sides.iter().flatten().copied().collect();
    all.sort_unstable();
    if sides.len() > 1 && all.into_iter().eq(0..servers) { sides } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::super::Phase;
    use super::*;

    fn completed(what: &str, servers: &[usize], text: &str) -> Fault {
        let mut fault = Fault {
            phase: Phase::Begin,
            what: what.to_string(),
            looks: Looks::Other,
            servers: servers.to_vec(),
            sides: Vec::new(),
            text: text.to_string(),
        };
        complete(&mut fault, 5);
        fault
    }

    #[test]
    fn a_fault_looks_as_its_name_said() {
        assert_eq!(completed("isolated", &[2], "").looks, Looks::Cut);
        assert_eq!(completed("slow-disk", &[2], "").looks, Looks::Disk);
        assert_eq!(completed("sunspots", &[2], "").looks, Looks::Other);
    }

    #[test]
    fn sides_are_the_named_servers_and_the_others() {
        assert_eq!(completed("isolated", &[2], "").sides, [vec![2], vec![0, 1, 3, 4]]);
        assert_eq!(completed("split", &[0, 1], "").sides, [vec![0, 1], vec![2, 3, 4]]);
        assert!(completed("crash", &[1], "server 1 crashed").sides.is_empty());
    }

    #[test]
    fn sides_are_read_from_words_where_a_partition_names_every_server() {
        let sides = |text| completed("partition", &[0, 1, 2, 3, 4], text).sides;
        let three = [vec![0, 3], vec![1], vec![2, 4]];
        assert_eq!(sides("partition {0, 3} | {1} | {2, 4}"), three);
        assert!(sides("partition for 20 ms").is_empty());
    }
}

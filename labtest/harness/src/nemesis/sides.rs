//! Who is on which side of a cut.

/// A set of servers, a bit for each: a cluster has 99 at most, and a draw can cut links often.
type Group = u128;

/// The groups within which every two servers can talk with each other, as large as they can be, when
/// these directed links are closed; none when all can. Groups overlap where a cut is partial. A call
/// needs both directions, so one closed link keeps two servers apart.
///
/// Those with a server that the fault hits come first.
pub(crate) fn sides(servers: usize, hit: &[usize], closed: &[(usize, usize)]) -> Vec<Vec<usize>> {
    let all = (0..servers).fold(0, |group: Group, server| group | bit(server));
    let mut reaches: Vec<Group> = (0..servers).map(|server| all & !bit(server)).collect();
    for &(from, to) in closed {
        reaches[from] &= !bit(to);
        reaches[to] &= !bit(from);
    }
    let mut groups = Vec::new();
    grow(&reaches, 0, all, 0, &mut groups);
    if groups.len() <= 1 {
        return Vec::new();
    }
    let members = |group: Group| (0..servers).filter(|server| group & bit(*server) != 0).collect();
    let mut sides: Vec<Vec<usize>> = groups.into_iter().map(members).collect();
    sides.sort();
    sides.sort_by_key(|side| !side.iter().any(|server| hit.contains(server)));
    sides
}

fn bit(server: usize) -> Group {
    1 << server
}

/// Bron and Kerbosch: every group that has `group`, more of `candidates`, none of `excluded`, and
/// room for nobody else.
fn grow(
    reaches: &[Group],
    group: Group,
    mut candidates: Group,
    mut excluded: Group,
    groups: &mut Vec<Group>,
) {
    if candidates == 0 && excluded == 0 {
        groups.push(group);
    }
    while candidates != 0 {
        let server = candidates.trailing_zeros() as usize;
        let (this, near) = (bit(server), reaches[server]);
        grow(reaches, group | this, candidates & near, excluded & near, groups);
        candidates &= !this;
        excluded |= this;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both_ways(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
        pairs.iter().flat_map(|&(a, b)| [(a, b), (b, a)]).collect()
    }

    #[test]
    fn whole_cuts_have_sides_without_a_common_server() {
        let around_1 = both_ways(&[(1, 0), (1, 2), (1, 3)]);
        assert_eq!(sides(4, &[1], &around_1), [vec![1], vec![0, 2, 3]]);
        let halves = both_ways(&[(0, 1), (0, 3), (2, 1), (2, 3)]);
        assert_eq!(sides(4, &[], &halves), [[0, 2], [1, 3]]);
        assert_eq!(sides(4, &[3], &halves), [[1, 3], [0, 2]]);
    }

    #[test]
    fn a_server_that_can_talk_with_both_sides_is_on_both() {
        let bridge = both_ways(&[(0, 3), (0, 4), (1, 3), (1, 4)]);
        assert_eq!(sides(5, &[2], &bridge), [[0, 1, 2], [2, 3, 4]]);
        let ring = both_ways(&[(0, 2), (0, 3), (1, 3), (1, 4), (2, 4)]);
        assert_eq!(sides(5, &[], &ring), [[0, 1], [0, 4], [1, 2], [2, 3], [3, 4]]);
    }

    #[test]
    fn one_direction_keeps_apart_and_nothing_has_no_sides() {
        assert_eq!(sides(3, &[2], &[(0, 2), (1, 2)]), [vec![2], vec![0, 1]]);
        assert!(sides(3, &[1], &[]).is_empty());
        assert!(sides(1, &[0], &[]).is_empty());
        assert!(sides(2, &[], &[(0, 0)]).is_empty());
    }
}

//! How many servers are a majority.

/// The smallest number of servers of which any two sets share one.
pub(crate) fn majority(servers: usize) -> usize {
    servers / 2 + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_majorities_share_a_server() {
        assert_eq!([1, 2, 3, 4, 5].map(majority), [1, 2, 2, 3, 3]);
    }
}

//! What a server says about itself and of its cluster.

use super::leader_watch::Leader;
use crate::resp::Reply;
use kvd_api::Connection;
use std::io::{self, ErrorKind};

/// What a server says about itself and of its cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Itself, if it says that it leads.
    pub leader: Option<Leader>,
    /// The servers of its cluster, where clients find them.
    pub servers: Vec<String>,
}

impl Report {
    /// Asks a server.
    ///
    /// # Errors
    /// When it does not answer, or the answer can't be understood; of the kind [`ErrorKind::PermissionDenied`]
    /// when it refuses.
    pub async fn ask(connection: &mut Connection) -> io::Result<Report> {
        let questions = [&["CLUSTER", "MYID"][..], &["CLUSTER", "SLOTS"], &["INFO"]];
        let replies = connection.requests(&questions).await?;
        if let Some(Reply::Error(why)) = replies.iter().find(|it| matches!(it, Reply::Error(_))) {
            return Err(io::Error::new(ErrorKind::PermissionDenied, why.clone()));
        }
        Report::read(&replies).ok_or_else(|| {
            let sentence = "expected the answers of kvd to CLUSTER MYID, CLUSTER SLOTS and INFO";
            io::Error::new(ErrorKind::InvalidData, sentence)
        })
    }

    fn read(replies: &[Reply]) -> Option<Report> {
        let [Reply::Bulk(my_name), Reply::Array(rows), Reply::Bulk(info)] = replies else {
            return None;
        };
        let rows = rows.iter().filter_map(servers_of_row);
        // Other clusters may share the slots.
        let mut mine = rows.filter(|row| row.iter().any(|(name, _)| name == my_name));
        let servers = mine.next()?;
        let (_, address) = servers.iter().find(|(name, _)| name == my_name)?;
        Some(Report {
            leader: leader(std::str::from_utf8(info).ok()?, address),
            servers: servers.iter().map(|(_, address)| address.clone()).collect(),
        })
    }
}

/// Names and addresses in a row of `CLUSTER SLOTS`: first slot, last slot, and the servers.
fn servers_of_row(row: &Reply) -> Option<Vec<(&[u8], String)>> {
    let Reply::Array(row) = row else { return None };
    row.get(2..)?.iter().map(server).collect()
}

fn server(node: &Reply) -> Option<(&[u8], String)> {
    let Reply::Array(node) = node else { return None };
    let [Reply::Bulk(host), Reply::Integer(port), Reply::Bulk(name), ..] = &node[..] else {
        return None;
    };
    let host = std::str::from_utf8(host).ok()?;
    let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    Some((name, format!("{host}:{port}")))
}

/// The server that reports this. A leader names itself.
fn leader(info: &str, address: &str) -> Option<Leader> {
    let field =
        |name: &str| info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    if !field("raft_role")?.eq_ignore_ascii_case("leader") {
        return None;
    }
    Some(Leader {
        id: field("raft_leader_id")?.parse().ok()?,
        address: address.to_owned(),
        term: field("raft_term")?.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topology::{ClusterView, ServerView, Topology};

    /// What the second of three servers says, which shares the slots with another cluster.
    fn replies(role: &str, leader: &str) -> Vec<Reply> {
        let cluster = |name: &str, host: &str, ports: std::ops::Range<u16>| ClusterView {
            name: name.to_owned(),
            servers: ports
                .map(|port| ServerView { id: port.into(), host: host.to_owned(), port })
                .collect(),
            leader: None,
        };
        let clusters = vec![cluster("a", "10.0.0.1", 1..4), cluster("b", "::1", 1..4)];
        let mut topology = Topology::new(clusters, 1, 1);
        topology.set_leader(2);
        let answer = |word: &'static str| topology.answer(&[word.into()], |_| 0);
        let info = format!(
            "# Raft\r\nraft_role:{role}\r\nraft_term:7\r\nraft_leader_id:{leader}\r\nraft_commit:3\r\n"
        );
        vec![answer("myid"), answer("slots"), Reply::bulk(info)]
    }

    #[test]
    fn a_leader_names_itself_and_the_servers_of_its_own_cluster() {
        let report = Report::read(&replies("Leader", "2")).unwrap();
        let leader = Leader { id: 2, address: "[::1]:2".to_owned(), term: 7 };
        assert_eq!(report.leader, Some(leader));
        assert_eq!(report.servers, ["[::1]:3", "[::1]:1", "[::1]:2"]);
    }

    #[test]
    fn others_name_no_leader() {
        for (role, leader) in [("Follower", "1"), ("Candidate", ""), ("Leader", "")] {
            assert_eq!(Report::read(&replies(role, leader)).unwrap().leader, None, "{role}");
        }
    }

    #[test]
    fn what_a_server_of_another_kind_says_is_no_report() {
        let good = replies("Leader", "2");
        for place in 0..good.len() {
            let mut bad = good.clone();
            bad[place] = Reply::ok();
            assert_eq!(Report::read(&bad), None);
        }
        assert_eq!(Report::read(&good[..2]), None);
        let mut stranger = good;
        stranger[0] = Reply::bulk("0".repeat(40));
        assert_eq!(Report::read(&stranger), None);
    }
}

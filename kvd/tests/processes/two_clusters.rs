//! Two clusters that share the slots by the hash ring: each has the keys of its half, and sends clients to the
//! other one for the rest.

use crate::common::{Client, ClusterOfProcesses, eventually, servers_file, text};
use kvd::resp::Reply;
use kvd::slots::{SLOTS, Slots, slot_of};
use std::collections::BTreeSet;

const NAMES: [&str; 2] = ["east", "west"];

/// Both clusters, by their names.
fn two_clusters(flags: &[&str]) -> [ClusterOfProcesses; 2] {
    let files = NAMES.map(|name| servers_file(name, 3));
    [0, 1].map(|place| {
        let (mut file, other) = (files[place].clone(), &files[1 - place]);
        file.others.insert(other.cluster.clone(), other.servers.clone());
        ClusterOfProcesses::of(file, "servers.json", flags)
    })
}

/// Which of them has a key.
fn owner(key: &str) -> usize {
    Slots::shared_by(&NAMES).expect("two names").owner(slot_of(key.as_bytes()))
}

/// A key of each.
fn keys() -> [String; 2] {
    let key = |place| (0..).map(|number| format!("key-{number}")).find(|key| owner(key) == place);
    [0, 1].map(|place| key(place).expect("each has a half"))
}

/// The masters' ports in `CLUSTER SLOTS`, once all slots are in one of its rows.
fn masters(slots: &Reply) -> BTreeSet<i64> {
    let parts = |reply: &Reply| match reply {
        Reply::Array(parts) => parts.clone(),
        other => panic!("{other:?} is no array"),
    };
    let number = |reply: &Reply| match reply {
        Reply::Integer(number) => *number,
        other => panic!("{other:?} is no number"),
    };
    let mut next = 0;
    let mut ports = BTreeSet::new();
    for row in parts(slots) {
        let row = parts(&row);
        assert_eq!(number(&row[0]), next, "slots are left out");
        next = number(&row[1]) + 1;
        ports.insert(number(&parts(&row[2])[1]));
    }
    assert_eq!(next, i64::from(SLOTS));
    ports
}

/// Waits until every server sends clients for a key of the other cluster to the one who leads that.
fn wait_until_leaders_are_known(clusters: &[ClusterOfProcesses; 2], servers: [&[usize]; 2]) {
    let keys = keys();
    eventually("each cluster knows who leads the other", || {
        let leaders = [0, 1].map(|place| clusters[place].address(clusters[place].leader()));
        for place in [0, 1] {
            let (key, leader) = (&keys[1 - place], &leaders[1 - place]);
            let moved = format!("-MOVED {} {leader}", slot_of(key.as_bytes()));
            for id in servers[place] {
                let mut connection = clusters[place].connect(*id);
                let answer = connection.ask(&format!("GET {key}")).ok()?;
                let slots = connection.ask("CLUSTER SLOTS").ok()?;
                if text(&answer) != moved || masters(&slots).len() != 2 {
                    return None;
                }
            }
        }
        Some(())
    });
}

#[test]
fn each_cluster_sends_clients_to_the_leader_of_the_other_through_failovers() {
    let mut clusters = two_clusters(&[]);
    wait_until_leaders_are_known(&clusters, [&[0, 1, 2]; 2]);
    for place in [0, 1] {
        let leader = clusters[place].leader();
        clusters[place].kill(leader);
        let others: Vec<usize> = (0..3).filter(|id| *id != leader).collect();
        let mut servers: [&[usize]; 2] = [&[0, 1, 2]; 2];
        servers[place] = &others;
        wait_until_leaders_are_known(&clusters, servers);
        clusters[place].restart(leader);
    }
    wait_until_leaders_are_known(&clusters, [&[0, 1, 2]; 2]);
}

#[test]
fn keys_end_in_their_own_cluster_whoever_is_asked_first() {
    let clusters = two_clusters(&[]);
    let mut counts = [0, 0];
    for number in 0..60 {
        let key = format!("key-{number}");
        counts[owner(&key)] += 1;
        // Each time a client that knows one of the clusters alone.
        let mut client: Client = clusters[number % 2].client();
        assert_eq!(client.insist(&format!("SET {key} {number}")), "OK");
        let address = client.address().expect("it was answered").to_owned();
        assert!(clusters[owner(&key)].addresses().contains(&address), "{key} at {address}");
        assert_eq!(
            clusters[1 - number % 2].client().insist(&format!("GET {key}")),
            number.to_string()
        );
    }
    let sizes = [0, 1].map(|place| clusters[place].client().insist("DBSIZE"));
    assert_eq!(sizes, counts.map(|count| count.to_string()));
    assert!(counts.iter().all(|count| *count > 0), "{counts:?}");
}

#[test]
fn a_command_without_a_key_stays_in_its_cluster() {
    let clusters = two_clusters(&[]);
    let [east, _] = keys();
    clusters[0].client().insist(&format!("SET {east} 1"));
    for (cluster, size) in clusters.iter().zip(["1", "0"]) {
        for address in cluster.addresses() {
            assert_eq!(Client::new(vec![address]).insist("DBSIZE"), size);
        }
        let mut client = cluster.client();
        client.insist("SESSION");
        assert!(cluster.addresses().iter().any(|address| Some(&**address) == client.address()));
    }
}

#[test]
fn a_command_for_both_is_refused() {
    let clusters = two_clusters(&[]);
    let [east, west] = keys();
    for cluster in &clusters {
        let told = cluster.client().insist(&format!("MSET {east} 1 {west} 2"));
        assert_eq!(told, "-CROSSSLOT the keys of this command are in different clusters");
        let told = cluster.client().insist(&format!("MGET {{{east}}}a {{{east}}}b"));
        assert_eq!(told, "nil nil");
    }
}

#[test]
fn clusters_with_a_password_know_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let password = folder.path().join("password");
    std::fs::write(&password, "sesame").unwrap();
    let clusters = two_clusters(&["--password-file", password.to_str().unwrap()]);
    let [_, key] = keys();
    eventually("the east knows who leads the west", || {
        let mut others = (0..3).map(|id| clusters[1].connect(id));
        let leads = |mut it: crate::common::Connection| {
            it.ask("AUTH sesame").ok()?;
            Some(text(&it.ask(&format!("GET {key}")).ok()?) == "nil")
        };
        let leader = others.position(|it| leads(it) == Some(true))?;
        let mut connection = clusters[0].connect(0);
        connection.ask("AUTH sesame").ok()?;
        let moved = text(&connection.ask(&format!("GET {key}")).ok()?);
        moved.ends_with(&clusters[1].address(leader)).then_some(())
    });
}

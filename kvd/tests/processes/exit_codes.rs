//! Servers that can't start say why, in a sentence and an exit code, and leave what is on disk as it is.

use crate::common::{ClusterOfProcesses, files, kvd, run, servers_file};
use kvd::servers_file::ServersFile;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// All files but locks, in which a process writes its number when it has them.
fn without_locks(data: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = files(data);
    files.retain(|path, _| path.file_name().is_none_or(|name| name != "lock"));
    files
}

/// Runs a server that is not to start: its exit code and sentence. Its data directory stays as it is.
fn refused(file: &str, data: &Path, flags: &[&str]) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("servers.json");
    std::fs::write(&config, file).unwrap();
    let before = without_locks(data);
    let mut command = kvd();
    command.arg("serve").arg("--config").arg(&config).arg("--data").arg(data);
    let id = if flags.contains(&"--id") { &[][..] } else { &["--id", "0"] };
    let ended = run(command.args(id).args(flags));
    let after = without_locks(data);
    let changed = after.iter().filter(|(path, bytes)| before.get(*path) != Some(bytes));
    let changed: Vec<&PathBuf> = changed.map(|(path, _)| path).collect();
    assert!(changed.is_empty() && before.len() == after.len(), "{changed:?} {ended:?}");
    (ended.code, ended.error)
}

/// The same servers at other ports.
fn elsewhere(file: &ServersFile) -> ServersFile {
    let mut other = servers_file(&file.cluster, file.servers.len() as u64);
    for (server, old) in other.servers.iter_mut().zip(&file.servers) {
        server.data = old.data.clone();
    }
    other
}

#[test]
fn an_address_that_is_taken_is_named() {
    let cluster = ClusterOfProcesses::start(1);
    cluster.client().insist("PING");
    let empty = tempfile::tempdir().unwrap();
    let (code, told) = refused(&cluster.file.to_json(), empty.path(), &[]);
    assert_eq!(code, Some(69), "{told}");
    assert!(
        told.starts_with(&format!(
            "error: can't listen at {}",
            cluster.file.servers[0].log_address()
        ))
    );
    assert!(told.contains("(log_port): "), "{told}");
    let mut half = elsewhere(&cluster.file);
    half.servers[0].client_port = cluster.file.servers[0].client_port;
    let (code, told) = refused(&half.to_json(), empty.path(), &[]);
    assert_eq!(code, Some(69), "{told}");
    assert!(told.contains(&format!("{} (client_port): ", cluster.address(0))), "{told}");
}

#[test]
fn a_directory_in_use_or_of_others_is_left_as_it_is() {
    let mut cluster = ClusterOfProcesses::start(1);
    cluster.client().insist("SET x 1");
    cluster.wait_until_quiet();
    let other_ports = elsewhere(&cluster.file);
    let (code, told) = refused(&other_ports.to_json(), cluster.folder(), &[]);
    assert_eq!(code, Some(75), "{told}");
    assert!(told.contains("server-0") && told.contains("in use"), "{told}");
    cluster.kill(0);
    let mut other_cluster = other_ports.clone();
    other_cluster.cluster = "other".to_owned();
    let (code, told) = refused(&other_cluster.to_json(), cluster.folder(), &[]);
    assert_eq!(code, Some(76), "{told}");
    assert!(told.contains("other") && told.contains("kvd"), "{told}");
    let mut more = servers_file("kvd", 3);
    more.servers[0].data = cluster.file.servers[0].data.clone();
    let (code, told) = refused(&more.to_json(), cluster.folder(), &[]);
    assert_eq!(code, Some(76), "{told}");
    assert!(told.contains("servers can't come or go"), "{told}");
    cluster.restart(0);
    assert_eq!(cluster.client().insist("GET x"), "1");
}

#[test]
fn a_file_that_says_what_cannot_be_is_named_with_line_and_field() {
    let empty = tempfile::tempdir().unwrap();
    let file = "[\n{\"client_port\": 8000, \"log_port\": 9000},\n{\"client_port\": \"80a\"}\n]";
    let (code, told) = refused(file, empty.path(), &[]);
    assert_eq!(code, Some(78), "{told}");
    assert!(
        told.contains("line 3: servers[1].client_port: expected a port, found \"80a\""),
        "{told}"
    );
    let wildcard = r#"[{"host": "0.0.0.0", "client_port": 8000, "log_port": 9000}]"#;
    let (code, told) = refused(wildcard, empty.path(), &[]);
    assert_eq!(code, Some(78), "{told}");
    assert!(told.contains("servers[0]") && told.contains("advertised"), "{told}");
}

#[test]
fn a_server_that_strangers_can_reach_needs_a_secret_and_a_password() {
    let empty = tempfile::tempdir().unwrap();
    let mut file = servers_file("kvd", 1);
    file.servers[0].host = "0.0.0.0".to_owned();
    let (code, told) = refused(&file.to_json(), empty.path(), &[]);
    assert_eq!(code, Some(64), "{told}");
    assert!(
        told.contains("server 0 listens at 0.0.0.0") && told.contains("--secret-file"),
        "{told}"
    );
    let (code, told) = refused("3", empty.path(), &["--id", "3"]);
    assert_eq!(code, Some(64), "{told}");
    assert!(told.contains("--id 3: the servers are 0, 1, 2"), "{told}");
}

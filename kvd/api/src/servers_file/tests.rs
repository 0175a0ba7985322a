//! Tests of whole files.

use super::*;
use proptest::prelude::*;

/// Two servers with nothing but ports, one a line.
const TWO: &str = r#"[
{"client_port": 8000, "log_port": 9000},
{"client_port": 8001, "log_port": 9001}]"#;

fn parse(text: &str) -> ServersFile {
    ServersFile::parse("servers.json", text).unwrap_or_else(|error| panic!("{error}"))
}

/// What is said of a text that can't be used.
fn refusal(text: &str) -> String {
    let error = ServersFile::parse("servers.json", text).expect_err(text);
    error.to_string().strip_prefix("servers.json: ").expect("the file's name").to_owned()
}

/// What is said of a second server with these fields, on line 3, besides ports.
fn refusal_of(fields: &str) -> String {
    let entry = |id: u16| format!(r#""client_port": {}, "log_port": {}"#, 8000 + id, 9000 + id);
    refusal(&format!("[\n{{{}}},\n{{{}, {fields}}}]", entry(0), entry(1)))
}

#[test]
fn a_number_is_that_many_servers_on_this_machine() {
    let file = parse("5");
    assert_eq!(file, ServersFile::local(5).unwrap());
    assert_eq!((file.servers.len(), &*file.cluster), (5, "kvd"));
    let last = file.server(4).unwrap();
    assert_eq!(last.client_address(), "127.0.0.1:8004");
    assert_eq!(last.log_address(), "127.0.0.1:9004");
    assert_eq!(last.peer_address(), "127.0.0.1:9004");
    assert_eq!(last.advertised, "127.0.0.1:8004");
    assert_eq!(last.data, PathBuf::from("server-4"));
    assert_eq!(file.server(5), None);
    assert_eq!(refusal("0"), "line 1: expected 1 to 15 servers, found 0");
    assert_eq!(refusal("16"), "line 1: expected 1 to 15 servers, found 16");
}

#[test]
fn a_list_needs_ports_only() {
    assert_eq!(parse(TWO), ServersFile::local(2).unwrap());
}

#[test]
fn servers_are_sorted_by_id() {
    let text = r#"[{"id": 7, "client_port": 1, "log_port": 2}, {"client_port": 3, "log_port": 4}]"#;
    let ids: Vec<u64> = parse(text).servers.iter().map(|server| server.id).collect();
    assert_eq!(ids, [1, 7]);
}

#[test]
fn an_object_names_the_cluster_and_others() {
    let text = r#"{"cluster": "east", "servers": 2,
        "others": {"west": [{"client_port": 8100, "log_port": 9100, "advertised": "w:1"}]}}"#;
    let file = parse(text);
    assert_eq!((&*file.cluster, file.servers.len()), ("east", 2));
    assert_eq!(file.others["west"][0].advertised, "w:1");
    assert_eq!(parse(r#"{"servers": 3}"#), ServersFile::local(3).unwrap());
}

#[test]
fn the_example_can_be_read() {
    let example = ServersFile::example();
    assert_eq!(parse(&example), ServersFile::local(5).unwrap());
    let fields = ["id", "host", "client_port", "log_port", "advertised", "data"];
    let places = fields.map(|field| example.find(&format!("{field:?}")).expect(field));
    assert!(places.is_sorted(), "{example}");
}

#[test]
fn a_mistake_is_told_with_line_entry_and_field() {
    let text = TWO.replace("8001", r#""80a""#);
    let expected = r#"line 3: servers[1].client_port: expected a port, found "80a""#;
    assert_eq!(refusal(&text), expected);
    let text = format!("{{\"servers\":\n{text}}}");
    assert_eq!(refusal(&text), expected.replace("line 3", "line 4"));
    let text = format!("{{\"servers\": 2, \"others\": {{\"west\":\n\n{}}}}}", text_of_others("0"));
    assert_eq!(refusal(&text), "line 4: others.west[0].log_port: expected a port, found 0");
}

fn text_of_others(log_port: &str) -> String {
    format!("[\n{{\"client_port\": 8100,\"log_port\": {log_port}\n}}\n]")
}

#[test]
fn the_line_is_right_when_the_next_value_is_on_another() {
    let text = "[{\n\"client_port\": null\n,\n\n\"log_port\": 9000}]";
    assert_eq!(refusal(text), "line 2: servers[0].client_port: expected a port, found null");
}

#[test]
fn ports_are_from_1_to_65535() {
    for port in ["0", "65536", "-1", "8000.5", "[8000]", "{}", "true"] {
        let found = refusal(&TWO.replace("9001", port));
        let expected = format!("line 3: servers[1].log_port: expected a port, found {port}");
        assert_eq!(found, expected);
    }
    parse(&TWO.replace("9001", "65535").replace("9000", "1"));
}

#[test]
fn fields_are_refused_with_what_they_should_be() {
    let said = [
        (r#""id": "x""#, r#"id: expected an id, a whole number from 0, found "x""#),
        (r#""host": "a b""#, r#"host: expected an IP address or the name of a host, found "a b""#),
        (
            r#""advertised": "a""#,
            r#"advertised: expected host:port, where a client can be sent to, found "a""#,
        ),
        (
            r#""advertised": "[::]:80""#,
            r#"advertised: expected host:port, where a client can be sent to, found "[::]:80""#,
        ),
        (r#""data": """#, r#"data: expected the name of a directory, found """#),
    ];
    for (field, expected) in said {
        assert_eq!(refusal_of(field), format!("line 3: servers[1].{expected}"));
    }
}

#[test]
fn unknown_fields_are_refused_with_those_that_exist() {
    assert_eq!(
        refusal_of(r#""port": 1"#),
        "line 3: servers[1].port: unknown field `port`, expected one of `id`, `host`, `client_port`, \
         `log_port`, `advertised`, `data`"
    );
    assert_eq!(
        refusal("{\"servers\": 1,\n\"other\": {}}"),
        "line 2: other: unknown field `other`, expected one of `cluster`, `servers`, `others`"
    );
}

#[test]
fn what_is_missing_or_twice_is_said() {
    let text = TWO.replace(r#""client_port": 8001, "#, "");
    assert_eq!(refusal(&text), "line 3: servers[1]: missing field `client_port`");
    assert_eq!(refusal("{}"), "line 1: missing field `servers`");
    assert_eq!(refusal_of(r#""log_port": 1"#), "line 3: servers[1]: duplicate field `log_port`");
    let twice = r#"{"servers": 1, "others": {"a": 1, "a": 1}}"#;
    assert_eq!(refusal(twice), r#"line 1: others: there are two clusters "a""#);
}

#[test]
fn other_shapes_are_refused() {
    let whole = "a number of servers, a list of them, or an object with the field `servers`";
    assert_eq!(refusal("\"5\""), format!("line 1: expected {whole}, found \"5\""));
    assert_eq!(refusal("-5"), format!("line 1: expected {whole}, found integer `-5`"));
    assert_eq!(
        refusal("[8000]"),
        "line 1: servers[0]: expected a server, as {\"client_port\": 8000, \"log_port\": 9000}, \
         found integer `8000`"
    );
    assert_eq!(refusal("[]"), "line 1: expected 1 to 15 servers, found 0");
    assert_eq!(refusal("{\"servers\": []}"), "line 1: servers: expected 1 to 15 servers, found 0");
    assert_eq!(refusal("5 6"), "line 1: trailing characters");
    assert_eq!(refusal("[\n{]"), "line 2: key must be a string");
    assert_eq!(refusal(""), "line 1: EOF while parsing a value");
}

#[test]
fn nothing_is_taken_twice() {
    assert_eq!(
        refusal_of(r#""id": 0"#),
        "line 3: servers[1].id: the id 0 is that of servers[0].id, too"
    );
    assert_eq!(
        refusal(&TWO.replace("8001", "8000")),
        "line 3: servers[1].client_port: the address 127.0.0.1:8000 is that of \
         servers[0].client_port, too"
    );
    assert_eq!(
        refusal(&TWO.replace("9001", "8000")),
        "line 3: servers[1].log_port: the address 127.0.0.1:8000 is that of servers[0].client_port, too"
    );
    assert_eq!(
        refusal_of(r#""advertised": "127.0.0.1:8000""#),
        "line 3: servers[1].advertised: the advertised address 127.0.0.1:8000 is that of \
         servers[0].advertised, too"
    );
    assert_eq!(
        refusal_of(r#""data": "server-0""#),
        "line 3: servers[1].data: the directory server-0 is that of servers[0].data, too"
    );
    let others = r#"{"servers": 1, "others": {"a": [{"client_port": 9000, "log_port": 1}]}}"#;
    assert_eq!(
        refusal(others),
        "line 1: others.a[0].client_port: the address 127.0.0.1:9000 is that of servers[0].log_port, too"
    );
    assert_eq!(
        refusal(r#"{"cluster": "a", "servers": 1, "others": {"a": 1}}"#),
        "line 1: others: \"a\" is this cluster itself"
    );
}

#[test]
fn who_listens_on_all_addresses_says_where_it_is_found() {
    assert_eq!(
        refusal_of(r#""host": "0.0.0.0""#),
        "line 3: servers[1].host: no client can be sent to 0.0.0.0: say in `advertised` where this \
         server is found"
    );
    let text = r#"[
        {"host": "::", "client_port": 80, "log_port": 90, "advertised": "a.example:8000"},
        {"host": "::", "client_port": 80, "log_port": 90, "advertised": "b.example:8000"}]"#;
    let file = parse(text);
    assert_eq!(file.servers[1].client_address(), "[::]:80");
    assert_eq!(file.servers[1].peer_address(), "b.example:90");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let error = ServersFile::read(Path::new("no/such.json")).unwrap_err();
    assert!(error.to_string().starts_with("no/such.json: can't be read: "), "{error}");
}

prop_compose! {
    /// Any file that can be used.
    fn a_file()(
        cluster in prop_oneof![Just("kvd".to_owned()), "[ -~é]{1,20}"],
        servers in prop::collection::btree_map(0..100u64, ("[a-z]{1,9}|::|10\\.0\\.0\\.7", "[a-zé/ ]{1,9}"), 1..16),
        other in prop::option::of("[a-z]{4,9}"),
    ) -> ServersFile {
        let server = |(number, (id, (host, data))): (usize, (u64, (String, String)))| Server {
            id,
            host,
            client_port: 1 + number as u16,
            log_port: 101 + number as u16,
            advertised: format!("[::1]:{}", 1000 + number),
            data: format!("{data}{number}").into(),
        };
        let servers = servers.into_iter().enumerate().map(server).collect();
        let other = other.filter(|name| *name != cluster);
        let others = other.map(|name| (name, ServersFile::local(2).unwrap().servers));
        ServersFile { cluster, servers, others: others.into_iter().collect() }
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(file in a_file()) {
        let text = file.to_json();
        prop_assert_eq!(ServersFile::parse("f", &text).map_err(|error| error.to_string()), Ok(file));
    }

    #[test]
    fn random_text_is_no_panic(text in "\\PC*") {
        let _ = ServersFile::parse("f", &text);
    }

    #[test]
    fn random_json_is_no_panic(text in r#"([\[\]{},:5é \n]|"(id|host|servers|others|client_port|log_port)"){0,30}"#) {
        let _ = ServersFile::parse("f", &text);
    }

    /// One character of a good file is another one.
    #[test]
    fn a_damaged_file_is_no_panic(file in a_file(), at in any::<prop::sample::Index>(), character: char) {
        let mut characters: Vec<char> = file.to_json().chars().collect();
        let at = at.index(characters.len());
        characters[at] = character;
        let _ = ServersFile::parse("f", &characters.into_iter().collect::<String>());
    }
}

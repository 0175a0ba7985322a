use super::*;
use proptest::prelude::*;

/// The corpus of a reader.
fn corpus(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(name);
    let files = fs::read_dir(folder).expect("each reader has a corpus");
    files.map(|file| fs::read(file.unwrap().path()).unwrap()).collect()
}

#[test]
fn the_corpus_brings_nothing_down() {
    let mut bytes = 0;
    for (name, reader) in READERS {
        let inputs = corpus(name);
        bytes += inputs.iter().map(Vec::len).sum::<usize>();
        let good = inputs.iter().filter(|input| reader(input)).count();
        // Of both kinds: what is refused at the door shows little.
        assert!(good > 0 && good < inputs.len(), "{name}: {good} of {} are good", inputs.len());
    }
    assert!(bytes < 1_000_000, "the corpus has {bytes} bytes");
    #[cfg(target_os = "linux")]
    assert!(peak_kib() < 1 << 20, "reading has taken {} KiB", peak_kib());
}

/// The most memory that this process has had.
#[cfg(target_os = "linux")]
fn peak_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    peak.trim().trim_end_matches(" kB").parse().unwrap()
}

/// Keys and values as they stand in files, and such as don't.
fn line() -> impl Strategy<Value = String> {
    let keys = [
        "servers",
        "safety_ms",
        "variation",
        "snapshot_interval",
        "network.delay_ms",
        "delay_ms",
        "loss_percent",
        "shape",
        "clients.clients",
        "clients",
        "pause_max_ms",
        "choice",
        "kv",
        "weights",
        "get",
        "election_timeout_min_ms",
        "heartbeat_interval_ms",
        "at_ms",
        "for_ms",
        "times",
        "target",
        "fault",
        "on",
        "id",
        "to",
        "commands",
        "steps",
        "test_s",
        "reliable",
        "x",
    ];
    let values = [
        "0",
        "1",
        "3",
        "-1",
        "1000",
        "3600000",
        "9223372036854775807",
        "9223372036854775808",
        "1.5",
        "inf",
        "true",
        "\"leader\"",
        "\"x\"",
        "[]",
        "[0, 1]",
        "{}",
        "{ pause = {} }",
        "{ loss = { percent = 5 } }",
        "{ split = { from = 2 } }",
        "{ crush = {} }",
        "1979-05-27",
    ];
    let headers = [
        "[network]",
        "[clients]",
        "[raft]",
        "[kv]",
        "[kv.workload]",
        "[kv.workload.weights]",
        "[limits]",
        "[recovery]",
        "[disk]",
        "[[step]]",
        "[[burst]]",
        "[step.fault.loss]",
        "[x]",
        "[",
        "# nothing",
        "",
    ];
    let key = proptest::sample::select(keys.to_vec());
    let value = proptest::sample::select(values.to_vec());
    prop_oneof![
        6 => (key, value).prop_map(|(key, value)| format!("{key} = {value}")),
        3 => proptest::sample::select(headers.to_vec()).prop_map(str::to_owned),
        1 => any::<String>(),
    ]
}

fn survives(text: &str) {
    scenario(text.as_bytes());
    config(text.as_bytes());
}

/// A good file, of which every part may be spoiled.
const GOOD: &str = include_str!("../../../scenarios/figure8.toml");

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn no_text_brings_the_readers_down(text in any::<String>()) {
        survives(&text);
    }

    #[test]
    fn no_lines_bring_the_readers_down(lines in proptest::collection::vec(line(), 0..12)) {
        survives(&lines.join("\n"));
    }

    #[test]
    fn a_spoiled_file_brings_nothing_down(
        at in 0..GOOD.len(),
        length in 0..40_usize,
        instead in prop_oneof![Just(String::new()), line(), any::<String>()],
    ) {
        let floor = |at: usize| (0..=at.min(GOOD.len())).rev().find(|it| GOOD.is_char_boundary(*it)).unwrap_or(0);
        let (start, end) = (floor(at), floor(at + length));
        survives(&format!("{}{instead}{}", &GOOD[..start], &GOOD[end.max(start)..]));
    }
}

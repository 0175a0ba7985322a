//! A configuration in TOML: every mistake is reported with its file, line and key.

use super::Config;
use super::KV_RANGES;
use crate::KvConfig;
use crate::toml_file::{Key, Mistake, Ranges, Row, TomlError, TomlFile, keys};
use toml::{Table, Value};

/// A mistake in a configuration file.
pub type ConfigError = TomlError;

/// The ranges of numbers; the bounds of Raft's own options are Raft's.
const RANGES: Ranges = Ranges(&[CONFIG_RANGES, KV_RANGES]);

const CONFIG_RANGES: &[Row] = &[
    ("servers", 1, 99),
    ("snapshot_interval", 1, 1_000_000_000),
    ("limits.test_s", 1, 86_400),
    ("limits.steps", 1_000, 1_000_000_000_000),
];

/// What a configuration file says, to override a [`Config`].
///
/// Keys: `servers`, `snapshots`, `snapshot_interval`, `[network]` with `reliable`,
/// `long_reordering`, `long_delays`, `[limits]` with `test_s`, `steps`, `[raft]` with the options of
/// `raft::Config`, and `[kv]` with those of [`KvConfig`], for tests that have clients of a store.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overrides {
    file: String,
    /// What it was read from, to find the lines of mistakes that show only later.
    text: String,
    /// Every key that was set, with its value.
    settings: Vec<(Vec<String>, Value)>,
}

impl Overrides {
    /// Says nothing.
    pub const NONE: Overrides =
        Overrides { file: String::new(), text: String::new(), settings: Vec::new() };

    /// Reads the text of a file; `file` is the name that errors carry.
    ///
    /// # Errors
    /// Text that is not TOML, an unknown key, a value of the wrong type or out of range.
    pub fn from_toml(text: &str, file: &str) -> Result<Overrides, ConfigError> {
        Overrides::read(&TomlFile::parse(text, file, RANGES)?, text, file)
    }

    /// The same for tests, which bring their own number of servers.
    ///
    /// # Errors
    /// When the file sets that, or as [`from_toml`](Overrides::from_toml).
    pub fn for_tests(text: &str, file: &str) -> Result<Overrides, ConfigError> {
        let parsed = TomlFile::parse(text, file, RANGES)?;
        let message = "`servers` can't be set here: each test has its own number".to_owned();
        let path = keys("servers");
        match parsed.line_if_set(&path) {
            Some(_) => Err(parsed.mistake(&Mistake { path, message })),
            None => Overrides::read(&parsed, text, file),
        }
    }

    /// What a Raft has fixed in the section `[raft]`.
    ///
    /// # Errors
    /// As [`from_toml`](Overrides::from_toml).
    pub fn fixed(raft: &str) -> Result<Overrides, ConfigError> {
        Overrides::from_toml(&format!("[raft]\n{raft}"), "Supports::fixed")
    }

    /// Whether it says nothing else than what the Raft under test has fixed.
    pub(crate) fn check_against(&self, fixed: &Overrides) -> Result<(), ConfigError> {
        for (path, value) in &self.settings {
            let other = fixed.settings.iter().find(|(other, it)| other == path && it != value);
            if let Some((_, other)) = other {
                let key = path.join(".");
                let message = format!("the Raft under test has `{key}` fixed to {other}");
                return Err(self.error(&Mistake {
                    path: path.iter().cloned().map(Key::Name).collect(),
                    message,
                }));
            }
        }
        Ok(())
    }

    fn read(parsed: &TomlFile<'_>, text: &str, file: &str) -> Result<Overrides, ConfigError> {
        let table: Table = parsed.read::<Config>().and_then(|_| parsed.read())?;
        let mut settings = Vec::new();
        flatten(table, &mut Vec::new(), &mut settings);
        let overrides = Overrides { file: file.to_owned(), text: text.to_owned(), settings };
        // Some mistakes show only in the whole, such as a minimum above its maximum.
        let all = Config { kv: Some(KvConfig::default()), ..Config::new(1) };
        overrides.applied_to(&all).map(|_| overrides)
    }

    /// Whether the file says something in that section.
    pub(crate) fn sets(&self, section: &str) -> bool {
        self.settings.iter().any(|(path, _)| path[0] == section)
    }

    /// Whether the file sets that key of the section.
    pub(crate) fn sets_key(&self, section: &str, key: &str) -> bool {
        self.settings
            .iter()
            .any(|(path, _)| path[0] == section && path.last().is_some_and(|it| it == key))
    }

    /// The error for what the file says in that section.
    pub(crate) fn section_error(&self, section: &str, message: String) -> ConfigError {
        self.error(&Mistake { path: keys(section), message })
    }

    /// `config` with the overrides of the file.
    ///
    /// # Errors
    /// Values that don't fit together.
    pub fn applied_to(&self, config: &Config) -> Result<Config, ConfigError> {
        if self.settings.is_empty() {
            return Ok(config.clone());
        }
        let in_all = |message: String| self.error(&Mistake { path: Vec::new(), message });
        let mut table = Table::try_from(config).map_err(|error| in_all(error.to_string()))?;
        for (path, value) in &self.settings {
            set(&mut table, path, value);
        }
        let mut read: Config =
            table.try_into().map_err(|error: toml::de::Error| in_all(error.message().into()))?;
        read.raft.check().map_err(|error| self.error(&Mistake::of_raft(&error)))?;
        let kv = read.kv.as_ref().map_or(Ok(()), KvConfig::check);
        kv.map_err(|mistake| self.error(&mistake))?;
        // These can't be set in files.
        read.snapshot_shift = config.snapshot_shift;
        read.snapshot_bytes = config.snapshot_bytes;
        read.journal = config.journal;
        read.service = config.service.clone();
        read.checks = config.checks.clone();
        Ok(read)
    }

    fn error(&self, mistake: &Mistake) -> ConfigError {
        match TomlFile::parse(&self.text, &self.file, RANGES) {
            Ok(parsed) => parsed.mistake(mistake),
            // It has been read before, so it is TOML.
            Err(error) => error,
        }
    }
}

/// Every key below the table that is not a section, with its value.
fn flatten(table: Table, above: &mut Vec<String>, settings: &mut Vec<(Vec<String>, Value)>) {
    for (key, value) in table {
        above.push(key);
        match value {
            Value::Table(inner) => flatten(inner, above, settings),
            value => settings.push((above.clone(), value)),
        }
        above.pop();
    }
}

/// Sets the value at a path of sections; where there is no such section, nothing.
fn set(table: &mut Table, path: &[String], value: &Value) {
    match path {
        [] => {}
        [key] => {
            table.insert(key.clone(), value.clone());
        }
        [section, rest @ ..] => {
            if let Some(Value::Table(inner)) = table.get_mut(section) {
                set(inner, rest, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(text: &str, sentence: &str) {
        let error = Config::from_toml(text, "my.toml").unwrap_err();
        assert_eq!(error.to_string(), sentence);
    }

    #[test]
    fn a_file_sets_what_it_names_and_leaves_the_rest() {
        let text =
            "servers = 5\nsnapshots = true\n\n[network]\nreliable = false\n[limits]\ntest_s = 60";
        let config = Config::from_toml(text, "my.toml").unwrap();
        let mut expected = Config::new(5);
        expected.snapshots = true;
        expected.network.reliable = false;
        expected.limits.test_s = 60;
        assert_eq!(config, expected);
        assert_eq!(Config::from_toml("", "my.toml").unwrap(), Config::new(3));
    }

    #[test]
    fn rafts_options_can_be_set() {
        let text = "[raft]\npre_vote = true\nelection_timeout_max_ms = 0x7d0";
        let config = Config::from_toml(text, "my.toml").unwrap();
        assert!(config.raft.pre_vote);
        assert_eq!(config.raft.election_timeout_max_ms, 2000);
        assert_eq!(
            config.raft.heartbeat_interval_ms,
            raft::Config::default().heartbeat_interval_ms
        );
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line_and_the_known_ones() {
        refused(
            "servers = 3\n\nserver = 3\n",
            "my.toml:3: unknown key `server`, expected one of `servers`, `snapshots`, \
             `snapshot_interval`, `network`, `raft`, `limits`, `kv`",
        );
        refused(
            "[network]\nreliable = true\nlong_delay = false\n",
            "my.toml:3: unknown key `network.long_delay`, expected one of `reliable`, \
             `long_reordering`, `long_delays`",
        );
    }

    #[test]
    fn a_value_out_of_range_is_named_with_what_was_expected() {
        refused("servers = 0", "my.toml:1: `servers` must be a whole number from 1 to 99, found 0");
        refused(
            "servers = -3",
            "my.toml:1: `servers` must be a whole number from 1 to 99, found -3",
        );
        refused(
            "\n[limits]\ntest_s = 99999999999999999999",
            "my.toml:3: `limits.test_s` must be a whole number from 1 to 86400, found \
             99999999999999999999",
        );
        refused(
            "[raft]\nheartbeat_interval_ms = -1",
            "my.toml:2: `raft.heartbeat_interval_ms` must be a whole number from 0 to 86400000, \
             found -1",
        );
    }

    #[test]
    fn what_clients_of_a_store_can_not_do_is_named() {
        refused(
            "[kv]\nlossy_clients = true\n[kv.workload]\nclients = 1001\n",
            "my.toml:4: `kv.workload.clients` must be a whole number from 0 to 1000, found 1001",
        );
        refused(
            "[kv.workload]\nthink_min_ms = 400\n",
            "my.toml:2: `kv.workload.think_max_ms` must be at least `kv.workload.think_min_ms`, which is \
             400, found 300",
        );
        refused(
            "[kv.workload]\nweights = { get = 0, put = 0, compare_and_set = 0, put_at_version = 0, \
             delete = 0, append = 0, read_list = 0, increment = 0 }\n",
            "my.toml:2: `kv.workload.weights` must have one above 0: with all at 0 clients ask for \
             nothing",
        );
        let text = "[kv.workload]\nrate_per_s = 50\nweights = { append = 1 }\n";
        let config = Config::from_toml(text, "my.toml").unwrap();
        let workload = config.kv.expect("clients").workload;
        assert_eq!((workload.rate_per_s, workload.weights.append), (50, 1));
    }

    #[test]
    fn options_that_raft_can_not_work_with_are_named() {
        refused(
            "[raft]\nelection_timeout_min_ms = 50\nelection_timeout_max_ms = 900\n",
            "my.toml:2: `raft.election_timeout_min_ms` must be at least 101, found 50",
        );
        refused(
            "servers = 3\n[raft]\npre_vote = true\nelection_timeout_min_ms = 5000\n[limits]\ntest_s = 9",
            "my.toml:4: `raft.election_timeout_max_ms` must be at least 5000, found 700",
        );
    }

    #[test]
    fn a_value_of_the_wrong_type_is_named_with_what_was_expected() {
        refused(
            "servers = \"five\"",
            "my.toml:1: `servers` must be a whole number from 1 to 99, found \"five\"",
        );
        refused(
            "[network]\nreliable = 1",
            "my.toml:2: `network.reliable` must be true or false, found 1",
        );
        refused("network = 7", "my.toml:1: `network` must be a section, [network], found 7");
        refused(
            "servers.x = 7",
            "my.toml:1: `servers` must be a whole number from 1 to 99, found a section",
        );
    }

    #[test]
    fn text_that_is_no_toml_is_refused_with_its_line() {
        let error = Config::from_toml("servers = 3\nsnapshots =\n", "my.toml").unwrap_err();
        assert_eq!((error.file.as_str(), error.line), ("my.toml", 2));
        let error = Config::from_toml("servers = 3\nservers = 4\n", "my.toml").unwrap_err();
        assert_eq!(error.line, 2);
    }

    #[test]
    fn tests_keep_their_number_of_servers() {
        // Also where the number could not be one: there is one answer.
        for text in ["\nservers = 3", "\nservers = 0", "\nservers = \"five\""] {
            let error = Overrides::for_tests(text, "my.toml").unwrap_err().to_string();
            assert!(error.starts_with("my.toml:2: `servers` can't be set here"), "{error}");
        }
        assert!(Overrides::for_tests("snapshots = true", "my.toml").is_ok());
    }

    #[test]
    fn what_files_do_not_say_stays() {
        let overrides = Overrides::from_toml("snapshots = true", "my.toml").unwrap();
        let config = Config { snapshot_shift: 3, ..Config::new(5) };
        assert_eq!(overrides.applied_to(&config).unwrap(), Config { snapshots: true, ..config });
    }
}

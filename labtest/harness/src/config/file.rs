//! A configuration in TOML: every mistake is told with its file, line and key.

use super::Config;
use super::reader::Reader;
use crate::KvConfig;
use toml::de::DeTable;
use toml::{Table, Value};

/// A mistake in a configuration file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {message}")]
pub struct ConfigError {
    /// The file's name as the user gave it.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// Which key, what is wrong with it, and what was expected.
    pub message: String,
}

/// What a configuration file says, to be laid over a [`Config`].
///
/// Keys: `servers`, `snapshots`, `snapshot_interval`, `[network]` with `reliable`,
/// `long_reordering`, `long_delays`, `[limits]` with `test_s`, `steps`, `[raft]` with the options of
/// `raft::Config`, and `[kv]` with those of [`KvConfig`], for tests that have clients of a store.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overrides {
    file: String,
    /// Every key that was set, with the line it stands in.
    settings: Vec<Setting>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Setting {
    pub(super) path: Vec<String>,
    pub(super) value: Value,
    pub(super) line: usize,
}

impl Overrides {
    /// Says nothing.
    pub const NONE: Overrides = Overrides { file: String::new(), settings: Vec::new() };

    /// Reads the text of a file; `file` is the name that errors carry.
    ///
    /// # Errors
    /// Text that is no TOML, an unknown key, a value of the wrong type or out of range.
    pub fn from_toml(text: &str, file: &str) -> Result<Overrides, ConfigError> {
        let reader = Reader { text, file };
        let document = DeTable::parse(text).map_err(|error| {
            reader.error(error.span().unwrap_or(0..0), error.message().to_string())
        })?;
        // What can be set, and with which type, is what a configuration has when written out.
        let all = Config { kv: Some(KvConfig::default()), ..Config::new(1) };
        let known = Table::try_from(&all)
            .map_err(|error| reader.error(0..0, format!("internal: {error}")))?;
        let mut overrides = Overrides { file: file.to_string(), settings: Vec::new() };
        reader.read_table(document.get_ref(), &known, &[], &mut overrides.settings)?;
        // Some mistakes show only in the whole, such as a minimum above its maximum.
        overrides.applied_to(&all).map(|_| overrides)
    }

    /// For the lab's tests, whose scenarios are written for their number of servers.
    ///
    /// # Errors
    /// When the file sets the number of servers.
    pub fn without_servers(self) -> Result<Overrides, ConfigError> {
        let setting = self.settings.iter().find(|setting| setting.path == ["servers"]);
        let message = "`servers` can't be set here: each of the lab's tests has its own number";
        match setting.map(|setting| self.error(setting.line, message.to_string())) {
            Some(error) => Err(error),
            None => Ok(self),
        }
    }

    /// Whether the file says something in that section.
    pub(super) fn sets(&self, section: &str) -> bool {
        self.settings.iter().any(|setting| setting.path[0] == section)
    }

    /// `config` with what the file says laid over it.
    ///
    /// # Errors
    /// Values that don't fit together.
    pub fn applied_to(&self, config: &Config) -> Result<Config, ConfigError> {
        if self.settings.is_empty() {
            return Ok(config.clone());
        }
        let in_all = |message: String| self.error(self.line_of(|_| true), message);
        let mut table = Table::try_from(config).map_err(|error| in_all(error.to_string()))?;
        for setting in &self.settings {
            set(&mut table, &setting.path, &setting.value);
        }
        let mut read: Config =
            table.try_into().map_err(|error: toml::de::Error| in_all(error.message().into()))?;
        read.raft.check().map_err(|error| {
            self.section_error("raft", error.key, &error.value, &error.expected)
        })?;
        if let Some(Err(error)) = read.kv.as_ref().map(KvConfig::check) {
            return Err(self.section_error("kv", error.key, &error.value, &error.expected));
        }
        // These are no matter of files.
        read.checks = config.checks.clone();
        Ok(read)
    }

    /// An option of a section can't be so: the line is that of the option, or, when it is another one
    /// in the file that does not fit to it, of the last one of the section.
    fn section_error(
        &self,
        section: &str,
        key: &str,
        value: &dyn std::fmt::Display,
        expected: &str,
    ) -> ConfigError {
        let name = format!("{section}.{key}");
        let names_it = |path: &[String]| path.join(".") == name;
        let is_set = self.settings.iter().any(|setting| names_it(&setting.path));
        let line = self.line_of(|path| if is_set { names_it(path) } else { path[0] == section });
        self.error(line, format!("`{name}` must be {expected}, found {value}"))
    }

    /// The last line that sets such a key.
    fn line_of(&self, fits: impl Fn(&[String]) -> bool) -> usize {
        let fitting = self.settings.iter().filter(|setting| fits(&setting.path));
        fitting.map(|setting| setting.line).max().unwrap_or(1)
    }

    fn error(&self, line: usize, message: String) -> ConfigError {
        ConfigError { file: self.file.clone(), line, message }
    }
}

/// Sets the value at a path of sections that is known to exist.
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
            "my.toml:3: unknown key `server`, expected one of `kv`, `limits`, `network`, `raft`, `servers`, \
             `snapshot_interval`, `snapshots`",
        );
        refused(
            "[network]\nreliable = true\nlong_delay = false\n",
            "my.toml:3: unknown key `network.long_delay`, expected one of `long_delays`, \
             `long_reordering`, `reliable`",
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
            "my.toml:2: `raft.heartbeat_interval_ms` must be a whole number from 0 on, found -1",
        );
    }

    #[test]
    fn what_clients_of_a_store_can_not_do_is_named() {
        refused(
            "[kv]\nlossy_clients = true\n[kv.workload]\nclients = 1001\n",
            "my.toml:4: `kv.workload.clients` must be 0 to 1000, found 1001",
        );
        refused(
            "[kv.workload]\nthink_min_ms = 400\n",
            "my.toml:2: `kv.workload.think_max_ms` must be 400 to 1000000000, found 300",
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
    fn the_lab_tests_keep_their_number_of_servers() {
        let overrides = Overrides::from_toml("\nservers = 3", "my.toml").unwrap();
        assert_eq!(overrides.without_servers().unwrap_err().line, 2);
        let overrides = Overrides::from_toml("snapshots = true", "my.toml").unwrap();
        assert!(overrides.without_servers().is_ok());
    }
}

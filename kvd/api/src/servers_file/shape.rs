//! The three shapes of a file, read so that the place of a mistake is known.

use super::address::Address;
use super::error::{ServersFileError, WrongCount};
use super::place::Place;
use super::{DEFAULT_CLUSTER, HOST, SERVERS_MAX, Server, ServersFile, default_data, field};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// Reads the text of a file with that name. Servers are in the order of the file, and what holds between them
/// is yet to be checked.
pub fn read(name: &str, text: &str) -> Result<ServersFile, ServersFileError> {
    let mut json = serde_json::Deserializer::from_str(text);
    let Shape(file) = serde_path_to_error::deserialize(&mut json)
        .map_err(|error| explain(name, text, Place::of_path(error.path()), error.inner()))?;
    json.end().map_err(|error| explain(name, text, None, &error))?;
    Ok(file)
}

/// Says it in the words of this crate: `expected a port, found "80a"`.
fn explain(
    name: &str,
    text: &str,
    place: Option<Place>,
    error: &serde_json::Error,
) -> ServersFileError {
    let whole = error.to_string();
    let line = error.line();
    let position = format!(" at line {line} column {}", error.column());
    let said = whole.strip_suffix(&position).unwrap_or(&whole);
    let wrong = said.strip_prefix("invalid type: ").and_then(|rest| rest.split_once(", expected "));
    let sentence = match wrong {
        Some((found, expected)) => {
            let found = found.strip_prefix("string ").unwrap_or(found);
            format!("expected {expected}, found {found}")
        }
        None => said.to_owned(),
    };
    match place {
        Some(place) if error.is_data() => ServersFileError::at(name, text, &place, sentence),
        // The text is not JSON: its places say little.
        _ => {
            let line = (line > 0).then_some(line);
            ServersFileError { line, ..ServersFileError::whole(name, sentence) }
        }
    }
}

/// The whole file.
struct Shape(ServersFile);

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Shape, D::Error> {
        deserializer.deserialize_any(ShapeVisitor).map(Shape)
    }
}

struct ShapeVisitor;

impl<'de> Visitor<'de> for ShapeVisitor {
    type Value = ServersFile;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number of servers, a list of them, or an object with the field `servers`")
    }

    fn visit_u64<E: Error>(self, count: u64) -> Result<ServersFile, E> {
        ServersFile::local(count).map_err(E::custom)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<ServersFile, A::Error> {
        let (cluster, others) = (DEFAULT_CLUSTER.to_owned(), BTreeMap::new());
        Ok(ServersFile { cluster, servers: ServersVisitor.visit_seq(list)?, others })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ServersFile, A::Error> {
        let Clusters { cluster, servers, others } =
            Clusters::deserialize(MapAccessDeserializer::new(map))?;
        let cluster = cluster.unwrap_or_else(|| DEFAULT_CLUSTER.to_owned());
        Ok(ServersFile { cluster, servers: servers.0, others: others.0 })
    }
}

/// The largest shape.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Clusters {
    #[serde(default, deserialize_with = "field::cluster")]
    cluster: Option<String>,
    servers: Servers,
    #[serde(default)]
    others: Others,
}

/// The servers of a cluster: a number of them, or a list.
struct Servers(Vec<Server>);

impl<'de> Deserialize<'de> for Servers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Servers, D::Error> {
        deserializer.deserialize_any(ServersVisitor).map(Servers)
    }
}

struct ServersVisitor;

impl<'de> Visitor<'de> for ServersVisitor {
    type Value = Vec<Server>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number of servers, or a list of them")
    }

    fn visit_u64<E: Error>(self, count: u64) -> Result<Vec<Server>, E> {
        ServersFile::local(count).map(|file| file.servers).map_err(E::custom)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<Server>, A::Error> {
        let mut servers = Vec::new();
        while let Some(entry) = list.next_element::<Entry>()? {
            servers.push(entry.server(servers.len() as u64));
        }
        let found = servers.len() as u64;
        if !(1..=SERVERS_MAX).contains(&found) {
            return Err(A::Error::custom(WrongCount { found }));
        }
        Ok(servers)
    }
}

/// Other clusters. A name that is there twice would hide the first.
#[derive(Default)]
struct Others(BTreeMap<String, Vec<Server>>);

impl<'de> Deserialize<'de> for Others {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Others, D::Error> {
        deserializer.deserialize_map(OthersVisitor)
    }
}

struct OthersVisitor;

impl<'de> Visitor<'de> for OthersVisitor {
    type Value = Others;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with a list of servers for each cluster")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Others, A::Error> {
        let mut others = BTreeMap::new();
        while let Some((name, Servers(servers))) = map.next_entry::<String, Servers>()? {
            if others.contains_key(&name) {
                return Err(A::Error::custom(format_args!("there are two clusters {name:?}")));
            }
            others.insert(name, servers);
        }
        Ok(Others(others))
    }
}

/// An entry of a list of servers.
#[derive(serde::Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "a server, as {\"client_port\": 8000, \"log_port\": 9000}"
)]
struct Entry {
    #[serde(default, deserialize_with = "field::id")]
    id: Option<u64>,
    #[serde(default, deserialize_with = "field::host")]
    host: Option<String>,
    #[serde(deserialize_with = "field::port")]
    client_port: u16,
    #[serde(deserialize_with = "field::port")]
    log_port: u16,
    #[serde(default, deserialize_with = "field::advertised")]
    advertised: Option<String>,
    #[serde(default, deserialize_with = "field::data")]
    data: Option<PathBuf>,
}

impl Entry {
    fn server(self, place: u64) -> Server {
        let Entry { id, host, client_port, log_port, advertised, data } = self;
        let (id, host) = (id.unwrap_or(place), host.unwrap_or_else(|| HOST.to_owned()));
        let own = || Address::new(&host, client_port).to_string();
        let advertised = advertised.unwrap_or_else(own);
        let data = data.unwrap_or_else(|| default_data(id));
        Server { id, host, client_port, log_port, advertised, data }
    }
}

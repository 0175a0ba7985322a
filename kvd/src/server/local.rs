//! Commands about the connection and the server, which every server answers by itself.

use super::{Shared, connection::Client};
use crate::commands::{TABLE, find, wrong_number};
use crate::metrics::REDIS_VERSION;
use crate::resp::{Reply, Version};
use crate::slots::slot_of;
use bytes::Bytes;

impl Shared {
    /// The reply to one of them; `name` is that of its row.
    pub(super) fn local(&self, client: &mut Client, name: &str, arguments: &[Bytes]) -> Reply {
        let rest = &arguments[1..];
        match name {
            "asking" | "readonly" | "readwrite" => Reply::ok(),
            "auth" => self.auth(client, rest),
            "client" => self.client(client, rest),
            "cluster" => self.topology.lock().answer(rest, |slot| self.count_keys(slot)),
            "command" => command(rest),
            "config" => config(rest),
            "echo" => Reply::Bulk(rest[0].clone()),
            "hello" => self.hello(client, rest).unwrap_or_else(|error| error),
            "info" => Reply::bulk(self.metrics.info(&self.gauges(), rest)),
            "ping" => match rest {
                [] => Reply::Simple("PONG".into()),
                [text] => Reply::Bulk(text.clone()),
                _ => wrong_number(name),
            },
            "quit" => {
                client.quits = true;
                Reply::ok()
            }
            "reset" => {
                client.version = Version::Resp2;
                client.name = Bytes::new();
                client.has_access = self.options.password.is_none();
                Reply::Simple("RESET".into())
            }
            "select" if &rest[0][..] == b"0" => Reply::ok(),
            "select" => Reply::error("ERR DB index is out of range: there is database 0 alone"),
            _ => Reply::error(format!("ERR '{name}' asks something of the store")),
        }
    }

    fn count_keys(&self, slot: u16) -> u64 {
        self.kv.look(|store| {
            store.from_place(0).filter(|(_, key, _)| slot_of(key) == slot).count() as u64
        })
    }

    fn auth(&self, client: &mut Client, words: &[Bytes]) -> Reply {
        let word = match words {
            [word] => word,
            [user, word] if user.eq_ignore_ascii_case(b"default") => word,
            [_, _] => return wrong_password(),
            _ => return wrong_number("auth"),
        };
        match &self.options.password {
            Some(password) if password.is(word) => {
                client.has_access = true;
                Reply::ok()
            }
            Some(_) => wrong_password(),
            None => Reply::error("ERR this server has no password: AUTH is not needed"),
        }
    }

    fn client(&self, client: &mut Client, words: &[Bytes]) -> Reply {
        let name = words[0].to_ascii_uppercase();
        match (name.as_slice(), &words[1..]) {
            (b"SETNAME", [name]) => {
                client.name = Bytes::copy_from_slice(name);
                Reply::ok()
            }
            (b"GETNAME", []) if client.name.is_empty() => Reply::Null,
            (b"GETNAME", []) => Reply::Bulk(client.name.clone()),
            (b"ID", []) => Reply::Integer(client.id as i64),
            (b"SETINFO", [_, _]) => Reply::ok(),
            (name, _) => Reply::error(format!(
                "ERR unknown subcommand or wrong number of arguments for 'client|{}'; there are SETNAME, \
                 GETNAME, ID and SETINFO",
                name[..name.len().min(64)].to_ascii_lowercase().escape_ascii()
            )),
        }
    }

    /// `HELLO [version [AUTH user password] [SETNAME name]]`.
    fn hello(&self, client: &mut Client, words: &[Bytes]) -> Result<Reply, Reply> {
        let mut version = client.version;
        let mut words = words.iter();
        if let Some(word) = words.next() {
            version = match &word[..] {
                b"2" => Version::Resp2,
                b"3" => Version::Resp3,
                _ => return Err(Reply::error("NOPROTO unsupported protocol version")),
            };
        }
        let syntax = || Reply::error("ERR syntax error: HELLO has the options AUTH and SETNAME");
        while let Some(option) = words.next() {
            let reply = match option.to_ascii_uppercase().as_slice() {
                b"AUTH" => {
                    let (user, word) = words.next().zip(words.next()).ok_or_else(syntax)?;
                    self.auth(client, &[user.clone(), word.clone()])
                }
                b"SETNAME" => {
                    client.name = Bytes::copy_from_slice(words.next().ok_or_else(syntax)?);
                    Reply::ok()
                }
                _ => return Err(syntax()),
            };
            if let Reply::Error(_) = reply {
                return Err(reply);
            }
        }
        client.check_access()?;
        client.version = version;
        let role = if self.raft.leader() == Some(self.me) { "master" } else { "replica" };
        let number = match version {
            Version::Resp2 => 2,
            Version::Resp3 => 3,
        };
        let pair = |key: &'static str, value| (Reply::bulk(key), value);
        Ok(Reply::Map(vec![
            pair("server", Reply::bulk("redis")),
            pair("version", Reply::bulk(REDIS_VERSION)),
            pair("proto", Reply::Integer(number)),
            pair("id", Reply::Integer(client.id as i64)),
            pair("mode", Reply::bulk("cluster")),
            pair("role", Reply::bulk(role)),
            pair("modules", Reply::Array(Vec::new())),
        ]))
    }
}

fn wrong_password() -> Reply {
    Reply::error("WRONGPASS invalid username-password pair or user is disabled.")
}

/// `COMMAND`, and what it has under it.
fn command(words: &[Bytes]) -> Reply {
    let Some((name, names)) = words.split_first() else {
        return Reply::Array(TABLE.iter().map(|row| row.describe()).collect());
    };
    match name.to_ascii_uppercase().as_slice() {
        b"COUNT" => Reply::Integer(TABLE.len() as i64),
        // There is documentation of them elsewhere.
        b"DOCS" => Reply::Map(Vec::new()),
        b"INFO" if names.is_empty() => command(&[]),
        b"INFO" => {
            let rows =
                names.iter().map(|name| find(name).map_or(Reply::NullArray, |it| it.describe()));
            Reply::Array(rows.collect())
        }
        b"LIST" => Reply::Array(TABLE.iter().map(|row| Reply::bulk(row.name)).collect()),
        _ => Reply::error("ERR COMMAND has COUNT, DOCS, INFO and LIST"),
    }
}

/// `CONFIG GET name...`: nothing can be set so, and the value of each name is empty.
fn config(words: &[Bytes]) -> Reply {
    match words.split_first() {
        Some((get, names)) if get.eq_ignore_ascii_case(b"GET") && !names.is_empty() => {
            let pair = |name: &Bytes| (Reply::Bulk(name.clone()), Reply::bulk(""));
            Reply::Map(names.iter().map(pair).collect())
        }
        _ => Reply::error("ERR there is CONFIG GET alone; options are flags of `kvd serve`"),
    }
}

//! What is to be done for a request.

use super::{Shared, connection::Client};
use crate::commands::{Kind, Operation, Read, Tell, Write, operation, row_of};
use crate::resp::{Reply, Request, Version};
use crate::slots::slot_of;
use kv::{Command, NewSession};

/// What to do for a request, and in which version of RESP its client wants the reply.
pub struct Plan {
    pub version: Version,
    pub step: PlannedStep,
}

/// What is to be done.
pub enum PlannedStep {
    /// To reply.
    Reply(Reply),
    /// To send a command through the log. The slot is that of its first key.
    Write { slot: u16, command: Command, tell: Tell },
    /// To open a session of that token.
    Open { slot: u16, command: Command, token: u128 },
    /// To look.
    Read { slot: u16, read: Read },
}

impl Shared {
    /// Decides what to do for a request; what only concerns the connection is done already.
    pub(super) fn plan(&self, client: &mut Client, request: &Request) -> Plan {
        let step = self.step(client, request).unwrap_or_else(PlannedStep::Reply);
        Plan { version: client.version, step }
    }

    fn step(&self, client: &mut Client, request: &Request) -> Result<PlannedStep, Reply> {
        let arguments = &request.arguments[..];
        let row = row_of(arguments)?;
        if !matches!(row.name, "auth" | "hello" | "quit" | "reset") {
            client.check_access()?;
        }
        if let Kind::Local = row.kind {
            return Ok(PlannedStep::Reply(self.local(client, row.name, arguments)));
        }
        let slot = self.slot(row.keys(arguments).map(|key| slot_of(key)))?;
        let operation = operation(row, arguments)?;
        if operation.takes_room() {
            self.check_room(request.size_bytes)?;
        }
        Ok(match operation {
            Operation::Write(Write { once, requests, tell }) => {
                PlannedStep::Write { slot, command: Command::Execute { once, requests }, tell }
            }
            Operation::Read(read) => PlannedStep::Read { slot, read },
            Operation::OpenSession => self.open_session(slot, client),
        })
    }

    /// The slot of the first key, or one of this cluster's if there is no key; all must be of one cluster, and of
    /// this one.
    fn slot(&self, slots: impl Iterator<Item = u16>) -> Result<u16, Reply> {
        let topology = self.topology.lock();
        let (mut first, mut owner) = (None, None);
        for slot in slots {
            let of = &topology.owner(slot).name;
            if *owner.get_or_insert(of) != of {
                let sentence = "CROSSSLOT the keys of this command are in different clusters";
                return Err(Reply::error(sentence));
            }
            first.get_or_insert(slot);
        }
        match first {
            Some(slot) if !topology.is_mine(slot) => Err(Reply::error(topology.moved(slot))),
            Some(slot) => Ok(slot),
            None => Ok(topology.my_slot()),
        }
    }

    fn check_room(&self, size_bytes: usize) -> Result<(), Reply> {
        let max = self.options.store.raft.command_bytes_max;
        if max > 0 && size_bytes > max {
            let sentence = format!("ERR a command of {size_bytes} bytes, {max} bytes is the most");
            return Err(Reply::error(sentence));
        }
        let limit = self.options.store_bytes_max;
        if limit == 0 {
            return Ok(());
        }
        let used = self.kv.look(|store| store.bytes());
        if used > limit {
            let sentence = format!(
                "OOM keys and values have {used} bytes, --store-bytes-max is {limit}: DEL makes room"
            );
            return Err(Reply::error(sentence));
        }
        Ok(())
    }

    fn open_session(&self, slot: u16, client: &Client) -> PlannedStep {
        let token = token();
        let sessions_max = self.options.store.sessions_max;
        let new = NewSession {
            token,
            owner: client.owner(),
            owner_sessions_max: (sessions_max / 10).max(1),
            sessions_max,
        };
        PlannedStep::Open { slot, command: Command::OpenSession(new), token }
    }
}

/// 128 random bits, which no other session has had.
fn token() -> u128 {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the system has random numbers");
    u128::from_le_bytes(bytes)
}

/// The reply to a command whose outcome is not one of the store's answers.
pub fn tell_other(reply: &kv::Reply) -> Reply {
    match reply {
        kv::Reply::Late => Reply::error(
            "LATE the session has had a command with a higher sequence; this one is not carried out now",
        ),
        kv::Reply::Expired => Reply::error(
            "EXPIRED there is no such session (any more); this command is not carried out",
        ),
        _ => unknown(),
    }
}

/// The error of a write that may or may not have an effect. Clients don't resend it on their own.
pub fn unknown() -> Reply {
    Reply::error(
        "UNKNOWN the outcome of this write is not known: this server ceased to lead, or found no majority in \
         time; it may take effect yet, once",
    )
}

/// How the number of a new session is told.
pub fn tell_opened(number: u64, token: u128) -> Reply {
    Reply::bulk(crate::commands::Session { number, token }.to_string())
}

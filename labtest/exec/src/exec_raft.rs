//! A program as an implementation.

use crate::figure2;
use crate::pool::Pool;
use crate::program::{AnswerLimits, Program};
use crate::server::Server;
use crate::transcript::Transcript;
use anyhow::Context;
use harness::{
    Decoded, DiskDecoder, Encoded, Implementation, MakeArgs, Message, Overrides, Peer, Supports,
    Voice,
};
use std::sync::Arc;

/// A Raft that is another program, in any language: a child process for each server.
///
/// ```no_run
/// # fn main() -> anyhow::Result<()> {
/// let raft = exec::ExecRaft::start("python3 raft.py", &exec::Options::default())?;
/// # let _ = raft;
/// # Ok(())
/// # }
/// ```
pub struct ExecRaft {
    pool: Arc<Pool>,
    name: String,
    supports: Supports,
    transcript: Option<Transcript>,
}

/// How children are treated.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// How long a child may take to answer one line.
    pub limits: AnswerLimits,
    /// A new process for each life, also of a program that can forget.
    pub fresh: bool,
    /// Whose lines are written down.
    pub transcript: Option<Transcript>,
}

impl ExecRaft {
    /// Starts the first child of a command, which is split as a shell splits words and run without one, in the
    /// present folder.
    ///
    /// # Errors
    /// When the command names no program, when that can't be started, and when it does not say who it is as the
    /// protocol has it.
    pub fn start(command: &str, options: &Options) -> anyhow::Result<ExecRaft> {
        let Options { limits, fresh, transcript } = options.clone();
        let program = Program::parse(command)?;
        let pool = Pool::new(program, limits, fresh).with_context(|| format!("`{command}`"))?;
        let hello = pool.hello();
        Overrides::fixed(&hello.fixed)
            .with_context(|| format!("`fixed` in the hello of `{command}`"))?;
        let supports = Supports {
            own_entries: hello.own_entries,
            quorum_checks: hello.quorum_checks,
            // Programs are few, and this is as long as the process.
            fixed: Box::leak(hello.fixed.clone().into_boxed_str()),
        };
        let name = [&*hello.name, &*hello.version].join(" ").trim_end().to_owned();
        Ok(ExecRaft { pool: Arc::new(pool), name, supports, transcript })
    }
}

impl Implementation for ExecRaft {
    fn name(&self) -> &str {
        &self.name
    }

    fn supports(&self) -> Supports {
        self.supports
    }

    fn runs_elsewhere(&self) -> bool {
        true
    }

    fn make(&self, args: MakeArgs) -> anyhow::Result<Arc<dyn Peer>> {
        self.make_with_voice(args, Voice::unheard())
    }

    fn make_with_voice(&self, args: MakeArgs, voice: Voice) -> anyhow::Result<Arc<dyn Peer>> {
        let transcript = self.transcript.as_ref();
        Ok(Arc::new(Server::make(&self.pool, args, voice, transcript)?))
    }

    fn describe(&self, message: &Message<'_>) -> Option<String> {
        figure2::describe(message)
    }

    fn decode(&self, message: &Encoded<'_>) -> Decoded {
        figure2::decode(message)
    }

    fn disk_decoder(&self) -> Option<&dyn DiskDecoder> {
        Some(&figure2::Disk)
    }
}

//! The program as an implementation.

use super::bubble::Bubble;
use super::life::Life;
use super::spares::Spares;
use super::work::number;
use crate::figure2;
use crate::program::{AnswerLimits, Program};
use anyhow::Context;
use harness::{Implementation, MakeArgs, Message, Peer, Voice};
use std::any::Any;
use std::path::PathBuf;
use std::sync::Arc;

/// A program that plays all servers of a cluster.
#[derive(Clone)]
pub struct ClusterProgram {
    /// Where it is.
    pub path: PathBuf,
    /// What people call it.
    pub name: String,
    /// What stands in its environment.
    pub variables: Vec<(&'static str, &'static str)>,
    /// How long it may take for an answer.
    pub limits: AnswerLimits,
    /// What has to be there as long as the program may be started: its file, say.
    pub kept: Arc<dyn Any + Send + Sync>,
}

/// A Raft whose whole cluster is one program.
pub struct ClusterRaft {
    spares: Arc<Spares>,
    name: String,
    _kept: Arc<dyn Any + Send + Sync>,
}

impl ClusterRaft {
    /// Starts the first process of a program.
    ///
    /// # Errors
    /// When it can't be started, or does not say who it is.
    pub fn start(program: ClusterProgram) -> anyhow::Result<ClusterRaft> {
        let ClusterProgram { path, name, variables, limits, kept } = program;
        let program = Program {
            path,
            arguments: Vec::new(),
            command: name.clone(),
            variables,
            shows_stacks: true,
        };
        let (spares, said) = Spares::new(program, limits).with_context(|| name.clone())?;
        Ok(ClusterRaft { spares: Arc::new(spares), name: said, _kept: kept })
    }
}

impl Implementation for ClusterRaft {
    fn name(&self) -> &str {
        &self.name
    }

    fn runs_elsewhere(&self) -> bool {
        true
    }

    /// Its goroutines are scheduled by Go.
    fn may_differ(&self) -> bool {
        true
    }

    fn make(&self, args: MakeArgs) -> anyhow::Result<Arc<dyn Peer>> {
        self.make_with_voice(args, Voice::unheard())
    }

    fn make_with_voice(&self, args: MakeArgs, voice: Voice) -> anyhow::Result<Arc<dyn Peer>> {
        let bring =
            |servers| Bubble::of_this_run(servers, self.spares.command(), || self.spares.take());
        Ok(Arc::new(Life::make(args, voice, bring)?))
    }

    /// What has the names of Figure 2 can be told. It is not judged: a solution may mean something else by them.
    fn describe(&self, message: &Message<'_>) -> Option<String> {
        let (from, rest) = number(message.request)?;
        let (_, args) = number(rest)?;
        let request = [format!("{from} ").as_bytes(), args].concat();
        let reply = match message.reply {
            Some(reply) => Some(number(reply)?.1),
            None => None,
        };
        figure2::describe(&Message { request: &request, reply, ..*message })
    }
}

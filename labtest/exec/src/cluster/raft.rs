//! The program as an implementation.

use super::bubble::Bubble;
use super::life::Life;
use super::spares::Spares;
use super::speaker::{Speaker, Tape};
use super::work::number;
use crate::child::Trouble;
use crate::figure2;
use crate::program::{AnswerLimits, Program};
use anyhow::Context;
use harness::{Implementation, MakeArgs, Message, Once, Peer, Voice};
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
#[derive(Clone)]
pub struct ClusterRaft {
    spares: Arc<Spares>,
    name: String,
    tape: Taped,
    _kept: Arc<dyn Any + Send + Sync>,
}

/// What becomes of what the program says.
#[derive(Clone)]
enum Taped {
    No,
    Noted(Arc<Tape>),
    Heard(Arc<Tape>),
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
        Ok(ClusterRaft { spares: Arc::new(spares), name: said, tape: Taped::No, _kept: kept })
    }

    /// Who answers in a run.
    fn bring(&self) -> Result<Speaker, Trouble> {
        Ok(match &self.tape {
            Taped::No => Speaker::Program(self.spares.take()?, None),
            Taped::Noted(tape) => Speaker::Program(self.spares.take()?, Some(Arc::clone(tape))),
            Taped::Heard(tape) => Speaker::Tape(Arc::clone(tape), 0),
        })
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
    fn once(&self) -> Option<Once> {
        let tape = Arc::new(Tape::default());
        let with = |tape| Arc::new(ClusterRaft { tape, ..self.clone() });
        Some(Once { first: with(Taped::Noted(Arc::clone(&tape))), again: with(Taped::Heard(tape)) })
    }

    fn make(&self, args: MakeArgs) -> anyhow::Result<Arc<dyn Peer>> {
        self.make_with_voice(args, Voice::unheard())
    }

    fn make_with_voice(&self, args: MakeArgs, voice: Voice) -> anyhow::Result<Arc<dyn Peer>> {
        let bring = |servers| Bubble::of_this_run(servers, self.spares.command(), || self.bring());
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

//! The nodes of a run, and what is done to them.

use super::client::{Caller, Shared, TIMEOUT, ask};
use super::fault::{Action, name};
use super::message::body;
use super::network::Network;
use super::node::{Node, Program};
use super::operation::{Operation, Outcome};
use super::problems::Problems;
use futures::FutureExt;
use serde_json::{Value, json};
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

/// How long a node may take to answer to `init`, as in Maelstrom itself.
const INIT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a cluster in which nothing is broken may take until it answers again.
const RECOVERY: Duration = Duration::from_secs(20);

/// A key that no client asks for.
const LAST_KEY: u64 = 1_000_000_000;

/// All nodes.
pub(super) struct Cluster {
    pub(super) names: Vec<String>,
    nodes: Vec<Node>,
    network: Arc<Network>,
    problems: Arc<Problems>,
    /// Who says `init`, and asks at the end.
    caller: Caller,
}

impl Cluster {
    /// Nodes that are not started yet, each with a directory in that folder.
    pub(super) fn new(
        names: Vec<String>,
        program: &Program,
        folder: &Path,
        network: &Arc<Network>,
        problems: &Arc<Problems>,
    ) -> std::io::Result<Cluster> {
        let nodes = names.iter().map(|name| {
            let directory = folder.join("nodes").join(name);
            let errors = folder.join(format!("{name}.stderr"));
            let (network, problems) = (Arc::clone(network), Arc::clone(problems));
            Node::new(name.clone(), program.clone(), directory, &errors, network, problems)
        });
        let nodes = nodes.collect::<Result<_, _>>()?;
        let caller = Caller::new("c0".to_owned(), Arc::clone(network));
        let (network, problems) = (Arc::clone(network), Arc::clone(problems));
        Ok(Cluster { names, nodes, network, problems, caller })
    }

    /// Starts these nodes, by their numbers, and tells each who it is.
    ///
    /// # Errors
    /// When the program can't be run.
    pub(super) async fn start(&mut self, nodes: &[usize]) -> anyhow::Result<()> {
        for &node in nodes {
            self.nodes[node].start()?;
        }
        for &node in nodes {
            let init = json!({"type": "init", "node_id": name(node), "node_ids": self.names});
            let node_name = name(node);
            let mut answer = pin!(self.caller.call(&node_name, body(init), INIT_TIMEOUT).fuse());
            let mut over = pin!(self.problems.over().fuse());
            let answer = futures::select_biased! {
                () = over => break,
                answer = answer => answer,
            };
            let problem = match answer {
                Some(answer) if answer.get("type") == Some(&json!("init_ok")) => {
                    self.network.is_named(&node_name);
                    continue;
                }
                Some(answer) => format!("answered init with {}", Value::Object(answer)),
                None => format!("did not answer init within {} s", INIT_TIMEOUT.as_secs()),
            };
            let errors = self.nodes[node].last_errors();
            self.problems.tell(format!("{node_name} {problem}{errors}"));
            break;
        }
        Ok(())
    }

    /// Breaks something.
    pub(super) async fn begin(&mut self, action: &Action) {
        match action {
            Action::Cut { links, .. } => {
                self.network.cut(links.iter().map(|&(from, to)| (name(from), name(to))));
            }
            Action::Weather { weather, .. } => self.network.set_weather(weather.clone()),
            Action::Pause(nodes) => {
                nodes.iter().for_each(|&node| self.nodes[node].set_paused(true))
            }
            Action::Kill(nodes) => {
                for &node in nodes {
                    self.nodes[node].kill().await;
                }
            }
        }
    }

    /// Mends it.
    ///
    /// # Errors
    /// When the program can't be run any more.
    pub(super) async fn end(&mut self, action: &Action) -> anyhow::Result<()> {
        match action {
            Action::Cut { .. } | Action::Weather { .. } => self.network.heal(),
            Action::Pause(nodes) => {
                nodes.iter().for_each(|&node| self.nodes[node].set_paused(false))
            }
            Action::Kill(nodes) => self.start(nodes).await?,
        }
        Ok(())
    }

    /// With nothing broken, every node must answer something, and some node a write and a read. Then all keys
    /// are read again, for what was forgotten since they were read last.
    pub(super) async fn check_recovery(&mut self, shared: &Shared) {
        let until = runtime::now() + RECOVERY;
        let mut silent: Vec<usize> = (0..self.nodes.len()).collect();
        let mut done = [false; 2];
        let (mut said, mut answering) = (String::new(), 0);
        while !(self.problems.is_over() || silent.is_empty() && done == [true; 2]) {
            if runtime::now() > until {
                return self.tell_unrecovered(&silent, &said);
            }
            for (node, name) in self.names.iter().enumerate() {
                for (place, operation) in [shared.write(), Operation::Read].iter().enumerate() {
                    let asked = ask(&mut self.caller, 0, name, LAST_KEY, operation, shared);
                    let Some(outcome) = asked.await.0 else { continue };
                    silent.retain(|&silent| silent != node);
                    match outcome {
                        Outcome::Ok(_) => {
                            done[place] = true;
                            answering = node;
                        }
                        Outcome::Failed(why) | Outcome::Unknown(why) => {
                            said = format!("; the last answer was {why}, of {name}");
                        }
                    }
                }
            }
            runtime::sleep(TIMEOUT / 10).await;
        }
        for key in shared.keys().filter(|_| !self.problems.is_over()) {
            let name = &self.names[answering];
            ask(&mut self.caller, 0, name, key, &Operation::Read, shared).await;
        }
    }

    fn tell_unrecovered(&self, silent: &[usize], said: &str) {
        let seconds = RECOVERY.as_secs();
        let Some(&node) = silent.first() else {
            return self.problems.tell(format!(
                "nothing was broken any more, and within {seconds} s no node has done both a write and a \
                 read{said}"
            ));
        };
        let errors = self.nodes[node].last_errors();
        self.problems.tell(format!(
            "{} is silent: nothing was broken any more, and it has not answered for {seconds} s{errors}",
            name(node)
        ));
    }

    /// Kills all nodes.
    pub(super) async fn stop(&mut self) {
        for node in &mut self.nodes {
            node.kill().await;
        }
    }
}

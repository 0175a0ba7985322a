//! What is asked of a quorum that is whole again: a leader, agreement, and all that was ever committed.

use crate::{Cluster, Failure, Outcome, Value, ensure, property};
use raft::RoleName;
use std::ops::RangeFrom;
use std::time::Duration;

/// How often the cluster is looked at.
const POLL: Duration = Duration::from_millis(10);
/// That the servers of a quorum, which are whole and can talk, get on in time.
pub(super) struct Demand<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) quorum: Vec<usize>,
    /// Who can talk with the quorum, itself included.
    pub(super) leaders: Vec<usize>,
    pub(super) majority: usize,
    pub(super) all_of_quorum: bool,
    pub(super) limit: Duration,
}

impl Demand<'_> {
    /// Has the cluster agree on `count` commands, one after another.
    pub(super) async fn agree_on(&self, count: u64, commands: &mut RangeFrom<u64>) -> Outcome {
        for command in commands.by_ref().take(count as usize) {
            self.agree_in_time(command).await?;
        }
        Ok(())
    }

    async fn agree_in_time(&self, command: u64) -> Outcome {
        let agreed = runtime::timeout(self.limit, self.agree(command)).await;
        agreed.unwrap_or_else(|_| Err(self.explain()))
    }

    /// Submits a command to the leader, again and again until it is agreed on.
    async fn agree(&self, command: u64) -> Outcome {
        let value = self.cluster.plain_command(command);
        loop {
            let Some((term, leader)) = self.leader() else {
                runtime::sleep(POLL).await;
                continue;
            };
            // One that shows that it leads may refuse all the same, and again if asked at once.
            let Some(started) = self.cluster.start(leader, &value).await? else {
                runtime::sleep(POLL).await;
                continue;
            };
            while self.leader() == Some((term, leader)) {
                if self.is_agreed(started.index, &value) {
                    return Ok(());
                }
                runtime::sleep(POLL).await;
            }
        }
    }

    /// The leader of the highest term.
    fn leader(&self) -> Option<(u64, usize)> {
        let leads = |server: usize| {
            let view = self.cluster.view(server)?;
            (view.role == RoleName::Leader).then_some((view.term, server))
        };
        self.leaders.iter().filter_map(|server| leads(*server)).max()
    }

    fn is_agreed(&self, index: u64, value: &Value) -> bool {
        if self.cluster.is_applied(index, value) != Some(true) {
            return false;
        }
        let has = |server: usize| self.cluster.applied_by(server) >= index;
        match self.all_of_quorum {
            true => self.quorum.iter().all(|server| has(*server)),
            false => {
                (0..self.cluster.servers()).filter(|server| has(*server)).count() >= self.majority
            }
        }
    }

    fn explain(&self) -> Failure {
        let (quorum, seconds) = (&self.quorum, self.limit.as_secs_f64());
        let failure = match self.leader() {
            None => {
                let sentence = format!(
                    "servers {quorum:?} are running and can talk, but none leads after {seconds:.1} s"
                );
                Failure::new(property::LEADER_EXISTS, sentence)
            }
            Some((term, leader)) => {
                let sentence = format!(
                    "servers {quorum:?} are running and can talk, but did not agree in {seconds:.1} s; \
                     server {leader} leads term {term}"
                );
                Failure::new(property::AGREEMENT, sentence)
            }
        };
        let servers = 0..self.cluster.servers();
        Failure { details: servers.map(|server| self.describe(server)).collect(), ..failure }
    }

    fn describe(&self, server: usize) -> String {
        let place = if self.quorum.contains(&server) { "" } else { ", outside the quorum" };
        let Some(view) = self.cluster.view(server) else {
            return format!("server {server} is down{place}");
        };
        let (term, applied) = (view.term, self.cluster.applied_by(server));
        let is_open = self.cluster.is_open(server);
        let is = match view.role {
            RoleName::Leader => "leads",
            _ if !is_open => "does not lead in",
            RoleName::Follower => "is a follower in",
            RoleName::PreCandidate => "asks whether it could win in",
            RoleName::Candidate => "is a candidate in",
        };
        let log = match is_open {
            true => format!(", its log ends at {} of term {}", view.last_index, view.last_term),
            false => String::new(),
        };
        format!("server {server} {is} term {term}{log}, it has applied {applied}{place}")
    }

    /// Whatever was seen applied, or acknowledged to a client, is in the logs of the quorum.
    pub(super) fn check_durability(&self, index: u64) -> Outcome {
        if !self.all_of_quorum {
            return Ok(());
        }
        for server in &self.quorum {
            let applied = self.cluster.applied_by(*server);
            ensure!(
                applied >= index,
                property::DURABILITY,
                "index {index} was committed, but server {server} of the quorum ends at {applied}"
            );
        }
        Ok(())
    }
}

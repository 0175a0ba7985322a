//! `kv watch-leader`.

use super::output::Output;
use crate::client::{ClientError, ClientOptions, Leader, LeaderWatch};
use crate::exit::{Code, Failure};
use std::time::Duration;

/// How long to wait until the servers are asked again.
const INTERVAL: Duration = Duration::from_millis(50);

/// Shows who leads, and each change, until there were as many as wanted.
pub async fn watch_leader(
    options: ClientOptions,
    changes: Option<u64>,
    output: &mut Output,
) -> anyhow::Result<Code> {
    let mut watch = LeaderWatch::new(options);
    let (mut news, mut count) = (News::default(), 0);
    while changes.is_none_or(|changes| count < changes) {
        let leader = match watch.look().await {
            // They may yet start, or start again.
            Err(ClientError::NoAnswer(why)) => {
                if news.is_first() {
                    eprintln!("no server answers yet: {why}");
                }
                None
            }
            other => other.map_err(Failure::from)?,
        };
        let lines = news.lines(leader);
        count += u64::from(!lines.is_empty());
        for line in lines {
            output.line(&[line.as_bytes()])?;
        }
        runtime::sleep(INTERVAL).await;
    }
    Ok(Code::Done)
}

/// What was shown so far.
#[derive(Default)]
struct News {
    /// The address that was shown last, or that there was none.
    shown: Option<Option<String>>,
    /// The number of the server that led last.
    last: Option<u64>,
}

impl News {
    fn is_first(&self) -> bool {
        self.shown.is_none()
    }

    /// What to show about the leader that is seen now; nothing if it has not changed.
    fn lines(&mut self, leader: Option<Leader>) -> Vec<String> {
        let (id, address) = leader.map(|Leader { id, address, .. }| (id, address)).unzip();
        if self.shown.as_ref() == Some(&address) {
            return Vec::new();
        }
        let mut lines = vec![format!("LEADER => {}", address.as_deref().unwrap_or("None"))];
        self.shown = Some(address);
        if let Some(id) = id
            && self.last.replace(id).is_some_and(|last| last != id)
        {
            lines.push(format!("LEADER IS NOW NODE {id}"));
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_change_is_told_once_and_a_failover_by_its_number_too() {
        let leader = |id, term| Some(Leader { id, address: format!("127.0.0.1:800{id}"), term });
        let mut news = News::default();
        let rows: [(Option<Leader>, &[&str]); 8] = [
            (None, &["LEADER => None"]),
            (None, &[]),
            (leader(0, 1), &["LEADER => 127.0.0.1:8000"]),
            (leader(0, 1), &[]),
            (None, &["LEADER => None"]),
            (leader(0, 3), &["LEADER => 127.0.0.1:8000"]),
            (leader(0, 5), &[]),
            (leader(2, 6), &["LEADER => 127.0.0.1:8002", "LEADER IS NOW NODE 2"]),
        ];
        for (leader, lines) in rows {
            assert_eq!(news.lines(leader), lines);
        }
    }
}

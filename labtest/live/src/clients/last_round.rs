//! The end of a run: the servers are repaired, and all that they hold is read again.

use super::client::Client;
use super::{Operation, Outcome};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long each operation may take, including the search for the leader.
const PATIENCE: Duration = Duration::from_secs(30);

/// The key of the last write.
const LAST_KEY: &str = "last";

/// The result.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastRound {
    /// How many keys were read.
    pub keys_read: usize,
    /// Which read failed: its key, and why. After the first failure no other is tried.
    pub unread: Option<String>,
    /// The last write, key and value, if it was acknowledged.
    pub last_write: Option<(String, String)>,
    /// Why it was not.
    pub refused: Option<String>,
}

/// Reads every key that was in use, and writes a last time.
pub(super) async fn run(mut client: Client) -> LastRound {
    let mut round = LastRound::default();
    let reads = client.shared.keys.lock().read_all();
    for read in reads {
        let asked = format!("{read:?}");
        match client.perform(read, PATIENCE).await {
            Outcome::Ok(_) => round.keys_read += 1,
            Outcome::Failed(why) | Outcome::Unknown(why) => {
                round.unread = Some(format!("{asked}: {why}"));
                break;
            }
        }
    }
    let value = client.shared.keys.lock().unique().to_string();
    let key = LAST_KEY.to_owned();
    let last = Operation::Put { key: key.clone(), value: value.clone() };
    match client.perform(last, PATIENCE).await {
        Outcome::Ok(_) => round.last_write = Some((key, value)),
        Outcome::Failed(why) | Outcome::Unknown(why) => round.refused = Some(why),
    }
    round
}

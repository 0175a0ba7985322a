//! Which servers have caught up: a restarted one counts as broken until it has what the others had at its
//! start.

use crate::driver::Driver;
use crate::world::World;
use futures::future::join_all;
use runtime::{Instant, JoinHandle};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// Between two looks at all servers.
const INTERVAL: Duration = Duration::from_millis(200);
/// How long a server has to say how far it is.
const LIMIT: Duration = Duration::from_millis(500);
/// After this long a server that can't say how far it is counts as having caught up.
const BLIND: Duration = Duration::from_secs(5);

/// Looks how far servers are, while the run lasts.
pub struct CatchingUp {
    eyes: Arc<Eyes>,
    looking: JoinHandle<()>,
}

struct Eyes {
    world: Arc<World>,
    driver: Arc<dyn Driver>,
    /// Where each server really listens to clients.
    addresses: Vec<SocketAddr>,
}

/// How far a server is, as far as it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Far {
    /// How many entries it has applied.
    Applied(u64),
    /// Its kind does not say.
    Mute,
    /// It does not answer.
    Silent,
}

impl CatchingUp {
    /// Begins to look, and notes who has caught up.
    pub fn start(
        world: &Arc<World>,
        driver: &Arc<dyn Driver>,
        addresses: Vec<SocketAddr>,
    ) -> CatchingUp {
        let (world, driver) = (Arc::clone(world), Arc::clone(driver));
        let eyes = Arc::new(Eyes { world, driver, addresses });
        let looking = runtime::spawn(Arc::clone(&eyes).note());
        CatchingUp { eyes, looking }
    }

    /// Waits until all servers that are to run have what any has now.
    pub async fn all(&self) {
        let mut target = None;
        let began = runtime::now();
        loop {
            let far = self.eyes.look().await;
            let running: Vec<Far> = far.into_iter().flatten().collect();
            let target = *target.get_or_insert_with(|| most(&running));
            let waited = runtime::now().since(began);
            if running.iter().all(|far| is_there(*far, target, waited)) {
                return;
            }
            runtime::sleep(INTERVAL).await;
        }
    }

    /// Looks no more.
    pub fn stop(self) {
        self.looking.abort();
    }
}

impl Eyes {
    async fn note(self: Arc<Eyes>) {
        let mut lives: Vec<Option<Life>> = vec![None; self.addresses.len()];
        loop {
            let now = runtime::now();
            let far = self.look().await;
            let target = most(&far.iter().flatten().copied().collect::<Vec<_>>());
            let seen = self.world.lives().into_iter().zip(far).zip(&mut lives).enumerate();
            for (server, ((number, far), life)) in seen {
                let Some((number, far)) = number.zip(far) else { continue };
                let life = match life {
                    Some(life) if life.number == number => life,
                    other => other.insert(Life { number, began: now, target }),
                };
                if is_there(far, life.target, now.since(life.began)) {
                    self.world.note(|noted, at| noted.caught_up(at, server));
                }
            }
            runtime::sleep(INTERVAL).await;
        }
    }

    /// How far each server is that is to run.
    async fn look(&self) -> Vec<Option<Far>> {
        let look = |(life, address): (Option<u64>, &SocketAddr)| {
            let asked = life.map(|_| self.driver.applied_index(*address));
            async move {
                Some(match runtime::timeout(LIMIT, asked?).await {
                    Ok(Ok(Some(index))) => Far::Applied(index),
                    Ok(Ok(None)) => Far::Mute,
                    Ok(Err(_)) | Err(_) => Far::Silent,
                })
            }
        };
        join_all(self.world.lives().into_iter().zip(&self.addresses).map(look)).await
    }
}

/// A server's present life, as it was seen first.
#[derive(Clone, Copy)]
struct Life {
    number: u64,
    began: Instant,
    /// What the servers had then.
    target: u64,
}

fn most(all: &[Far]) -> u64 {
    let index = |far: &Far| if let Far::Applied(index) = far { *index } else { 0 };
    all.iter().map(index).max().unwrap_or(0)
}

fn is_there(far: Far, target: u64, after: Duration) -> bool {
    match far {
        Far::Applied(index) => index >= target,
        Far::Mute => after >= BLIND,
        Far::Silent => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_there_when_it_has_what_there_was() {
        let second = Duration::from_secs(1);
        assert!(is_there(Far::Applied(7), 7, second));
        assert!(!is_there(Far::Applied(6), 7, BLIND));
        assert!(!is_there(Far::Mute, 0, second) && is_there(Far::Mute, 0, BLIND));
        assert!(!is_there(Far::Silent, 0, BLIND));
        assert_eq!(most(&[Far::Applied(3), Far::Silent, Far::Applied(5), Far::Mute]), 5);
        assert_eq!(most(&[]), 0);
    }
}

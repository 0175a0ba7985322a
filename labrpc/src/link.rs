//! What a link does to the messages that cross it.

use runtime::Rng;
use std::time::Duration;

/// How long something takes.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Delay {
    /// Uniform between the two, to the nanosecond, both included.
    Uniform(Duration, Duration),
    /// At least the first, plus up to a bound that is itself uniform up to the second: mostly
    /// short, sometimes long. The long reordering of the lab.
    UniformOfUniform(Duration, Duration),
    /// Exponential with that mean: memoryless, most messages fast, a few slow. Piecewise linear
    /// between the powers of two, so that every machine draws the same.
    Exponential {
        /// The mean.
        mean: Duration,
    },
    /// A heavy tail: at least `min`, and half as likely with each doubling, up to `max`. The rare
    /// message that is late by seconds on a link that is fast otherwise.
    HeavyTail {
        /// The shortest delay.
        min: Duration,
        /// The longest.
        max: Duration,
    },
}

impl Delay {
    /// None at all.
    pub const NONE: Delay = Delay::Uniform(Duration::ZERO, Duration::ZERO);

    /// Uniform between two numbers of milliseconds.
    pub const fn uniform_ms(min: u64, max: u64) -> Delay {
        Delay::Uniform(Duration::from_millis(min), Duration::from_millis(max))
    }

    /// Draws one.
    pub fn draw(&self, rng: &mut Rng) -> Duration {
        match self {
            Delay::Uniform(min, max) if min == max => *min,
            Delay::Uniform(min, max) => rng.duration(*min..=*max),
            Delay::UniformOfUniform(min, spread) => {
                let bound = rng.duration(Duration::ZERO..=*spread);
                *min + rng.duration(Duration::ZERO..=bound)
            }
            Delay::Exponential { mean } => {
                let (halvings, part) = draw_halvings(rng);
                // Halvings and part together have the mean 3/2.
                let millionths = (halvings * MILLION + MILLION - part) * 2 / 3;
                scaled(*mean, millionths)
            }
            Delay::HeavyTail { min, max } => {
                let (doublings, part) = draw_halvings(rng);
                scaled(*min, (MILLION + part) << doublings.min(40)).min(*max)
            }
        }
    }
}

const MILLION: u64 = 1_000_000;

/// How often a draw from the unit interval can be doubled before it leaves it (0 half of the time,
/// 1 a quarter of the time, …), and a uniform part of a million.
fn draw_halvings(rng: &mut Rng) -> (u64, u64) {
    (u64::from(rng.next_u64().leading_zeros()), rng.below(MILLION))
}

fn scaled(duration: Duration, millionths: u64) -> Duration {
    let nanos = duration.as_nanos() * u128::from(millionths) / u128::from(MILLION);
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

/// That some messages take another, longer delay.
#[derive(Clone, Debug, PartialEq)]
pub struct Late {
    /// How many of a million messages.
    pub per_million: u32,
    /// Their delay, on top of the usual one.
    pub delay: Delay,
}

/// What happens to one kind of message on a link.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// How long a message is under way.
    pub delay: Delay,
    /// Messages that take much longer; overtaken by later ones.
    pub late: Option<Late>,
    /// How many of a million messages are lost. The caller learns of it when the message would
    /// have arrived, as in the lab.
    pub loss_per_million: u32,
    /// How many of a million messages arrive twice, the second time after a delay drawn separately.
    pub duplicate_per_million: u32,
}

/// How much a link carries. Messages pass one after another, each for as long as its bytes take, and then
/// have the delay of their path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Throttle {
    /// Bytes a second; 0 is taken for 1.
    pub bytes_per_s: u64,
    /// A message that would have to wait longer for its turn is lost, as by a router whose queue is full.
    pub wait_max: Duration,
}

impl Throttle {
    /// How long that many bytes occupy the link.
    pub(crate) fn transmission(&self, bytes: usize) -> Duration {
        let nanos = bytes as u128 * 1_000_000_000 / u128::from(self.bytes_per_s.max(1));
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

/// What happens to the messages that a directed link carries: requests of the server it starts
/// from, and the replies of that server to calls made in the other direction.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkConfig {
    /// For requests.
    pub request: Path,
    /// For replies. Duplicates of replies have no effect: a call takes the first.
    pub reply: Path,
    /// How much it carries; none where messages of any size take no time of their own.
    pub throttle: Option<Throttle>,
}

const LOSS_PER_MILLION: u32 = 100_000;
const LATE_PER_MILLION: u32 = 666_667;

impl LinkConfig {
    /// The lab's reliable network: nothing is lost. Messages take 0 to 2 ms, where the lab's take
    /// none: on the lab's machine the operating system provides the variety.
    pub fn reliable() -> LinkConfig {
        let path = Path {
            delay: Delay::uniform_ms(0, 2),
            late: None,
            loss_per_million: 0,
            duplicate_per_million: 0,
        };
        LinkConfig::from(path)
    }

    /// The lab's unreliable network: requests take 0 to 26 ms longer, and one message in ten is
    /// lost in each direction.
    pub fn unreliable() -> LinkConfig {
        let mut config = LinkConfig::reliable();
        config.request.delay = Delay::uniform_ms(0, 28);
        config.request.loss_per_million = LOSS_PER_MILLION;
        config.reply.loss_per_million = LOSS_PER_MILLION;
        config
    }

    /// The lab's long reordering: two replies in three are 200 to 2,200 ms late.
    pub fn with_long_reordering(mut self) -> LinkConfig {
        let delay =
            Delay::UniformOfUniform(Duration::from_millis(200), Duration::from_millis(1999));
        self.reply.late = Some(Late { per_million: LATE_PER_MILLION, delay });
        self
    }
}

impl From<Path> for LinkConfig {
    /// A link on which requests and replies fare alike.
    fn from(path: Path) -> LinkConfig {
        LinkConfig { request: path.clone(), reply: path, throttle: None }
    }
}

impl Path {
    pub(crate) fn draw_delay(&self, rng: &mut Rng) -> Duration {
        let usual = self.delay.draw(rng);
        match &self.late {
            Some(late) if rng.chance(late.per_million) => usual + late.delay.draw(rng),
            _ => usual,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_stay_within_their_bounds_and_reach_for_them() {
        let mut rng = Rng::from_seed(1);
        let long = LinkConfig::unreliable().with_long_reordering();
        let drawn: Vec<u128> =
            (0..10_000).map(|_| long.reply.draw_delay(&mut rng).as_millis()).collect();
        let late: Vec<u128> = drawn.iter().copied().filter(|ms| *ms > 2).collect();
        assert!((6_400..6_950).contains(&late.len()), "{}", late.len());
        assert!(late.iter().all(|ms| (200..=2201).contains(ms)));
        let mean = late.iter().sum::<u128>() / late.len() as u128;
        assert!((650..750).contains(&mean), "{mean}");
    }

    fn drawn(delay: &Delay) -> Vec<f64> {
        let mut rng = Rng::from_seed(1);
        (0..100_000).map(|_| delay.draw(&mut rng).as_secs_f64() * 1000.0).collect()
    }

    #[test]
    fn an_exponential_delay_has_its_mean_and_its_median() {
        let mut drawn = drawn(&Delay::Exponential { mean: Duration::from_millis(100) });
        let mean = drawn.iter().sum::<f64>() / drawn.len() as f64;
        assert!((98.0..102.0).contains(&mean), "{mean}");
        drawn.sort_by(f64::total_cmp);
        let median = drawn[drawn.len() / 2];
        assert!((64.0..72.0).contains(&median), "{median}");
    }

    #[test]
    fn a_heavy_tail_halves_with_each_doubling_and_ends_at_its_maximum() {
        let (min, max) = (Duration::from_millis(1), Duration::from_secs(2));
        let drawn = drawn(&Delay::HeavyTail { min, max });
        assert!(drawn.iter().all(|ms| (1.0..=2000.0).contains(ms)));
        for doublings in 1..8 {
            let bound = f64::from(1 << doublings);
            let share = drawn.iter().filter(|ms| **ms >= bound).count() as f64 / 100_000.0;
            assert!((share * bound - 1.0).abs() < 0.15, "{share} beyond {bound} ms");
        }
        assert!(drawn.iter().any(|ms| *ms > 1000.0));
    }

    #[test]
    fn a_message_occupies_a_throttled_link_by_its_size() {
        let throttle = |bytes_per_s| Throttle { bytes_per_s, wait_max: Duration::MAX };
        assert_eq!(throttle(1_000).transmission(250), Duration::from_millis(250));
        assert_eq!(throttle(3).transmission(1), Duration::from_nanos(333_333_333));
        assert_eq!(throttle(0).transmission(2), Duration::from_secs(2));
        assert_eq!(throttle(1).transmission(0), Duration::ZERO);
    }

    #[test]
    fn a_fixed_delay_draws_nothing() {
        let mut rng = Rng::from_seed(1);
        assert_eq!(Delay::NONE.draw(&mut rng), Duration::ZERO);
        assert_eq!(rng.next_u64(), Rng::from_seed(1).next_u64());
    }
}

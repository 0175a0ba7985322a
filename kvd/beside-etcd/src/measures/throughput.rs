//! Operations a second, in a closed loop, and how long they take.

use super::{Figure, Settings, VALUE_BYTES, fill, milliseconds, without_errors};
use crate::cluster::Cluster;
use anyhow::Result;
use kvd_bench::{Kind, Load};
use std::future::pending;

/// How many clients there are, one time after the other.
const CLIENTS: [usize; 3] = [1, 16, 64];

/// How many keys there are.
const KEYS: u64 = 10_000;

/// How long clients are at it before it counts.
const WARM_UP_MS: u64 = 500;

/// Measures writes or linearizable reads.
///
/// # Errors
/// When an operation fails.
pub async fn measure(cluster: &Cluster, settings: &Settings, kind: Kind) -> Result<Vec<Figure>> {
    let (what, read_share) = match kind {
        Kind::Write => ("writes", 0.0),
        Kind::Read => ("reads", 1.0),
    };
    fill(cluster, KEYS, VALUE_BYTES).await?;
    let mut figures = Vec::new();
    for clients in CLIENTS {
        let load = Load {
            clients,
            value_bytes: VALUE_BYTES,
            keys: KEYS,
            read_share,
            time_limit_ms: Some(settings.seconds * 1000),
            warm_up_ms: WARM_UP_MS,
            seed: settings.seed,
            ..Load::default()
        };
        let report = without_errors(cluster, &load, pending()).await?;
        let answered = report.writes.iter().chain(&report.reads);
        for it in answered {
            let name = |of: &str| format!("{what}, {clients} clients: {of}");
            figures.push(Figure::new(name("a second"), it.per_second));
            figures.push(Figure::new(name("p50 ms"), milliseconds(it.latency_us.p50)));
            figures.push(Figure::new(name("p99 ms"), milliseconds(it.latency_us.p99)));
        }
    }
    Ok(figures)
}

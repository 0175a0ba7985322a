//! Everything as Prometheus reads it.

use super::gauges::{ROLES, role_word};
use super::labelled::Labelled;
use super::{Gauges, Kind, Metrics};
use prometheus_client::encoding::prometheus_text;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

impl Metrics {
    /// Everything, in Prometheus' text format, version 0.0.4. All names begin with `kvd_`. What is not known is
    /// left out.
    pub fn render(&self, gauges: &Gauges) -> String {
        let mut registry = Registry::with_prefix("kvd");
        self.register(&mut registry);
        gauges.register(&mut registry);
        let mut text = String::new();
        prometheus_text::encode(&mut text, &registry).expect("a String takes everything");
        text
    }

    fn register(&self, to: &mut Registry) {
        let it = &*self.0;
        let commands = Kind::ALL.map(|kind| (kind.name(), it.commands[kind as usize].clone()));
        to.register("commands", "Commands taken up", Labelled::new("kind", commands));
        let errors = it.errors.all().into_iter();
        let errors = errors.map(|(code, count)| (code, ConstCounter::new(count)));
        to.register(
            "errors",
            "Errors that clients were answered with",
            Labelled::new("code", errors),
        );
        to.register("connections", "Clients connected now", it.connections.clone());
        to.register("connections_accepted", "Clients that have connected", it.accepted.clone());
        to.register(
            "connections_refused",
            "Connections refused because there were too many",
            it.refused.clone(),
        );
        let (received, sent) = (it.received_bytes.clone(), it.sent_bytes.clone());
        to.register_with_unit("received", "Bytes from clients", Unit::Bytes, received);
        to.register_with_unit("sent", "Bytes to clients", Unit::Bytes, sent);
        let requests = [(Kind::Write, &it.writes), (Kind::Read, &it.reads)];
        let requests = requests.map(|(kind, times)| (kind.name(), times.clone()));
        to.register_with_unit(
            "request",
            "From a request to its answer",
            Unit::Seconds,
            Labelled::new("kind", requests),
        );
        let help = "From a call to make writes durable until they are";
        to.register_with_unit("sync", help, Unit::Seconds, it.syncs.clone());
    }
}

impl Gauges {
    fn register(&self, to: &mut Registry) {
        to.register("build", "The program", Info::new([("version", env!("CARGO_PKG_VERSION"))]));
        let roles =
            ROLES.map(|role| (role_word(role), ConstGauge::new((role == self.role) as u64)));
        to.register("role", "1 for the part that it plays", Labelled::new("role", roles));
        let lags = self.peers.iter().filter_map(|peer| {
            self.lag_entries(peer).map(|entries| (peer.id, ConstGauge::new(entries)))
        });
        to.register_with_unit(
            "replication_lag",
            "Entries that another server lacks, as far as the leader knows",
            Unit::Other("entries".into()),
            Labelled::new("peer", lags),
        );
        for (name, help, value) in self.numbers() {
            if let Some(value) = value {
                to.register(name, help, ConstGauge::new(value));
            }
        }
    }

    fn numbers(&self) -> [(&'static str, &'static str, Option<u64>); 15] {
        let quarantined = self.quarantine.is_some() as u64;
        let refusing = self.refusal.is_some() as u64;
        [
            ("leader_id", "The server that leads", self.leader),
            ("term", "The term that it is in", Some(self.term)),
            ("commit_index", "The last entry known to be committed", Some(self.commit_index)),
            ("applied_index", "The last entry that the store has seen", Some(self.applied_index)),
            ("last_index", "The last entry of the log", Some(self.last_index)),
            ("snapshot_index", "The last entry in the snapshot", Some(self.snapshot_index)),
            ("keys", "Keys in the store", Some(self.keys)),
            ("store_bytes", "Bytes of keys and values", Some(self.store_bytes)),
            ("log_bytes", "Bytes of state and log on the disk", Some(self.log_bytes)),
            ("snapshot_bytes", "Bytes of the snapshot", Some(self.snapshot_bytes)),
            ("quarantined", "1 while a disk that was empty is in quarantine", Some(quarantined)),
            ("refusing_writes", "1 while it takes no writes, even if it leads", Some(refusing)),
            ("connections_max", "The most clients at once", Some(self.connections_max)),
            ("uptime_seconds", "Seconds since it started", Some(self.uptime_s)),
            ("resident_memory_bytes", "Bytes of memory that it holds", self.resident_bytes),
        ]
    }
}

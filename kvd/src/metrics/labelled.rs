//! Metrics of one name that a label tells apart.

use prometheus_client::encoding::{EncodeMetric, MetricEncoder};
use prometheus_client::metrics::{MetricType, TypedMetric};
use std::fmt;

/// Metrics of one name, exported in the order given here. The library's own type has a random order.
#[derive(Debug)]
pub(super) struct Labelled<M> {
    label: &'static str,
    metrics: Vec<(String, M)>,
}

impl<M> Labelled<M> {
    /// Metrics with the values that the label has for them.
    pub(super) fn new<V: ToString>(
        label: &'static str,
        metrics: impl IntoIterator<Item = (V, M)>,
    ) -> Labelled<M> {
        let metrics = metrics.into_iter().map(|(value, metric)| (value.to_string(), metric));
        Labelled { label, metrics: metrics.collect() }
    }
}

impl<M: EncodeMetric + TypedMetric> EncodeMetric for Labelled<M> {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> fmt::Result {
        self.metrics.iter().try_for_each(|(value, metric)| {
            metric.encode(encoder.encode_family(&[(self.label, value.as_str())])?)
        })
    }

    fn metric_type(&self) -> MetricType {
        M::TYPE
    }

    fn is_empty(&self) -> bool {
        self.metrics.is_empty()
    }
}

//! The checker beside published ones: differential tests, and a benchmark on a published corpus.

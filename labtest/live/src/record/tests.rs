//! A run made by hand, with everything that there can be, is written and read again, whole and damaged.

mod damaged;
mod sample;
mod whole;

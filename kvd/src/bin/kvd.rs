//! One server, or all of them.
fn main() {}

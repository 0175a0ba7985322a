//! The store at the command line.
fn main() {}

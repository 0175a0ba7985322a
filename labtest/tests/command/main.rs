//! The command as people use it: what it is asked, what it says and leaves, and its exit codes.

#[path = "../common/cli.rs"]
mod cli;

mod bad_input;
mod check_history;
#[cfg(unix)]
mod damaged_folders;
mod examples_of_help;
#[cfg(unix)]
mod exec;
mod go;
#[cfg(unix)]
mod live_folder;
mod running;
mod shards;
#[cfg(unix)]
mod stopping;
mod stored_runs;

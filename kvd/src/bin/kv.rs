//! The store at the command line: see `kv --help`.

fn main() -> std::process::ExitCode {
    kvd::client::command::main()
}

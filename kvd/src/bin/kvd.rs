//! One server, or all of them: see `kvd --help`.

fn main() -> std::process::ExitCode {
    kvd::command::main()
}

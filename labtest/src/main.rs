//! The `labtest` command for this project's own Raft.

fn main() -> std::process::ExitCode {
    labtest::command_main(labtest::OurRaft)
}

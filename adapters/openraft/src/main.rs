//! The `labtest` command for this Raft: `cargo run --release -- run 4A`.

fn main() -> std::process::ExitCode {
    labtest::command_main(openraft_adapter::OpenRaft::default())
}

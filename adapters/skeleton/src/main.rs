//! The `labtest` command for this Raft: `cargo run --release -p skeleton -- run 4A`.

fn main() -> std::process::ExitCode {
    labtest::command_main(skeleton::Skeleton)
}

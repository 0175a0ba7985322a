//! The lab's suites against this project's own Raft: `cargo test -p labtest 4A`.

fn main() -> std::process::ExitCode {
    labtest::test_main(labtest::OurRaft)
}

//! The lab's suites against this Raft: `cargo test -p skeleton --test lab 4A`.

fn main() -> std::process::ExitCode {
    labtest::test_main(skeleton::Skeleton)
}

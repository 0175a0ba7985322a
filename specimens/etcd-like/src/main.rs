//! The `labtest` command for this Raft: `cargo run --release -p etcd-like -- run 4A`.

fn main() -> std::process::ExitCode {
    labtest::command_main(etcd_like::EtcdLike::default())
}

//! Compiles a copy of `kv/src` for each diff in `bugs/`, all in one module tree, and lists them.

fn main() -> anyhow::Result<()> {
    specimen_build::write_variants("../../kv".as_ref())
}

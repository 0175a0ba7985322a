//! Compiles a copy of `persister/src` for each diff in `bugs/`, all in one module tree, and lists them.

fn main() -> anyhow::Result<()> {
    specimen_build::write_variants("../../persister".as_ref())
}

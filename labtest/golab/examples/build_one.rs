//! Builds one solution, to look at the program by hand.

fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().collect();
    let checkout = golab::Checkout::find(args[1].as_ref())?;
    let toolchain = golab::Toolchain::of("go".into())?;
    let built = golab::build(&checkout, &toolchain, args.len() > 3)?;
    std::fs::copy(built.program(), &args[2])?;
    Ok(())
}

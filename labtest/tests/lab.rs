fn main() -> std::process::ExitCode {
    labtest::test_main(labtest::OurRaft)
}

//! Hands whatever libFuzzer thinks of to the reader that the variable `READER` names.
#![no_main]

use labtest::readers::{READERS, Reader};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static READER: LazyLock<Reader> = LazyLock::new(|| {
    let wanted = std::env::var("READER").unwrap_or_default();
    let reader = READERS.iter().find(|(name, _)| *name == wanted);
    let names = READERS.map(|(name, _)| name).join(", ");
    reader.unwrap_or_else(|| panic!("READER is `{wanted}`, expected one of {names}")).1
});

fuzz_target!(|input: &[u8]| {
    READER(input);
});

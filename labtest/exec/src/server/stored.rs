//! What a server finds on its disk when it begins.

use crate::protocol::Init;
use anyhow::Context;
use persister::Stored;
use serde_json::value::RawValue;

/// Puts what is stored into the first line of a life.
///
/// # Errors
/// When it is nothing that a child has written.
pub(super) fn init(stored: Stored, init: Init) -> anyhow::Result<Init> {
    let Stored { state, records, snapshot } = stored;
    let checked = |bytes: &[u8], what: &str| {
        serde_json::from_slice::<&RawValue>(bytes).with_context(|| {
            format!("{what} on its disk is not the JSON that a program has written there")
        })?;
        anyhow::Ok(bytes.to_vec())
    };
    let state = (!state.is_empty()).then(|| checked(&state, "the state")).transpose()?;
    let records = records.iter().map(|record| checked(record, "a record"));
    Ok(Init {
        state,
        records: records.collect::<anyhow::Result<_>>()?,
        snapshot: (!snapshot.is_empty()).then_some(snapshot),
        ..init
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    #[test]
    fn a_disk_that_holds_no_json_is_refused() {
        let stored = |state: &'static [u8]| Stored {
            state: Bytes::from_static(state),
            records: vec![Bytes::from_static(b"[1, 2]")],
            snapshot: Bytes::new(),
        };
        let found = init(stored(b""), Init::default()).unwrap();
        assert_eq!(
            (found.state, found.records, found.snapshot),
            (None, vec![b"[1, 2]".to_vec()], None)
        );
        let error = init(stored(b"{\"term\":"), Init::default()).unwrap_err();
        assert!(error.to_string().starts_with("the state on its disk is not the JSON"), "{error}");
    }
}

use super::*;
use proptest::collection::vec;
use proptest::prelude::*;

fn journal_of(payloads: &[Vec<u8>]) -> Vec<u8> {
    let mut journal = Vec::new();
    for payload in payloads {
        assert!(append(&mut journal, payload));
    }
    journal
}

fn payloads() -> impl Strategy<Value = Vec<Vec<u8>>> {
    vec(vec(any::<u8>(), 0..40), 0..12)
}

#[test]
fn the_layout_is_length_then_checksum_then_payload() {
    let journal = journal_of(&[b"abc".to_vec()]);
    assert_eq!(journal[..4], 3u32.to_le_bytes());
    assert_eq!(journal[4..8], crc32fast::hash(b"\x03\0\0\0abc").to_le_bytes());
    assert_eq!(&journal[8..], b"abc");
}

#[test]
fn zero_bytes_are_not_empty_records() {
    let zeros = Bytes::from_static(&[0; 32]);
    assert_eq!(parse(&zeros, 0), Ok(vec![]));
    let error = parse(&zeros, 32).unwrap_err();
    assert_eq!(error.offset, 0);
    assert!(error.expected.contains("checksum 0x00000000"), "{error}");
}

#[test]
fn a_torn_record_that_was_synced_is_corruption_with_offset_and_expectation() {
    let mut journal = journal_of(&[b"first".to_vec(), b"second".to_vec()]);
    let synced = journal.len();
    journal.truncate(synced - 2);
    let error = parse(&Bytes::from(journal), synced).unwrap_err();
    assert_eq!(
        error.to_string(),
        "journal, byte 13: expected a record of 6 bytes, found only 4 bytes"
    );
}

#[test]
fn a_synced_journal_that_ends_early_at_a_frame_boundary_is_corruption() {
    let whole = journal_of(&[b"first".to_vec(), b"second".to_vec()]);
    let first_only = Bytes::copy_from_slice(&whole[..13]);
    let error = parse(&first_only, whole.len()).unwrap_err();
    assert_eq!((error.offset, error.part), (13, Part::Journal));
    assert!(error.expected.contains("27 bytes"), "{error}");
}

#[test]
fn records_after_a_bad_unsynced_one_are_dropped_with_it() {
    let mut journal = journal_of(&[b"a".to_vec(), b"b".to_vec(), b"c".to_vec()]);
    let synced = 9;
    journal[9 + 8] ^= 1;
    assert_eq!(parse(&Bytes::from(journal), synced), Ok(vec![Bytes::from_static(b"a")]));
}

proptest! {
    #[test]
    fn any_bytes_parse_without_a_panic(bytes in vec(any::<u8>(), 0..200), synced in 0usize..220) {
        let journal = Bytes::from(bytes);
        match parse(&journal, synced) {
            Ok(records) => {
                let used: usize = records.iter().map(|record| HEADER_BYTES + record.len()).sum();
                prop_assert!(used <= journal.len());
                prop_assert!(used >= synced);
            }
            Err(corruption) => prop_assert!(corruption.offset < synced),
        }
    }

    #[test]
    fn what_was_appended_is_parsed(payloads in payloads()) {
        let journal = Bytes::from(journal_of(&payloads));
        prop_assert_eq!(parse(&journal, journal.len()).unwrap(), payloads);
    }

    #[test]
    fn an_unsynced_journal_cut_anywhere_yields_a_prefix_of_its_records(
        payloads in payloads(),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut journal = journal_of(&payloads);
        journal.truncate(cut.index(journal.len() + 1));
        let kept = journal.len();
        let records = parse(&Bytes::from(journal), 0).unwrap();
        let mut end = 0;
        let whole = payloads.iter().take_while(|payload| {
            end += HEADER_BYTES + payload.len();
            end <= kept
        });
        prop_assert_eq!(records, whole.cloned().collect::<Vec<_>>());
    }

    #[test]
    fn any_flipped_bit_of_a_synced_journal_is_found(
        payloads in vec(vec(any::<u8>(), 0..40), 1..12),
        place in any::<prop::sample::Index>(),
        bit in 0u8..8,
    ) {
        let mut journal = journal_of(&payloads);
        let place = place.index(journal.len());
        journal[place] ^= 1 << bit;
        let synced = journal.len();
        let error = parse(&Bytes::from(journal), synced).unwrap_err();
        prop_assert!(error.offset <= place);
    }

    #[test]
    fn a_flipped_bit_in_the_unsynced_tail_loses_no_record_before_it(
        payloads in vec(vec(any::<u8>(), 0..40), 1..12),
        place in any::<prop::sample::Index>(),
        bit in 0u8..8,
    ) {
        let mut journal = journal_of(&payloads);
        let place = place.index(journal.len());
        journal[place] ^= 1 << bit;
        let records = parse(&Bytes::from(journal), 0).unwrap();
        let mut end = 0;
        let before = payloads.iter().take_while(|payload| {
            end += HEADER_BYTES + payload.len();
            end <= place
        });
        prop_assert_eq!(records, before.cloned().collect::<Vec<_>>());
    }
}

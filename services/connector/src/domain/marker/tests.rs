use uuid::Uuid;

use super::*;
use proptest::prelude::*;

fn key(byte: u8) -> MarkerKey {
    MarkerKey::new(Zeroizing::new([byte; 32]))
}

fn scope() -> MarkerScope {
    MarkerScope {
        tenant: "t1".to_owned(),
        group: "g1".to_owned(),
    }
}

fn anchor(bits: u128) -> AccountAnchor {
    AccountAnchor::new(Uuid::from_u128(bits))
}

prop_compose! {
    fn markers()(written: bool, sequence: u64, operation: u128, attempt: u32, fence: u32) -> Marker {
        Marker {
            state: if written { MarkerState::Written } else { MarkerState::Fenced },
            sequence: Sequence(sequence),
            operation: OperationId::new(Uuid::from_u128(operation)),
            attempt: Attempt(attempt),
            fence_count: FenceCount(fence),
        }
    }
}

#[test]
fn the_format_is_the_published_one() {
    let marker = Marker {
        state: MarkerState::Written,
        sequence: Sequence(7),
        operation: OperationId::new(Uuid::from_u128(1)),
        attempt: Attempt(2),
        fence_count: FenceCount(3),
    };
    let key = key(1);
    let value = key.format(&scope(), anchor(5), &marker);
    let start = format!(
        "gw1 {} W 7 00000000-0000-0000-0000-000000000001 2 3 ",
        key.id().as_str()
    );
    assert_eq!(key.id().as_str().len(), 16);
    assert!(value.starts_with(&start), "{value}");
    assert_eq!(value.len(), start.len() + 64);
    assert_eq!(value, value.to_lowercase().replace(" w ", " W "));
    // Calculated by an implementation independent of this one.
    let mac = "166fd4716803d6b8ca40e84d8349e4ef44ddad223dbed940001ea5f6aec091fe";
    assert_eq!(value, format!("{start}{mac}"));
}

#[test]
fn a_missing_marker_and_a_strangers_value_are_told_apart() {
    let keys = [key(1)];
    let read = |value: Option<&[u8]>| read_marker(&keys, &scope(), anchor(5), value);
    assert_eq!(read(None), MarkerReading::Absent);
    assert_eq!(read(Some(b"")), MarkerReading::Forged(Forgery::Foreign));
    assert_eq!(read(Some(b"\xff\xfe")), MarkerReading::Forged(Forgery::Foreign));
    assert_eq!(read(Some(b"hello")), MarkerReading::Forged(Forgery::Foreign));
    assert_eq!(read(Some(b"gw1 ")), MarkerReading::Forged(Forgery::Malformed));
}

proptest! {
    #[test]
    fn what_was_written_is_read_back(marker in markers(), account: u128) {
        let value = key(1).format(&scope(), anchor(account), &marker);
        prop_assert_eq!(
            read_marker(&[key(2), key(1)], &scope(), anchor(account), Some(value.as_bytes())),
            MarkerReading::Valid(marker)
        );
        prop_assert!(value.len() < 256);
    }

    #[test]
    fn a_marker_of_another_account_tenant_group_or_key_is_forged(marker in markers(), account: u128) {
        let value = key(1).format(&scope(), anchor(account), &marker);
        let elsewhere = anchor(account.wrapping_add(1));
        let tenant = MarkerScope { tenant: "t".to_owned(), group: "1g1".to_owned() };
        let forged = |forgery| MarkerReading::Forged(forgery);
        let bytes = Some(value.as_bytes());
        prop_assert_eq!(read_marker(&[key(1)], &scope(), elsewhere, bytes), forged(Forgery::WrongMac));
        prop_assert_eq!(read_marker(&[key(1)], &tenant, anchor(account), bytes), forged(Forgery::WrongMac));
        prop_assert_eq!(read_marker(&[key(2)], &scope(), anchor(account), bytes), forged(Forgery::UnknownKey));
        prop_assert_eq!(read_marker(&[], &scope(), anchor(account), bytes), forged(Forgery::UnknownKey));
    }

    #[test]
    fn any_change_of_any_byte_is_noticed(marker in markers(), at: prop::sample::Index, to: u8) {
        let value = key(1).format(&scope(), anchor(5), &marker);
        let mut bytes = value.clone().into_bytes();
        let index = at.index(bytes.len());
        bytes[index] = to;
        let reading = read_marker(&[key(1)], &scope(), anchor(5), Some(&bytes));
        if bytes == value.as_bytes() {
            prop_assert_eq!(reading, MarkerReading::Valid(marker));
        } else {
            prop_assert!(matches!(reading, MarkerReading::Forged(_)));
        }
    }

    #[test]
    fn another_spelling_of_the_same_fields_is_forged(marker in markers()) {
        let value = key(1).format(&scope(), anchor(5), &marker);
        let upper = value.replacen(&value[60..], &value[60..].to_uppercase(), 1);
        if upper != value {
            let reading = read_marker(&[key(1)], &scope(), anchor(5), Some(upper.as_bytes()));
            prop_assert!(matches!(reading, MarkerReading::Forged(_)));
        }
        let spaced = value.replacen(' ', "  ", 1);
        let reading = read_marker(&[key(1)], &scope(), anchor(5), Some(spaced.as_bytes()));
        prop_assert!(matches!(reading, MarkerReading::Forged(_)));
    }

    #[test]
    fn any_bytes_can_be_read(bytes: Vec<u8>, tail: String) {
        let keys = [key(1)];
        let _ = read_marker(&keys, &scope(), anchor(5), Some(&bytes));
        let _ = read_marker(&keys, &scope(), anchor(5), Some(format!("gw1 {tail}").as_bytes()));
    }
}

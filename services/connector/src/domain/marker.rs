//! The marker: one attribute of the account, in which the last operation that wrote it (W) or fenced it (F) is named.
//! It is what makes "at most one effect" true: every write deletes the value that was seen and adds its own.
//!
//! `gw1 <key id> <W|F> <sequence> <operation id> <attempt> <fence count> <MAC>`
//!
//! Users may write parts of their own object, so the value is authenticated (HMAC-SHA256 over tenant, group, anchor
//! and every field) under a key that exists on premises only. Everything is lower-case hexadecimal, decimal or a
//! fixed word, because Active Directory compares the attribute without regard to case: two different markers must
//! differ for it too.

use std::fmt::Write as _;

use aws_lc_rs::hmac;
use zeroize::Zeroizing;

use super::{AccountAnchor, Attempt, FenceCount, ObjectGuid, OperationId, Sequence};

const VERSION: &str = "gw1";
const MAC_DOMAIN: &[u8] = b"groundwire marker v1";
const KEY_ID_DOMAIN: &[u8] = b"groundwire marker key id v1";
const KEY_ID_BYTES: usize = 8;

/// W or F.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MarkerState {
    /// The operation's write went in with this marker.
    Written,
    /// Nothing was written; older writes on their way can no longer land.
    Fenced,
}

/// What a marker says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Marker {
    /// Written or fenced.
    pub state: MarkerState,
    /// The operation's number within its account.
    pub sequence: Sequence,
    pub operation: OperationId,
    pub attempt: Attempt,
    /// How often this attempt had fenced.
    pub fence_count: FenceCount,
}

/// Whose account it is: part of what is authenticated, so that a marker cannot be carried elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarkerScope {
    /// The tenant's id.
    pub tenant: String,
    /// The connector group's id.
    pub group: String,
}

/// Names a marker key without telling anything about it: 8 bytes of an HMAC under the key itself, in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MarkerKeyId(String);

impl MarkerKeyId {
    /// The 16 hexadecimal digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The group's key for markers. No `Debug`, no `Clone`.
pub struct MarkerKey {
    id: MarkerKeyId,
    key: hmac::Key,
}

/// Why a value is not one of our markers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Forgery {
    /// It does not begin like a marker: somebody else uses the attribute.
    Foreign,
    /// It begins like one and does not have the exact form.
    Malformed,
    /// It names a key that this group does not have.
    UnknownKey,
    /// The MAC is wrong: copied from elsewhere, or made up.
    WrongMac,
}

/// What the attribute's value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MarkerReading {
    /// There is none (or it may not be read).
    Absent,
    /// One of ours.
    Valid(Marker),
    /// Somebody touched it: alarm, and go by the directory's last applied sequence.
    Forged(Forgery),
}

impl MarkerKey {
    /// From the 32 secret bytes of the group bundle, which are wiped.
    #[must_use]
    pub fn new(secret: Zeroizing<[u8; 32]>) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_ref());
        let tag = hmac::sign(&key, KEY_ID_DOMAIN);
        let id = tag
            .as_ref()
            .iter()
            .take(KEY_ID_BYTES)
            .fold(String::new(), |mut id, byte| {
                let _ = write!(id, "{byte:02x}");
                id
            });
        Self {
            id: MarkerKeyId(id),
            key,
        }
    }

    /// The key's name.
    #[must_use]
    pub fn id(&self) -> &MarkerKeyId {
        &self.id
    }

    /// The attribute's value for a marker on an account.
    #[must_use]
    pub fn format(&self, scope: &MarkerScope, anchor: AccountAnchor, marker: &Marker) -> String {
        let tag = hmac::sign(&self.key, &self.authenticated(scope, anchor, marker));
        format!("{} {}", self.fields(marker), hex::encode(tag))
    }

    /// Everything before the MAC.
    fn fields(&self, marker: &Marker) -> String {
        let state = match marker.state {
            MarkerState::Written => 'W',
            MarkerState::Fenced => 'F',
        };
        format!(
            "{VERSION} {} {state} {} {} {} {}",
            self.id.0, marker.sequence.0, marker.operation, marker.attempt.0, marker.fence_count.0
        )
    }

    /// The bytes under the MAC: each part length-prefixed (64 bits, big-endian), so that no two inputs are alike.
    fn authenticated(&self, scope: &MarkerScope, anchor: AccountAnchor, marker: &Marker) -> Vec<u8> {
        let fields = self.fields(marker);
        let anchor = anchor.to_object_guid();
        let parts: [&[u8]; 5] = [
            MAC_DOMAIN,
            scope.tenant.as_bytes(),
            scope.group.as_bytes(),
            &anchor,
            fields.as_bytes(),
        ];
        let mut bytes = Vec::with_capacity(256);
        for part in parts {
            bytes.extend((part.len() as u64).to_be_bytes());
            bytes.extend(part);
        }
        bytes
    }
}

/// Reads whatever the attribute holds. Total: any bytes in, a reading out. `keys` are the group's current marker key
/// and those before it.
#[must_use]
pub fn read_marker(
    keys: &[MarkerKey],
    scope: &MarkerScope,
    anchor: AccountAnchor,
    value: Option<&[u8]>,
) -> MarkerReading {
    let Some(value) = value else {
        return MarkerReading::Absent;
    };
    let Some(text) = std::str::from_utf8(value)
        .ok()
        .filter(|text| text.starts_with("gw1 "))
    else {
        return MarkerReading::Forged(Forgery::Foreign);
    };
    let Some((key_id, marker, mac)) = parse(text) else {
        return MarkerReading::Forged(Forgery::Malformed);
    };
    let Some(key) = keys.iter().find(|key| key.id.0 == key_id) else {
        return MarkerReading::Forged(Forgery::UnknownKey);
    };
    if hmac::verify(&key.key, &key.authenticated(scope, anchor, &marker), &mac).is_err() {
        return MarkerReading::Forged(Forgery::WrongMac);
    }
    // The one canonical form only: a value that differs from ours in case or zeros is equal to Active Directory in a
    // compare-and-set and must not pass for another marker.
    if key.format(scope, anchor, &marker) != text {
        return MarkerReading::Forged(Forgery::Malformed);
    }
    MarkerReading::Valid(marker)
}

fn parse(text: &str) -> Option<(&str, Marker, Vec<u8>)> {
    let mut words = text.split(' ');
    let (VERSION, key_id) = (words.next()?, words.next()?) else {
        return None;
    };
    let state = match words.next()? {
        "W" => MarkerState::Written,
        "F" => MarkerState::Fenced,
        _ => return None,
    };
    let sequence = Sequence(words.next()?.parse().ok()?);
    let operation = words.next()?.parse().ok()?;
    let attempt = Attempt(words.next()?.parse().ok()?);
    let fence_count = FenceCount(words.next()?.parse().ok()?);
    let mac = hex::decode(words.next()?).ok()?;
    words.next().is_none().then_some((
        key_id,
        Marker {
            state,
            sequence,
            operation,
            attempt,
            fence_count,
        },
        mac,
    ))
}

#[cfg(test)]
mod tests {
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
}

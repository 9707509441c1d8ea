//! What holds of every parser of this crate for any bytes: run by the fuzzer (`tests/fuzz`), and on its seeds by the
//! unit tests. A property that does not hold panics.

#![allow(
    clippy::unwrap_used,
    reason = "a panic is how a property tells that it does not hold"
)]

use std::sync::LazyLock;

use groundwire_envelope::Fingerprint;
use uuid::Uuid;
use zeroize::Zeroizing;

pub use crate::ad::properties::{ad_answer, ad_entry, replication_metadata};
use crate::domain::distinguished_name::escape_value;
use crate::domain::marker::{Forgery, read_marker};
use crate::domain::{
    AccountAnchor, Attempt, DistinguishedName, FenceCount, FileTime, Interval, Marker, MarkerKey,
    MarkerReading, MarkerScope, MarkerState, OperationId, Sequence, Sid,
};
pub use crate::grpc::properties::{bearer_token, page_token};
pub use crate::pipeline::properties::{check_request, password_event};
use crate::uplink::enrollment::read_token;

/// What parses as a SID has one encoding, which its text names.
pub fn sid(bytes: &[u8]) {
    let Ok(sid) = Sid::from_bytes(bytes) else {
        return;
    };
    let text = sid.to_string();
    let mut numbers = text.strip_prefix("S-1-").unwrap().split('-');
    let authority: u64 = numbers.next().unwrap().parse().unwrap();
    let parts: Vec<u32> = numbers.map(|number| number.parse().unwrap()).collect();
    let mut encoded = vec![1, u8::try_from(parts.len()).unwrap()];
    encoded.extend(&authority.to_be_bytes()[2..]);
    parts.iter().for_each(|part| encoded.extend(part.to_le_bytes()));
    assert_eq!(encoded, bytes);
    let rid = sid.domain_rid();
    assert!(rid.is_none() || (text.starts_with("S-1-5-21-") && rid == parts.last().copied()));
}

/// Times keep their order and are never named too early.
pub fn file_time(bytes: &[u8]) {
    let word = |at: usize| {
        bytes
            .get(at..at + 8)
            .map(|word| i64::from_le_bytes(word.try_into().unwrap()))
    };
    let (time, later) = (FileTime(word(0).unwrap_or(0)), FileTime(word(8).unwrap_or(0)));
    let interval = Interval::from_attribute(word(16).unwrap_or(i64::MIN));
    assert!(interval.ticks() >= 0 && interval.seconds() >= 0);
    assert!(time.plus(interval) >= time);
    if time <= later {
        assert!(time.to_unix_micros() <= later.to_unix_micros());
        assert!(time.plus(interval) <= later.plus(interval));
        if let (Some(time), Some(later)) = (time.to_rfc3339(), later.to_rfc3339()) {
            assert!(time <= later);
        }
    }
    if let Some(named) = time.to_rfc3339() {
        let format = &time::format_description::well_known::Rfc3339;
        let named = time::OffsetDateTime::parse(&named, format).unwrap();
        let micros = named.unix_timestamp_nanos() / 1_000 - i128::from(time.to_unix_micros());
        assert!((0..=1_000_000).contains(&micros), "{micros} µs off");
        let whole = FileTime(time.0 / 10 * 10);
        assert_eq!(FileTime::from_unix_micros(whole.to_unix_micros()), whole);
    }
}

/// Any text is a name, which survives being written; and no value of an object's own name, escaped, moves it out of its
/// parent.
pub fn distinguished_name(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let name = DistinguishedName::read(&text);
    assert_eq!(DistinguishedName::read(&name.to_string()), name);
    assert!(name.lies_in(&name));
    assert!(name.lies_in(&"".parse().unwrap()));
    let parent: DistinguishedName = "OU=Staff,DC=corp,DC=example".parse().unwrap();
    let other: DistinguishedName = "OU=Other,DC=corp,DC=example".parse().unwrap();
    let child: DistinguishedName = format!("CN={},{parent}", escape_value(&text)).parse().unwrap();
    assert_eq!(child.depth(), parent.depth() + 1);
    assert_eq!(child.first_value(), Some(text.as_ref()));
    assert!(child.lies_in(&parent) && !child.lies_in(&other));
}

static KEYS: LazyLock<[MarkerKey; 2]> =
    LazyLock::new(|| [1, 2].map(|byte| MarkerKey::new(Zeroizing::new([byte; 32]))));

/// A value is a valid marker only if a key of the group made exactly it for exactly this account: never with a wrong
/// MAC, an unknown key, another account, or one byte changed.
pub fn marker(bytes: &[u8]) {
    let anchor = |number| AccountAnchor::new(Uuid::from_u128(number));
    let scope = MarkerScope {
        tenant: "t1".to_owned(),
        group: "g1".to_owned(),
    };
    let [current, before] = &*KEYS;
    match read_marker(&*KEYS, &scope, anchor(5), Some(bytes)) {
        MarkerReading::Valid(marker) => assert!(
            [current, before]
                .iter()
                .any(|key| key.format(&scope, anchor(5), &marker).as_bytes() == bytes),
            "nobody made this marker"
        ),
        MarkerReading::Forged(_) => {}
        MarkerReading::Absent => unreachable!("there is a value"),
    }

    let mut sized = bytes.to_vec();
    sized.resize(36, 0);
    let marker = Marker {
        state: if sized[0] & 1 == 0 {
            MarkerState::Written
        } else {
            MarkerState::Fenced
        },
        sequence: Sequence(u64::from_be_bytes(sized[1..9].try_into().unwrap())),
        operation: OperationId::new(Uuid::from_slice(&sized[9..25]).unwrap()),
        attempt: Attempt(u32::from_be_bytes(sized[25..29].try_into().unwrap())),
        fence_count: FenceCount(u32::from_be_bytes(sized[29..33].try_into().unwrap())),
    };
    let mut value = before.format(&scope, anchor(5), &marker).into_bytes();
    let read =
        |account, keys: &[MarkerKey], value: &[u8]| read_marker(keys, &scope, anchor(account), Some(value));
    assert_eq!(read(5, &*KEYS, &value), MarkerReading::Valid(marker));
    assert_eq!(read(6, &*KEYS, &value), MarkerReading::Forged(Forgery::WrongMac));
    assert_eq!(
        read(5, &KEYS[..1], &value),
        MarkerReading::Forged(Forgery::UnknownKey)
    );
    let at = usize::from(sized[33]) % value.len();
    if sized[34] != 0 {
        value[at] ^= sized[34];
        assert!(matches!(read(5, &*KEYS, &value), MarkerReading::Forged(_)));
    }
}

/// What a directory issues is taken, with the white space that copying adds; anything else is a token or none.
pub fn enrollment_token(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let is_token = read_token(&text).is_ok();
    assert!(!is_token || text.trim().starts_with("gwe1."));
    if let Some((id, secret)) = bytes.split_first_chunk::<16>() {
        let (id, authority) = (Uuid::from_bytes(*id), Fingerprint::of(bytes));
        let issued = format!(" gwe1.{id}.{}.{authority}\r\n", hex::encode(secret));
        assert_eq!(read_token(&issued).is_ok(), secret.len() == 16);
    }
}

#[cfg(test)]
#[path = "../../../tests/fuzz/seeds.rs"]
mod seeds;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_seed_keeps_its_property() {
        seeds::keep(
            "connector",
            &[
                ("ad_answer", ad_answer),
                ("ad_entry", ad_entry),
                ("replication_metadata", replication_metadata),
                ("sid", sid),
                ("file_time", file_time),
                ("distinguished_name", distinguished_name),
                ("marker", marker),
                ("password_event", password_event),
                ("check_request", check_request),
                ("page_token", page_token),
                ("bearer_token", bearer_token),
                ("enrollment_token", enrollment_token),
            ],
        );
    }
}

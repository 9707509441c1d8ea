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
mod tests;

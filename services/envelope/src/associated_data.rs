//! What a sealed secret is bound to: a copy opens for this operation only, not for another account, kind or time.
//!
//! Associated data, version 1: each field as a big-endian `u32` length followed by its bytes, in this order:
//! purpose and version (ASCII), tenant, group (16 bytes each, UUIDs in RFC 9562 order), recipient key id (its text, 32
//! hexadecimal digits in lower case), anchor, operation id (16 bytes each), kind (1 byte), not-after (8 bytes,
//! big-endian two's complement, milliseconds since 1970 UTC). The contract (`envelope.proto`) says the same.

use uuid::Uuid;

use crate::identity::KeyId;

pub(crate) const PURPOSE: &[u8] = b"groundwire secret v1";

/// The kinds of operation that carry a secret, and the check of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SealedKind {
    /// Proves the current password and sets a new one.
    Change,
    /// A person resets the own password.
    SelfReset,
    /// An administrator or helpdesk resets it.
    AdminReset,
    /// A dry run of a candidate: a secret sealed for a check can't be replayed as a write.
    Check,
}

impl SealedKind {
    /// The byte in the associated data: the contract's number of the kind of operation, and 255 for a check. Never
    /// changes.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Change => 1,
            Self::SelfReset => 2,
            Self::AdminReset => 3,
            Self::Check => 255,
        }
    }

    /// The kind with this code, if there is one.
    #[must_use]
    pub const fn from_code(code: u8) -> Option<Self> {
        match code {
            1 => Some(Self::Change),
            2 => Some(Self::SelfReset),
            3 => Some(Self::AdminReset),
            255 => Some(Self::Check),
            _ => None,
        }
    }
}

/// What a secret is sealed for. The recipient's key id is the remaining field of the associated data; it comes from
/// the key that is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealContext {
    /// The tenant whose account the secret is for.
    pub tenant: Uuid,
    /// The connector group that serves the account's domain.
    pub group: Uuid,
    /// The account: its `objectGUID`.
    pub anchor: Uuid,
    /// The operation's id, as chosen by the caller.
    pub operation_id: Uuid,
    /// What may be done with the secret.
    pub kind: SealedKind,
    /// Last moment at which it may be used, in milliseconds since 1970 UTC. Compared by the caller: no clock here.
    pub not_after_unix_ms: i64,
}

impl SealContext {
    /// The associated data for one recipient.
    #[must_use]
    pub fn associated_data(&self, recipient: KeyId) -> Vec<u8> {
        let recipient = recipient.to_string();
        let fields: [&[u8]; 8] = [
            PURPOSE,
            self.tenant.as_bytes(),
            self.group.as_bytes(),
            recipient.as_bytes(),
            self.anchor.as_bytes(),
            self.operation_id.as_bytes(),
            &[self.kind.code()],
            &self.not_after_unix_ms.to_be_bytes(),
        ];
        length_prefixed(&fields)
    }
}

/// Joins fields so that no two different lists give the same bytes.
pub(crate) fn length_prefixed(fields: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(fields.iter().map(|field| 4 + field.len()).sum());
    for field in fields {
        // The fields are short by construction; a saturated length could only make two sides disagree.
        bytes.extend_from_slice(&u32::try_from(field.len()).unwrap_or(u32::MAX).to_be_bytes());
        bytes.extend_from_slice(field);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_keep_their_codes() {
        let codes = [
            (SealedKind::Change, 1),
            (SealedKind::SelfReset, 2),
            (SealedKind::AdminReset, 3),
            (SealedKind::Check, 255),
        ];
        for (kind, code) in codes {
            assert_eq!(kind.code(), code);
            assert_eq!(SealedKind::from_code(code), Some(kind));
        }
        assert_eq!((0..=255).filter_map(SealedKind::from_code).count(), codes.len());
    }

    #[test]
    fn fields_cannot_flow_into_each_other() {
        assert_ne!(length_prefixed(&[b"ab", b"c"]), length_prefixed(&[b"a", b"bc"]));
        assert_ne!(length_prefixed(&[b"", b"a"]), length_prefixed(&[b"a", b""]));
        assert_eq!(length_prefixed(&[b"ab"]), [0, 0, 0, 2, b'a', b'b']);
    }
}

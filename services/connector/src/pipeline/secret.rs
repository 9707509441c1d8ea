//! Opens sealed secrets. The plaintext lives in memory that is wiped, held by one operation, until it was sent.

use groundwire_envelope::{
    KeyId, SealContext, SealedCopy, SealedKind, SealingPrivateKey, SecretPayload, open,
};
use groundwire_proto::envelope::v1::SealedSecret;
use groundwire_proto::reasons::{Reason, ReasonCode};
use groundwire_proto::time::unix_ms_of;

use super::group::GroupContext;
use crate::domain::{AccountAnchor, OperationKind};

/// The connector's private sealing keys: the current one and those that may still be needed. No `Debug`.
pub struct SealingKeys {
    keys: Vec<SealingPrivateKey>,
}

impl SealingKeys {
    /// Takes the keys as they were read.
    #[must_use]
    pub const fn new(keys: Vec<SealingPrivateKey>) -> Self {
        Self { keys }
    }

    /// The key with this id, if it is ours.
    #[must_use]
    pub fn find(&self, id: KeyId) -> Option<&SealingPrivateKey> {
        self.keys.iter().find(|key| key.id() == id)
    }
}

/// The secret of one operation. No `Debug`.
pub(super) enum SecretInHand {
    /// The kind of operation has none.
    NotNeeded,
    /// It is open.
    Open(Box<SecretPayload>),
    /// It cannot be opened, for this reason.
    Missing(Reason),
}

impl SecretInHand {
    /// What is left of the secret after a crash, or once it will not be sent any more.
    pub(super) fn gone(kind: OperationKind) -> Self {
        if kind.sets_password() {
            Self::Missing(Reason::new(ReasonCode::SecretLost))
        } else {
            Self::NotNeeded
        }
    }

    /// The payload, if it is open.
    pub(super) fn payload(&self) -> Option<&SecretPayload> {
        match self {
            Self::Open(payload) => Some(payload),
            Self::NotNeeded | Self::Missing(_) => None,
        }
    }

    /// Why it cannot be written, if so.
    pub(super) fn reason(&self) -> Option<&Reason> {
        match self {
            Self::Missing(reason) => Some(reason),
            Self::NotNeeded | Self::Open(_) => None,
        }
    }
}

/// What a secret is sealed for.
pub(super) struct SealedFor {
    pub(super) anchor: AccountAnchor,
    /// The operation's id, or the check's.
    pub(super) id: uuid::Uuid,
    pub(super) kind: SealedKind,
}

/// Opens the copy for one of our keys.
pub(super) fn open_secret(
    keys: &SealingKeys,
    group: &GroupContext,
    sealed: Option<&SealedSecret>,
    purpose: &SealedFor,
) -> SecretInHand {
    let missing = |code| SecretInHand::Missing(Reason::new(code));
    let Some(sealed) = sealed else {
        return missing(ReasonCode::SecretLost);
    };
    let ours = sealed.copies.iter().find_map(|copy| {
        let id: KeyId = copy.key_id.parse().ok()?;
        Some((copy, keys.find(id)?))
    });
    let Some((copy, key)) = ours else {
        return missing(ReasonCode::ResealNeeded);
    };
    let not_openable =
        || SecretInHand::Missing(Reason::new(ReasonCode::SealNotOpenable).with("key_id", key.id()));
    let Some(not_after_unix_ms) = sealed.not_after.as_ref().and_then(unix_ms_of) else {
        return not_openable();
    };
    let context = SealContext {
        tenant: group.tenant.uuid(),
        group: group.group.uuid(),
        anchor: purpose.anchor.uuid(),
        operation_id: purpose.id,
        kind: purpose.kind,
        not_after_unix_ms,
    };
    let copy = SealedCopy {
        key_id: key.id(),
        enc: copy.encapsulated_key.clone(),
        ciphertext: copy.ciphertext.clone(),
    };
    match open(&copy, &context, key) {
        Ok(payload) => SecretInHand::Open(Box::new(payload)),
        Err(_) => not_openable(),
    }
}

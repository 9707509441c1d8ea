//! A sealing key that a connector presented, with its times.

use groundwire_envelope::signed::Signed;
use groundwire_envelope::{KeyId, SealingPublicKey};
use time::OffsetDateTime;

/// A key whose certificate was verified.
#[derive(Debug, Clone)]
pub struct CertifiedKey {
    /// What to seal to.
    pub key: SealingPublicKey,
    /// Not sealed to before this.
    pub seal_from: OffsetDateTime,
    /// Not sealed to after this.
    pub seal_until: OffsetDateTime,
    /// Destroyed after this.
    pub open_until: OffsetDateTime,
    /// The certificate as it was signed, for callers who verify it themselves.
    pub certificate: Signed,
}

impl CertifiedKey {
    /// True if secrets may be sealed to it at this moment.
    #[must_use]
    pub fn is_active(&self, now: OffsetDateTime) -> bool {
        self.seal_from <= now && now < self.seal_until
    }

    /// True if its holder can still open what was sealed to it.
    #[must_use]
    pub fn can_open(&self, now: OffsetDateTime) -> bool {
        now < self.open_until
    }

    #[must_use]
    pub const fn id(&self) -> KeyId {
        self.key.id()
    }
}

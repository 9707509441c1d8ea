//! Seals the password(s) of one operation so that only the connectors of its group can open them, and signs and
//! verifies what the two sides tell each other.
//!
//! Promises: no IO and no clock; secret types have no `Debug`, `Clone` or `Serialize` and are wiped when dropped;
//! every parser is total (any bytes give a value or a typed error, never a panic); signed bytes cannot be reached
//! before they were verified. The formats are fixed by published vectors in `vectors/`.
//!
//! What it does not promise: that a secret is fresh (the caller compares `not_after` with its own clock) or who
//! sealed it (HPKE base mode does not say; the event's signature does).

#![warn(missing_docs)]

mod associated_data;
mod identity;
mod password;
mod payload;
#[cfg(any(test, feature = "fuzz"))]
pub mod properties;
mod random;
mod sealed;
mod sealing_key;
pub mod signed;

pub use associated_data::{SealContext, SealedKind};
pub use identity::{Fingerprint, KeyId, MalformedIdentity};
pub use password::{NotUtf8, Password};
pub use payload::{MAX_PASSWORD_BYTES, MalformedPayload, PADDED_PAYLOAD_BYTES, SecretPayload, SecretRefused};
pub use random::{RandomnessUnavailable, fresh_bytes};
pub use sealed::{
    CIPHERTEXT_BYTES, ENCAPSULATED_KEY_BYTES, OpenError, SealError, SealedCopy, SealedSecret, open, seal,
};
pub use sealing_key::{InvalidKey, SealingPrivateKey, SealingPublicKey};

#[cfg(test)]
mod tests {
    use super::*;

    /// Does not compile where a type has one of these: then it is not clear which impl is meant.
    macro_rules! has_none_of {
        ($of:ty: $($trait:path),+) => {$({
            trait OneWay<Way> {
                fn way() {}
            }
            struct Other;
            impl<T: ?Sized> OneWay<()> for T {}
            impl<T: ?Sized + $trait> OneWay<Other> for T {}
            let _ = <$of as OneWay<_>>::way;
        })+};
    }

    #[test]
    fn secrets_cannot_be_shown_or_copied() {
        has_none_of!(Password: std::fmt::Debug, std::fmt::Display, Clone, AsRef<str>);
        has_none_of!(SecretPayload: std::fmt::Debug, Clone);
        has_none_of!(SealingPrivateKey: std::fmt::Debug, std::fmt::Display, Clone);
        has_none_of!(signed::SigningKey: std::fmt::Debug, std::fmt::Display, Clone);
    }
}

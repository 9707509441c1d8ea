//! The X25519 key pair of a connector: what secrets are sealed to.

use hpke::{Deserializable, Kem as _, Serializable};
use zeroize::Zeroizing;

use crate::identity::KeyId;
use crate::random::{RandomnessUnavailable, fresh_bytes};

pub(crate) type Kem = hpke::kem::X25519HkdfSha256;
type PublicKey = <Kem as hpke::Kem>::PublicKey;
type PrivateKey = <Kem as hpke::Kem>::PrivateKey;

/// Bytes that are not a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key has 32 bytes")]
pub struct InvalidKey;

/// A public key that secrets can be sealed to.
#[derive(Clone, PartialEq, Eq)]
pub struct SealingPublicKey {
    pub(crate) key: PublicKey,
    id: KeyId,
}

impl SealingPublicKey {
    /// From the 32 raw bytes (RFC 7748).
    ///
    /// # Errors
    /// [`InvalidKey`] if there are not 32 bytes. A point of small order is found when something is sealed to it.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, InvalidKey> {
        let key = PublicKey::from_bytes(bytes).map_err(|_| InvalidKey)?;
        Ok(Self {
            key,
            id: KeyId::of(bytes),
        })
    }

    /// The 32 raw bytes.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 32] {
        self.key.to_bytes().into()
    }

    /// The name of this key, made from its public half.
    #[must_use]
    pub const fn id(&self) -> KeyId {
        self.id
    }
}

impl std::fmt::Debug for SealingPublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SealingPublicKey({})", self.id)
    }
}

/// A private key that opens what was sealed to its public key. Wiped when dropped; no `Debug`, `Clone`, `Serialize`.
pub struct SealingPrivateKey {
    pub(crate) key: PrivateKey,
    public: SealingPublicKey,
}

impl SealingPrivateKey {
    /// A new key.
    ///
    /// # Errors
    /// [`RandomnessUnavailable`] if the system gives no randomness.
    pub fn generate() -> Result<Self, RandomnessUnavailable> {
        let material = fresh_bytes::<32>()?;
        let (key, public) = Kem::derive_keypair(material.as_ref());
        Ok(Self::from_parts(key, public))
    }

    /// From the 32 raw bytes.
    ///
    /// # Errors
    /// [`InvalidKey`] if there are not 32 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, InvalidKey> {
        let key = PrivateKey::from_bytes(bytes).map_err(|_| InvalidKey)?;
        let public = Kem::sk_to_pk(&key);
        Ok(Self::from_parts(key, public))
    }

    /// The 32 raw bytes, to be kept in a 0600 file and nowhere else.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        let mut bytes = Zeroizing::new([0; 32]);
        self.key.write_exact(bytes.as_mut());
        bytes
    }

    /// The public half.
    #[must_use]
    pub const fn public_key(&self) -> &SealingPublicKey {
        &self.public
    }

    /// The name of the pair.
    #[must_use]
    pub const fn id(&self) -> KeyId {
        self.public.id()
    }

    fn from_parts(key: PrivateKey, public: PublicKey) -> Self {
        let id = KeyId::of(&public.to_bytes());
        Self {
            key,
            public: SealingPublicKey { key: public, id },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_survive_their_bytes_and_keep_their_names() {
        let private = SealingPrivateKey::generate().unwrap();
        let again = SealingPrivateKey::from_bytes(private.to_bytes().as_ref())
            .map_err(|_| ())
            .unwrap();
        assert_eq!(again.public_key(), private.public_key());
        let public = SealingPublicKey::from_bytes(&private.public_key().to_bytes()).unwrap();
        assert_eq!(public.id(), private.id());
        assert_eq!(public.id(), KeyId::of(&public.to_bytes()));
    }

    #[test]
    fn bytes_of_another_length_are_no_key() {
        assert_eq!(SealingPublicKey::from_bytes(&[1; 31]), Err(InvalidKey));
        assert!(SealingPrivateKey::from_bytes(&[1; 33]).is_err());
    }
}
